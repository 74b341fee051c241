/**
 * Whether greedy writing from a prompt gives a target, token for token.
 *
 * Nothing counts as written that was not written: a yes always comes from real generation. A no is taken from the
 * logits of the text as a whole where it is beyond doubt: where the token that greedy writing would choose leads the
 * target's by much more than the logits of two request shapes differ, under a route that no such difference can change.
 */
import type { Routing } from '../editor/passage-writer.ts'
import { writePassage } from '../editor/passage-writer.ts'
import { norm } from '../editor/neuron-index/distance.ts'
import type { ReadingRules, TextStates, TextToRead } from '../editor/read-text.ts'
import type { Score, ScoredText } from '../editor/routed-score.ts'
import { GREEDY } from '../engine/generation/sampler.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'

/** Ten times what the logits of two request shapes may differ by, as a share of the largest. */
const LOGIT_DOUBT = 1e-3
/** Far above the noise of any calibrated key between request shapes, as a share of its length. */
const KEY_DOUBT = 1e-3

/** The first target token that greedy writing would surely not choose; null: none is beyond doubt. */
export function firstLapse({ shortfall }: Score): number | null {
  const place = shortfall.findIndex((s) => s > LOGIT_DOUBT)
  return place === -1 ? null : place
}

/** By the untouched model. @param lapse the first token that it would surely not choose */
export async function writesBefore(model: LanguageModel, sample: TextToRead, lapse: number | null): Promise<boolean> {
  return lapse !== null ? false : writes(model, sample, null)
}

/** Under the routes that the text gets while it is written. */
export async function writesAfter(
  model: LanguageModel,
  sample: TextToRead,
  rules: ReadingRules,
  known: { states: TextStates; text: ScoredText; lapse: number | null; exactBefore: boolean }
): Promise<boolean> {
  const { states, text, lapse, exactBefore } = known
  const missed = text.routes.map((_, d) => surelyMissed(rules, text, states, d))
  if (missed.every((sure) => sure)) return exactBefore
  // Up to the next decision, the untouched model writes.
  const piece = (text.decisions[1] ?? text.ids.length) - text.start
  if (missed[0] && lapse !== null && lapse < piece) return false
  return writes(model, sample, rules)
}

/** Nothing near enough: `scopes` has one reach for all keys that are not huge, so what holds of the nearest holds of all. */
function surelyMissed(
  { index }: ReadingRules,
  { routes }: ScoredText,
  { deploymentKeys }: TextStates,
  d: number
): boolean {
  const { block, distance, reach } = routes[d]
  if (block !== null) return false
  if (distance === null || reach === null) return true
  return index.mode === 'scopes' && distance - KEY_DOUBT * norm(deploymentKeys[d]) > reach
}

async function writes(model: LanguageModel, sample: TextToRead, routing: Routing | null): Promise<boolean> {
  const { targetIds } = sample
  const written = await writePassage(model, sample.promptIds, routing, GREEDY, {
    maxNewTokens: targetIds.length,
    accept: (id, i) => id === targetIds[i]
  })
  return written.tokens.length === targetIds.length && written.tokens.every((t, i) => t.id === targetIds[i])
}
