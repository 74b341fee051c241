/**
 * Finds records by their prompts, and all records whose prompt is a prefix of a text, without comparing all pairs:
 * a running hash gives every prefix of a text its hash on the way, and what it finds is compared token by token.
 */
export class PromptTable {
  readonly #prompts: (readonly number[])[] = []
  readonly #byHash = new Map<number, number[]>()

  /** Adds the prompt of the next entry; entries are numbered from 0 in the order in which they are added. */
  add(promptIds: readonly number[]): void {
    const hash = promptIds.reduce(extendHash, EMPTY_HASH)
    const same = this.#byHash.get(hash)
    if (same) same.push(this.#prompts.length)
    else this.#byHash.set(hash, [this.#prompts.length])
    this.#prompts.push(promptIds)
  }

  /** Entries whose prompt is exactly `ids`, in ascending order. */
  entriesAt(ids: readonly number[]): number[] {
    return this.#matching(ids.reduce(extendHash, EMPTY_HASH), ids, ids.length)
  }

  /** Entries whose prompt is a prefix of `text` with shortest <= length < text.length; shorter prompts come first. */
  prefixesOf(text: readonly number[], shortest: number): number[] {
    const found: number[] = []
    let hash = EMPTY_HASH
    for (let length = 0; length < text.length; length++) {
      if (length >= shortest) found.push(...this.#matching(hash, text, length))
      hash = extendHash(hash, text[length])
    }
    return found
  }

  #matching(hash: number, text: readonly number[], length: number): number[] {
    const candidates = this.#byHash.get(hash) ?? []
    return candidates.filter(
      (entry) => this.#prompts[entry].length === length && startsWith(text, this.#prompts[entry])
    )
  }
}

/** Whether `text` begins with all of `prefix`. */
export function startsWith(text: readonly number[], prefix: readonly number[]): boolean {
  return continuesWith(text, 0, prefix)
}

/** Whether `part` stands in `text` from `start` on, whole. */
export function continuesWith(text: readonly number[], start: number, part: readonly number[]): boolean {
  if (text.length < start + part.length) return false
  for (let i = 0; i < part.length; i++) if (text[start + i] !== part[i]) return false
  return true
}

const EMPTY_HASH = 0x811c9dc5

function extendHash(hash: number, id: number): number {
  return Math.imul(hash ^ id, 0x01000193) >>> 0
}
