/** Where sentences begin and end by the person's hand: split, joined, and found again in a text that was written anew. */
import { ErratumError } from '../../../contract/errors.ts'
import { joinBetween, joinTexts } from '../../../contract/join.ts'
import type { Sentence } from '../../../contract/types.ts'
import { endsCounted } from '../../editor/sentence-ends.ts'

/** A sentence of which nothing is known but its text. */
export function plainSentence(text: string): Sentence {
  const none = { mark: null, correction: null, accepted: false, acceptedBefore: null, outcome: null }
  return { text, surprise: null, worst: null, ...none }
}

/**
 * @param at character of the sentence before which it is cut; white space has to stand there, unless none is due
 * @throws ErratumError BadInput where it is no place between two words, or a correction would be lost
 */
export function splitAt(sentences: readonly Sentence[], index: number, at: number): Sentence[] {
  const { text, mark, correction, acceptedBefore } = sentences[index]
  const halves = [text.slice(0, at).trim(), text.slice(at).trim()]
  // Joined again they have to be the text: inside a word they would not be.
  const isBetweenWords = /\s/.test(text.slice(at - 1, at + 1)) || joinTexts(halves) === text.trim()
  if (halves.includes('') || !isBetweenWords)
    throw new ErratumError('BadInput', 'A sentence is split between two of its words.', {
      field: 'at',
      cure: 'Choose the word that shall begin the new sentence (← →) first.'
    })
  if (correction !== null || acceptedBefore !== null)
    throw new ErratumError('BadInput', 'This sentence has a correction, which belongs to the whole of it.', {
      field: 'sentence',
      cure: 'Remove the correction, then split the sentence.'
    })
  // Halves of what is right are right; which half of something wrong is wrong, the person has to say.
  const kept = mark === 'accurate' ? mark : null
  return sentences.toSpliced(index, 1, ...halves.map((half) => ({ ...plainSentence(half), mark: kept })))
}

/** Joins a sentence and the one after it. @throws ErratumError BadInput where there is none, or a correction would be lost */
export function joinWithNext(sentences: readonly Sentence[], index: number): Sentence[] {
  const pair = sentences.slice(index, index + 2)
  if (pair.length < 2)
    throw new ErratumError('BadInput', 'The last sentence has no next one to be joined with.', { field: 'sentence' })
  if (pair.some((s) => s.correction !== null || s.acceptedBefore !== null))
    throw new ErratumError('BadInput', 'One of the two sentences has a correction, which belongs to it alone.', {
      field: 'sentence',
      cure: 'Remove the correction, then join them.'
    })
  const kept = pair.every((s) => s.mark === pair[0].mark) ? pair[0].mark : null
  return sentences.toSpliced(index, 2, { ...plainSentence(joinTexts(pair.map((s) => s.text))), mark: kept })
}

/** Cuts a text where these sentences stand in it in their order, and elsewhere by the rule of sentence ends. */
export function cutAlike(text: string, sentences: readonly string[]): string[] {
  const whole = text.trim()
  const ends = [...endsCounted(whole), whole.length]
  const cut: string[] = []
  let from = 0
  for (let n = 0; from < whole.length; n++) {
    const wanted: string | undefined = sentences[n]
    const after = from + (wanted?.length ?? 0)
    const stands =
      wanted &&
      whole.startsWith(wanted, from) &&
      (after === whole.length || whole[after] === ' ' || joinBetween(wanted, whole.slice(after)) === '')
    const end = stands ? after : ends.find((at) => at > from)!
    cut.push(whole.slice(from, end).trimEnd())
    from = end + whole.slice(end).length - whole.slice(end).trimStart().length
  }
  return cut
}
