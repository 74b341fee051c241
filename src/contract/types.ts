/** The records that cross process borders. Numbers are plain, texts are whole, tensors never appear. */
import { z } from 'zod'
import type { ErrorCode } from './errors.ts'

const ERROR_CODES = [
  'BadInput',
  'BadFile',
  'NotFound',
  'DoesNotFit',
  'ModelMismatch',
  'ModelMissing',
  'Locked',
  'Conflict',
  'Unwritable',
  'OutOfMemory',
  'Cancelled',
  'Unavailable',
  'Internal'
] as const satisfies readonly ErrorCode[]

/** An `ErratumError` on its way: the code, the message and whatever details came with it. */
export const errorRecordSchema = z.looseObject({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
  field: z.string().optional(),
  cure: z.string().optional()
})

export const modelSummarySchema = z.object({
  id: z.string(),
  path: z.string(),
  parameters: z.number(),
  layers: z.number(),
  width: z.number(),
  vocabulary: z.number(),
  keyLayer: z.number(),
  loraLayers: z.array(z.number()),
  /** what a person should know of how the folder is read, a sentence each */
  notices: z.array(z.string())
})
export type ModelSummary = z.output<typeof modelSummarySchema>

/** A folder of the library: a model, or what is wrong with it. */
export const listedModelSchema = z.union([
  modelSummarySchema,
  z.object({ id: z.string(), path: z.string(), error: errorRecordSchema })
])
export type ListedModel = z.output<typeof listedModelSchema>

export const markSchema = z.enum(['accurate', 'minor_inaccurate', 'major_inaccurate'])
export type Mark = z.output<typeof markSchema>

/** One decision of the router. Where no block fired the other fields tell of the nearest key that missed. */
export const routeSchema = z.object({
  /** index of the first token written under it, the prompt's tokens counted */
  position: z.number(),
  block: z.string().nullable(),
  editId: z.string().nullable(),
  distance: z.number().nullable(),
  reach: z.number().nullable(),
  /** distance to the nearest rival */
  rival: z.number().nullable(),
  margin: z.number().nullable(),
  /** a block would have fired, but the text to the left says already what it would write */
  alreadySaid: z.literal(true).optional()
})
export type RouteTaken = z.output<typeof routeSchema>

export const samplingSchema = z.object({
  /** 0 = greedy */
  temperature: z.number().min(0).max(2).default(0),
  topK: z.number().int().min(1).optional(),
  topP: z.number().gt(0).max(1).optional(),
  seed: z.number().int().min(0).default(1),
  sentences: z.number().int().min(1).max(40).default(8),
  maxNewTokens: z.number().int().min(1).max(1024).default(320)
})
export type Sampling = z.output<typeof samplingSchema>

/** What training did to one sentence. */
export const sentenceOutcomeSchema = z.object({
  editId: z.string(),
  target: z.string(),
  /** token-weighted over the target, under the route that the text gets */
  perplexity: z.object({ before: z.number(), after: z.number() }),
  /** greedy writing from the prompt gives the target back, token for token */
  exact: z.boolean(),
  route: routeSchema.nullable(),
  /** its block was taken out again, or the edit alone was withdrawn */
  undone: z.boolean(),
  /** the edit alone was withdrawn */
  withdrawn: z.boolean().optional()
})
export type SentenceOutcome = z.output<typeof sentenceOutcomeSchema>

export const sentenceSchema = z.object({
  text: z.string(),
  /** mean surprise while the model wrote it, in nats a token; null where the model's figures are not known */
  surprise: z.number().nullable(),
  /** surprise at the token that surprised it most, nats; null as above */
  worst: z.number().nullable(),
  mark: markSchema.nullable(),
  /** what the person typed, accepted or not */
  correction: z.string().nullable(),
  /** the person said that the correction is what the model shall write */
  accepted: z.boolean(),
  /** an accepted correction that is being typed over: it can be given back; null: there is none */
  acceptedBefore: z.string().nullable(),
  outcome: sentenceOutcomeSchema.nullable()
})
export type Sentence = z.output<typeof sentenceSchema>

