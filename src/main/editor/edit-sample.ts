/**
 * An edit as tokens: prompt and target, and the places where the route is decided.
 *
 * ids = tokens(prompt without trailing white space) + tokens(" " + target without white space around it), never
 * the tokens of the joined string, so that a text which is written sentence by sentence has the same ids as one that is read.
 */
import { ErratumError } from '../../contract/errors.ts'
import type { Tokenizer } from '../engine/tokenizer/tokenizer.ts'
import { sentenceEnds } from './sentence-ends.ts'
import type { SentenceRule } from './sentence-ends.ts'

export interface EditSample {
  readonly editId: string
  readonly prompt: string
  readonly target: string
  readonly promptIds: readonly number[]
  readonly targetIds: readonly number[]
  /**
   * Lengths of the text (in tokens, prompt counted) at which the route is decided while the target is written: the
   * prompt's end first, then every place inside the target where a sentence ends. The end of the target is not one.
   */
  readonly decisions: readonly number[]
}

/** Whether the route is decided after this text. */
export function isDecisionPoint(textToTheLeft: string, rule: SentenceRule): boolean {
  return sentenceEnds(textToTheLeft, rule)
}

export function promptTokens(tokenizer: Tokenizer, prompt: string): number[] {
  return tokenizer.encode(prompt.trimEnd()).ids
}

export function targetTokens(tokenizer: Tokenizer, target: string): number[] {
  return tokenizer.encode(' ' + target.trim(), { continues: true }).ids
}

/** Decision points of a text: lengths in tokens, from `from` (always one) to the last token's start. */
export function decisionPoints(
  tokenizer: Tokenizer,
  ids: readonly number[],
  from: number,
  rule: SentenceRule
): number[] {
  const points = [from]
  for (let length = from + 1; length < ids.length; length++) {
    if (isDecisionPoint(tokenizer.decode(ids.slice(Math.max(0, length - LOOK_BACK), length)), rule)) points.push(length)
  }
  return points
}

/** `sentenceEnds` looks at the last few words only; this many tokens hold them. */
export const LOOK_BACK = 48

export function makeSample(
  tokenizer: Tokenizer,
  edit: { id: string; prompt: string; target: string },
  rule: SentenceRule
): EditSample {
  const promptIds = promptTokens(tokenizer, edit.prompt)
  const targetIds = targetTokens(tokenizer, edit.target)
  if (promptIds.length === 0)
    throw new ErratumError('BadInput', `Edit ${edit.id} has an empty prompt.`, { field: 'prompt' })
  if (edit.target.trim() === '')
    throw new ErratumError('BadInput', `Edit ${edit.id} has an empty target.`, { field: 'target_new' })
  return {
    editId: edit.id,
    prompt: edit.prompt.trimEnd(),
    target: edit.target.trim(),
    promptIds,
    targetIds,
    decisions: decisionPoints(tokenizer, [...promptIds, ...targetIds], promptIds.length, rule)
  }
}

/** What a record at each decision point says: the target ids up to the next one or the end. */
export function pieces(sample: EditSample): number[][] {
  const all = [...sample.promptIds, ...sample.targetIds]
  return sample.decisions.map((from, i) => all.slice(from, sample.decisions[i + 1] ?? all.length))
}

/** Whether prompt and target fit the context together: reading feeds all of their tokens. */
export function fitsContext(sample: EditSample, positions: number): boolean {
  return sample.promptIds.length + sample.targetIds.length <= positions
}
