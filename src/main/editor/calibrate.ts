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
import type { Calibration, FireRates, KeyCalibration } from './calibration.ts'
import { promptTokens, targetTokens } from './edit-sample.ts'
import { KeyReader, makeKey } from './key.ts'
import type { KeyPart, KeySpec, Whitening } from './key.ts'
import { distance, norm } from './neuron-index/distance.ts'
import { isWhiteSpace } from './passage-writer.ts'
import { fitWhitening } from './whitening.ts'

/** One place of a background passage; places of a person share `person`. */
export interface BackgroundPlace {
  person: string
  /** sentences before it */
  place: number
  prompt: string
  /** the sentence that follows; absent at the passage's end */
  target?: string
  rewordings: { kind: string; prompt: string }[]
}

export interface Background {
  readonly places: readonly BackgroundPlace[]
  /** other texts, for the whitening alone */
  readonly texts: readonly string[]
  /** hash of the file it came from */
  readonly hash: string
}

export interface CalibrateOptions {
  parts?: readonly KeyPart[]
  wanted?: { otherPeople: number; samePassages: number }
  signal?: AbortSignal
  onProgress?: (done: number, of: number) => void
}

const PARTS: readonly KeyPart[] = ['mean', 'last']
const WANTED = { otherPeople: 0.01, samePassages: 0.05 }
/** edits stored for each person, and in each block, while calibrating: as `edit` does by default */
const EDITS_A_PERSON = 3
const BATCH = 4
const MARGINS = Array.from({ length: 46 }, (_, i) => 0.5 + i / 100)
/** Of the people of one quarter, this share is stored; the others are the strangers. */
const STORED_SHARE = 0.7
const FALLBACK_MARGIN = 0.8

/** Keys of one text under both protocols' definitions, before whitening. */
interface TextStates {
  /** one a part: [D] */
  parts: Float32Array[]
  /** [F]; null where no target follows */
  paper: Float32Array | null
}

export async function calibrate(
  model: LanguageModel,
  background: Background,
  options: CalibrateOptions = {}
): Promise<Calibration> {
  const parts = options.parts ?? PARTS
  const wanted = options.wanted ?? WANTED
  const people = [...new Set(background.places.map((p) => p.person))]
  if (people.length < 8)
    throw new ErratumError('BadInput', `The background tells of ${people.length} people; at least 8 are needed.`)
  const states = await readStates(model, background, parts, options)
  const fitting = new Set(people.filter((_, i) => i % 2 === 0))
  const quarters: Quarters = {
    choosing: new Set(people.filter((_, i) => i % 4 === 1)),
    showing: new Set(people.filter((_, i) => i % 4 === 3))
  }
  const fitted = states.places.filter((_, i) => fitting.has(background.places[i].person))
  const whitening = (part: number): Whitening =>
    fitWhitening(
      [...fitted.map((s) => s.original.parts), ...states.texts].map((parts) => parts[part]),
      fitted.flatMap((s) => s.rewordings.map((r) => minus(r.states.parts[part], s.original.parts[part])))
    )
  const key: KeySpec = {
    layer: model.points.keyLayer,
    parts,
    metric: 'euclidean',
    // Without rewordings nothing is known of what they change: the parts are taken as they are.
    whitening: fitted.some((s) => s.rewordings.length > 0) ? parts.map((_, part) => whitening(part)) : []
  }
  const noise = await measureNoise(
    model,
    key,
    background.places.slice(0, 8).map((p) => p.prompt)
  )
  const deployment = choose(background.places, states.places, quarters, (s) => makeKey(key, s.parts), noise, wanted)
  const paper = choose(background.places, states.places, quarters, (s) => s.paper, noise, wanted)
  return {
    schemaVersion: 1,
    modelSha256: model.sha256,
    deployment: { key, ...deployment },
    paper,
    wanted,
    background: background.hash
  }
}

/** People who choose and people on whom the rates are shown: apart from each other and from those of the whitening. */
interface Quarters {
  readonly choosing: ReadonlySet<string>
  readonly showing: ReadonlySet<string>
}

const minus = (a: Float32Array, b: Float32Array): Float32Array => a.map((v, i) => v - b[i])

interface PlaceStates {
  original: TextStates
  rewordings: { kind: string; states: TextStates }[]
}

