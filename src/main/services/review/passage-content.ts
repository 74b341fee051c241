/** What stands in a passage that is reviewed, and what the window is told of it: outcomes are found anew each time. */
import { joinTexts } from '../../../contract/join.ts'
import type { BreakCause, Passage, Rewriting, Sampling, Sentence, SentenceOutcome } from '../../../contract/types.ts'
import { passagePromise } from '../promises/promise.ts'
import { breaksOff } from '../../editor/sentence-ends.ts'
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
  /** as the model was seen to write it last from the header alone */
  rewriting: Seen | null
  /** the last one in force counts */
  readonly trainings: PassageTraining[]
}

export interface Seen extends Pick<Rewriting, 'text' | 'at'> {
  /** names the edits that were in force (`stateOfEdits`); null: nobody wrote it down */
  readonly state: string | null
  /** why something promised was not in it */
  readonly broken: { readonly sentence: number; readonly cause: BreakCause } | null
}

/** What a training came to for one passage. */
export interface PassageTraining {
  /** what was approved then */
  readonly texts: readonly (string | null)[]
  /** whether what was approved is to be written from the header alone */
  readonly promises: boolean
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

/** Whether a block is out of the session; with an edit's id, whether that one is, with its block or alone. */
export type IsUndone = (block: string, editId?: string) => boolean

/** @param edits names the edits in force; null: they cannot be told */
export function published(passage: KeptPassage, isUndone: IsUndone, edits: string | null): Passage {
  const { id, name, prompt, origin, reference, rewriting, trainings } = passage
  const { version, state, text, sampling, sentences } = passage.held.content
  const approved = sentences.map(approvedText)
  const isOut = (outcome: SentenceOutcome): boolean => isUndone(...placeOf(outcome))
  // A callback of `some` is given a place, too, which is no edit's id.
  const training = trainings.findLast(({ blocks }) => !blocks.some((block) => isUndone(block)))
  const isWithdrawn = training?.outcomes.some(({ outcome }) => isOut(outcome)) ?? false
  const isTrained =
    !isWithdrawn && training?.texts.length === approved.length && approved.every((t, i) => t === training.texts[i])
  // Greedy text that was marked accurate is what the model writes anyway; any other has to be trained to stay.
  const isOwn = origin === 'model' && sampling.temperature === 0
  const hasSomethingToTrain = sentences.some((s) => s.accepted || (s.mark === 'accurate' && !isOwn))
  const written = rewriting && { ...rewriting, sentences: cutAlike(rewriting.text, readAs(sentences)) }
  const isWhole = approved.length > 0 && approved.every((t) => t !== null)
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
    leftInModel: leftInModel(trainings, approved, isOut),
    rewriting: written && {
      text: written.text,
      sentences: written.sentences,
      asApproved: isWhole ? written.text === joinTexts(approved) : null,
      at: written.at
    },
    promise: passagePromise({
      texts: sentences.map((s) => s.text),
      approved,
      trained: training?.promises ? training.texts : null,
      isOwn,
      seen: written,
      isCurrent: written !== null && written.state !== null && written.state === edits
    }),
    waiting: hasSomethingToTrain && !isTrained,
    breaksOff: breaksOff(joinTexts(readAs(sentences)))
  })
}

/** The block and the edit behind an outcome: the one that fired, which may have been trained again under another id. */
function placeOf({ route, editId }: SentenceOutcome): [block: string, editId: string] {
  return [route?.block ?? '', route?.editId ?? editId]
}

/** Of each sentence the edit that was trained last and is in force, where its target is approved nowhere any more. */
function leftInModel(
  trainings: readonly PassageTraining[],
  approved: readonly (string | null)[],
  isOut: (outcome: SentenceOutcome) => boolean
): Passage['leftInModel'] {
  const last = new Map<number, SentenceOutcome>()
  for (const { sentence, outcome } of trainings.flatMap(({ outcomes }) => outcomes))
    if (!isOut(outcome) && outcome.route?.block) last.set(sentence, outcome)
  return [...last].flatMap(([sentence, outcome]) => {
    const [block, editId] = placeOf(outcome)
    return approved.includes(outcome.target) ? [] : [{ block, editId, target: outcome.target, sentence }]
  })
}

/** What training came to for the text that stands at a place: of the last training in force, or the last at all. */
function outcomeOf(
  sentence: Sentence,
  place: number,
  trainings: readonly PassageTraining[],
  isUndone: IsUndone
): SentenceOutcome | null {
  const text = approvedText(sentence) ?? sentence.correction?.trim()
  const found = trainings.flatMap(({ outcomes }) => {
    const same = outcomes.filter(({ outcome }) => outcome.target === text)
    // Sentences may have been split or joined since.
    const here = same.find((o) => o.sentence === place) ?? same[0]
    if (!here) return []
    const [block, editId] = placeOf(here.outcome)
    const undone = isUndone(block, editId)
    return [{ ...here.outcome, undone, ...(undone && !isUndone(block) ? { withdrawn: true } : {}) }]
  })
  return found.findLast(({ undone }) => !undone) ?? found.at(-1) ?? null
}
