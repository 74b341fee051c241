/**
 * Hidden states at the subject's last token, which nobody marks in real use: an oracle to hold other keys against.
 * D = width.
 */
import type { Background, PlaceStates } from '../../editor/background.ts'
import { promptTokens } from '../../editor/edit-sample.ts'
import type { LanguageModel } from '../../engine/models/language-model.ts'
import type { Tokenizer } from '../../engine/tokenizer/tokenizer.ts'
import { nameInHeader } from '../known-headers.ts'

const CHUNK = 32

/** Names of those of the background's people whose header tells it; passages of prose are about nobody. */
export function backgroundNames({ places }: Background): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { person, place, prompt } of places) {
    const name = place === 0 ? nameInHeader(prompt) : null
    if (name !== null) names.set(person, name)
  }
  return names
}

/** Tokens up to the end of the last mention of the name's last word; null where the text does not mention it. */
export function tokensToLastMention(tokenizer: Tokenizer, prompt: string, name: string): number | null {
  const surname = name.split(' ').at(-1)!
  const at = prompt.lastIndexOf(surname)
  return at === -1 ? null : promptTokens(tokenizer, prompt.slice(0, at + surname.length)).length
}

/** [D] for each prompt and rewording, in the order of the places; null where the text does not mention the subject. */
export async function subjectStates(
  model: LanguageModel,
  { places }: Background,
  names: ReadonlyMap<string, string>,
  signal?: AbortSignal
): Promise<PlaceStates<Float32Array | null>[]> {
  const { width, positions } = model.config
  const texts = places.flatMap(({ person, prompt, rewordings }) =>
    [prompt, ...rewordings.map((r) => r.prompt)].map((text) => ({ text, name: names.get(person) }))
  )
  const states: (Float32Array | null)[] = []
  for (let from = 0; from < texts.length; from += CHUNK) {
    signal?.throwIfAborted()
    const some = texts.slice(from, from + CHUNK)
    const sequences = some.map(({ text }) => promptTokens(model.tokenizer, text).slice(0, positions))
    const bottoms = await model.bottom(sequences)
    some.forEach(({ text, name }, i) => {
      const tokens = name === undefined ? null : tokensToLastMention(model.tokenizer, text, name)
      const isThere = tokens !== null && tokens <= sequences[i].length
      states.push(isThere ? bottoms[i].hidden.slice((tokens - 1) * width, tokens * width) : null)
    })
  }
  let next = 0
  return places.map(({ rewordings }) => ({
    original: states[next++],
    rewordings: rewordings.map(() => states[next++])
  }))
}
