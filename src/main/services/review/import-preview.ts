/** What importing a file would do: told before, with what is there already. */
import type { ImportPreview, PassageFile } from '../../../contract/import-preview.ts'
import type { Passage } from '../../../contract/types.ts'
import { readPassageFile } from './import-passages.ts'
import type { ImportedPassage } from './import-passages.ts'

const SHOWN = 160

/** @param known passages of the session */
export function previewOf(file: PassageFile, known: readonly Passage[]): ImportPreview {
  const { passages, bad, ...about } = readPassageFile(file)
  const duplicates = duplicatesOf(
    passages.map(({ passage }) => passage),
    known
  )
  return {
    ...about,
    passages: passages.map(({ passage: { name, prompt, sentences }, isNamed }, i) => ({
      name,
      prompt,
      isNamed,
      sentences: sentences.length,
      marks: sentences.filter((s) => s.mark !== null).length,
      corrections: sentences.filter((s) => s.correction !== null).length,
      begins: (sentences[0]?.text ?? '').slice(0, SHOWN),
      duplicateOf: duplicates[i]
    })),
    bad: bad.map(({ message, details }) => ({ line: details.line ?? null, message }))
  }
}

/** Which passages are in the session already, or stand in the file before; null: new. */
export function duplicatesOf(
  passages: readonly ImportedPassage[],
  known: readonly Passage[]
): ('session' | 'file' | null)[] {
  const there = new Set(
    known.flatMap(({ prompt, sentences, otherVersions }) =>
      [sentences, ...otherVersions.map((version) => version.sentences)].map((texts) => keyOf(prompt, texts))
    )
  )
  const before = new Set<string>()
  return passages.map(({ prompt, sentences }) => {
    const key = keyOf(prompt, sentences)
    if (there.has(key)) return 'session'
    if (before.has(key)) return 'file'
    before.add(key)
    return null
  })
}

/** The text as a whole: a passage that was split or joined by hand is the same one. */
const keyOf = (prompt: string, sentences: readonly { text: string }[]): string =>
  JSON.stringify([prompt.trim(), sentences.map((s) => s.text.trim()).join(' ')])
