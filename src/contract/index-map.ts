/** The map of a neuron index: its keys in two dimensions, what became of each, and where a text would lie among them. */
import { z } from 'zod'
import { protocolSchema } from './evaluation.ts'

const n = z.number().int().min(0)
/** Places in a list; -1: none. */
const places = z.array(z.number().int().min(-1))
const figures = z.array(z.number())

/** In `scopes` the first four, in `clusters` the first and the last two. */
export const RECORD_STATES = [
  'live',
  'retrained',
  'replaced',
  'indistinguishable',
  'forgotten',
  'out-of-reach'
] as const
export const recordStateSchema = z.enum(RECORD_STATES)
export type RecordStanding = z.output<typeof recordStateSchema>

/**
 * Keys as points, in lists of one number a record: by the order of their edits, then by their places in the edit. Such
 * places number the records everywhere below, as long as `state` is the same. Coordinates keep six digits.
 */
export const indexMapSchema = z.object({
  protocol: protocolSchema,
  mode: z.enum(['scopes', 'clusters']),
  /** changes with the edits that are present */
  state: z.string(),
  edits: n,
  /** numbers of a key */
  width: n,
  /** shares of the variance of all keys along the two axes, 0 to 1; 0 where they do not differ so far */
  shares: z.tuple([z.number(), z.number()]),
  /** of `scopes`; else null */
  scopes: z.object({ reach: z.number(), margin: z.number(), noise: z.number() }).nullable(),
  /** initial radius; of `clusters`; else null */
  radius: z.number().nullable(),
  records: z.object({
    x: figures,
    y: figures,
    /** place of its edit among those that are present */
    edit: places,
    /** place in its edit: 0 at the prompt's end */
    part: places,
    /** place of its state in `RECORD_STATES` */
    standing: places,
    /** the record that is the reason */
    by: places,
    /** of `clusters`: the cluster that it is a member of */
    cluster: places
  }),
  /** of `clusters`, in the order in which they were made; else none */
  clusters: z.array(z.object({ x: z.number(), y: z.number(), radius: z.number(), members: n }))
})
export type IndexMap = z.output<typeof indexMapSchema>

/** How far the answers of live records are certain; mode `scopes`. Lists of one number a record. */
export const indexScopesSchema = z.object({
  state: z.string(),
  /** the nearest live record in conflict with it */
  rival: places,
  /** how far that one's key is; 0 where there is none */
  distance: figures,
  /** inside it the record's own answer is certain; 0 where it is not live */
  sure: figures
})
export type IndexScopes = z.output<typeof indexScopesSchema>

/** A record as others name it. */
const namedRecordSchema = z.object({ record: n, editId: z.string(), prompt: z.string(), target: z.string() })
export type NamedRecord = z.output<typeof namedRecordSchema>

export const indexedRecordSchema = namedRecordSchema.extend({
  /** place in its edit, and how many that one has */
  part: n,
  parts: n,
  /** what its block writes from here; null where no tokenizer is there to spell it */
  says: z.string().nullable(),
  block: z.string(),
  standing: recordStateSchema,
  by: namedRecordSchema.nullable(),
  /** of a live record; mode `scopes` */
  scope: z
    .object({
      reach: z.number(),
      sure: z.number(),
      rival: namedRecordSchema.extend({ distance: z.number() }).nullable()
    })
    .nullable(),
  /** mode `clusters`; distance: from its key to the centre */
  cluster: z.object({ place: n, radius: z.number(), distance: z.number(), members: n }).nullable()
})
export type IndexedRecord = z.output<typeof indexedRecordSchema>

/** Edits whose prompt, target or id holds a text, by their records at the prompt's end. */
export const foundEditsSchema = z.object({
  total: n,
  edits: z.array(namedRecordSchema.extend({ standing: recordStateSchema }))
})
export type FoundEdits = z.output<typeof foundEditsSchema>

/** A record near a query, and what it takes it to fire there. */
export const nearRecordSchema = namedRecordSchema.extend({
  standing: recordStateSchema,
  distance: z.number(),
  /** null where it cannot fire whatever the distance; mode `clusters`: radius of its cluster */
  reach: z.number().nullable(),
  /** mode `clusters`: from the query to the centre of its cluster; else null */
  toCentre: z.number().nullable(),
  /** mode `scopes`: from the query to the nearest live record in conflict with it; null: there is none */
  rival: z.number().nullable(),
  withinReach: z.boolean(),
  withinMargin: z.boolean()
})
export type NearRecord = z.output<typeof nearRecordSchema>

export const indexAnswerSchema = z.object({
  state: z.string(),
  x: z.number(),
  y: z.number(),
  /** null: no block fires; the rest tells of the record that fires, or of the nearest that misses */
  block: z.string().nullable(),
  record: n.nullable(),
  distance: z.number().nullable(),
  reach: z.number().nullable(),
  rival: z.number().nullable(),
  margin: z.number().nullable(),
  /** in words */
  decision: z.string(),
  /** of all records, live or not; the nearest first */
  near: z.array(nearRecordSchema)
})
export type IndexAnswer = z.output<typeof indexAnswerSchema>

const at = { protocol: protocolSchema, state: z.string().max(200) }

export const indexMethods = {
  /** Null: nothing has changed since `known`. */
  'index.map': {
    params: z.object({ protocol: protocolSchema, known: z.string().max(200).optional() }),
    result: indexMapSchema.nullable()
  },
  /** Takes seconds over thousands of keys; everything else is answered meanwhile. */
  'index.scopes': { params: z.object(at), result: indexScopesSchema },
  'index.record': { params: z.object({ ...at, record: n }), result: indexedRecordSchema },
  /** The newest first, 50 from `from` on. */
  'index.find': {
    params: z.object({ ...at, text: z.string().max(400), from: n.default(0) }),
    result: foundEditsSchema
  },
  /**
   * What the router answers at a text. The key of protocol `paper` has seen the answer, so that one needs a target;
   * `deployment` takes the text alone, as writing on from it would.
   */
  'index.query': {
    params: z.object({
      protocol: protocolSchema,
      text: z.string().max(20_000),
      target: z.string().max(20_000).default('')
    }),
    result: indexAnswerSchema
  }
} as const
