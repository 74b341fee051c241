/**
 * Where a sentence ends, told from the text to its left alone, so that a reader and a writer of the same text agree:
 * a writer does not yet know what comes next. The rule is a plain record and is stored with every session and export.
 */
export interface SentenceRule {
  readonly version: 1
  /** characters that can end a sentence; the first is the full stop, the only one that abbreviations share */
  readonly terminators: string
  /** quotes and brackets that may stand between the terminator and the end */
  readonly closingMarks: string
  /** characters that part a word from what stands before it, as in `(St.` or `1820–c.` */
  readonly wordBreaks: string
  /** a single upper-case letter with a full stop is an initial: `J. R. Reynolds` */
  readonly initials: boolean
  /** longest part of a dotted abbreviation, in letters: 4 takes `U.S.`, `Ph.D.`, `D.Phil.`; 0 turns it off */
  readonly dottedLetters: number
  /** words that a full stop follows inside a sentence, spelled exactly, without that full stop */
  readonly abbreviations: readonly string[]
}

export const DEFAULT_SENTENCE_RULE: SentenceRule = {
  version: 1,
  terminators: '.!?…。！？',
  closingMarks: '"\'”’»)]}',
  wordBreaks: '"\'“‘«([{-–—/',
  initials: true,
  dottedLetters: 4,
  abbreviations: (
    'Mr Mrs Ms Mx Dr Prof Rev Fr Hon St Ste Mt Ft Sr Jr Gen Col Lt Maj Capt Cpl Sgt Adm Cmdr Gov Sen Rep Pres Amb ' +
    'Messrs Mme Mlle Msgr Esq vs vol Vol vols ed eds trans No Nos pp ch Ch fig Fig op Op cf ca c b d r fl p ' +
    'approx dept Dept est Est Univ al Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec'
  ).split(' ')
}

export interface Sentence {
  readonly text: string
  /** UTF-16 positions in the whole text, [start, end); white space around the sentence is outside */
  readonly start: number
  readonly end: number
}

const WHITE_SPACE = /\s/
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u

/** True where `textToTheLeft` ends with a whole sentence; never where white space ends it. */
export function sentenceEnds(textToTheLeft: string, rule: SentenceRule = DEFAULT_SENTENCE_RULE): boolean {
  let end = textToTheLeft.length
  while (end > 0 && rule.closingMarks.includes(textToTheLeft[end - 1])) end--
  let wordEnd = end
  while (wordEnd > 0 && rule.terminators.includes(textToTheLeft[wordEnd - 1])) wordEnd--
  if (wordEnd === end) return false
  // `...` and `?!` end a sentence whatever stands before them; so does all but a single full stop.
  const isSingleStop = end - wordEnd === 1 && textToTheLeft[wordEnd] === rule.terminators[0]
  return !isSingleStop || !isShortened(lastWord(textToTheLeft, wordEnd, rule), rule)
}

/**
 * Whether the end of `textToTheLeft` counts as one sentence more: the text has to go on with white space or to be
 * over, and there has to be a letter or digit since the end before, so that adjacent ends (`He left. . .`) count once.
 *
 * @param next what follows (the text of the next token will do); null where the text is over (eos)
 * @param previousEnd position of the last end in `textToTheLeft`, counted or given by the prompt; 0 if there is none
 */
export function endCounts(
  textToTheLeft: string,
  next: string | null,
  previousEnd: number,
  rule: SentenceRule = DEFAULT_SENTENCE_RULE
): boolean {
  if (next !== null && !(next.length > 0 && WHITE_SPACE.test(next[0]))) return false
  return sentenceEnds(textToTheLeft, rule) && LETTER_OR_DIGIT.test(textToTheLeft.slice(previousEnd))
}

/** Positions of all ends that count in `text`, ascending. The end of `text` counts as "the text is over". */
export function endsCounted(text: string, rule: SentenceRule = DEFAULT_SENTENCE_RULE): number[] {
  const ends: number[] = []
  for (let at = 1; at <= text.length; at++) {
    const next = at === text.length ? null : text[at]
    const last = text[at - 1]
    if (!rule.terminators.includes(last) && !rule.closingMarks.includes(last)) continue
    if (endCounts(text.slice(0, at), next, ends.at(-1) ?? 0, rule)) ends.push(at)
  }
  return ends
}

/** The sentences of a text: it is cut at each end that counts; what follows the last end is a sentence too. */
export function splitSentences(text: string, rule: SentenceRule = DEFAULT_SENTENCE_RULE): Sentence[] {
  const sentences: Sentence[] = []
  let from = 0
  for (const end of [...endsCounted(text, rule), text.length]) {
    const piece = text.slice(from, end)
    const start = from + piece.length - piece.trimStart().length
    const trimmed = piece.trim()
    if (trimmed !== '') sentences.push({ text: trimmed, start, end: start + trimmed.length })
    from = end
  }
  return sentences
}

/** The word that ends at `wordEnd`: back to white space or a mark that parts words. */
function lastWord(text: string, wordEnd: number, rule: SentenceRule): string {
  let start = wordEnd
  while (start > 0 && !WHITE_SPACE.test(text[start - 1]) && !rule.wordBreaks.includes(text[start - 1])) start--
  return text.slice(start, wordEnd)
}

/** Whether a full stop after `word` belongs to the word: an initial, a dotted or a listed abbreviation. */
function isShortened(word: string, rule: SentenceRule): boolean {
  if (rule.abbreviations.includes(word)) return true
  if (rule.initials && /^\p{Lu}$/u.test(word)) return true
  const parts = word.split('.')
  return parts.length > 1 && parts.every((part) => /^\p{L}+$/u.test(part) && part.length <= rule.dottedLetters)
}
