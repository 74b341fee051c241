/** What the board shows: the batches of a session in their order, what was measured after them, and how it is measured. */
import { z } from 'zod'
import { drawingSchema, evaluationAboutSchema, evaluationSchema, protocolSchema } from './evaluation.ts'

const n = z.number().int().min(0)

/** Edits by what became of them, at their prompt's end, in one index. */
const standingSchema = z.object({
  live: n,
  /** a later edit says the same or something else in their place; mode `scopes` */
  superseded: n,
  /** too near to a later edit that says something else; mode `scopes` */
  indistinguishable: n,
  /** dropped when their cluster shrank; mode `clusters` */
  forgotten: n,
  /** left outside when their cluster grew and its centre moved; mode `clusters` */
  outOfReach: n,
  /** mode `clusters`; else null */
  clusters: n.nullable(),
  /** insertions so far that met a cluster with another target; mode `clusters`, else null */
  conflicts: n.nullable()
})
export type Standing = z.output<typeof standingSchema>

/** A batch that is present, and the session as it was after it. */
export const boardBatchSchema = z.object({
  /** among those that are present, from 1 */
  place: z.number().int().min(1),
  block: z.string(),
  /** hash of all blocks up to this one */
  state: z.string(),
  /** ISO 8601, UTC */
  at: z.string(),
  edits: n,
  iterations: n,
  /** of training */
  seconds: z.number(),
  /** last training loss, nats a token */
  loss: z.number(),
  /** edits for each minute of training; null where it took none */
  editsPerMinute: z.number().nullable(),
  /** of the session after it */
  after: z.object({
    edits: n,
    parameters: n,
    keyBytes: z.object({ deployment: n, paper: n }),
    standing: z.object({ deployment: standingSchema, paper: standingSchema })
  })
})
export type BoardBatch = z.output<typeof boardBatchSchema>

/** What one state of a session was measured to be; kept in its journal. */
export const evaluationRecordSchema = z.object({
  id: z.string(),
  /** milliseconds since 1970 */
  at: z.number(),
  seconds: z.number(),
  /** of the state that was measured, as in `boardBatchSchema` */
  state: z.string(),
  protocols: z.object({ deployment: evaluationSchema.optional(), paper: evaluationSchema.optional() }),
  about: evaluationAboutSchema
})
export type EvaluationRecord = z.output<typeof evaluationRecordSchema>

/** How a session is measured. */
export const evaluationPlanSchema = z.object({
  /** by itself after a training, or when it is asked for */
  when: z.enum(['training', 'demand']),
  /** the states after every so many batches, and the last one */
  every: z.number().int().min(1).max(10_000),
  /** of each set; null: all of it */
  sample: drawingSchema.nullable(),
  protocols: z.array(protocolSchema).min(1).max(2),
  /** path of a file of sentences that were right; null: that of the benchmark that ships with the model, if any */
  accurate: z.string().max(1000).nullable(),
  /** path of a file of unrelated texts; null: that of the benchmark */
  locality: z.string().max(1000).nullable(),
  /** of the last state also: whether what was approved is written. It takes long */
  approved: z.boolean()
})
export type EvaluationPlan = z.output<typeof evaluationPlanSchema>

export const ALARM_FIGURES = ['ES', 'ARR', 'locality'] as const

/** Strikes at a batch after which the perplexity is more than so many per cent above the untouched model's. */
export const alarmSchema = z.object({
  figure: z.enum(ALARM_FIGURES),
  protocol: protocolSchema,
  percent: z.number().min(0).max(1e6)
})
export type Alarm = z.output<typeof alarmSchema>

export const boardSettingsSchema = z.object({ plan: evaluationPlanSchema, alarms: z.array(alarmSchema).max(12) })
export type BoardSettings = z.output<typeof boardSettingsSchema>

export const DEFAULT_BOARD_SETTINGS: BoardSettings = {
  plan: {
    when: 'demand',
    every: 1,
    sample: { size: 100, seed: 0 },
    protocols: ['deployment', 'paper'],
    accurate: null,
    locality: null,
    approved: false
  },
  alarms: [{ figure: 'ARR', protocol: 'deployment', percent: 5 }]
}

export const boardSchema = z.object({
  sessionDir: z.string(),
  model: z.object({ id: z.string(), sha256: z.string() }),
  index: z.enum(['scopes', 'clusters']),
  batches: z.array(boardBatchSchema),
  /** in the order in which they were measured, those of states that are no longer there included */
  evaluations: z.array(evaluationRecordSchema),
  settings: boardSettingsSchema,
  /** records that could not be read; they are left in the journal */
  setAside: n
})
export type Board = z.output<typeof boardSchema>

/** An edit of a batch, and what became of it since. */
export const batchEditSchema = z.object({
  editId: z.string(),
  prompt: z.string(),
  target: z.string(),
  state: z.enum(['live', 'retrained', 'replaced', 'indistinguishable', 'forgotten', 'out-of-reach']),
  /** the edit that is the reason */
  by: z.string().nullable()
})
export type BatchEdit = z.output<typeof batchEditSchema>
