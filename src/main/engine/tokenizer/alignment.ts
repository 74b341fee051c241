/** Where a stretch of a normalised text comes from. */

/** From [from, to) of the normalised text to [start, end) of the text as it came, both in UTF-16 units. */
export type Alignment = (from: number, to: number) => [number, number]

/**
 * Normalises the text character by character as a person sees them (grapheme clusters); where the results together are
 * the normalised text, each part of it comes from its own cluster, and else any part comes from the whole text.
 */
export function align(raw: string, normalized: string, normalize: ((text: string) => string) | null): Alignment {
  if (normalize === null || raw === normalized) return (from, to) => [from, to]
  const startOf: number[] = []
  const endOf: number[] = []
  let joined = ''
  for (const { segment, index } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(raw)) {
    const part = normalize(segment.toWellFormed())
    joined += part
    for (let i = 0; i < part.length; i++) {
      startOf.push(index)
      endOf.push(index + segment.length)
    }
  }
  if (joined !== normalized) return () => [0, raw.length]
  return (from, to) =>
    to > from ? [startOf[from], endOf[to - 1]] : [startOf[from] ?? raw.length, startOf[from] ?? raw.length]
}