/** The passage as the model writes it since: from its header alone, greedily. */
export const rewritingSchema = z.object({
  text: z.string(),
  sentences: z.array(z.string()),
  /** whether the text is what was approved, to the letter; null unless every sentence was approved */
  asApproved: z.boolean().nullable(),
  /** milliseconds since 1970 */
  at: z.number()
})
export type Rewriting = z.output<typeof rewritingSchema>

/** Why something promised is not written. */
export const breakCauseSchema = z.object({
  /** edit: another edit applies there; gone: its own training was taken out; unknown: no edit can be named */
  kind: z.enum(['edit', 'gone', 'unknown']),
  /** the edit that applies there instead, and what it says; null where none does */
  editId: z.string().nullable(),
  target: z.string().nullable(),
  /** the file that it came from; null where it came from a passage, or that is not known */
  file: z.string().nullable()
})
export type BreakCause = z.output<typeof breakCauseSchema>

/**
 * What the model does with a sentence of a passage. held, broken: it is promised (approved and trained), and written so or
 * not. approved: it is approved and was not trained. kept, changed: nobody approved it, and the model writes it as it did
 * before or not. other: nobody approved it, and the model writes something else than a text that it never wrote by itself.
 */
export const standingSchema = z.enum(['held', 'broken', 'approved', 'kept', 'changed', 'other'])
export type Standing = z.output<typeof standingSchema>

/** What is promised of a passage, and what the model wrote of it when that was looked at last. */
export const passagePromiseSchema = z.object({
  /** sentences that were approved and trained */
  promised: z.number(),
  /** the edits are those that it was looked at under; where not, nobody knows what the model writes now */
  checked: z.boolean(),
  /** one a sentence; empty where the model has not written the passage since it was reviewed */
  standings: z.array(standingSchema),
  /** of the first broken sentence (from 0) */
  broken: z.object({ sentence: z.number(), cause: breakCauseSchema }).nullable()
})
export type PassagePromise = z.output<typeof passagePromiseSchema>

/** Edits that came from no passage of the review promise their target at their prompt, until one at the same prompt follows. */
export const editPromisesSchema = z.object({
  /** all of them; those that a later edit at the same prompt has replaced promise nothing any more */
  edits: z.number(),
  replaced: z.number(),
  held: z.number(),
  /** the edits have changed since these were looked at */
  unchecked: z.number(),
  broken: z.array(
    z.object({
      editId: z.string(),
      file: z.string().nullable(),
      prompt: z.string(),
      target: z.string(),
      /** what the model writes there */
      written: z.string(),
      cause: breakCauseSchema
    })
  )
})
export type EditPromises = z.output<typeof editPromisesSchema>

/** What training a file of edits would do. */
export const editsPreviewSchema = z.object({
  /** to be trained */
  edits: z.number(),
  /** in the session already */
  known: z.number(),
  /** a later row of the file has the same prompt */
  replacedInFile: z.number(),
  conflicts: z.array(
    z.object({
      /** of the file: its line, its id, and what it says */
      line: z.number(),
      id: z.string(),
      prompt: z.string(),
      says: z.string(),
      /** near: its prompt is another, but it would apply there too */
      kind: z.enum(['same prompt', 'near']),
      /** what is written there now, and would not be any more */
      target: z.string(),
      /** the sentence (from 0) of a passage that is promised; null: it is an edit's */
      passage: z.object({ passageId: z.string(), name: z.string(), sentence: z.number() }).nullable(),
      edit: z.object({ editId: z.string(), file: z.string().nullable() }).nullable()
    })
  )
})
export type EditsPreview = z.output<typeof editsPreviewSchema>

/** What a check of the promises has just found broken that held before. */
export const brokenPromisesSchema = z.object({
  passages: z.array(
    z.object({ passageId: z.string(), name: z.string(), sentence: z.number(), cause: breakCauseSchema })
  ),
  edits: z.array(editPromisesSchema.shape.broken.element)
})
export type BrokenPromises = z.output<typeof brokenPromisesSchema>

