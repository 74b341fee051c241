/** Reads given texts as they would be written: where the route is decided, by which key, and what it is. */
import type { LanguageModel } from '../engine/models/language-model.ts'
import type { EditSample } from './edit-sample.ts'
import { keysAt } from './key.ts'
import type { KeySpec } from './key.ts'
import type { NeuronIndex } from './neuron-index/types.ts'
import { keyToken } from './passage-writer.ts'
import type { Routing } from './passage-writer.ts'
import type { ScoredText } from './routed-score.ts'

export type Protocol = 'deployment' | 'paper'

/** Index and key of one protocol. */
export interface ReadingRules extends Routing {
  readonly protocol: Protocol
}

export type TextToRead = Pick<EditSample, 'promptIds' | 'targetIds' | 'decisions'>

/** The bottom's part of reading: states and keys, without any route. T counts the text alone, eos left out. */
export interface TextStates {
  readonly ids: readonly number[]
  readonly start: number
  readonly decisions: readonly number[]
  /** [T, D] */
  readonly hidden: Float32Array
  /** one a decision: [K] */
  readonly deploymentKeys: readonly Float32Array[]
  /** [F]: output of the key layer's `mlp.c_fc` at the eos after the text */
  readonly paperKey: Float32Array
}

export async function textStates(
  model: LanguageModel,
  texts: readonly TextToRead[],
  key: KeySpec,
  isLivePrompt: Routing['isLivePrompt'] = () => false
): Promise<TextStates[]> {
  const { width, positions, closingId } = model.config
  const sequences = texts.map((t) => [...t.promptIds, ...t.targetIds])
  // Without room for eos, or without an eos that the model knows, the paper's key is read at the text's last token.
  const closed = sequences.map((ids) => (closingId !== null && ids.length < positions ? [...ids, closingId] : ids))
  const bottoms = await model.bottom(
    closed,
    closed.map((ids) => ids.length - 1)
  )
  return texts.map((text, i) => {
    const ids = sequences[i]
    const start = text.promptIds.length
    const inside = ids.map((_, n) => n).slice(start + 1)
    const handmade = inside.filter((n) => isLivePrompt(ids.slice(0, n)))
    const decisions = [...new Set([...text.decisions, ...handmade])].sort((a, b) => a - b)
    const tokens = ids.map((id) => keyToken(model, id))
    return {
      ids,
      start,
      decisions,
      hidden: bottoms[i].hidden.subarray(0, ids.length * width),
      deploymentKeys: keysAt(key, bottoms[i].hidden, width, decisions, tokens),
      paperKey: bottoms[i].keyModule!
    }
  })
}

/** Routes of a text whose states are known. */
export function routeText(states: TextStates, index: NeuronIndex, protocol: Protocol): ScoredText {
  const { ids, start, hidden } = states
  if (protocol === 'paper') return { ids, start, hidden, decisions: [start], routes: [index.route(states.paperKey)] }
  const { decisions, deploymentKeys } = states
  const routes = deploymentKeys.map((key, d) => index.route(key, ids.slice(0, decisions[d])))
  return { ids, start, hidden, decisions, routes }
}

export async function readTexts(
  model: LanguageModel,
  texts: readonly TextToRead[],
  rules: ReadingRules
): Promise<ScoredText[]> {
  const states = await textStates(
    model,
    texts,
    rules.key,
    rules.protocol === 'deployment' ? (ids) => rules.isLivePrompt(ids) : undefined
  )
  return states.map((s) => routeText(s, rules.index, rules.protocol))
}