async function readStates(
  model: LanguageModel,
  background: Background,
  parts: readonly KeyPart[],
  options: CalibrateOptions
): Promise<{ places: PlaceStates[]; texts: Float32Array[][] }> {
  const jobs = [
    ...background.places.flatMap((p) =>
      [p.prompt, ...p.rewordings.map((r) => r.prompt)].map((prompt) => ({ prompt, target: p.target }))
    ),
    ...background.texts.map((prompt) => ({ prompt, target: undefined }))
  ]
  const results: TextStates[] = []
  for (let from = 0; from < jobs.length; from += CHUNK) {
    if (options.signal?.aborted) throw new ErratumError('Cancelled', 'Calibration was cancelled.')
    results.push(...(await statesOf(model, jobs.slice(from, from + CHUNK), parts)))
    options.onProgress?.(Math.min(from + CHUNK, jobs.length), jobs.length)
  }
  let next = 0
  const places = background.places.map((p) => ({
    original: results[next++],
    rewordings: p.rewordings.map(({ kind }) => ({ kind, states: results[next++] }))
  }))
  return { places, texts: results.slice(next).map((r) => r.parts) }
}

const CHUNK = 32

async function statesOf(
  model: LanguageModel,
  jobs: readonly { prompt: string; target?: string }[],
  parts: readonly KeyPart[]
): Promise<TextStates[]> {
  const { width, positions, eosId } = model.config
  const raw: KeySpec = { layer: model.points.keyLayer, parts, metric: 'euclidean', whitening: [] }
  const sequences = jobs.map(({ prompt, target }) => {
    const promptIds = promptTokens(model.tokenizer, prompt).slice(0, positions - 1)
    const ids = [...promptIds, ...(target === undefined ? [] : targetTokens(model.tokenizer, target)), eosId].slice(
      0,
      positions
    )
    return { promptIds, ids }
  })
  const bottoms = await model.bottom(
    sequences.map((s) => s.ids),
    sequences.map((s) => s.ids.length - 1)
  )
  return sequences.map(({ promptIds }, i) => {
    const reader = new KeyReader(raw, width)
    promptIds.forEach((id, t) =>
      reader.push(bottoms[i].hidden.subarray(t * width, (t + 1) * width), isWhiteSpace(model, id))
    )
    const joined = reader.key()
    return {
      parts: parts.map((_, p) => joined.slice(p * width, (p + 1) * width)),
      paper: jobs[i].target === undefined ? null : (bottoms[i].keyModule ?? null)
    }
  })
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
      whole.push(batch[i].hidden.subarray(t * width, (t + 1) * width), isWhiteSpace(model, id))
      grown.push(await decoder.append([id]), isWhiteSpace(model, id))
    }
    decoder.release()
    worst = Math.max(worst, distance(whole.key(), grown.key()) / Math.max(norm(whole.key()), 1e-12))
  }
  return 2 * worst
}

/** A query against the stored keys: with one block an index entry, only these two numbers decide (see `fires`). */
interface Meeting {
  kind: string
  nearest: number
  /** nearest / distance to the nearest key of another block */
  ratio: number
  own: boolean
}

/** The record that fires is always the nearest one, since its rivals have to be farther by the margin. */
const fires = (m: Meeting, reach: number, margin: number): boolean => m.nearest <= reach && m.ratio <= margin

function choose(
  places: readonly BackgroundPlace[],
  states: readonly PlaceStates[],
  { choosing, showing }: Quarters,
  keyOf: (s: TextStates) => Float32Array | null,
  noise: number,
  wanted: { otherPeople: number; samePassages: number }
): KeyCalibration {
  const chosenOn = meetings(places, states, (person) => choosing.has(person), keyOf)
  const shownOn = meetings(places, states, (person) => showing.has(person), keyOf)
  let best: { reach: number; margin: number; own: number } | null = null
  for (const margin of MARGINS) {
    const reach = Math.min(
      largestReach(chosenOn.otherPeople, margin, wanted.otherPeople),
      largestReach(chosenOn.samePassages, margin, wanted.samePassages),
      farthestOwn(chosenOn.rewordings, margin)
    )
    const own =
      chosenOn.rewordings.filter((m) => m.own && fires(m, reach, margin)).length /
      Math.max(chosenOn.rewordings.length, 1)
    if (reach > 0 && (!best || own > best.own)) best = { reach, margin, own }
  }
  const strangersAllow = largestReach(chosenOn.otherPeople, Infinity, wanted.otherPeople)
  const radius = Number.isFinite(strangersAllow) ? strangersAllow : 0.01 * chosenOn.meanNorm
  if (!best)
    return {
      reach: 0.01 * chosenOn.meanNorm,
      margin: FALLBACK_MARGIN,
      noise,
      radius: 0.01 * chosenOn.meanNorm,
      rates: null
    }
  const { reach, margin } = best
  const share = (list: readonly Meeting[], hit: (m: Meeting) => boolean): { n: number; share: number } => ({
    n: list.length,
    share: list.filter(hit).length / Math.max(list.length, 1)
  })
  const kinds = [...new Set(shownOn.rewordings.map((m) => m.kind))].sort()
  const rates: FireRates = {
    own: Object.fromEntries(
      kinds.map((kind) => [
        kind,
        share(
          shownOn.rewordings.filter((m) => m.kind === kind),
          (m) => m.own && fires(m, reach, margin)
        )
      ])
    ),
    otherPeople: share(shownOn.otherPeople, (m) => fires(m, reach, margin)),
    samePassages: share(shownOn.samePassages, (m) => fires(m, reach, margin))
  }
  return { reach, margin, noise, radius, rates }
}