/** A text of a passage that is not the one under review: it can be looked at and brought back, marks and all. */
export const passageVersionSchema = z.object({
  /** from 1, in the order in which they were written */
  version: z.number(),
  sampling: samplingSchema,
  sentences: z.array(sentenceSchema)
})
export type PassageVersion = z.output<typeof passageVersionSchema>

export const passageSchema = z.object({
  id: z.string(),
  name: z.string(),
  prompt: z.string(),
  /** import: the text is somebody else's, and no word of it was written by this model */
  origin: z.enum(['model', 'import']),
  /** what is known of the subject, where it came with an imported passage */
  reference: z.string().nullable(),
  version: z.number(),
  sampling: samplingSchema,
  state: z.enum(['queued', 'writing', 'written', 'stopped', 'failed']),
  text: z.string(),
  sentences: z.array(sentenceSchema),
  /** by number, without the one under review */
  otherVersions: z.array(passageVersionSchema),
  rewriting: rewritingSchema.nullable(),
  /** edits in force that were trained for it and whose targets are not approved any more: the model may write them */
  leftInModel: z.array(
    z.object({
      block: z.string(),
      editId: z.string(),
      target: z.string(),
      /** from 0, as it was when it was trained */
      sentence: z.number()
    })
  ),
  promise: passagePromiseSchema,
  /** something approved is not trained yet */
  waiting: z.boolean(),
  /** its last sentence, as it would be approved, has no end: how the model goes on from there is not promised */
  breaksOff: z.boolean()
})
export type Passage = z.output<typeof passageSchema>

/** A sentence as it would be approved, under the edits in force. */
export const comparedSentenceSchema = z.object({
  tokens: z.number(),
  /** token-weighted; before: the untouched model; after: under the route that the text gets */
  perplexity: z.object({ before: z.number(), after: z.number() }),
  /** decided where the sentence begins */
  route: routeSchema,
  /** the edit of the route */
  edit: z.object({ id: z.string(), prompt: z.string(), target: z.string() }).nullable()
})
export type ComparedFigures = z.output<typeof comparedSentenceSchema>

/** In tokens. */
export const tokenCountsSchema = z.object({
  header: z.number(),
  sentences: z.array(z.number()),
  /** the most that the model reads */
  context: z.number()
})
export type TokenCounts = z.output<typeof tokenCountsSchema>

export const trainingContextSchema = z.enum(['corrected', 'original'])
export type TrainingContext = z.output<typeof trainingContextSchema>

/** Why a sentence that was approved as it stands is trained along. */
export const retainedForSchema = z.enum(['context', 'sampled', 'import'])

/** What training a passage would train. */
export const passagePlanSchema = z.object({
  sentences: z.array(
    z.object({
      /** from 0 */
      sentence: z.number(),
      kind: z.enum(['corrected', 'retained']),
      /** context: a sentence before it is corrected; sampled: greedy writing would not choose it */
      because: z.array(retainedForSchema),
      /** in its place, as the model is now */
      wouldWrite: z.string(),
      /** the edit in force of another passage (or of a file) that has the same prompt and says something else */
      replaces: z.object({ editId: z.string(), target: z.string() }).nullable()
    })
  ),
  /** approved sentences beyond the model's context, from 0: training refuses them */
  beyond: z.array(z.number())
})
export type PassagePlan = z.output<typeof passagePlanSchema>

/** How a batch is trained if nothing else is said, and what the batches of the session took. */
export const trainingSetupSchema = z.object({
  batchSize: z.number(),
  iterations: z.number(),
  /** more iterations, at most, while a target is not written exactly */
  extraIterations: z.number(),
  /** sums over the batches that are present; sampleIterations: over their edits of the iterations of each */
  measured: z.object({
    batches: z.number(),
    edits: z.number(),
    iterations: z.number(),
    seconds: z.number(),
    sampleIterations: z.number()
  })
})
export type TrainingSetup = z.output<typeof trainingSetupSchema>

