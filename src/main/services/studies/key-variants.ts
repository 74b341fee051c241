/** What a key may be made of: the rows of the key study, and how each is whitened. */
import type { PlaceStates } from '../../editor/background.ts'
import { rewordingMoves } from '../../editor/background.ts'
import type { KeyPart } from '../../editor/key.ts'
import { whiten } from '../../editor/key.ts'
import { eigenvectors, secondMoments } from '../../editor/symmetric.ts'
import { fitWhitening } from '../../editor/whitening.ts'

/** `each …`: parts one by one, by what texts differ in or by what rewording changes; `joined`: as calibrating does. */
export type Fit = 'none' | 'each by principal directions' | 'each by rewordings' | 'joined, discriminant'

/** `subject`: the state at the subject's last token (subject-states.ts). */
export type StudyPart = KeyPart | 'subject'

export interface KeyVariant {
  /** also the name of the point's file */
  readonly id: string
  /** absent: the paper's key, at the model's key layer */
  readonly parts?: readonly { readonly part: StudyPart; readonly layer: number }[]
  readonly fit: Fit
  readonly metric: 'euclidean' | 'cosine'
}

/** @param keyLayer the model's own; the layers around it are tried too, up to `highest` */
export function keyVariants(keyLayer: number, highest: number): KeyVariant[] {
  const at = (layer: number, ...parts: KeyPart[]): KeyVariant['parts'] => parts.map((part) => ({ part, layer }))
  const own = (id: string, fit: Fit, ...parts: KeyPart[]): KeyVariant => ({
    id,
    parts: at(keyLayer, ...parts),
    fit,
    metric: 'euclidean'
  })
  const chosen = own('weighted-last', 'joined, discriminant', 'weighted', 'last')
  const layers = Array.from({ length: highest + 1 }, (_, layer) => layer).filter((layer) => layer !== keyLayer)
  return [
    chosen,
    { id: 'paper', fit: 'none', metric: 'euclidean' },
    own('last-raw', 'none', 'last'),
    own('last', 'joined, discriminant', 'last'),
    own('mean', 'joined, discriminant', 'mean'),
    own('weighted', 'joined, discriminant', 'weighted'),
    own('mean-last-principal', 'each by principal directions', 'mean', 'last'),
    own('mean-last-rewordings', 'each by rewordings', 'mean', 'last'),
    own('mean-last', 'joined, discriminant', 'mean', 'last'),
    own('mean-weighted-last', 'joined, discriminant', 'mean', 'weighted', 'last'),
    own('weighted-last-rewordings', 'each by rewordings', 'weighted', 'last'),
    { ...chosen, id: 'weighted-last-cosine', metric: 'cosine' },
    ...layers.map((layer): KeyVariant => ({
      ...chosen,
      id: `weighted-last-layer-${layer}`,
      parts: at(layer, 'weighted', 'last')
    })),
    ...layers
      .filter((layer) => layer === keyLayer - 1)
      .map((layer): KeyVariant => ({
        ...chosen,
        id: `weighted-last-layers-${layer}-${keyLayer}`,
        parts: [layer, keyLayer].flatMap((one) => at(one, 'weighted', 'last')!)
      }))
  ]
}

/** What a key would tell that knows where the subject stands. */
export function oracleVariants(keyLayer: number): KeyVariant[] {
  const row = (id: string, ...parts: StudyPart[]): KeyVariant => ({
    id,
    parts: parts.map((part) => ({ part, layer: keyLayer })),
    fit: 'joined, discriminant',
    metric: 'euclidean'
  })
  return [row('oracle-subject', 'subject'), row('oracle-subject-last', 'subject', 'last')]
}

export type KeyMap = (joined: Float32Array) => Float32Array

/** @param fitted joined parts [P D] of the people who fit; width: D */
export function fitKey(
  { fit, metric }: KeyVariant,
  fitted: readonly PlaceStates<Float32Array>[],
  width: number
): KeyMap {
  const map = fitParts(fit, fitted, width)
  return metric === 'euclidean' ? map : (joined) => unit(map(joined))
}

function fitParts(fit: Fit, fitted: readonly PlaceStates<Float32Array>[], width: number): KeyMap {
  if (fit === 'none') return (joined) => joined
  const originals = fitted.map((s) => s.original)
  const moves = rewordingMoves(fitted)
  if (fit === 'joined, discriminant') {
    const whitening = fitWhitening(originals, moves, width)
    return (joined) => whiten(joined, whitening)
  }
  const starts = Array.from({ length: originals[0].length / width }, (_, part) => part * width)
  const byRewordings = fit === 'each by rewordings'
  const maps = starts.map((start) => {
    const cut = (rows: readonly Float32Array[]): Float32Array[] => rows.map((r) => r.subarray(start, start + width))
    return fitOne(cut(originals), byRewordings ? cut(moves) : null)
  })
  return (joined) => {
    const key = new Float32Array(joined.length)
    maps.forEach((map, p) => {
      key.set(map(joined.subarray(starts[p], starts[p] + width)), starts[p])
    })
    return key
  }
}

/** Floors of eigenvalues, as shares of the largest: directions of pure noise would be blown up else. */
const FLOOR = { principal: 1e-4, rewordings: 1e-2 }

/** moves: null for principal directions of the states */
function fitOne(states: readonly Float32Array[], moves: readonly Float32Array[] | null): KeyMap {
  const width = states[0].length
  const centre = Float32Array.from(
    { length: width },
    (_, d) => states.reduce((sum, s) => sum + s[d], 0) / states.length
  )
  const found = eigenvectors(secondMoments(moves ?? states.map((s) => s.map((v, d) => v - centre[d])), width))
  const floor = found[0].value * (moves ? FLOOR.rewordings : FLOOR.principal)
  const matrix = new Float32Array(width * width)
  found.forEach(({ value, vector }, j) => {
    for (let d = 0; d < width; d++) matrix[d * width + j] = vector[d] / Math.sqrt(Math.max(value, floor))
  })
  const square = (z: Float32Array): number => z.reduce((sum, v) => sum + v * v, 0) / width
  const mean = states.reduce((sum, s) => sum + square(whiten(s, { centre, matrix })), 0) / states.length
  const scaled = matrix.map((v) => v / Math.sqrt(mean || 1))
  return (part) => whiten(part, { centre, matrix: scaled })
}

function unit(key: Float32Array): Float32Array {
  const length = Math.sqrt(key.reduce((sum, v) => sum + v * v, 0))
  return key.map((v) => v / (length || 1))
}
