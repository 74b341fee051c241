/**
 * Text of others as it is shown: a character that a terminal would obey, or that turns the order of the text around, is
 * written out (`\u001b`). Line ends and tabs stay.
 */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

const written = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

export function visible(text: string): string {
  return text.replace(OBEYED, (character) =>
    character === '\n' || character === '\t' ? character : written(character)
  )
}

/** The same for what stands in a line with others: an id or a name makes no lines of its own. */
export function visibleInLine(text: string): string {
  return text.replace(OBEYED, written)
}
