/** Where words stand in a sentence: a sentence is split before one of them. */

/** Positions of the first characters of all words, ascending. */
export function wordStarts(text: string): number[] {
  return [...text.matchAll(/\S+/g)].map((word) => word.index)
}

/** The word that a character belongs to, or that comes before it: the position of its start. */
export function wordAt(text: string, at: number): number {
  return wordStarts(text).findLast((start) => start <= at) ?? 0
}

/** The word that begins at a position. */
export function wordFrom(text: string, start: number): string {
  return /^\S+/.exec(text.slice(start))?.[0] ?? ''
}

/** From one word to the next or the one before; from none (null) to the first or the last. */
export function stepWord(text: string, from: number | null, step: 1 | -1): number | null {
  const starts = wordStarts(text)
  if (starts.length === 0) return null
  if (from === null) return step > 0 ? starts[0] : starts.at(-1)!
  const at = starts.findLastIndex((start) => start <= from)
  return starts[Math.min(starts.length - 1, Math.max(0, at + step))]
}
