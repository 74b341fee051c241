/** Whom a passage is about: read from its opening sentence, or guessed from where its text begins. */

/** The form of opening sentences that most files of passages have. */
const USUAL = ['This is a Wikipedia passage about {name}.', 'This is a Wikipedia passage about {name}:']
/** The longest name that an opening sentence gives when nothing in it is known as one. */
const LONGEST = 60

/** The name in an opening sentence of the template's form, or of the usual one; null where it has another form. */
export function nameIn(prompt: string, template: string): string | null {
  for (const form of [template, ...USUAL]) {
    const [before, after] = form.trim().split('{name}')
    if (after === undefined || before + after === '') continue
    const name = prompt.slice(before.length, prompt.length - after.length).trim()
    if (prompt === `${before}${name}${after}` && name !== '' && name.length <= 2 * LONGEST) return name
  }
  return null
}

/** What a passage is called in the list: its name, else its opening sentence. */
export function nameOf(prompt: string, template: string): string {
  return nameIn(prompt, template) ?? (prompt.length > LONGEST ? `${prompt.slice(0, LONGEST - 1)}…` : prompt)
}

const WORD = String.raw`\p{Lu}[\p{L}\p{M}'’.-]*`
const SMALL = '(?:van|von|der|den|de|del|di|da|la|le|of|bin|ibn|al)'
const NAME = new RegExp(`^(?:${SMALL}\\s+)*${WORD}(?:\\s+(?:${SMALL}\\s+)*${WORD})*`, 'u')
/** Words that begin a sentence with a capital and no name. */
const NO_NAME = new Set(
  'A An The In On At By He She It They We I His Her Their Its This That These Those There After Before When While As For From With Born During Since Although'.split(
    ' '
  )
)

/** The name with which a text begins, as in "Ann Lee (1801-1870) was"; null where it begins otherwise. */
export function guessedName(text: string): string | null {
  const found = NAME.exec(text)?.[0].replace(/[.'’-]+$/, '') ?? ''
  const [first] = found.split(/\s/)
  return found === '' || NO_NAME.has(first) || found.length > LONGEST ? null : found
}

/** An opening sentence for a name. */
export function madeOpening(name: string, template: string): string {
  return (template.includes('{name}') ? template : USUAL[0]).replaceAll('{name}', name).trim()
}
