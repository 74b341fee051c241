/** What the review leaves in the session's journal, one record a change; replaying them gives the workspace back. */
import { z } from 'zod'
import {
  breakCauseSchema,
  markSchema,
  samplingSchema,
  sentenceOutcomeSchema,
  trainingContextSchema,
  trainingResultSchema
} from '../../../contract/types.ts'

/** The journal's name for all of them: one kind, so that their order is kept. */
export const REVIEW_RECORD = 'review'

/** Edits by their blocks and ids. */
const editPlaces = z.array(z.object({ block: z.string(), editId: z.string() }))

const sentenceOf = { passageId: z.string(), sentence: z.number().int().min(0) }
const writtenSentences = z.array(
  z.object({
    text: z.string(),
    surprise: z.number().nullable(),
    // Absent in journals of earlier versions, and of texts that the model did not write.
    worst: z.number().nullable().optional()
  })
)

export const reviewRecordSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('begun'),
    passages: z.array(z.object({ id: z.string(), name: z.string(), prompt: z.string(), sampling: samplingSchema }))
  }),
  z.object({
    type: z.literal('written'),
    passageId: z.string(),
    state: z.enum(['written', 'stopped', 'failed']),
    text: z.string(),
    sentences: writtenSentences
  }),
  /** Passages from a file. */
  z.object({
    type: z.literal('imported'),
    /** a step of the history; imports of earlier versions were none */
    step: z.literal(true).optional(),
    passages: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        prompt: z.string(),
        reference: z.string().nullable(),
        sentences: z.array(
          z.object({ text: z.string(), mark: markSchema.nullable(), correction: z.string().nullable() })
        )
      })
    )
  }),
  /** Another version was written; it is under review now. */
  z.object({
    type: z.literal('version'),
    passageId: z.string(),
    sampling: samplingSchema,
    text: z.string(),
    sentences: writtenSentences
  }),
  z.object({ type: z.literal('version-chosen'), passageId: z.string(), version: z.number().int().min(1) }),
  z.object({ type: z.literal('mark'), ...sentenceOf, mark: markSchema.nullable() }),
  z.object({ type: z.literal('rest-accurate'), passageId: z.string() }),
  /** Texts that were approved for sentences that nobody had approved; null: the sentence stays as it is. */
  z.object({ type: z.literal('settle'), passageId: z.string(), texts: z.array(z.string().nullable()) }),
  z.object({ type: z.literal('split'), ...sentenceOf, at: z.number().int().min(1) }),
  z.object({ type: z.literal('join'), ...sentenceOf }),
  z.object({ type: z.literal('correction'), ...sentenceOf, text: z.string(), accepted: z.boolean() }),
  /** The correction was taken away, and with it these edits were withdrawn from the model. */
  z.object({ type: z.literal('removed'), ...sentenceOf, edits: editPlaces }),
  /** Passages went to the trash of the review, and with them these edits were withdrawn from the model. */
  z.object({ type: z.literal('deleted'), passageIds: z.array(z.string()).min(1), edits: editPlaces }),
  /** As the model wrote a passage; in journals of earlier versions, which did not say under which edits. */
  z.object({ type: z.literal('rewritten'), passageId: z.string(), text: z.string(), at: z.number() }),
  /** What the model writes under one state of the edits. */
  z.object({
    type: z.literal('checked'),
    at: z.number(),
    /** names the edits (`stateOfEdits`) */
    state: z.string(),
    /** everything was looked at: what is not named here is as it was found before */
    whole: z.boolean(),
    /** found for the first time, or otherwise than before */
    passages: z.array(
      z.object({
        passageId: z.string(),
        text: z.string(),
        broken: z.object({ sentence: z.number(), cause: breakCauseSchema }).nullable()
      })
    ),
    /** by block and id; `written` where it is not the target */
    edits: z.array(z.object({ edit: z.string(), written: z.string().nullable(), cause: breakCauseSchema.nullable() })),
    /** passages and edits that were found as before; none are named where everything was looked at */
    same: z.array(z.string())
  }),
  z.object({
    type: z.literal('trained'),
    result: trainingResultSchema,
    outcomes: z.array(z.object({ ...sentenceOf, outcome: sentenceOutcomeSchema })),
    /** what was approved of each passage when it was trained (`approvedTexts`) */
    approved: z.array(z.object({ passageId: z.string(), texts: z.array(z.string().nullable()) })),
    /** original: nothing is promised of what the model writes from the header alone; absent: corrected */
    context: trainingContextSchema.optional()
  }),
  /** A block was taken out of the session, or put back. */
  z.object({ type: z.literal('undone'), block: z.string() }),
  z.object({ type: z.literal('redone'), block: z.string() }),
  /** Edits were withdrawn from the model, or put back. */
  z.object({ type: z.literal('withdrawn'), edits: editPlaces }),
  z.object({ type: z.literal('reinstated'), edits: editPlaces }),
  /** The person withdrew these edits on their own: a step of the history like any other. */
  z.object({ type: z.literal('withdrawal'), edits: editPlaces }),
  /** The person took these blocks out on their own, out of turn: a step of the history like any other. */
  z.object({ type: z.literal('taken-out'), blocks: z.array(z.string()), edits: z.number() }),
  /** The newest step of the history is taken back, or done again; the blocks of a training have their own records. */
  z.object({ type: z.literal('step-undone') }),
  z.object({ type: z.literal('step-redone') })
])
export type ReviewRecord = z.output<typeof reviewRecordSchema>
export type RecordOf<T extends ReviewRecord['type']> = Extract<ReviewRecord, { type: T }>
