/**
 * Keys: what is read from the hidden states of a text to find out whether an edit is meant.
 *
 * The deployment key is made of parts of the hidden states at the split, rows 0..last where `last` is the last token
 * that is not white space: means over the whole text and the last row, joined, then centred and whitened as one.
 * D = width, n = tokens, P = parts, K = length of a key.
 */
import { ErratumError } from '../../contract/errors.ts'

/** `mean` and `weighted` are over the whole text, the latter with a weight for each token; `last` is the last row. */
export const KEY_PARTS = ['mean', 'weighted', 'last'] as const
export type KeyPart = (typeof KEY_PARTS)[number]

/** z = (x - centre) W with x [P D] the joined parts and W [P D, K], row-major. */
export interface Whitening {
  /** [P D] */
  readonly centre: Float32Array
  /** [P D, K] */
  readonly matrix: Float32Array
}

export interface KeySpec {
  /** Layer after which the hidden state is read. */
  readonly layer: number
  readonly parts: readonly KeyPart[]
  readonly metric: 'euclidean'
  /** one for each entry of the vocabulary, above 0; null where no part is weighted */
  readonly tokenWeights: Float32Array | null
  /** null: the parts are taken as they are */
  readonly whitening: Whitening | null
}

export interface KeyToken {
  readonly id: number
  readonly isWhiteSpace: boolean
}

/** Running sums over the rows of a text: a key at any place without reading the text again. */
export class KeyReader {
  private readonly spec: KeySpec
  private readonly mean: RunningMean
  private readonly weighted: RunningMean
  private readonly lastRow: Float32Array
  private isEmpty = true
  private isBlank = true

  constructor(spec: KeySpec, width: number) {
    this.spec = spec
    this.mean = new RunningMean(width)
    this.weighted = new RunningMean(width)
    this.lastRow = new Float32Array(width)
  }

  /** Takes one more row [D]. */
  push(row: Float32Array, { id, isWhiteSpace }: KeyToken): void {
    this.mean.push(row, 1)
    if (this.spec.tokenWeights) this.weighted.push(row, this.spec.tokenWeights[id])
    // A text of white space alone has its last token for want of a better one.
    if (isWhiteSpace && !this.isBlank) return
    if (!isWhiteSpace) this.isBlank = false
    this.isEmpty = false
    this.mean.mark()
    this.weighted.mark()
    this.lastRow.set(row)
  }

  /** The parts of the text so far, joined: [P D]. */
  parts(): Float32Array {
    if (this.isEmpty) throw new ErratumError('Internal', 'The key of an empty text was asked for.')
    const width = this.lastRow.length
    const joined = new Float32Array(width * this.spec.parts.length)
    this.spec.parts.forEach((part, p) => {
      joined.set(part === 'last' ? this.lastRow : this[part].marked(), p * width)
    })
    return joined
  }

  /** The key of the text so far: [K]. */
  key(): Float32Array {
    return makeKey(this.spec, this.parts())
  }
}

/** A weighted mean of rows, as it was at the last mark. */
class RunningMean {
  private readonly sums: Float64Array
  private weight = 0
  private readonly markedSums: Float64Array
  private markedWeight = 0

  constructor(width: number) {
    this.sums = new Float64Array(width)
    this.markedSums = new Float64Array(width)
  }

  push(row: Float32Array, weight: number): void {
    for (let d = 0; d < row.length; d++) this.sums[d] += weight * row[d]
    this.weight += weight
  }

  mark(): void {
    this.markedSums.set(this.sums)
    this.markedWeight = this.weight
  }

  marked(): Float32Array {
    return Float32Array.from(this.markedSums, (sum) => sum / this.markedWeight)
  }
}

/** Joined parts [P D] -> key [K]. */
export function makeKey({ whitening }: KeySpec, parts: Float32Array): Float32Array {
  return whitening ? whiten(parts, whitening) : parts
}

/** [P D] -> [K]; sums in float64 and in a fixed order, so that a key depends on its input alone. */
export function whiten(x: Float32Array, { centre, matrix }: Whitening): Float32Array {
  const length = matrix.length / x.length
  const sums = new Float64Array(length)
  for (let d = 0; d < x.length; d++) {
    const centred = x[d] - centre[d]
    const row = d * length
    for (let j = 0; j < length; j++) sums[j] += centred * matrix[row + j]
  }
  return Float32Array.from(sums)
}

/**
 * Keys at several places of one text. hidden: [T, D]; `lengths` = tokens to the left of each place, ascending;
 * tokens: [T].
 */
export function keysAt(
  spec: KeySpec,
  hidden: Float32Array,
  width: number,
  lengths: readonly number[],
  tokens: readonly KeyToken[]
): Float32Array[] {
  const reader = new KeyReader(spec, width)
  const keys: Float32Array[] = []
  let row = 0
  for (const length of lengths) {
    for (; row < length; row++) reader.push(hidden.subarray(row * width, (row + 1) * width), tokens[row])
    keys.push(reader.key())
  }
  return keys
}
