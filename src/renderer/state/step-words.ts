/** What is said after an undo, a redo, a removal or a deletion. */
import type { EditInForce, EditsConcerned, HistoryStep, MovedStep } from '../../contract/types.ts'
import { count } from '../../contract/words.ts'

export interface StepMessage {
  /** the first sentence */
  what: string
  /** further sentences */
  more: string[]
  /** the way back that stands beside it */
  offers: 'undo' | 'redo' | null
}

/** Targets that are said in full; of more only how many there are. */
const SAID = 2

/** @param name of the passage that the step is about */
export function movedWords(direction: 'undo' | 'redo', step: MovedStep, name: string | null): StepMessage {
  const word = direction === 'undo' ? 'Undone' : 'Redone'
  const about = name === null ? '' : ` (${name})`
  return {
    what: `${word}: ${step.label}${about}.`,
    more: [...consequence(direction, step), ...againWords(step.liveAgain)],
    offers: direction === 'undo' ? 'redo' : 'undo'
  }
}

function consequence(direction: 'undo' | 'redo', { kind, blocks, sentences }: HistoryStep): string[] {
  if (kind !== 'training' || blocks.length === 0) return []
  const what = count(sentences, 'sentence is', 'sentences are')
  return [direction === 'undo' ? `${what} no longer in the model.` : `${what} in the model again.`]
}

/** Of a training that was taken out of turn: a step of its own. @param edits how many it had brought into the model */
export function trainingUndoneWords(edits: number, liveAgain: readonly EditInForce[]): StepMessage {
  const what = `Took the training of ${count(edits, 'sentence', 'sentences')} out.`
  return { what, more: againWords(liveAgain), offers: 'undo' }
}

/** @param sentence from 0 */
export function removedWords(sentence: number, { edits, liveAgain }: EditsConcerned): StepMessage {
  const targets = [...new Set(edits.map(({ target }) => target))]
  const withdrawn = targets.length === 0 ? [] : [withdrawnWords(targets)]
  return {
    what: `Removed the correction of sentence ${sentence + 1}.`,
    more: [...withdrawn, ...againWords(liveAgain)],
    offers: 'undo'
  }
}

export function withdrawnMessage({ edits, liveAgain }: EditsConcerned): StepMessage {
  const targets = [...new Set(edits.map(({ target }) => target))]
  const [what, ...more] = [withdrawnWords(targets), ...againWords(liveAgain)]
  return { what, more, offers: 'undo' }
}

export function deletedWords(
  names: readonly string[],
  { edits, liveAgain }: EditsConcerned,
  withdraw: boolean
): StepMessage {
  const what = names.length === 1 ? `Deleted “${names[0]}”.` : `Deleted ${names.length} passages.`
  const inModel = count(edits.length, 'trained edit', 'trained edits')
  const kept = edits.length === 1 ? 'is still in the model' : 'are still in the model'
  const withdrawn = edits.length === 1 ? 'was withdrawn from the model' : 'were withdrawn from the model'
  return {
    what,
    more: [...(edits.length === 0 ? [] : [`${inModel} ${withdraw ? withdrawn : kept}.`]), ...againWords(liveAgain)],
    offers: 'undo'
  }
}

export const GIVEN_BACK: StepMessage = {
  what: 'The accepted correction is back.',
  more: ['Redo brings back what you typed over it.'],
  offers: 'redo'
}

const quoted = (texts: readonly string[]): string =>
  texts
    .slice(0, SAID)
    .map((text) => `“${text}”`)
    .join(' and ') + (texts.length > SAID ? ` and ${texts.length - SAID} more` : '')

const withdrawnWords = (targets: readonly string[]): string =>
  `The model no longer writes ${quoted(targets)}; the rest of the training stays.`

function againWords(edits: readonly EditInForce[]): string[] {
  if (edits.length === 0) return []
  const targets = edits.map(({ target }) => target)
  return [`${edits.length === 1 ? 'An earlier edit applies' : 'Earlier edits apply'} again: ${quoted(targets)}.`]
}

/** Edits by the passage that they were trained for, in their order. */
export function byPassage(
  edits: readonly EditInForce[],
  nameOf: (passageId: string) => string | null
): { name: string | null; targets: string[] }[] {
  const groups = Map.groupBy(edits, ({ passageId }) => (passageId === null ? null : nameOf(passageId)))
  return [...groups].map(([name, group]) => ({ name, targets: [...new Set(group.map(({ target }) => target))] }))
}
