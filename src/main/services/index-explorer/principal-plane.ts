/** The plane on which keys are drawn: their first two principal components, by block Krylov iteration over all of them. */
import { addScaled, dot } from '../../editor/neuron-index/principal-directions.ts'
import { eigenvectors, withSign } from '../../editor/symmetric.ts'
import { Turns } from './turns.ts'

export interface PrincipalPlane {
  /** [width] */
  readonly mean: Float64Array
  /**
   * Orthonormal, [width] each, the one along which keys differ most first. The largest entry of each is positive, so
   * that the same keys are drawn the same way round; zero where the keys do not differ in so many directions.
   */
  readonly axes: readonly [Float64Array, Float64Array]
  /** of the variance of all keys, along either axis */
  readonly shares: readonly [number, number]
}

/** Directions that are added at a time: eigenvalues may be equal in pairs. */
const BLOCK = 4
/** Additions between two looks at how far it is. */
const LOOK_EVERY = 4
/** Wider keys than this are not searched in all their directions: the plane is settled long before. */
const MOST_DIRECTIONS = 192
/** The length of what is left of C v - λ v, as a share of the largest λ. */
const SETTLED = 1e-7
/** Variance below this share of the largest is rounding. */
const NOTHING = 1e-12

interface Pair {
  readonly value: number
  readonly vector: Float64Array
  /** length of C v - λ v */
  readonly off: number
}

/** @param keys [width] each; none: everything is zero and of no width */
export async function principalPlane(keys: readonly Float32Array[]): Promise<PrincipalPlane> {
  const width = keys.at(0)?.length ?? 0
  const turns = new Turns()
  const mean = await meanOf(keys, width, turns)
  const basis: Float64Array[] = []
  const images: Float64Array[] = []
  let rows = startingRows(Math.min(BLOCK, width), width)
  let pairs: Pair[] = []
  for (let step = 1; rows.length > 0; step++) {
    const added = newDirections(rows, basis)
    rows = await applyCovariance(keys, mean, added, turns)
    basis.push(...added)
    images.push(...rows)
    const isOver = added.length === 0 || basis.length >= Math.min(width, MOST_DIRECTIONS)
    if (step % LOOK_EVERY !== 0 && !isOver) continue
    pairs = leadingPairs(basis, images)
    if (isOver || pairs.every(({ off }) => off <= SETTLED * pairs[0].value)) break
  }
  const total = await variance(keys, mean, turns)
  const least = NOTHING * (pairs.at(0)?.value ?? 0)
  const axis = (i: number): Float64Array =>
    pairs[i] && pairs[i].value > least ? withSign(pairs[i].vector) : new Float64Array(width)
  const share = (i: number): number =>
    total > 0 && pairs[i] && pairs[i].value > least ? Math.min(1, pairs[i].value / total) : 0
  return { mean, axes: [axis(0), axis(1)], shares: [share(0), share(1)] }
}

/** Where a key lies on the plane. */
export function onPlane({ mean, axes }: PrincipalPlane, key: Float32Array): [x: number, y: number] {
  let [x, y] = [0, 0]
  for (let i = 0; i < key.length; i++) {
    const centred = key[i] - mean[i]
    x += centred * axes[0][i]
    y += centred * axes[1][i]
  }
  return [x, y]
}

async function meanOf(keys: readonly Float32Array[], width: number, turns: Turns): Promise<Float64Array> {
  const sums = new Float64Array(width)
  for (const key of keys) {
    if (turns.isDue) await turns.next()
    for (let i = 0; i < width; i++) sums[i] += key[i]
  }
  return sums.map((sum) => sum / Math.max(1, keys.length))
}

async function variance(keys: readonly Float32Array[], mean: Float64Array, turns: Turns): Promise<number> {
  let sum = 0
  for (const key of keys) {
    if (turns.isDue) await turns.next()
    for (let i = 0; i < key.length; i++) sum += (key[i] - mean[i]) ** 2
  }
  return sum / Math.max(1, keys.length)
}

/** C r for each row r, with C [width, width] the covariance of the keys, which is never made. */
async function applyCovariance(
  keys: readonly Float32Array[],
  mean: Float64Array,
  rows: readonly Float64Array[],
  turns: Turns
): Promise<Float64Array[]> {
  const images = rows.map((row) => new Float64Array(row.length))
  const centred = new Float64Array(mean.length)
  for (const key of keys) {
    if (turns.isDue) await turns.next()
    for (let i = 0; i < centred.length; i++) centred[i] = key[i] - mean[i]
    rows.forEach((row, r) => addScaled(images[r], centred, dot(row, centred) / keys.length))
  }
  return images
}

/** What rows add to an orthonormal basis: orthonormal too, without those that add nothing. */
function newDirections(rows: readonly Float64Array[], basis: readonly Float64Array[]): Float64Array[] {
  const added: Float64Array[] = []
  for (const given of rows) {
    if (basis.length + added.length === given.length) break
    const row = Float64Array.from(given)
    const before = Math.sqrt(dot(row, row))
    // Twice over, so that rounding does not add up.
    for (let pass = 0; pass < 2; pass++)
      for (const earlier of [...basis, ...added]) addScaled(row, earlier, -dot(row, earlier))
    const length = Math.sqrt(dot(row, row))
    if (length <= 1e-10 * before || length === 0) continue
    added.push(row.map((value) => value / length))
  }
  return added
}

/** The two largest eigenvalues of C within a basis, and how far they are from being C's own. @param images C b of each b */
function leadingPairs(basis: readonly Float64Array[], images: readonly Float64Array[]): Pair[] {
  if (basis.length === 0) return []
  const inBasis = basis.map((row, i) => Float64Array.from(basis, (_, j) => (dot(row, images[j]) + dot(basis[j], images[i])) / 2)) // prettier-ignore
  return eigenvectors(inBasis)
    .slice(0, 2)
    .map(({ value, vector }) => {
      const [own, image] = [combined(basis, vector), combined(images, vector)]
      const off = Math.sqrt(own.reduce((sum, v, i) => sum + (image[i] - value * v) ** 2, 0))
      return { value, vector: own, off }
    })
}

function combined(rows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(rows[0].length)
  rows.forEach((row, i) => addScaled(sum, row, weights[i]))
  return sum
}

/** Rows in no particular direction, the same every time. */
function startingRows(count: number, width: number): Float64Array[] {
  let state = 7
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  return Array.from({ length: count }, () => Float64Array.from({ length: width }, next))
}