/** Distance of the farthest rewording that can fire its own block under this margin: more reach would win nothing. */
function farthestOwn(rewordings: readonly Meeting[], margin: number): number {
  return rewordings.reduce((most, m) => (m.own && m.ratio <= margin ? Math.max(most, m.nearest) : most), 0)
}

/** The largest reach at which at most `allowed` of the meetings fire under this margin; infinite if no reach is too far. */
function largestReach(list: readonly Meeting[], margin: number, allowed: number): number {
  const close = list
    .filter((m) => m.ratio <= margin)
    .map((m) => m.nearest)
    .sort((a, b) => a - b)
  const most = Math.floor(allowed * list.length)
  // Just below the first one too many.
  return close.length > most ? close[most] * (1 - 1e-6) : Infinity
}

function meetings(
  places: readonly BackgroundPlace[],
  states: readonly PlaceStates[],
  ofQuarter: (person: string) => boolean,
  keyOf: (s: TextStates) => Float32Array | null
): { rewordings: Meeting[]; otherPeople: Meeting[]; samePassages: Meeting[]; meanNorm: number } {
  const people = [...new Set(places.map((p) => p.person))].filter(ofQuarter)
  const storedPeople = new Set(people.slice(0, Math.round(STORED_SHARE * people.length)))
  const editedPlaces = new Set<number>()
  for (const person of storedPeople) {
    const own = places.flatMap((p, i) => (p.person === person && p.target !== undefined ? [i] : []))
    // The header, and places spread over the rest.
    for (let e = 0; e < Math.min(EDITS_A_PERSON, own.length); e++)
      editedPlaces.add(own[Math.floor((e * own.length) / EDITS_A_PERSON)])
  }
  const stored = [...editedPlaces]
    .sort((a, b) => a - b)
    .flatMap((place, n) => {
      const key = keyOf(states[place].original)
      return key ? [{ place, key, block: Math.floor(n / BATCH) }] : []
    })
  const blockOf = new Map(stored.map((s) => [s.place, s.block]))
  const meet = (query: Float32Array, kind: string, ownBlock: number | undefined): Meeting => {
    const distances = stored.map((s) => distance(query, s.key))
    const nearest = distances.reduce((best, d, i) => (d < distances[best] ? i : best), 0)
    const rival = distances.reduce(
      (least, d, i) => (stored[i].block !== stored[nearest].block && d < least ? d : least),
      Infinity
    )
    return {
      kind,
      nearest: distances[nearest],
      ratio: distances[nearest] === 0 ? 0 : distances[nearest] / rival,
      own: stored[nearest].block === ownBlock
    }
  }
  const result = {
    rewordings: [] as Meeting[],
    otherPeople: [] as Meeting[],
    samePassages: [] as Meeting[],
    meanNorm: 0
  }
  places.forEach((place, i) => {
    if (!ofQuarter(place.person)) return
    const key = keyOf(states[i].original)
    if (!key) return
    if (editedPlaces.has(i)) {
      for (const { kind, states: reworded } of states[i].rewordings) {
        const query = keyOf(reworded)
        if (query) result.rewordings.push(meet(query, rewordingKind(kind, place.place), blockOf.get(i)))
      }
    } else if (storedPeople.has(place.person)) result.samePassages.push(meet(key, 'same passage', undefined))
    else result.otherPeople.push(meet(key, 'other people', undefined))
  })
  result.meanNorm = stored.reduce((sum, s) => sum + norm(s.key) / stored.length, 0)
  return result
}

/** A new header is another matter at the header itself, where it is all the text there is. */
export function rewordingKind(kind: string, place: number): string {
  return kind === 'header' ? (place === 0 ? 'header, at the header' : 'header, later') : kind
}
