/** A bundle's load.py against Erratum: the same routes, logits and words, from the same session. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEdits } from '../../src/main/formats/edits.ts'
import { readPassages } from '../../src/main/formats/passages.ts'
import { promptTokens } from '../../src/main/editor/edit-sample.ts'
import { readTexts } from '../../src/main/editor/read-text.ts'
import { GREEDY } from '../../src/main/engine/generation/sampler.ts'
import type { EditSession } from '../../src/main/services/edit-session.ts'
import { editFile } from '../../src/main/services/edit-file.ts'
import { openEditSession } from '../../src/main/services/edit-sessions.ts'
import { exportSession } from '../../src/main/services/exchange/export-session.ts'
import { findModel } from '../../src/main/services/model-library.ts'
import { resourcesFolder } from '../../src/main/services/places.ts'
import type { FoundPython } from '../python/find-python.ts'
import { TOLERANCE, type Figure } from './compare-model.ts'
import { runReference, writeJson, type Reference } from './python-reference.ts'
import { logitDifference } from './random-gpt2.ts'

const PROMPTS = 50
const PASSAGES = 20
const EDITS = 24
/** Of the prompts, so many are prompts of edits, and so many their rewordings; the rest are of other people. */
const OWN = 15
const REWORDED = 15

export interface BundleOptions {
  readonly modelId: string
  readonly work: string
  readonly index: 'scopes' | 'clusters'
  readonly iterations?: number
  readonly told: (line: string) => void
}

interface Passage {
  readonly prompt: string
  readonly sentences: number
}

/** Trains a session on edits of the benchmark in `work`, whose folder is also the data folder. */
export async function compareBundle(python: FoundPython, options: BundleOptions): Promise<Figure[]> {
  const { modelId, work, index, iterations, told } = options
  const benchmark = join(resourcesFolder(), 'benchmarks', modelId)
  const edits = join(benchmark, 'edits.jsonl')
  const dir = join(work, `session-${index}`)
  told(`a session of ${EDITS} edits, ${index}: training`)
  if (!existsSync(dir)) await editFile({ model: modelId, session: dir, edits, limit: EDITS, index, iterations })
  const bundle = join(work, `bundle-${index}`)
  await exportSession({ session: dir, format: 'peft', out: bundle })

  const session = await openEditSession({ dir, readOnly: true, mustExist: true })
  try {
    const prompts = promptsOf(session, edits)
    const passages = passagesOf(session, join(benchmark, 'passages.jsonl'))
    const request = writeJson(join(work, `request-${index}.json`), { prompts, passages })
    told(`a session of ${EDITS} edits, ${index}: load.py`)
    const args = [findModel(modelId).path, bundle, request]
    const due = runReference(python, 'bundle_check.py', args, join(work, `bundle-${index}.safetensors`))
    told(`a session of ${EDITS} edits, ${index}: Erratum`)
    const { blocks } = JSON.parse(readFileSync(join(bundle, 'melo.json'), 'utf8')) as { blocks: string[] }
    return await figures(session, { prompts, passages, blocks, index }, due)
  } finally {
    await session.close()
  }
}

interface Asked {
  readonly prompts: readonly (readonly number[])[]
  readonly passages: readonly Passage[]
  /** by their number in `melo.json` */
  readonly blocks: readonly string[]
  readonly index: string
}

async function figures(session: EditSession, asked: Asked, due: Reference): Promise<Figure[]> {
  const { prompts, passages, blocks, index } = asked
  const rules = session.rules()
  let [otherRoutes, inScope, worst] = [0, 0, 0]
  for (const [i, ids] of prompts.entries()) {
    const [text] = await readTexts(session.model, [{ promptIds: ids, targetIds: [session.model.config.closingId!], decisions: [ids.length] }], rules) // prettier-ignore
    const { block } = text.routes[0]
    if (block !== null) inScope++
    if ((block === null ? -1 : blocks.indexOf(block)) !== due(`route.${i}`)[0]) otherRoutes++
    const request = {
      hidden: text.hidden,
      block: block === null ? null : await rules.block(block),
      rows: [ids.length - 1]
    }
    const [logits] = await session.model.top([request])
    worst = Math.max(worst, logitDifference(logits, due(`logits.${i}`)))
  }
  let [otherPassages, otherSentences, tokens] = [0, 0, 0]
  for (const [i, { prompt, sentences }] of passages.entries()) {
    const whole = await written(session, prompt, sentences)
    tokens += whole.length
    if (!same(whole, due(`passage.${i}`))) otherPassages++
    if (!same(await bySentence(session, prompt, sentences), due(`bySentence.${i}`))) otherSentences++
  }
  const subject = `bundle of ${session.store.edits.length} edits, ${index}, load.py`
  return [
    { subject, what: `other routes of ${prompts.length}, ${inScope} in scope`, value: otherRoutes, limit: 0 },
    { subject, what: `logits after ${prompts.length} prompts`, value: worst, limit: TOLERANCE },
    { subject, what: `other passages of ${passages.length}, ${tokens} tokens`, value: otherPassages, limit: 0 },
    { subject, what: `the same, sentence by sentence`, value: otherSentences, limit: 0 }
  ]
}

/** Prompts of the session's edits, their rewordings, and prompts of other people's passages. */
function promptsOf(session: EditSession, file: string): number[][] {
  const rows = readEdits(file)
  const stored = new Set(session.store.edits.map(({ prompt }) => prompt))
  const mine = rows.filter(({ prompt }) => stored.has(prompt))
  const others = rows.filter(({ prompt }) => !stored.has(prompt)).reverse()
  const own = mine.slice(0, OWN).map(({ prompt }) => prompt)
  const reworded = mine.flatMap(({ rephrase }) => (rephrase ?? []).map((one) => one.prompt)).slice(0, REWORDED)
  return [...own, ...reworded, ...others.map(({ prompt }) => prompt)]
    .map((prompt) => promptTokens(session.model.tokenizer, prompt))
    .filter((ids) => ids.length < session.model.config.positions)
    .slice(0, PROMPTS)
}

/** Passages of the people who were edited first, then others, each as long as it was. */
function passagesOf(session: EditSession, file: string): Passage[] {
  const edited = session.store.edits.map(({ prompt }) => prompt)
  const isEdited = (prompt: string): number => Number(edited.some((one) => one.startsWith(prompt)))
  return readPassages(file)
    .sort((a, b) => isEdited(b.prompt) - isEdited(a.prompt))
    .slice(0, PASSAGES)
    .map(({ prompt, sentences }) => ({ prompt, sentences: sentences.length }))
}

async function written(session: EditSession, prompt: string, sentences: number): Promise<number[]> {
  const { tokens } = await session.write(prompt, GREEDY, { sentences })
  return tokens.map(({ id }) => id)
}

async function bySentence(session: EditSession, prompt: string, sentences: number): Promise<number[]> {
  const ids: number[] = []
  let text = prompt
  for (let n = 0; n < sentences; n++) {
    const one = await session.write(text, GREEDY, { sentences: 1 })
    ids.push(...one.tokens.map(({ id }) => id))
    text += one.text
    if (one.tokens.length === 0 || one.stop === 'eos') break
  }
  return ids
}

const same = (came: readonly number[], due: Float32Array): boolean =>
  came.length === due.length && came.every((id, i) => id === due[i])
