/**
 * Finds a model's calibration from background passages (melo-reference: what the key is made of; settings that must
 * not be guessed).
 *
 * Passages of background people are stored as edits would be; rewordings of the same prompts ought to fire their own
 * block, prompts about other people and of unedited places in the same passages ought not to. The whitening comes from
 * one half of the people, the pair (reach, margin) from a quarter, the rates that are reported from the last quarter.
 */
import { ErratumError } from '../../contract/errors.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { backgroundMeetings, dealtOut, rewordingMoves } from './background.ts'
import type { Background, People, PlaceStates } from './background.ts'
import type { Calibration, KeyCalibration } from './calibration.ts'
import { readStates } from './background-states.ts'
import type { ReadOptions, TextStates } from './background-states.ts'
import { promptTokens } from './edit-sample.ts'
import { choosePair, largestReach, ratesOf } from './key-meetings.ts'
import type { WantedRates } from './key-meetings.ts'
import { KeyReader, makeKey } from './key.ts'
import type { KeyPart, KeySpec } from './key.ts'
import { distance, norm } from './neuron-index/distance.ts'
import { keyToken } from './passage-writer.ts'
import { backgroundWeights } from './token-weights.ts'
import { fitWhitening } from './whitening.ts'

export interface CalibrateOptions extends ReadOptions {
  wanted?: WantedRates
}

const PARTS: readonly KeyPart[] = ['weighted', 'last']
const WANTED: WantedRates = { otherPeople: 0.01, samePassages: 0.05 }
const FALLBACK_MARGIN = 0.8
const LEAST_PEOPLE = 8

export async function calibrate(
  model: LanguageModel,
  background: Background,
  options: CalibrateOptions = {}
): Promise<Calibration> {
  const { places } = background
  const wanted = options.wanted ?? WANTED
  const people = new Set(places.map((p) => p.person)).size
  if (people < LEAST_PEOPLE)
    throw new ErratumError('BadInput', `The background tells of ${people} people; at least ${LEAST_PEOPLE} are needed.`)
  const raw = rawKey(model, background)
  const states = await readStates(model, background, raw, options)
  const dealt = dealtOut(places)
  const fitted = states
    .filter((_, i) => dealt.fitting.has(places[i].person))
    .map((s) => ({ original: s.original.parts, rewordings: s.rewordings.map((r) => r.parts) }))
  const moves = rewordingMoves(fitted)
  const key: KeySpec = {
    ...raw,
    // Without rewordings nothing is known of what they change: the parts are taken as they are.
    whitening:
      moves.length === 0
        ? null
        : fitWhitening(
            fitted.map((s) => s.original),
            moves,
            model.config.width
          )
  }
  const noise = await measureNoise(
    model,
    key,
    places.slice(0, 8).map((p) => p.prompt)
  )
  const chosen = (keyOf: (s: TextStates) => Float32Array | null): KeyCalibration =>
    choose(background, states, dealt, keyOf, noise, wanted)
  return {
    schemaVersion: 1,
    modelSha256: model.sha256,
    deployment: { key, ...chosen((s) => makeKey(key, s.parts)) },
    paper: chosen((s) => s.paper),
    wanted,
    background: background.hash
  }
}

/** The key without its whitening. */
function rawKey(model: LanguageModel, background: Background): KeySpec {
  return {
    layer: model.points.keyLayer,
    parts: PARTS,
    metric: 'euclidean',
    tokenWeights: backgroundWeights(model, background),
    whitening: null
  }
}

/** Largest relative difference of a key between a whole batch and one token at a time, doubled for safety. */
async function measureNoise(model: LanguageModel, key: KeySpec, prompts: readonly string[]): Promise<number> {
  const { width } = model.config
  const texts = prompts.map((p) => promptTokens(model.tokenizer, p).slice(0, model.config.positions))
  const batch = await model.bottom(texts)
  let worst = 1e-6
  for (const [i, ids] of texts.entries()) {
    const decoder = model.decoder()
    const [whole, grown] = [new KeyReader(key, width), new KeyReader(key, width)]
    for (const [t, id] of ids.entries()) {
      whole.push(batch[i].hidden.subarray(t * width, (t + 1) * width), keyToken(model, id))
      grown.push(await decoder.append([id]), keyToken(model, id))
    }
    decoder.release()
    worst = Math.max(worst, distance(whole.key(), grown.key()) / Math.max(norm(whole.key()), 1e-12))
  }
  return 2 * worst
}

function choose(
  { places }: Background,
  states: readonly PlaceStates<TextStates>[],
  { choosing, showing }: People,
  keyOf: (s: TextStates) => Float32Array | null,
  noise: number,
  wanted: WantedRates
): KeyCalibration {
  const chosenOn = backgroundMeetings(places, states, choosing, keyOf)
  const { stored } = chosenOn
  const pair = choosePair(chosenOn, wanted)
  const plainReach = (0.01 * stored.reduce((sum, s) => sum + norm(s.key), 0)) / stored.length
  if (!pair) return { reach: plainReach, margin: FALLBACK_MARGIN, noise, radius: plainReach, rates: null }
  const strangersAllow = largestReach(chosenOn.otherPeople, Infinity, wanted.otherPeople)
  const { reach, margin } = pair
  return {
    reach,
    margin,
    noise,
    radius: Number.isFinite(strangersAllow) ? strangersAllow : plainReach,
    rates: ratesOf(backgroundMeetings(places, states, showing, keyOf), pair)
  }
}
