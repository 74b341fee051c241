/** Reads what the keys of background texts are made of. */
import { ErratumError } from '../../contract/errors.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import type { Background, PlaceStates } from './background.ts'
import { passageTokens } from './edit-sample.ts'
import { KeyReader } from './key.ts'
import type { KeySpec } from './key.ts'
import { keyToken } from './passage-writer.ts'

export interface ReadOptions {
  signal?: AbortSignal
  onProgress?: (done: number, of: number) => void
}

/** Keys of one text under both protocols' definitions, before whitening. */
export interface TextStates {
  /** joined: [P D] */
  parts: Float32Array
  /** [F]; null where no target follows */
  paper: Float32Array | null
}

/** States of all prompts and rewordings, in the order of the places. raw: a key without whitening. */
export async function readStates(
  model: LanguageModel,
  { places }: Background,
  raw: KeySpec,
  options: ReadOptions
): Promise<PlaceStates<TextStates>[]> {
  const jobs = places.flatMap((p) =>
    [p.prompt, ...p.rewordings.map((r) => r.prompt)].map((prompt) => ({ prompt, target: p.target }))
  )
  const results: TextStates[] = []
  for (let from = 0; from < jobs.length; from += CHUNK) {
    if (options.signal?.aborted) throw new ErratumError('Cancelled', 'Calibration was cancelled.')
    results.push(...(await statesOf(model, jobs.slice(from, from + CHUNK), raw)))
    options.onProgress?.(Math.min(from + CHUNK, jobs.length), jobs.length)
  }
  let next = 0
  return places.map((p) => ({ original: results[next++], rewordings: p.rewordings.map(() => results[next++]) }))
}

/** States of the prompts of these places, each read by itself: another request shape than before. */
export async function readAlone(
  model: LanguageModel,
  { places }: Background,
  which: readonly number[],
  raw: KeySpec,
  options: ReadOptions
): Promise<Map<number, TextStates>> {
  const states = new Map<number, TextStates>()
  for (const i of which) {
    if (options.signal?.aborted) throw new ErratumError('Cancelled', 'Calibration was cancelled.')
    const [alone] = await statesOf(model, [places[i]], raw)
    states.set(i, alone)
    options.onProgress?.(states.size, which.length)
  }
  return states
}

const CHUNK = 32

async function statesOf(
  model: LanguageModel,
  jobs: readonly { prompt: string; target?: string }[],
  raw: KeySpec
): Promise<TextStates[]> {
  const { width, positions, closingId } = model.config
  const sequences = jobs.map(({ prompt, target }) => {
    const text = passageTokens(model.tokenizer, prompt, target === undefined ? [] : [target.trim()])
    const promptIds = text.promptIds.slice(0, positions - 1)
    const close = closingId === null ? [] : [closingId]
    const ids = [...promptIds, ...text.sentences.flat(), ...close].slice(0, positions)
    return { promptIds, ids }
  })
  const bottoms = await model.bottom(
    sequences.map((s) => s.ids),
    sequences.map((s) => s.ids.length - 1)
  )
  return sequences.map(({ promptIds }, i) => {
    const reader = new KeyReader(raw, width)
    promptIds.forEach((id, t) =>
      reader.push(bottoms[i].hidden.subarray(t * width, (t + 1) * width), keyToken(model, id))
    )
    return { parts: reader.parts(), paper: jobs[i].target === undefined ? null : (bottoms[i].keyModule ?? null) }
  })
}
