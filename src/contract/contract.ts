/**
 * The one list of what the renderer may ask and what it is told. The bridge, the WebSocket client, the engine's checks
 * and every type of a request or an answer come from it.
 */
import { z } from 'zod'
import { batchEditSchema, boardSchema, boardSettingsSchema, evaluationRecordSchema } from './board.ts'
import { importPreviewSchema, passageFileSchema } from './import-preview.ts'
import { indexMethods } from './index-map.ts'
import { calibrationPlanSchema, calibrationStateSchema } from './calibration.ts'
import {
  brokenPromisesSchema,
  comparedSentenceSchema,
  editPlaceSchema,
  editsConcernedSchema,
  editPromisesSchema,
  editsPreviewSchema,
  errorRecordSchema,
  EXPORT_FORMATS,
  historySchema,
  jobSchema,
  markSchema,
  listedModelSchema,
  MOST_SAMPLES,
  movedStepSchema,
  passagePlanSchema,
  passageSchema,
  placeSchema,
  SAMPLES,
  samplingSchema,
  seenTokenSchema,
  sessionEntrySchema,
  sessionInfoSchema,
  suggestionSchema,
  tokenCountsSchema,
  trainingContextSchema,
  trainingResultSchema
} from './types.ts'

const nothing = z.object({})
const text = z.string().max(20_000)
const folder = z.object({ dir: z.string() })
const sentenceOf = { passageId: z.string(), sentence: z.number().int().min(0) }

const editsFile = z.object({
  fileName: z.string().max(400),
  content: z.string().max(30_000_000),
  onlyGood: z.boolean().default(false),
  skipUnfit: z.boolean().default(false)
})

