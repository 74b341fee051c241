/** How a sentence can be marked; the words of wiki_bio_gpt3_hallucination. */
export const LABELS = ['accurate', 'minor_inaccurate', 'major_inaccurate'] as const
export type Label = (typeof LABELS)[number]
