/**
 * Keys: what is read from the hidden states of a text to find out whether an edit is meant.
 *
 * The deployment key is made of parts of the hidden states at the split, rows 0..last where `last` is the last token
 * that is not white space: the mean over the whole text and the last row, each centred and whitened, concatenated.
 * D = width, n = tokens, K = length of a key.
 */
import { ErratumError } from '../../contract/errors.ts'

export type KeyPart = 'mean' | 'last'

/** Whitening of one part: z = (x - centre) W with W [D, D], row-major. */
export interface Whitening {
  /** [D] */
  readonly centre: Float32Array
  /** [D, D]: column j is the j-th scaled principal direction */
  readonly matrix: Float32Array
}

export interface KeySpec {
  /** Layer after which the hidden state is read. */
  readonly layer: number
  readonly parts: readonly KeyPart[]
  readonly metric: 'euclidean'
  /** One a part; empty: the parts are taken as they are. */
  readonly whitening: readonly Whitening[]
}

/** Running sums over the rows of a text: a key at any place without reading the text again. */
export class KeyReader {
  private readonly spec: KeySpec
  private readonly width: number
  private readonly sums: Float64Array
  /** sums and row count at the last row that is not white space */
  private readonly lastSums: Float64Array
  private readonly lastRow: Float32Array
  private rows = 0
  private lastRows = 0
  private isBlank = true

  constructor(spec: KeySpec, width: number) {
    this.spec = spec
    this.width = width
    this.sums = new Float64Array(width)
    this.lastSums = new Float64Array(width)
    this.lastRow = new Float32Array(width)
  }

  /** Takes one more row [D]. */
  push(row: Float32Array, isWhiteSpace: boolean): void {
    for (let d = 0; d < this.width; d++) this.sums[d] += row[d]
    this.rows++
    // A text of white space alone has its last token for want of a better one.
    if (isWhiteSpace && !this.isBlank) return
    if (!isWhiteSpace) this.isBlank = false
    this.lastSums.set(this.sums)
    this.lastRow.set(row)
    this.lastRows = this.rows
  }

  /** The key of the text so far: [K]. */
  key(): Float32Array {
    if (this.lastRows === 0) throw new ErratumError('Internal', 'The key of an empty text was asked for.')
    return makeKey(
      this.spec,
      this.spec.parts.map((part) =>
        part === 'last' ? this.lastRow : Float32Array.from(this.lastSums, (s) => s / this.lastRows)
      )
    )
  }
}

/** Parts [D] each -> key [K]. */
export function makeKey(spec: KeySpec, parts: readonly Float32Array[]): Float32Array {
  const width = parts[0].length
  const key = new Float32Array(width * parts.length)
  parts.forEach((part, p) => {
    const whitening = spec.whitening[p]
    key.set(whitening ? whiten(part, whitening) : part, p * width)
  })
  return key
}

/** [D] -> [D]; sums in float64 and in a fixed order, so that a key depends on its input alone. */
export function whiten(x: Float32Array, { centre, matrix }: Whitening): Float32Array {
  const width = x.length
  const sums = new Float64Array(width)
  for (let d = 0; d < width; d++) {
    const centred = x[d] - centre[d]
    const row = d * width
    for (let j = 0; j < width; j++) sums[j] += centred * matrix[row + j]
  }
  return Float32Array.from(sums)
}

/**
 * Keys at several places of one text. hidden: [T, D]; `lengths` = tokens to the left of each place, ascending.
 * `isWhiteSpace[i]` tells of token i.
 */
export function keysAt(
  spec: KeySpec,
  hidden: Float32Array,
  width: number,
  lengths: readonly number[],
  isWhiteSpace: readonly boolean[]
): Float32Array[] {
  const reader = new KeyReader(spec, width)
  const keys: Float32Array[] = []
  let row = 0
  for (const length of lengths) {
    for (; row < length; row++) reader.push(hidden.subarray(row * width, (row + 1) * width), isWhiteSpace[row])
    keys.push(reader.key())
  }
  return keys
}