export const methods = {
  'models.list': { params: nothing, result: z.array(listedModelSchema) },

  'session.info': { params: nothing, result: sessionInfoSchema },
  'session.open': {
    params: z.object({
      /** of a new session; one that is there has its own */
      model: z.string().optional(),
      sessionDir: z.string().optional(),
      readOnly: z.boolean().optional(),
      /** make no new session where there is none */
      mustExist: z.boolean().optional(),
      /** go on although the model's weights are not those that the session was made with */
      acceptModel: z.boolean().optional()
    }),
    result: sessionInfoSchema
  },
  'session.close': { params: nothing, result: sessionInfoSchema },

  'sessions.list': { params: nothing, result: z.array(sessionEntrySchema) },
  /** A folder for a new session of this name; opening it makes the session. */
  'sessions.place': { params: z.object({ name: z.string().max(200) }), result: folder },
  'sessions.duplicate': { params: folder, result: folder },
  'sessions.rename': { params: z.object({ dir: z.string(), name: z.string().max(200) }), result: folder },
  /** Gives the folder where it lies then. */
  'sessions.trash': { params: folder, result: folder },
  /** Saves a copy as one file; without a name it lies beside the session. */
  'sessions.pack': {
    params: z.object({ dir: z.string(), file: z.string().optional() }),
    result: z.object({ file: z.string() })
  },
  /** Makes a session of such a file, in the data folder. */
  'sessions.unpack': { params: z.object({ file: z.string() }), result: folder },
  /** Keeps where the person is, for after a crash; `session.info` gives it back. */
  'session.keepPlace': { params: placeSchema, result: nothing },

  'passages.list': { params: nothing, result: z.array(passageSchema) },
  /** Writes one passage a name; `{name}` in the template stands for it. The job streams tokens as events. */
  'passages.generate': {
    params: z.object({
      names: z.array(z.string().trim().min(1).max(200)).min(1).max(500),
      template: text.refine((t) => t.includes('{name}'), 'The header has to contain {name}.'),
      sampling: samplingSchema
    }),
    result: jobSchema
  },
  /** What a file holds and how it would be imported; nothing is taken. */
  'passages.preview': { params: passageFileSchema, result: importPreviewSchema },
  /**
   * Takes passages from a file: plain text, a table, passages as JSON lines, or wiki_bio with its annotations as marks. A
   * row that cannot be read is an error with `good`, how many can; they are taken with `onlyGood`.
   */
  'passages.import': {
    params: passageFileSchema.extend({
      onlyGood: z.boolean().default(false),
      /** leave out what the session has already, and what the file has twice */
      onlyNew: z.boolean().default(false)
    }),
    result: z.array(passageSchema)
  },
  /**
   * Moves passages to the trash of the session, as one step of the history: undoing it brings them back. Their trained
   * edits are withdrawn from the model or stay in it, as `withdraw` says.
   */
  'passages.delete': {
    params: z.object({ passageIds: z.array(z.string()).min(1).max(10_000), withdraw: z.boolean() }),
    result: editsConcernedSchema
  },
  /** Writes a passage anew from its header alone, greedily, with every edit in force; what was reviewed stays. */
  'passages.regenerate': { params: z.object({ passageId: z.string() }), result: jobSchema },

  /** Writes another version of a passage; the one under review is kept beside it with its marks and corrections. */
  'passages.writeVersion': {
    params: z.object({ passageId: z.string(), sampling: samplingSchema }),
    result: jobSchema
  },
  /** Brings another version back under review. */
  'passages.chooseVersion': {
    params: z.object({ passageId: z.string(), version: z.number().int().min(1) }),
    result: passageSchema
  },
  /** Each sentence as it would be approved, untouched and under the edits in force; null beyond the model's context. */
  'passages.compare': {
    params: z.object({ passageId: z.string() }),
    result: z.array(comparedSentenceSchema.nullable())
  },
  /** How long a passage would be with this text as the correction of a sentence. */
  'passages.measure': { params: z.object({ ...sentenceOf, text }), result: tokenCountsSchema },

  /**
   * How surprised the model is at each token of a passage as it would be approved (a correction that is accepted, else
   * the text): untouched, or with the edits in force. One list a sentence; null beyond the model's context.
   */
  'passages.view': {
    params: z.object({ passageId: z.string(), untouched: z.boolean() }),
    result: z.array(z.array(seenTokenSchema).nullable())
  },

  /** Of the passages that have any. */
  'suggestions.list': { params: nothing, result: z.array(suggestionSchema) },
  /** Samples passages to compare these with, as many as are missing; each is kept as it comes. */
  'suggestions.start': {
    params: z.object({
      passageIds: z.array(z.string()).min(1).max(10_000),
      samples: z.number().int().min(1).max(MOST_SAMPLES).default(SAMPLES)
    }),
    result: jobSchema
  },

  /** `mark: null` clears. An accurate sentence needs no correction: one that was accepted becomes a draft again. */
  'review.mark': { params: z.object({ ...sentenceOf, mark: markSchema.nullable() }), result: passageSchema },
  /** Marks every sentence accurate that has neither a mark nor a correction. */
  'review.markRest': { params: z.object({ passageId: z.string() }), result: passageSchema },
  /** Cuts a sentence before its character `at`. */
  'review.split': { params: z.object({ ...sentenceOf, at: z.number().int().min(1) }), result: passageSchema },
  /** Joins a sentence and the next one. */
  'review.join': { params: z.object(sentenceOf), result: passageSchema },
  /**
   * Approves the sentences that the model writes otherwise than they stand and that nobody has approved or marked wrong: as
   * it writes them now, or as they stand. A step of the history for each passage.
   */
  'review.settle': {
    params: z.object({ passageIds: z.array(z.string()).min(1).max(10_000), as: z.enum(['written', 'before']) }),
    result: z.array(passageSchema)
  },
  /**
   * The text as typed so far, or (`accepted`) as the model shall write it. An empty text takes the correction away.
   * With `basedOn`, what the caller last knew of the sentence: an error `Conflict` where another window has changed it.
   */
  'review.correct': {
    params: z.object({
      ...sentenceOf,
      text,
      accepted: z.boolean(),
      basedOn: z.object({ sentence: text, correction: text.nullable() }).optional()
    }),
    result: passageSchema
  },

  /** Takes a correction away, and the edits that were trained for it out of the model; a step of the history. */
  'review.removeCorrection': { params: z.object(sentenceOf), result: editsConcernedSchema },
  /** Gives back the correction that was accepted before the one that is being typed. */
  'review.restoreAccepted': { params: z.object(sentenceOf), result: passageSchema },

  'history.list': { params: nothing, result: historySchema },
  /**
   * Takes the newest step back, a training with its blocks; null where there is none. With `step`, the id of the step that
   * is meant, it is an error where another one is the newest, so that nothing is taken back that nobody looked at.
   */
  'history.undo': { params: z.object({ step: z.number().optional() }), result: movedStepSchema.nullable() },
  'history.redo': { params: z.object({ step: z.number().optional() }), result: movedStepSchema.nullable() },

  /**
   * Edits in force of these blocks, of these passages, or of the correction of one sentence, and what the model would
   * write again without them.
   */
  'edits.concerned': {
    params: z.object({
      blocks: z.array(z.string()).optional(),
      passageIds: z.array(z.string()).optional(),
      correction: z.object(sentenceOf).optional(),
      edits: z.array(editPlaceSchema).optional()
    }),
    result: editsConcernedSchema
  },
  /** Withdraws single edits from the model, as a step of the history; the rest of their batches stays. */
  'edits.withdraw': { params: z.object({ edits: z.array(editPlaceSchema).min(1) }), result: editsConcernedSchema },

  /** What training would train of a passage, and why. */
  'train.plan': {
    params: z.object({ passageId: z.string(), context: trainingContextSchema.default('corrected') }),
    result: passagePlanSchema
  },
  /** Trains what was approved and is not trained yet: of the passages named, or of all. */
  'train.start': {
    params: z.object({
      passageIds: z.array(z.string()).optional(),
      context: trainingContextSchema.default('corrected'),
      batchSize: z.number().int().min(1).max(64).optional(),
      iterations: z.number().int().min(1).max(2000).optional()
    }),
    result: jobSchema
  },
  /**
   * Trains the edits of a file, in any format. A row that cannot be read, or is longer than the context, is an error with
   * `good`, how many others there are; they are trained with `onlyGood` and `skipUnfit`.
   */
  'train.file': {
    params: editsFile.extend({
      /** lines of rows that are not trained */
      leaveOut: z.array(z.number().int()).default([])
    }),
    result: jobSchema
  },
  /** What training such a file would do, with the same errors: how many edits, and what they would take the place of. */
  'train.preview': { params: editsFile, result: editsPreviewSchema },
  /** Takes the last training that is in force out, whatever was done since: a step of the history like any other. */
  'train.undo': {
    /** blocks of the training that is meant: it is an error where another one is the last */
    params: z.object({ blocks: z.array(z.string()).optional() }),
    result: z
      .object({ blocks: z.array(z.string()), edits: z.number(), liveAgain: editsConcernedSchema.shape.liveAgain })
      .nullable()
  },
  /** A place in the data folder where nothing lies yet. */
  'export.place': { params: z.object({ format: z.enum(EXPORT_FORMATS) }), result: z.object({ out: z.string() }) },
  /** Writes what the session holds; nothing that is there is replaced. */
  'export.start': {
    params: z.object({
      format: z.enum(EXPORT_FORMATS),
      /** one that is no whole path lies in the data folder */
      out: z.string().trim().min(1).max(4000),
      /** of edits: only those in force */
      live: z.boolean().optional(),
      /** of a report: measure what it tells */
      measure: z.boolean().optional(),
      /** of a merged model; absent: all */
      blocks: z.array(z.string()).min(1).optional()
    }),
    result: jobSchema
  },

  /** How the promises of edits that came from files stand; those of passages are told with each passage. */
  'promises.list': { params: nothing, result: editPromisesSchema },
  /** Looks at what nobody has looked at since the edits changed last. */
  'promises.check': { params: nothing, result: jobSchema },

  'results.list': { params: nothing, result: z.array(trainingResultSchema) },

  /** The board of this session, or of the one in another folder. */
  'board.read': { params: z.object({ sessionDir: z.string().max(4000).optional() }), result: boardSchema },
  /** What is in a batch. */
  'board.batch': {
    params: z.object({ sessionDir: z.string().max(4000).optional(), block: z.string() }),
    result: z.array(batchEditSchema)
  },
  /** Folders of sessions beside this one. */
  'board.sessions': { params: nothing, result: z.array(z.string()) },
  'board.settings': { params: boardSettingsSchema, result: boardSettingsSchema },
  /** Measures the states that the plan names, or the present one; what was measured before is not measured again. */
  'evaluation.start': { params: z.object({ which: z.enum(['planned', 'present']) }), result: jobSchema },

  ...indexMethods,
  /** How the router of this session, and that of new ones, was calibrated. */
  'calibration.read': { params: nothing, result: calibrationStateSchema },
  /** Calibrates the model of the session for new sessions, and reads what that would mean for the edits that are there. */
  'calibration.start': { params: calibrationPlanSchema, result: jobSchema },

  'jobs.list': { params: nothing, result: z.array(jobSchema) },
  'jobs.cancel': { params: z.object({ jobId: z.string() }), result: jobSchema }
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>

export const events = {
  'session.changed': sessionInfoSchema,
  'passages.changed': passageSchema,
  /** They went to the trash. */
  'passages.removed': z.object({ passageIds: z.array(z.string()) }),
  /** A token that was just written: into the passage itself, the passage written anew, or another version of it. */
  'passages.token': z.object({
    passageId: z.string(),
    into: z.enum(['passage', 'rewriting', 'version']),
    text: z.string(),
    logprob: z.number(),
    rank: z.number()
  }),
  'history.changed': historySchema,
  'promises.changed': editPromisesSchema,
  'promises.broken': brokenPromisesSchema,
  'suggestions.changed': suggestionSchema,
  'evaluations.added': evaluationRecordSchema,
  'jobs.changed': jobSchema,
  'results.added': trainingResultSchema,
  /** Told by the shell: the engine process ended and a new one runs, or it will not be started again. */
  'engine.restarted': z.object({ running: z.boolean(), message: z.string() })
} as const satisfies Record<string, z.ZodType>

export type MethodName = keyof typeof methods
/** What a caller may leave out stands as optional. */
export type ParamsIn<M extends MethodName> = z.input<(typeof methods)[M]['params']>
/** What a handler gets after the check. */
export type Params<M extends MethodName> = z.output<(typeof methods)[M]['params']>
export type Result<M extends MethodName> = z.output<(typeof methods)[M]['result']>

export type EventName = keyof typeof events
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>

/** A handler that has its answer at hand returns it as it is. */
export type Handlers = { readonly [M in MethodName]: (params: Params<M>) => Result<M> | Promise<Result<M>> }
export type Emit = <E extends EventName>(event: E, payload: EventPayload<E>) => void

export const METHOD_NAMES = Object.keys(methods) as readonly MethodName[]

export const requestSchema = z.object({
  id: z.number().int().min(0),
  method: z.enum(METHOD_NAMES),
  params: z.unknown()
})
export type RequestFrame = z.output<typeof requestSchema>

/** What the engine sends: the answer to one request, or an event. */
export const engineFrameSchema = z.union([
  z.object({ id: z.number().int(), error: errorRecordSchema }),
  z.object({ id: z.number().int(), result: z.unknown() }),
  z.object({ event: z.enum(Object.keys(events) as EventName[]), payload: z.unknown() })
])
export type EngineFrame = z.output<typeof engineFrameSchema>
