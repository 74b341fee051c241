/**
 * An edit as tokens: prompt and target, and the places where the route is decided.
 *
 * The text is prompt + join + target (contract/join.ts). It is cut where the prompt ends; a space that stands there is
 * the first character of what is written, as in the texts that models learn from. ids = tokens(what is read) + tokens(what
 * is written), never the tokens of the joined string, so that a text which is written sentence by sentence has the same
 * ids as one that is read.
 */
import { ErratumError } from '../../contract/errors.ts'
import { joinBetween, joined } from '../../contract/join.ts'
import type { JoinedText } from '../../contract/join.ts'
import type { Tokenizer } from '../engine/tokenizer/tokenizer.ts'
import { sentenceEnds } from './sentence-ends.ts'
import type { SentenceRule } from './sentence-ends.ts'

export interface EditSample extends JoinedText {
  readonly editId: string
  readonly promptIds: readonly number[]
  readonly targetIds: readonly number[]
  /**
   * Lengths of the text (in tokens, prompt counted) at which the route is decided while the target is written: the
   * prompt's end first, then every place inside the target where a sentence ends. The end of the target is not one.
   */
  readonly decisions: readonly number[]
}

/** An edit as it is asked for. */
export interface EditText {
  readonly prompt: string
  readonly target: string
  /** of an edit that has one already; absent: found from prompt and target */
  readonly join?: string
  /** of a passage: the beginning of the prompt from which the passage is written; absent: the whole prompt */
  readonly header?: string
}

/** Whether the route is decided after this text. */
export function isDecisionPoint(textToTheLeft: string, rule: SentenceRule): boolean {
  return sentenceEnds(textToTheLeft, rule)
}

/** What is read of a prompt before anything is written. */
export interface PromptStart {
  readonly ids: number[]
  /** the prompt ends in a space: the first token that is written has to begin with it */
  readonly afterSpace: boolean
}

export function promptStart(tokenizer: Tokenizer, prompt: string): PromptStart {
  const [read, written] = cut(prompt)
  return { ids: tokenizer.encode(read).ids, afterSpace: written !== '' }
}

export function promptTokens(tokenizer: Tokenizer, prompt: string): number[] {
  return promptStart(tokenizer, prompt).ids
}

/** Parts a space from the end of a prompt that has something else, too. */
function cut(prompt: string): [read: string, written: '' | ' '] {
  return prompt.length > 1 && prompt.endsWith(' ') ? [prompt.slice(0, -1), ' '] : [prompt, '']
}

/** The text of an edit, with the join that it has or that its prompt and target ask for. */
export function joinedText(tokenizer: Tokenizer, { prompt, target, join }: EditText): JoinedText {
  return join === undefined ? joined(prompt, target, endsInMarker(tokenizer, prompt)) : { prompt, join, target }
}

/** What stands between a text and the one that goes on from it. */
export function joinAfter(tokenizer: Tokenizer, left: string, right: string): string {
  return endsInMarker(tokenizer, left) ? '' : joinBetween(left, right)
}

/** Whether the last token is a special one, such as a chat marker; these stand for no text. */
function endsInMarker(tokenizer: Tokenizer, text: string): boolean {
  const last = tokenizer.encode(text.slice(-LONGEST_MARKER), CONTINUES).ids.at(-1)
  return last !== undefined && tokenizer.bytesOf(last).length === 0
}

const CONTINUES = { continues: true }

/** in characters; more than any marker has */
const LONGEST_MARKER = 100

/** A passage as tokens: of its header, and of each sentence behind all that stands before it. */
export function passageTokens(
  tokenizer: Tokenizer,
  header: string,
  sentences: readonly string[]
): { promptIds: number[]; sentences: number[][] } {
  let before = header
  const pieces = sentences.map((sentence) => {
    const join = joinAfter(tokenizer, before, sentence)
    const space = before === header ? cut(header)[1] : ''
    before += join + sentence
    return tokenizer.encode(space + join + sentence, CONTINUES).ids
  })
  return { promptIds: promptTokens(tokenizer, header), sentences: pieces }
}

/** A passage up to sentence `count`, to the letter. */
export function passageText(tokenizer: Tokenizer, header: string, sentences: readonly string[]): string {
  return sentences.reduce((before, text) => before + joinAfter(tokenizer, before, text) + text, header)
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
  edit: EditText & { readonly id: string },
  rule: SentenceRule
): EditSample {
  const text = joinedText(tokenizer, edit)
  const { prompt, join, target } = text
  if (prompt.trim() === '')
    throw new ErratumError('BadInput', `Edit ${edit.id} has an empty prompt.`, { field: 'prompt' })
  if (target.trim() === '')
    throw new ErratumError('BadInput', `Edit ${edit.id} has an empty target.`, { field: 'target_new' })
  const [read, space] = cut(prompt)
  const [header] = cut(edit.header ?? prompt)
  const rest = read.slice(header.length)
  const promptIds = tokenizer.encode(header).ids.concat(rest === '' ? [] : tokenizer.encode(rest, CONTINUES).ids)
  const targetIds = tokenizer.encode(space + join + target, CONTINUES).ids
  return {
    ...text,
    editId: edit.id,
    promptIds,
    targetIds,
    decisions: decisionPoints(tokenizer, [...promptIds, ...targetIds], promptIds.length, rule)
  }
}

/** The text of prompt and target, cut where writing begins: the same for two edits that say the same at the same place. */
export function textKey({ prompt, join, target }: JoinedText): string {
  const [read, space] = cut(prompt)
  return `${read}\0${space + join + target}`
}

/** The same told by the tokens. */
export const tokensKey = ({ promptIds, targetIds }: Pick<EditSample, 'promptIds' | 'targetIds'>): string =>
  `${promptIds.join(' ')}\0${targetIds.join(' ')}`

/** What a record at each decision point says: the target ids up to the next one or the end. */
export function pieces(sample: EditSample): number[][] {
  const all = [...sample.promptIds, ...sample.targetIds]
  return sample.decisions.map((from, i) => all.slice(from, sample.decisions[i + 1] ?? all.length))
}

/** Whether prompt and target fit the context together: reading feeds all of their tokens. */
export function fitsContext(sample: EditSample, positions: number): boolean {
  return sample.promptIds.length + sample.targetIds.length <= positions
}
