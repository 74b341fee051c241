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
import { backgroundMeetings, dealtOut, editedPlaces, rewordingMoves } from './background.ts'
import type { Background, People, PlaceStates } from './background.ts'
import type { Calibration, KeyCalibration } from './calibration.ts'
import { readAlone, readStates } from './background-states.ts'
import type { ReadOptions, TextStates } from './background-states.ts'
import { promptTokens } from './edit-sample.ts'
import { choosePair, largestReach, ratesOf } from './key-meetings.ts'
import type { Meeting, Meetings, WantedRates } from './key-meetings.ts'
import { KeyReader, makeKey } from './key.ts'
import type { KeyPart, KeySpec } from './key.ts'
import { distance, norm } from './neuron-index/distance.ts'
import { keyToken } from './passage-writer.ts'
import { backgroundWeights } from './token-weights.ts'
import { fitWhitening } from './whitening.ts'

export interface CalibrateOptions extends ReadOptions {
  wanted?: WantedRates
  /** a calibration of the model whose numbers stay as they are: how the background meets its key is read anew */
  kept?: Calibration
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
  const { kept } = options
  const wanted = options.wanted ?? kept?.wanted ?? WANTED
  const people = new Set(places.map((p) => p.person)).size
  if (people < LEAST_PEOPLE)
    throw new ErratumError('BadInput', `The background tells of ${people} people; at least ${LEAST_PEOPLE} are needed.`)
  const raw = kept ? { ...kept.deployment.key, whitening: null } : rawKey(model, background)
  const dealt = dealtOut(places)
  const states = await readAll(model, background, dealt, raw, options)
  const key = kept?.deployment.key ?? fitKey(background, states, dealt, raw, model.config.width)
  const noise =
    kept?.deployment.noise ??
    (await measureNoise(
      model,
      key,
      places.slice(0, 8).map((p) => p.prompt)
    ))
  const chosen = (keyOf: (s: TextStates) => Float32Array | null, before?: KeyCalibration): KeyCalibration =>
    before ? metAnew(background, states, dealt, keyOf, before) : choose(background, states, dealt, keyOf, noise, wanted)
  return {
    schemaVersion: 1,
    modelSha256: model.sha256,
    deployment: { key, ...chosen((s) => makeKey(key, s.parts), kept?.deployment) },
    paper: chosen((s) => s.paper, kept?.paper),
    wanted,
    background: background.hash,
    sources: background.sources
  }
}

/** All places, and those of the people who are shown that are stored as edits once more, each by itself. */
async function readAll(
  model: LanguageModel,
  background: Background,
  { showing }: People,
  raw: KeySpec,
  { signal, onProgress }: ReadOptions
): Promise<PlaceStates<TextStates>[]> {
  const { places } = background
  const edited = editedPlaces(places, showing)
  const first = places.reduce((sum, p) => sum + 1 + p.rewordings.length, 0)
  const told = (before: number) => (done: number) => onProgress?.(before + done, first + edited.length)
  const states = await readStates(model, background, raw, { signal, onProgress: told(0) })
  const again = await readAlone(model, background, edited, raw, { signal, onProgress: told(first) })
  return states.map((s, i) => ({ ...s, again: again.get(i) }))
}

/** The key with the whitening that one half of the people ask for. */
function fitKey(
  { places }: Background,
  states: readonly PlaceStates<TextStates>[],
  { fitting }: People,
  raw: KeySpec,
  width: number
): KeySpec {
  const fitted = states
    .filter((_, i) => fitting.has(places[i].person))
    .map((s) => ({ original: s.original.parts, rewordings: s.rewordings.map((r) => r.parts) }))
  const moves = rewordingMoves(fitted)
  // Without rewordings nothing is known of what they change: the parts are taken as they are.
  if (moves.length === 0) return raw
  return {
    ...raw,
    whitening: fitWhitening(
      fitted.map((s) => s.original),
      moves,
      width
    )
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
  const met = backgroundMeetings(places, states, showing, keyOf)
  const meetings = keptOf(met)
  if (!pair) return { reach: plainReach, margin: FALLBACK_MARGIN, noise, radius: plainReach, rates: null, meetings }
  const strangersAllow = largestReach(chosenOn.otherPeople, Infinity, wanted.otherPeople)
  const { reach, margin } = pair
  return {
    reach,
    margin,
    noise,
    radius: Number.isFinite(strangersAllow) ? strangersAllow : plainReach,
    rates: ratesOf(met, pair),
    meetings
  }
}

/** The same numbers, and how the people who are shown meet them. */
function metAnew(
  { places }: Background,
  states: readonly PlaceStates<TextStates>[],
  { showing }: People,
  keyOf: (s: TextStates) => Float32Array | null,
  before: KeyCalibration
): KeyCalibration {
  const met = backgroundMeetings(places, states, showing, keyOf)
  return { ...before, rates: before.rates && ratesOf(met, before), meetings: keptOf(met) }
}

/** As a calibration's file holds them: in single precision. */
function keptOf({ repeated, rewordings, otherPeople, samePassages }: Meetings): Meetings {
  const single = (list: readonly Meeting[]): Meeting[] =>
    list.map((m) => ({ ...m, nearest: Math.fround(m.nearest), ratio: Math.fround(m.ratio) }))
  return {
    repeated: single(repeated),
    rewordings: single(rewordings),
    otherPeople: single(otherPeople),
    samePassages: single(samePassages)
  }
}
