/**
 * What a calibration would mean for the edits of a session: how many of them could answer, and what fires at their own
 * prompts, at rewordings of these, and at the places of the review that have no edit. By the deployment key, by which the
 * model writes; whatever is asked is read anew and not taken from the keys that are stored.
 */
import { z } from 'zod'
import type { EditsUnder } from '../../../contract/calibration.ts'
import { ErratumError } from '../../../contract/errors.ts'
import { joinTexts } from '../../../contract/join.ts'
import type { Calibration } from '../../editor/calibration.ts'
import { promptTokens } from '../../editor/edit-sample.ts'
import { keysAt } from '../../editor/key.ts'
import type { KeySpec } from '../../editor/key.ts'
import { keyToken } from '../../editor/passage-writer.ts'
import { textStates } from '../../editor/read-text.ts'
import type { TextToRead } from '../../editor/read-text.ts'
import type { StoredIndex } from '../../editor/neuron-index/store-schema.ts'
import type { IndexedEdit } from '../../editor/neuron-index/types.ts'
import type { LanguageModel } from '../../engine/models/language-model.ts'
import type { StoredEdit } from '../../session/batches.ts'
import { indexedEdit } from '../../session/indexed-edit.ts'
import type { EditSession } from '../edit-session.ts'
import { otherHeaders } from '../known-headers.ts'
import { buildIndices } from '../session-indices.ts'
import type { PassageText } from './passage-background.ts'

export interface ReviewedPassage extends PassageText {
  readonly name: string
}

export interface ReadHooks {
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, of: number) => void
}

type Question = 'prompts' | 'headers' | 'given' | 'samePassages' | 'otherPassages'

/** A text at whose end the route is decided. */
interface Query {
  readonly question: Question
  readonly ids: readonly number[]
  /** the edit whose block ought to fire; null: none ought to */
  readonly edit: StoredEdit | null
}

/** Under the session's own calibration, and under another one. */
export async function editsUnder(
  session: EditSession,
  fresh: Calibration,
  passages: readonly ReviewedPassage[],
  { signal, onProgress }: ReadHooks = {}
): Promise<{ session: EditsUnder; fresh: EditsUnder }> {
  const { model, store } = session
  const edits = store.edits
  const queries = [...queriesOfEdits(model, edits, passages), ...queriesOfPassages(model, edits, passages)]
  const texts: TextToRead[] = [
    ...edits.map(({ promptIds, targetIds, decisions }) => ({ promptIds, targetIds, decisions })),
    ...queries.map(({ ids }) => ({ promptIds: ids, targetIds: [], decisions: [ids.length] }))
  ]
  const keys: Record<'own' | 'fresh', Float32Array[][]> = { own: [], fresh: [] }
  const papers: Float32Array[] = []
  for (let from = 0; from < texts.length; from += CHUNK) {
    if (signal?.aborted) throw new ErratumError('Cancelled', 'Calibration was cancelled.')
    const states = await textStates(model, texts.slice(from, from + CHUNK), session.calibration.deployment.key)
    for (const { ids, decisions, hidden, deploymentKeys, paperKey } of states) {
      keys.own.push([...deploymentKeys])
      keys.fresh.push(keysOf(model, fresh.deployment.key, ids, hidden, decisions))
      papers.push(paperKey)
    }
    onProgress?.(Math.min(from + CHUNK, texts.length), texts.length)
  }
  const indexed = edits.map((edit, i): IndexedEdit => indexedEdit(edit, { deployment: keys.fresh, paper: papers }, i, 'deployment')) // prettier-ignore
  const { deployment } = buildIndices({ deployment: indexed, paper: [] }, fresh, session.settings.index)
  const index = session.rules('deployment').index as StoredIndex
  return {
    session: counted(index, edits, queries, keys.own.slice(edits.length)),
    fresh: counted(deployment, edits, queries, keys.fresh.slice(edits.length))
  }
}

const CHUNK = 32

function keysOf(
  model: LanguageModel,
  key: KeySpec,
  ids: readonly number[],
  hidden: Float32Array,
  decisions: readonly number[]
): Float32Array[] {
  const tokens = ids.map((id) => keyToken(model, id))
  return keysAt(key, hidden, model.config.width, decisions, tokens)
}

