/** What a format cannot carry of a record. */
export interface Loss {
  /** as Erratum's own files name it */
  readonly field: string
  readonly why: string
}

/** A record as a format has it, and what of the row it does not hold. */
export interface Written {
  readonly record: Readonly<Record<string, unknown>>
  readonly losses: readonly Loss[]
}

/** What was not carried of a whole file, by field and reason. */
export interface NotCarried extends Loss {
  /** of the rows that had more in it */
  readonly ids: readonly string[]
}

export function gatherLosses(
  written: readonly { readonly id: string; readonly losses: readonly Loss[] }[]
): NotCarried[] {
  const found = new Map<string, { field: string; why: string; ids: string[] }>()
  for (const { id, losses } of written)
    for (const { field, why } of losses) {
      const key = JSON.stringify([field, why])
      const entry = found.get(key) ?? { field, why, ids: [] }
      entry.ids.push(id)
      found.set(key, entry)
    }
  return [...found.values()]
}

/**
 * Fields by which records of some format are known: under another format an unknown field of that name would be taken
 * for what it is not, so it is left out there and told.
 */
export const SIGNATURES: readonly string[] = [
  'prompt', 'target_new', 'requested_rewrite', 'src', 'alt', 'input', 'output', 'text', 'labels', 'prompts', 'sentences', 'gpt3_sentences'
] // prettier-ignore

/**
 * The record with the row's unknown fields beside its own, without those whose value is undefined.
 * @param taken names that mean something else in this format
 */
export function withExtra(
  own: Readonly<Record<string, unknown>>,
  extra: Readonly<Record<string, unknown>>,
  taken: readonly string[]
): Written {
  const clashing = Object.keys(extra).filter((name) => taken.includes(name))
  const kept = Object.entries(extra).filter(([name]) => !taken.includes(name))
  const record = Object.fromEntries([...kept, ...Object.entries(own)].filter(([, value]) => value !== undefined))
  return {
    record,
    losses: clashing.map((field) => ({ field, why: 'a field of this name means something else in this format' }))
  }
}

/** All but what was taken out and understood: null where nothing is left. */
export function remainder<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined
}
