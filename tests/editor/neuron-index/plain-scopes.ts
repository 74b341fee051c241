import type { IndexedEdit, KeyRecord, RecordRef, ScopeSettings } from '../../../src/main/editor/neuron-index/types.ts'

/** The rules of the scopes index written down as they read, in quadratic time and with nothing kept: for comparison. */
export interface PlainRecord extends KeyRecord {
  readonly ref: RecordRef
  readonly block: string
  /** number among all records, by order of their edits */
  readonly place: number
}

export interface PlainIndex {
  readonly records: PlainRecord[]
  readonly live: PlainRecord[]
  /** state and reason of each record that is not live, by `name(ref)` */
  readonly why: Map<string, { state: 'retrained' | 'replaced' | 'indistinguishable'; by: RecordRef }>
}

export const name = ({ editId, record }: RecordRef): string => `${editId}/${record}`

export function plainDistance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0))
}

export const length = (key: Float32Array): number => plainDistance(key, new Float32Array(key.length))

const isPrefix = (prefix: readonly number[], text: readonly number[]): boolean =>
  prefix.length <= text.length && prefix.every((id, i) => id === text[i])

export const conflict = (a: PlainRecord, b: PlainRecord): boolean =>
  a.block !== b.block && a.says.join() !== b.says.join()

export function plainBuild(edits: readonly IndexedEdit[], { margin, noise }: ScopeSettings): PlainIndex {
  const ordered = [...edits].sort((a, b) => a.order - b.order)
  let place = 0
  const byEdit = ordered.map((edit) =>
    edit.records.map((record, number): PlainRecord => {
      return { ...record, ref: { editId: edit.editId, record: number }, block: edit.block, place: place++ }
    })
  )
  const why: PlainIndex['why'] = new Map()
  byEdit.forEach((own, n) => {
    for (const later of byEdit.slice(n + 1)) {
      const prompt = later[0].promptIds
      const whole = [...prompt, ...later.flatMap((record) => record.says)]
      own.forEach((record, position) => {
        const met = own
          .slice(0, position + 1)
          .filter(
            ({ promptIds }) =>
              promptIds.length >= prompt.length && promptIds.length < whole.length && isPrefix(promptIds, whole)
          )
        if (met.length === 0 || isPrefix(whole, record.promptIds)) return
        const same = met.every(({ promptIds, says }) => isPrefix(says, whole.slice(promptIds.length)))
        why.set(name(record.ref), { state: same ? 'retrained' : 'replaced', by: later[0].ref })
      })
    }
  })
  const records = byEdit.flat()
  const rest = records.filter((record) => !why.has(name(record.ref)))
  for (const x of rest)
    for (const y of rest) {
      const limit = (1 + 1 / margin) * noise * Math.max(length(x.key), length(y.key))
      if (y.place > x.place && conflict(x, y) && plainDistance(x.key, y.key) <= limit)
        why.set(name(x.ref), { state: 'indistinguishable', by: y.ref })
    }
  return { records, live: rest.filter((record) => !why.has(name(record.ref))), why }
}

export const reachOf = (record: PlainRecord, { reach, noise }: ScopeSettings): number =>
  Math.max(reach, 2 * noise * length(record.key))

/** Distance from a point to the nearest live record in conflict; Infinity: there is none. */
export const rivalDistance = (live: PlainRecord[], query: Float32Array, x: PlainRecord): number =>
  Math.min(...live.filter((y) => conflict(x, y)).map((y) => plainDistance(query, y.key)))

/** All live records that fire at a query, the one that wins first. */
export function plainFiring(live: PlainRecord[], query: Float32Array, settings: ScopeSettings): PlainRecord[] {
  const near = (record: PlainRecord): number => plainDistance(query, record.key)
  return live
    .filter((x) => near(x) <= reachOf(x, settings) && near(x) <= settings.margin * rivalDistance(live, query, x))
    .sort((a, b) => near(a) - near(b) || b.place - a.place)
}