/** The prompt itself, under the other headers that are known for its passage, and as it came reworded. */
function queriesOfEdits(
  model: LanguageModel,
  edits: readonly StoredEdit[],
  passages: readonly ReviewedPassage[]
): Query[] {
  return edits.flatMap((edit): Query[] => {
    const passage = passageOf(edit.prompt, passages)
    const header = passage?.prompt.trim() ?? ''
    const headers = passage
      ? otherHeaders(header, passage.name).map((other) => other + edit.prompt.slice(header.length))
      : []
    const given = rephraseSchema.safeParse(edit.extra?.['rephrase'])
    const reworded = given.success ? given.data.map((r) => (typeof r === 'string' ? r : r.prompt)) : []
    return [
      { question: 'prompts', ids: edit.promptIds, edit },
      ...headers.map((prompt): Query => ({ question: 'headers', ids: promptTokens(model.tokenizer, prompt), edit })),
      ...reworded.map((prompt): Query => ({ question: 'given', ids: promptTokens(model.tokenizer, prompt), edit }))
    ]
  }).filter(({ ids }) => ids.length > 0 && ids.length < model.config.positions) // prettier-ignore
}

const rephraseSchema = z.array(z.union([z.string(), z.object({ prompt: z.string() })]))

/** Beginnings of sentences that no edit is for. */
function queriesOfPassages(
  model: LanguageModel,
  edits: readonly StoredEdit[],
  passages: readonly ReviewedPassage[]
): Query[] {
  const taken = new Set(
    edits.flatMap(({ promptIds, targetIds, decisions }) => {
      const ids = [...promptIds, ...targetIds]
      return decisions.map((length) => ids.slice(0, length).join(' '))
    })
  )
  const edited = new Set(edits.flatMap(({ prompt }) => passageOf(prompt, passages) ?? []))
  return passages.flatMap((passage) =>
    passage.sentences
      .map((_, place) => joinTexts([passage.prompt, ...passage.sentences.slice(0, place)]))
      .map((prompt): Query => ({
        question: edited.has(passage) ? 'samePassages' : 'otherPassages',
        ids: promptTokens(model.tokenizer, prompt),
        edit: null
      }))
      .filter(({ ids }) => ids.length < model.config.positions && !taken.has(ids.join(' ')))
  )
}

/** The one whose header the prompt begins with, the longest such header. */
function passageOf(prompt: string, passages: readonly ReviewedPassage[]): ReviewedPassage | null {
  const behind = passages.filter(({ prompt: header }) => prompt.startsWith(header.trim()))
  return behind.reduce<ReviewedPassage | null>(
    (best, p) => (p.prompt.length > (best?.prompt.length ?? 0) ? p : best),
    null
  )
}

/** @param keys one a query, at its end */
function counted(
  index: StoredIndex,
  edits: readonly StoredEdit[],
  queries: readonly Query[],
  keys: readonly (readonly Float32Array[])[]
): EditsUnder {
  const states = edits.map(({ editId }) => index.stateOf({ editId, record: 0 }).state)
  const live = new Set(edits.filter((_, i) => states[i] === 'live'))
  const count = (...of: string[]): number => states.filter((s) => of.includes(s)).length
  const result = {
    edits: edits.length,
    live: live.size,
    superseded: count('retrained', 'replaced'),
    indistinguishable: count('indistinguishable'),
    lost: index.mode === 'clusters' ? count('forgotten', 'out-of-reach') : null,
    prompts: { n: 0, own: 0, other: 0 },
    headers: { n: 0, own: 0, other: 0 },
    given: { n: 0, own: 0, other: 0 },
    samePassages: { n: 0, fired: 0 },
    otherPassages: { n: 0, fired: 0 }
  }
  queries.forEach(({ question, ids, edit }, i) => {
    // What is superseded answers nothing, and nothing is asked of it.
    if (edit && !live.has(edit)) return
    const [key] = keys[i]
    const { block } = index.route(key, ids)
    if (question === 'samePassages' || question === 'otherPassages') {
      result[question].n++
      if (block !== null) result[question].fired++
    } else {
      result[question].n++
      if (block === edit?.block) result[question].own++
      else if (block !== null) result[question].other++
    }
  })
  return result
}
