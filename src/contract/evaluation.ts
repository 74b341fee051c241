/**
 * What an evaluation tells: the figures of each set under each protocol, and how they came about. What was not measured,
 * or cannot be of an empty set, is null; a set that was not given is absent.
 */
import { z } from 'zod'

export const protocolSchema = z.enum(['deployment', 'paper'])
export type Protocol = z.output<typeof protocolSchema>

const figure = z.number().nullable()
/** how many texts or sentences the figure is about */
const n = z.number().int().min(0)

/** Lower and upper end, 95 %. */
export const intervalSchema = z.tuple([z.number(), z.number()])
export type Interval = z.output<typeof intervalSchema>

/** By the figure's place in the record that they stand in, as `perplexity.after.ppl_reference`. */
const intervals = z.record(z.string(), intervalSchema.nullable())

const perplexityMeasuresSchema = z.object({
  /** exp of the mean over all scored tokens of the set */
  tokenWeighted: z.number(),
  /** exp of a text's own mean, over the texts */
  perText: z.object({ lowerQuartile: z.number(), median: z.number(), upperQuartile: z.number() }),
  /** mean over batches of 4, in the set's order, of exp of the batch's mean over its tokens (MELO's reference code) */
  ppl_reference: z.number()
})
export type PerplexityMeasures = z.output<typeof perplexityMeasuresSchema>

const setMeasuresSchema = z.object({
  n,
  /** token-weighted perplexity over target tokens, of the untouched model */
  before: figure,
  /** the same of the edited one */
  after: figure,
  /** share of the texts at one of whose decisions, at least, a block fired */
  fired: figure,
  perplexity: z.object({ before: perplexityMeasuresSchema.nullable(), after: perplexityMeasuresSchema.nullable() }),
  intervals
})
export type SetMeasures = z.output<typeof setMeasuresSchema>

const fireMeasuresSchema = z.object({
  n,
  fired: figure,
  /** share whose own block fired at every decision */
  ownBlock: figure,
  /** share at one of whose decisions, at least, no block fired though one was due */
  missed: figure
})
export type FireMeasures = z.output<typeof fireMeasuresSchema>

const editMeasuresSchema = setMeasuresSchema.extend({
  ...fireMeasuresSchema.shape,
  /** share whose target greedy generation writes, token for token */
  exact: z.object({ before: z.number(), after: z.number() }).nullable()
})
export type EditMeasures = z.output<typeof editMeasuresSchema>

const rewordingMeasuresSchema = editMeasuresSchema.extend({
  kinds: z.record(z.string(), fireMeasuresSchema),
  /** the same by kind and place: a new header is another matter at the header itself */
  places: z.record(z.string(), fireMeasuresSchema)
})
export type RewordingMeasures = z.output<typeof rewordingMeasuresSchema>

const localityMeasuresSchema = setMeasuresSchema.extend({
  /** share whose every logit is bit for bit the untouched model's */
  identical: figure,
  /** mean over the scored tokens of the divergence of the edited from the untouched model, nats */
  klPerToken: figure
})
export type LocalityMeasures = z.output<typeof localityMeasuresSchema>

/** Approved is written: of texts that the edited model writes greedily from a header alone. */
const approvedMeasuresSchema = z.object({
  /** passages all of whose sentences are approved, and the share written as approved, to the letter */
  passages: z.object({ n, written: figure }),
  /** approved sentences, and the share that stands in what is written under the passage's own header */
  sentences: z.object({ n, written: figure }),
  /** approved sentences times other headers, and the share that stands in what is written under those */
  otherHeaders: z.object({ n, written: figure }),
  /** other people's passages: share written as the untouched model writes them, and share in which a block fired */
  others: z.object({ n, identical: figure, fired: figure }),
  intervals
})
export type ApprovedMeasures = z.output<typeof approvedMeasuresSchema>

export const evaluationSchema = z.object({
  edits: editMeasuresSchema.optional(),
  rephrase: rewordingMeasuresSchema.optional(),
  accurate: setMeasuresSchema.optional(),
  locality: localityMeasuresSchema.optional(),
  /** protocol `deployment` only: the paper's key has seen the answer and cannot write */
  approved: approvedMeasuresSchema.optional()
})
export type Evaluation = z.output<typeof evaluationSchema>

/** A set of texts as it was given, and what was taken of it. */
const setAboutSchema = z.object({
  /** null: what is in the session */
  file: z.string().nullable(),
  /** of the file's bytes, or of the session's rows as JSON lines */
  sha256: z.string(),
  rows: n,
  /** rows that were taken; others did not fit the context, or the sample passed them by */
  measured: n
})
export type SetAbout = z.output<typeof setAboutSchema>

/** Of each set, at most so many rows, drawn without replacement and left in their order. */
export const drawingSchema = z.object({ size: z.number().int().min(1), seed: z.number().int().min(0) })
export type Drawing = z.output<typeof drawingSchema>

const routingNumbersSchema = z.object({
  reach: z.number(),
  margin: z.number(),
  noise: z.number(),
  radius: z.number()
})

export const evaluationSets = ['edits', 'accurate', 'locality', 'approved', 'others'] as const

export const evaluationAboutSchema = z.object({
  model: z.object({ id: z.string(), sha256: z.string() }),
  protocols: z.array(protocolSchema),
  index: z.enum(['scopes', 'clusters']),
  /** of the trainer */
  settings: z.record(z.string(), z.unknown()),
  calibration: z.object({ deployment: routingNumbersSchema, paper: routingNumbersSchema }),
  /** what was measured of the session: its first batches, and the last of them */
  session: z.object({ batches: n, edits: n, lastBlock: z.string().nullable() }),
  /** what the edits cost */
  cost: z.object({
    /** of all blocks */
    parameters: z.number(),
    /** bytes of all keys */
    keyBytes: z.object({ deployment: z.number(), paper: z.number() }),
    /** edits for each minute that training them took; null where there are none */
    editsPerMinute: figure
  }),
  data: z.partialRecord(z.enum(evaluationSets), setAboutSchema),
  sample: drawingSchema.nullable(),
  bootstrap: z.object({ resamples: z.number(), seed: z.number(), level: z.number() }),
  executor: z.string().nullable(),
  versions: z.object({ erratum: z.string(), node: z.string(), platform: z.string() })
})
export type EvaluationAbout = z.output<typeof evaluationAboutSchema>
