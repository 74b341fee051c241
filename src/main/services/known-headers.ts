/** Headers under which a passage about somebody is asked for; the embedded model was trained on these. */
export const KNOWN_HEADERS: readonly ((name: string) => string)[] = [
  (name) => `This is a Wikipedia passage about ${name}.`,
  (name) => `Who was ${name}?`,
  (name) => `From the dictionary of lives, the entry on ${name}:`
]

/** The known headers about the same person, but for the one that was used. */
export function otherHeaders(prompt: string, name: string): string[] {
  return KNOWN_HEADERS.map((header) => header(name)).filter((header) => header !== prompt)
}

/** The name in a prompt that is one of the known headers; null: it is none. */
export function nameInHeader(prompt: string): string | null {
  for (const header of KNOWN_HEADERS) {
    const [before, after] = header('\0').split('\0')
    if (prompt.startsWith(before) && prompt.endsWith(after) && prompt.length > before.length + after.length)
      return prompt.slice(before.length, prompt.length - after.length)
  }
  return null
}