/** Where the person is: the view's name, the passage and its sentence (from 0), and whether that one is being typed. */
export const placeSchema = z.object({
  view: z.string().max(40).nullable(),
  passage: z.string().max(80).nullable(),
  sentence: z.number().int().min(0).nullable(),
  editing: z.boolean()
})
export type PlaceRecord = z.output<typeof placeSchema>

/** A token of a passage as the model sees it. */
export const seenTokenSchema = z.object({
  text: z.string(),
  /** natural logarithm of its probability: its surprise in nats with the sign turned */
  logprob: z.number(),
  /** 1 = the likeliest */
  rank: z.number(),
  /** the likeliest tokens in its place, the likeliest first */
  alternatives: z.array(z.object({ text: z.string(), probability: z.number() }))
})
export type SeenToken = z.output<typeof seenTokenSchema>

/** An edit by its block and its id: ids are unique within a batch. */
export const editPlaceSchema = z.object({ block: z.string(), editId: z.string() })
export type EditPlace = z.output<typeof editPlaceSchema>

/** An edit in force, for a person to read. */
export const editInForceSchema = editPlaceSchema.extend({
  prompt: z.string(),
  target: z.string(),
  /** the passage of the review that it was trained for; null: none that is there */
  passageId: z.string().nullable(),
  /** another edit has taken its place */
  isLive: z.boolean()
})
export type EditInForce = z.output<typeof editInForceSchema>

/** Edits that something is about, and those that would be written again without them. */
export const editsConcernedSchema = z.object({
  edits: z.array(editInForceSchema),
  liveAgain: z.array(editInForceSchema)
})
export type EditsConcerned = z.output<typeof editsConcernedSchema>

/** Something the person did, as they would tell it. */
export const historyStepSchema = z.object({
  /** given once: the step that is asked for by it is no other one */
  id: z.number(),
  kind: z.enum(['review', 'training', 'import', 'deletion', 'withdrawal']),
  /** of a training: how many sentences; undoing it asks first */
  sentences: z.number(),
  /** that a training brought into force; empty of one that took blocks out */
  blocks: z.array(z.string()),
  label: z.string(),
  /** null: it concerns no passage alone */
  passageId: z.string().nullable(),
  /** from 0; null: it concerns no sentence alone */
  sentence: z.number().nullable()
})
export type HistoryStep = z.output<typeof historyStepSchema>

/** A step that was taken back or done again. */
export const movedStepSchema = historyStepSchema.extend({
  /** edits that the model writes again since, as those that had replaced them are gone */
  liveAgain: z.array(editInForceSchema)
})
export type MovedStep = z.output<typeof movedStepSchema>

export const historySchema = z.object({
  /** what can be taken back, the newest first */
  done: z.array(historyStepSchema),
  /** what was taken back and can be done again, the next first */
  undone: z.array(historyStepSchema)
})
export type HistoryOfSteps = z.output<typeof historySchema>

/** Passages that are sampled to compare one with, unless it is said otherwise. */
export const SAMPLES = 10
export const MOST_SAMPLES = 50

/** What says where to look first in a passage, beside the surprise while it was written; nats, higher = look sooner. */
export const suggestionSchema = z.object({
  passageId: z.string(),
  /** passages sampled from the same header so far */
  samples: z.number(),
  /** one a sentence of the passage */
  sentences: z.array(
    z.object({
      /** as the untouched model reads it, a token; null where that was not needed or it lies beyond the context */
      surprise: z.object({ mean: z.number(), worst: z.number() }).nullable(),
      /** how little the samples say the same, a word (`ngramScores`); null without samples */
      unsupported: z.object({ average: z.number(), max: z.number() }).nullable()
    })
  )
})
export type Suggestion = z.output<typeof suggestionSchema>

