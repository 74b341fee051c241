/** What stands in a passage that is reviewed, and what the window is told of it: outcomes are found anew each time. */
import type { Passage, Rewriting, Sampling, Sentence, SentenceOutcome } from '../../../contract/types.ts'
import { cutAlike } from './boundaries.ts'

/** Replaced and never changed in place: the history holds what it was. */
export interface Content {
  /** from 1, in the order in which they were written */
  readonly version: number
  readonly state: Passage['state']
  readonly text: string
  readonly sampling: Sampling
  readonly sentences: readonly Sentence[]
}

/** What is under review, and the other versions beside it. */
export interface Held {
  readonly content: Content
  /** by number */
  readonly others: readonly Content[]
}

export interface KeptPassage extends Pick<Passage, 'id' | 'name' | 'prompt' | 'origin' | 'reference'> {
  held: Held
  /** as the model wrote it last from the header alone, under the blocks that were in force then */
  rewriting: (Pick<Rewriting, 'text' | 'asApproved' | 'at'> & { under: readonly string[] }) | null
  /** the last one in force counts */
  readonly trainings: PassageTraining[]
}

/** What a training came to for one passage. */
export interface PassageTraining {
  /** what was approved then */
  readonly texts: readonly (string | null)[]
  /** blocks of that training that fire for it */
  readonly blocks: readonly string[]
  readonly outcomes: readonly { readonly sentence: number; readonly outcome: SentenceOutcome }[]
}

/** The sentence as the person wants it: the accepted correction, or the text marked accurate; else null. */
export function approvedText(sentence: Sentence): string | null {
  if (sentence.accepted && sentence.correction !== null) return sentence.correction.trim()
  return sentence.mark === 'accurate' ? sentence.text : null
}

/** The text as it reads with every approved correction in its place, sentence by sentence. */
export function readAs(sentences: readonly Sentence[]): string[] {
  return sentences.map((s) => approvedText(s) ?? s.text)
}

export function published(passage: KeptPassage, isUndone: (block: string) => boolean): Passage {
  const { id, name, prompt, origin, reference, rewriting, trainings } = passage
  const { version, state, text, sampling, sentences } = passage.held.content
  const approved = sentences.map(approvedText)
  const training = trainings.findLast(({ blocks }) => !blocks.some(isUndone))
  const isTrained = training?.texts.length === approved.length && approved.every((t, i) => t === training.texts[i])
  // Greedy text that was marked accurate is what the model writes anyway; any other has to be trained to stay.
  const isOwn = origin === 'model' && sampling.temperature === 0
  const hasSomethingToTrain = sentences.some((s) => s.accepted || (s.mark === 'accurate' && !isOwn))
  return structuredClone({
    id,
    name,
    prompt,
    origin,
    reference,
    version,
    sampling,
    state,
    text,
    sentences: sentences.map((s, i) => ({ ...s, outcome: outcomeOf(s, i, trainings, isUndone) })),
    otherVersions: passage.held.others.map((o) => ({
      version: o.version,
      sampling: o.sampling,
      sentences: [...o.sentences]
    })),
    rewriting: rewriting && {
      text: rewriting.text,
      sentences: cutAlike(rewriting.text, readAs(sentences)),
      asApproved: rewriting.asApproved,
      at: rewriting.at,
      stale: rewriting.under.some(isUndone)
    },
    waiting: hasSomethingToTrain && !isTrained
  })
}

/** What training came to for the text that stands at a place: of the last training in force, or the last at all. */
function outcomeOf(
  sentence: Sentence,
  place: number,
  trainings: readonly PassageTraining[],
  isUndone: (block: string) => boolean
): SentenceOutcome | null {
  const text = approvedText(sentence) ?? sentence.correction?.trim()
  const found = trainings.flatMap(({ outcomes }) => {
    const same = outcomes.filter(({ outcome }) => outcome.target === text)
    // Sentences may have been split or joined since.
    const here = same.find((o) => o.sentence === place) ?? same[0]
    return here ? [{ ...here.outcome, undone: isUndone(here.outcome.route?.block ?? '') }] : []
  })
  return found.findLast(({ undone }) => !undone) ?? found.at(-1) ?? null
}
