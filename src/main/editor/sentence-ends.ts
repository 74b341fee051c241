/**
 * Where a sentence ends. Whether the route is decided after a text is told from that text alone, so that a reader and a
 * writer agree: a writer does not know yet what comes next. Whether a sentence is counted there may depend on what
 * follows; a writer waits for it. The rule is a plain record and is stored with every session and export.
 */
import { ABBREVIATIONS, AFTER_ORDINALS, FINAL_ABBREVIATIONS, STARTERS } from './sentence-words.ts'

export interface SentenceRule {
  /** 1 has none of the fields that are optional here */
  readonly version: 1 | 2
  /** characters that can end a sentence; the first is the full stop, the only one that abbreviations share */
  readonly terminators: string
  /** terminators after which a sentence may begin without white space */
  readonly unspaced?: string
  /** terminators after which one may begin without white space if its first character is Chinese or Japanese */
  readonly unspacedBeforeCjk?: string
  /** quotes and brackets that may stand between the terminator and the end */
  readonly closingMarks: string
  /** closing marks that white space may stand before, as in `« Oui. »` */
  readonly spacedClosingMarks?: string
  /** quotes and brackets that part a word from what stands before it, as in `(St.` or `1820–c.` */
  readonly wordBreaks: string
  /** a single letter with a full stop is an initial: `J. R. Reynolds`; in version 1 an upper-case one alone */
  readonly initials: boolean
  /** longest part of a dotted abbreviation, in letters: 4 takes `U.S.`, `Ph.D.`, `D.Phil.`; 0 turns it off */
  readonly dottedLetters: number
  /** words that a full stop follows inside a sentence, spelled exactly, without that full stop */
  readonly abbreviations: readonly string[]
  /** abbreviations that may be the last word of a sentence too: `Inc`, `Jr` */
  readonly finalAbbreviations?: readonly string[]
  /** words that begin a sentence where they follow an initial, a dotted or a final abbreviation: `She`, `The` */
  readonly starters?: readonly string[]
  /** most digits of a number that its full stop may make an ordinal (`4. Mai`); 0 turns it off */
  readonly ordinalDigits?: number
  /** words that stand after an ordinal, as every lower-case word does */
  readonly afterOrdinals?: readonly string[]
}

export const DEFAULT_SENTENCE_RULE: SentenceRule = {
  version: 2,
  terminators: '.!?…。！？｡।॥؟۔',
  unspaced: '。！？｡।॥',
  unspacedBeforeCjk: '!?',
  closingMarks: '"\'”’»)]}」』）】》〉',
  spacedClosingMarks: '»',
  wordBreaks: '"\'“‘«([{-–—/',
  initials: true,
  dottedLetters: 4,
  abbreviations: ABBREVIATIONS,
  finalAbbreviations: FINAL_ABBREVIATIONS,
  starters: STARTERS,
  ordinalDigits: 2,
  afterOrdinals: AFTER_ORDINALS
}

export interface Sentence {
  readonly text: string
  /** UTF-16 positions in the whole text, [start, end); white space around the sentence is outside */
  readonly start: number
  readonly end: number
}

const WHITE_SPACE = /\s/
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u

/** What a text ends with. */
interface Stop {
  /** an end; one unless the number before it is an ordinal; one only where a sentence begins after it */
  readonly kind: 'end' | 'number' | 'abbreviation'
  /** the last of its terminators */
  readonly mark: string
}

/** True where `textToTheLeft` ends with a whole sentence; never where white space ends it. */
export function sentenceEnds(textToTheLeft: string, rule: SentenceRule = DEFAULT_SENTENCE_RULE): boolean {
  const stop = stopAt(textToTheLeft, rule)
  return stop !== null && stop.kind !== 'abbreviation'
}

/**
 * The first end after `previousEnd` that counts as a sentence. `settled` is false where none does yet and what follows
 * the text could still make one: its end is an end that has to be followed by white space, or by a word that tells.
 *
 * @param previousEnd position of the last end in `text`, counted or given by the prompt; 0 if there is none. A letter or
 *   digit has to stand between two ends, so that adjacent ones (`He left. . .`) count once.
 * @param isOver nothing follows the text
 */
export function nextEnd(
  text: string,
  previousEnd: number,
  isOver: boolean,
  rule: SentenceRule = DEFAULT_SENTENCE_RULE
): { end: number | null; settled: boolean } {
  for (let at = previousEnd + 1; at <= text.length; at++) {
    const last = text[at - 1]
    if (!rule.terminators.includes(last) && !rule.closingMarks.includes(last)) continue
    const stop = stopAt(text.slice(0, at), rule)
    if (stop === null || !LETTER_OR_DIGIT.test(text.slice(previousEnd, at))) continue
    const counts = endCounts(stop, text.slice(at), isOver, rule)
    if (counts === null) return { end: null, settled: false }
    if (counts) return { end: at, settled: true }
  }
  return { end: null, settled: true }
}

