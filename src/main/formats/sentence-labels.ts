/** How a sentence can be marked; the words of wiki_bio_gpt3_hallucination. */
export const LABELS = ['accurate', 'minor_inaccurate', 'major_inaccurate'] as const
export type Label = (typeof LABELS)[number]

/** The mark that a tool's label stands for, spelled with capitals, spaces or hyphens or not; null: none. */
export function labelOf(given: unknown): Label | null {
  if (typeof given !== 'string' || given.length > 40) return null
  const plain = given
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
  return LABELS.find((label) => label === plain) ?? null
}
