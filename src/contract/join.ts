/**
 * What stands between a prompt and its target. The text of an edit is prompt + join + target, to the letter: what is
 * trained is then what will be asked, whether the prompt ends in a word, a space, a line break or an open bracket.
 */

export interface JoinedText {
  /** to the letter */
  readonly prompt: string
  /** a space or nothing; sessions of schema 1 and 2 always have a space */
  readonly join: string
  /** without white space at its end, and without leading spaces that the join stands for */
  readonly target: string
}

/**
 * White space that the prompt ends with or the target begins with is all there is between them. Spaces in front of a
 * target ask for a space and count as one, unless the prompt ends in a line break or a tab: there they are indentation.
 *
 * @param afterMarker the prompt ends in a special token, such as a chat marker
 */
export function joined(prompt: string, target: string, afterMarker = false): JoinedText {
  const whole = target.trimEnd()
  const bare = /^ +(?=\S)/.test(whole) ? whole.trimStart() : whole
  if (prompt.endsWith(' ')) return { prompt, join: '', target: bare }
  if (/\s$/.test(prompt)) return { prompt, join: '', target: whole }
  if (bare !== whole) return { prompt, join: ' ', target: bare }
  return { prompt, join: afterMarker ? '' : joinBetween(prompt, whole), target: whole }
}

/** What stands between two pieces of text, told from the characters where they meet. */
export function joinBetween(left: string, right: string): '' | ' ' {
  if (left === '' || right === '' || /\s$/.test(left) || /^\s/.test(right)) return ''
  if (WITHOUT_SPACES_END.test(left) || WITHOUT_SPACES_START.test(right)) return ''
  if (opens(left) || closes(right)) return ''
  // well-known, 1820–1830
  if (/\p{L}$/u.test(left) && /^\p{Pd}\p{L}/u.test(right)) return ''
  if (/\p{Nd}$/u.test(left) && /^\p{Pd}\p{Nd}/u.test(right)) return ''
  return ' '
}

/** A passage as it reads: header and sentences, each joined to what stands before it. */
export function joinTexts(texts: readonly string[]): string {
  return texts.reduce((whole, text) => whole + joinBetween(whole, text) + text, '')
}

/**
 * How a file says this text, so that reading it again gives the same: a join of one space that the rule would not find
 * stands in front of the target.
 */
export function targetForFile({ prompt, join, target }: JoinedText): string {
  const mayBeMarker = /[>\]}|]$/.test(prompt)
  return join === ' ' && (mayBeMarker || joinBetween(prompt, target) === '') ? ` ${target}` : target
}

/** Scripts that are written without spaces between words (Unicode Standard Annex #14, classes ID, CJ and SA). */
const SCRIPTS =
  '\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Bopo}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}\\p{sc=Tibt}' +
  '\\p{sc=Java}\\p{sc=Bali}\\p{sc=Tale}\\p{sc=Talu}\\p{sc=Lana}\\p{sc=Tavt}'
/** with the punctuation of their width: CJK symbols, full-width forms */
const WITHOUT_SPACES = `[${SCRIPTS}\\u3001-\\u303F\\uFF01-\\uFF65\\uFFE0-\\uFFE6]`
const WITHOUT_SPACES_END = new RegExp(`${WITHOUT_SPACES}\\p{M}*$`, 'u')
const WITHOUT_SPACES_START = new RegExp(`^${WITHOUT_SPACES}`, 'u')

/** An open bracket, `¿`, a slash, or a hyphen that a word or number stands before: what follows belongs to it. */
const OPEN_END = /[\p{Ps}¿¡/]$|[^\s\p{Pd}]\p{Pd}$/u
/** A quote, `#` or `@` opens where nothing but a space or an opening mark stands before it; so does `$`, but not in 5 €. */
const OPENING_SIGN_END = /(?:^|[\s\p{Ps}\p{Pd}/])(?:[\p{Quotation_Mark}#@]+|(?<!\p{Nd}\s)\p{Sc})$/u
const opens = (left: string): boolean => OPEN_END.test(left) || OPENING_SIGN_END.test(left)

/** Punctuation that ends something, a closing bracket, a per cent or degree sign, a combining mark. */
const CLOSE_START = /^[\p{Terminal_Punctuation}\p{Pe}\p{M}…%‰°]/u
/** A quote closes where nothing but a space, the end or punctuation follows it. */
const CLOSING_QUOTE_START = /^\p{Quotation_Mark}+(?:$|[\s\p{Terminal_Punctuation}\p{Pe}\p{Pd}…])/u
/** The rest of a word: 's, n't. */
const REST_OF_WORD_START = /^(?:['’](?:s|d|m|t|ll|re|ve)|n['’]t)(?!\p{L})/iu
const closes = (right: string): boolean =>
  CLOSE_START.test(right) || CLOSING_QUOTE_START.test(right) || REST_OF_WORD_START.test(right)