/** Positions of all ends that count in `text`, ascending. Nothing follows the text. */
export function endsCounted(text: string, rule: SentenceRule = DEFAULT_SENTENCE_RULE): number[] {
  const ends: number[] = []
  for (;;) {
    const { end } = nextEnd(text, ends.at(-1) ?? 0, true, rule)
    if (end === null) return ends
    ends.push(end)
  }
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

/** Whether a text breaks off before its last sentence has an end. */
export function breaksOff(text: string, rule: SentenceRule = DEFAULT_SENTENCE_RULE): boolean {
  return !sentenceEnds(text.trimEnd(), rule)
}

function stopAt(textToTheLeft: string, rule: SentenceRule): Stop | null {
  let end = textToTheLeft.length
  while (end > 0 && rule.closingMarks.includes(textToTheLeft[end - 1])) {
    end--
    if (rule.spacedClosingMarks?.includes(textToTheLeft[end])) end = textToTheLeft.slice(0, end).trimEnd().length
  }
  let wordEnd = end
  while (wordEnd > 0 && rule.terminators.includes(textToTheLeft[wordEnd - 1])) wordEnd--
  if (wordEnd === end) return null
  // `...` and `?!` end a sentence whatever stands before them; so does all but a single full stop.
  const isSingleStop = end - wordEnd === 1 && textToTheLeft[wordEnd] === rule.terminators[0]
  const kind = isSingleStop ? kindAfter(lastWord(textToTheLeft, wordEnd, rule), rule) : 'end'
  return kind && { kind, mark: textToTheLeft[end - 1] }
}

/** The word that ends at `wordEnd`: back to white space or a mark that parts words. */
function lastWord(text: string, wordEnd: number, rule: SentenceRule): string {
  let start = wordEnd
  while (start > 0 && !WHITE_SPACE.test(text[start - 1]) && !rule.wordBreaks.includes(text[start - 1])) start--
  return text.slice(start, wordEnd)
}

/** What a single full stop after `word` is. */
function kindAfter(word: string, rule: SentenceRule): Stop['kind'] | null {
  // Where no words are known to begin a sentence, an abbreviation ends none.
  const abbreviation = rule.starters ? 'abbreviation' : null
  if (rule.abbreviations.includes(word)) return null
  if (rule.finalAbbreviations?.includes(word)) return abbreviation
  if (rule.initials && (rule.version === 1 ? /^\p{Lu}$/u : /^[\p{Lu}\p{Ll}]$/u).test(word)) return abbreviation
  const parts = word.split('.')
  if (parts.length > 1 && parts.every((part) => /^\p{L}+$/u.test(part) && part.length <= rule.dottedLetters))
    return abbreviation
  return /^\d+$/.test(word) && word.length <= (rule.ordinalDigits ?? 0) ? 'number' : 'end'
}

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u

/** Whether a sentence begins with `next` right after the terminator `mark`. */
function beginsUnspaced(mark: string, next: string, rule: SentenceRule): boolean {
  if ((rule.closingMarks + rule.terminators).includes(next)) return false
  return (
    (rule.unspaced?.includes(mark) ?? false) || (CJK.test(next) && (rule.unspacedBeforeCjk?.includes(mark) ?? false))
  )
}

/** The next word with what stands before it. */
const NEXT_WORD = /^\s+["'“‘«([]*(\p{L}[\p{L}\p{M}]*)/u
const NO_WORD_YET = /^\s+["'“‘«([]*$/

/** Whether a sentence is counted at a stop that `rest` follows; null: that depends on what follows `rest`. */
function endCounts({ kind, mark }: Stop, rest: string, isOver: boolean, rule: SentenceRule): boolean | null {
  // A blank line ends whatever stands before it.
  if (rule.starters && /^\s*?\n\s*?\n/.test(rest)) return true
  if (isOver && rest.trim() === '') return kind !== 'abbreviation'
  if (rest === '') return null
  if (!WHITE_SPACE.test(rest[0])) return beginsUnspaced(mark, rest[0], rule)
  const next = rest.trimStart()[0]
  if (rule.spacedClosingMarks) {
    if (next === undefined) return null
    if (rule.spacedClosingMarks.includes(next)) return false
  }
  if (kind === 'end') return true
  const [found, word] = NEXT_WORD.exec(rest) ?? []
  if (found === undefined || word === undefined) return NO_WORD_YET.test(rest) && !isOver ? null : kind === 'number'
  if (found.length === rest.length && !isOver) return null
  if (kind === 'number') return !/^\p{Ll}/u.test(word) && !rule.afterOrdinals?.includes(word)
  return (rule.starters?.includes(word) ?? false) && rest[found.length] !== rule.terminators[0]
}
