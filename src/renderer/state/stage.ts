/** How far a passage is: the states of the list, in the order of the work. */
import type { Passage } from '../../contract/types.ts'

export const STAGES = ['new', 'in review', 'corrected', 'trained', 'verified'] as const
export type Stage = (typeof STAGES)[number]

export const STAGE_MEANINGS: Record<Stage, string> = {
  new: 'nobody has marked a sentence yet',
  'in review': 'marks are there, and nothing that has to be trained',
  corrected: 'approved text waits to be trained',
  trained: 'what was approved is trained',
  verified: 'the model writes what was approved, to the letter'
}

export function stageOf(passage: Passage): Stage {
  if (passage.waiting) return 'corrected'
  const { promised, checked, broken } = passage.promise
  if (promised > 0) return checked && broken === null ? 'verified' : 'trained'
  return passage.sentences.some((s) => s.mark !== null || s.correction !== null) ? 'in review' : 'new'
}