/** What a session can be exported as: files of edits, of passages, and what runs or is read elsewhere. */
export const EXPORT_FORMATS = [
  'edits',
  'pairs',
  'easyedit-records',
  'easyedit',
  'zsre',
  'zsre-structured',
  'counterfact',
  'mquake',
  'rome',
  'passages',
  'wiki_bio',
  'label-studio',
  'argilla',
  'doccano',
  'marks',
  'peft',
  'merged',
  'report'
] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export const jobKindSchema = z.enum([
  'generate',
  'rewrite',
  'suggest',
  'train',
  'check',
  'evaluate',
  'calibrate',
  'export'
])
export type JobKind = z.output<typeof jobKindSchema>

export const jobSchema = z.object({
  id: z.string(),
  kind: jobKindSchema,
  title: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  /** cancelling was asked for and the next step has not been reached yet */
  cancelling: z.boolean(),
  progress: z.object({
    /** 0 to 1; null while the amount of work is not known */
    fraction: z.number().nullable(),
    /** what is being done right now, as a phrase */
    doing: z.string(),
    secondsLeft: z.number().nullable()
  }),
  /** what came of it, as a sentence, once it is done or was cancelled */
  summary: z.string().nullable(),
  /** what else there is to know of it: what was left out, what could not be carried */
  notes: z.array(z.string()),
  error: errorRecordSchema.nullable(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable()
})
export type Job = z.output<typeof jobSchema>

/** A session in the list of them; figures that cannot be read are null. */
export const sessionEntrySchema = z.object({
  dir: z.string(),
  name: z.string(),
  /** some process writes it; one that was killed does not */
  isOpen: z.boolean(),
  /** the other machine whose process writes it, as far as its lock says; null: it is this one, or nobody does */
  usedOn: z.string().nullable(),
  model: z.object({ id: z.string(), isThere: z.boolean() }).nullable(),
  batches: z.number().nullable(),
  edits: z.number().nullable(),
  passages: z.number().nullable(),
  /** accepted ones */
  corrections: z.number().nullable(),
  /** ms since 1970; 0 where it cannot be read */
  changedAt: z.number(),
  bytes: z.number().nullable(),
  /** why it cannot be opened */
  problem: z.string().nullable()
})
export type SessionEntry = z.output<typeof sessionEntrySchema>

export const sessionInfoSchema = z.object({
  state: z.enum(['closed', 'opening', 'open']),
  /** while it opens: what is being done, as a phrase */
  doing: z.string().nullable(),
  /** what `session.open` takes when nothing is named */
  defaults: z.object({
    model: z.string(),
    sessionDir: z.string(),
    /** the person named the session: it is opened without asking */
    isNamed: z.boolean()
  }),
  model: modelSummarySchema.nullable(),
  sessionDir: z.string().nullable(),
  /** how batches are trained, and what those of the session took; null while none is open */
  training: trainingSetupSchema.nullable(),
  /** where the person was when they were last seen; null where nobody has been */
  place: placeSchema.nullable(),
  /** there is a training that `train.undo` can take out */
  undoable: z.boolean(),
  /** nothing can be changed: somebody else writes it, its model is missing, or reading was asked for */
  readOnly: z.boolean(),
  /** what opening found and dealt with, as sentences */
  notices: z.array(z.string()),
  /** records of the journal that could not be read and were set aside */
  setAside: z.number()
})
export type SessionInfo = z.output<typeof sessionInfoSchema>

export const trainingResultSchema = z.object({
  jobId: z.string(),
  at: z.number(),
  seconds: z.number(),
  blocks: z.array(z.string()),
  undoneBlocks: z.array(z.string()),
  edits: z.number(),
  /** edits that are written word for word; null where the training was cancelled before anybody looked */
  exact: z.number().nullable(),
  perplexity: z.object({ before: z.number().nullable(), after: z.number().nullable() }),
  passages: z.array(z.object({ id: z.string(), asApproved: z.boolean().nullable() }))
})
export type TrainingResult = z.output<typeof trainingResultSchema>
