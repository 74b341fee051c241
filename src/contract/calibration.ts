/** What a calibration tells: what keys are made of, how near is near enough, and what that was chosen by. */
import { z } from 'zod'

const n = z.number().int().min(0)
const rateSchema = z.object({ n, share: z.number() })

const binsSchema = z.object({
  /** prompts whose own block has the nearest key */
  own: z.array(n),
  /** prompts that are nearest to another block, or have none of their own */
  other: z.array(n)
})
const spreadSchema = z.object({ low: z.number(), middle: z.number(), high: z.number() })

/** Prompts of one kind, of people who took no part in choosing. */
export const kindEvidenceSchema = z.object({
  /** repeated, a kind of rewording, same passage, other people */
  kind: z.string(),
  n,
  /** by the chosen pair: any block; the own one */
  fired: n,
  firedOwn: n,
  withinReach: n,
  withinMargin: n,
  /** 5 %, 50 % and 95 % of the prompts lie at or below; likewise for ratios */
  distance: spreadSchema,
  ratio: spreadSchema,
  distances: binsSchema,
  ratios: binsSchema
})
export type KindEvidence = z.output<typeof kindEvidenceSchema>

/** Shares that fire at a reach, under the chosen margin; null where there is no such prompt. */
export const firePointSchema = z.object({
  reach: z.number(),
  own: z.number().nullable(),
  otherPeople: z.number().nullable(),
  samePassages: z.number().nullable()
})
export type FirePoint = z.output<typeof firePointSchema>

export const keyEvidenceSchema = z.object({
  /** width of a bin; the first begins at 0 */
  distanceStep: z.number(),
  ratioStep: z.number(),
  kinds: z.array(kindEvidenceSchema),
  /** by reach, ascending; the chosen one is among them */
  curve: z.array(firePointSchema)
})
export type KeyEvidence = z.output<typeof keyEvidenceSchema>

const keyReport = {
  reach: z.number(),
  margin: z.number(),
  /** relative, between request shapes */
  noise: z.number(),
  /** first radius of a cluster */
  radius: z.number(),
  /** null: no pair met the wanted rates */
  rates: z
    .object({ own: z.record(z.string(), rateSchema), otherPeople: rateSchema, samePassages: rateSchema })
    .nullable(),
  /** null: it was not kept */
  evidence: keyEvidenceSchema.nullable()
}
export type KeyReport = z.output<z.ZodObject<typeof keyReport>>

export const calibrationReportSchema = z.object({
  /** hash of key, reach, margin, noise and radius: the same ones route alike */
  id: z.string(),
  modelSha256: z.string(),
  deployment: z.object({
    key: z.object({ layer: n, parts: z.array(z.string()), metric: z.string(), isWhitened: z.boolean() }),
    ...keyReport
  }),
  paper: z.object(keyReport),
  /** largest shares of false fire that the pair was chosen for */
  wanted: z.object({ otherPeople: z.number(), samePassages: z.number() }),
  /** hash; null: nobody has calibrated */
  background: z.string().nullable(),
  /** people of the background; null: it was not kept */
  sources: z.object({ shipped: n, passages: n }).nullable()
})
export type CalibrationReport = z.output<typeof calibrationReportSchema>

const firedSchema = z.object({ n, own: n, other: n })
const otherFiredSchema = z.object({ n, fired: n })

/** What a calibration means for the edits that are present, by the deployment key. */
export const editsUnderSchema = z.object({
  edits: n,
  live: n,
  superseded: n,
  indistinguishable: n,
  /** mode `clusters`: forgotten or out of reach; else null */
  lost: n.nullable(),
  /** prompts of live edits, read again; at each the own block, another one or none fires */
  prompts: firedSchema,
  /** rewordings of live edits: under the other known headers, and those that came with them */
  headers: firedSchema,
  given: firedSchema,
  /** places of the review that have no edit, in passages with edits and in the others */
  samePassages: otherFiredSchema,
  otherPassages: otherFiredSchema
})
export type EditsUnder = z.output<typeof editsUnderSchema>

/** Kept in the journal of the session whose edits were read. */
export const editsMeantSchema = z.object({
  /** milliseconds since 1970 */
  at: z.number(),
  /** `id` of the calibration that they were read under, beside the session's own */
  calibration: z.string(),
  /** hash of the blocks that were present */
  state: z.string(),
  session: editsUnderSchema,
  fresh: editsUnderSchema
})
export type EditsMeant = z.output<typeof editsMeantSchema>

export const calibrationStateSchema = z.object({
  /** the one that the open session was made with; null: its file is missing */
  session: calibrationReportSchema.nullable(),
  /** the one that new sessions of this model get; null: none was made yet */
  fresh: calibrationReportSchema.nullable(),
  /** of the fresh one; null: nobody has looked */
  meant: editsMeantSchema.nullable(),
  /** that are present */
  edits: n,
  /** batches came or went since */
  isStale: z.boolean(),
  /** why nothing can be calibrated here; null: it can */
  refusal: z.string().nullable()
})
export type CalibrationState = z.output<typeof calibrationStateSchema>

/** Which background is read. */
export const calibrationPlanSchema = z.object({
  /** calibrate anew; else only look what the one that is there would mean for the edits */
  anew: z.boolean().default(true),
  /** the passages of the session too */
  passages: z.boolean().default(false),
  /** of the background that ships; absent: as many as suit the model's size */
  people: z.number().int().min(8).max(1000).optional()
})
export type CalibrationPlan = z.output<typeof calibrationPlanSchema>
