/**
 * GPT-2 as three graphs (bottom, top, train) over one description of its layers, which is `Network.block`.
 *
 * B samples, T new tokens, P tokens kept from before (0 without a cache), S = P + T, D width, H heads, d = D / H,
 * F = 4 D, V vocabulary, N wanted rows, R rank of the blocks. Samples are padded at the right: as no token sees a
 * later one, padding never reaches a result. Hugging Face stores Conv1D weights as [in, out].
 */
import type { CarriedBuffer, Graph } from '../graph/graph.ts'
import { gradients } from '../graph/gradient.ts'
import type { Value } from '../graph/operator.ts'
import { add, gelu, multiply } from '../graph/operators/elementwise.ts'
import { causalMask, gather, takeRows } from '../graph/operators/indexing.ts'
import { concat, reshape, slice, transpose, transposeLast } from '../graph/operators/layout.ts'
import { negativeLogLikelihood } from '../graph/operators/loss.ts'
import { layerNorm, softmax } from '../graph/operators/normalisation.ts'
import { linear, matmul } from '../graph/operators/products.ts'
import { sum } from '../graph/operators/reductions.ts'
import { input, weight } from '../graph/operators/sources.ts'
import { traceGraph } from '../graph/trace.ts'
import type { TensorLocation } from '../weights/safetensors.ts'
import type { EditPoints, Gpt2Config } from './language-model.ts'

/** Where each frozen weight lies, by its name without prefix: 'h.0.attn.c_attn.weight'. */
export interface Gpt2Source {
  readonly config: Gpt2Config
  tensor(name: string): TensorLocation
}

/** Position of a cache slot that is not filled: later than any token, so it is masked. */
export const EMPTY_SLOT = 2 ** 30

/** One for each sample ([B, D, R], [B, R, F]), or one for all ([D, R], [R, F]). */
export type BlockSharing = 'perSample' | 'shared'

interface Lora {
  a: Value
  b: Value
}

interface Cache {
  mask: Value // (T, S)
  /** keys and values so far, by layer */
  past: ReadonlyMap<number, { k: Value; v: Value }> | null
}

interface BlockResult {
  hidden: Value // (B, T, D)
  /** of the new tokens alone */
  k: Value // (B, H, T, d)
  v: Value // (B, H, T, d)
  /** what `mlp.c_fc` gives, before GELU */
  fc: Value // (B, T, F)
}

/** The parts of the network over one file's weights. */
class Network {
  readonly config: Gpt2Config
  private readonly source: Gpt2Source
  private readonly weights = new Map<string, Value>()

  constructor(source: Gpt2Source) {
    this.source = source
    this.config = source.config
  }

  embed(ids: Value, positionRows: Value): Value {
    // (B, T) and (T) -> (B, T, D)
    return add(gather(this.weight('wte.weight'), ids), gather(this.weight('wpe.weight'), positionRows))
  }

  block(x: Value, layer: number, { mask, past }: Cache, lora: Lora | null): BlockResult {
    const { width: D, heads: H } = this.config
    const d = D / H
    const h = `h.${layer}`

    // attention
    const normed = this.layerNorm(x, `${h}.ln_1`) // (B, T, D)
    const qkv = this.linear(normed, `${h}.attn.c_attn`) // (B, T, 3 D)
    const split = (part: number): Value =>
      transpose(reshape(slice(qkv, 2, part * D, (part + 1) * D), ['B', 'T', H, d]), [0, 2, 1, 3]) // (B, H, T, d)
    const [q, k, v] = [split(0), split(1), split(2)]
    const before = past?.get(layer)
    const keys = before ? concat(before.k, k, 2, 'S') : k // (B, H, S, d)
    const values = before ? concat(before.v, v, 2, 'S') : v // (B, H, S, d)
    const scores = multiply(matmul(q, transposeLast(keys)), 1 / Math.sqrt(d)) // (B, H, T, S)
    const mixed = matmul(softmax(add(scores, mask)), values) // (B, H, T, d)
    const joined = reshape(transpose(mixed, [0, 2, 1, 3]), ['B', 'T', D]) // (B, T, D)
    const attended = add(x, this.linear(joined, `${h}.attn.c_proj`)) // (B, T, D)

    // feed-forward, with the block beside its first matrix
    const m = this.layerNorm(attended, `${h}.ln_2`) // (B, T, D)
    const frozen = this.linear(m, `${h}.mlp.c_fc`) // (B, T, F)
    const fc = lora ? add(frozen, matmul(matmul(m, lora.a), lora.b)) : frozen // (B, T, F)
    const hidden = add(attended, this.linear(gelu(fc), `${h}.mlp.c_proj`)) // (B, T, D)
    return { hidden, k, v, fc }
  }

  /** Only on the rows whose logits are wanted: the head is half of a training step. */
  head(x: Value, rows: Value): Value {
    const last = this.layerNorm(takeRows(x, rows), 'ln_f') // (N, D)
    return linear(last, this.weight('wte.weight'), null, true) // (N, V): tied to the embedding
  }

  private linear(x: Value, name: string): Value {
    return linear(x, this.weight(`${name}.weight`), this.weight(`${name}.bias`))
  }

  private layerNorm(x: Value, name: string): Value {
    return layerNorm(x, this.weight(`${name}.weight`), this.weight(`${name}.bias`), this.config.layerNormEpsilon)
  }

  private weight(name: string): Value {
    const known = this.weights.get(name) ?? weight(name, this.source.tensor(name))
    this.weights.set(name, known)
    return known
  }
}

/** Inputs and outputs that carry keys, values and positions from one run to the next, for layers [from, to). */
function keptCache(
  config: Gpt2Config,
  from: number,
  to: number,
  positions: Value
): Cache & { carried: CarriedBuffer[] } {
  const { heads, width } = config
  const past = new Map<number, { k: Value; v: Value }>()
  const carried: CarriedBuffer[] = [{ input: 'past.positions', output: 'positions.new', axis: 0, fill: EMPTY_SLOT }]
  for (let layer = from; layer < to; layer++) {
    const kept = (part: 'k' | 'v'): Value => {
      const name = `past.${layer}.${part}`
      carried.push({ input: name, output: `${layer}.${part}.new`, axis: 2, fill: 0 })
      return input(name, ['B', heads, 'P', width / heads])
    }
    past.set(layer, { k: kept('k'), v: kept('v') })
  }
  const keyPositions = concat(input('past.positions', ['P'], 'int32'), positions, 0, 'S') // (S)
  return { past, carried, mask: causalMask(positions, keyPositions) }
}

/**
 * ids -> the hidden state at the split.
 * Inputs: ids (B, T), positions (T), positionRows (T): the positions' rows in `wpe` (padding may lie beyond its end),
 * keyRows (N): row numbers b T + t. Outputs: hidden (B, T, D), keyModule (N, F).
 */
export function bottomGraph(source: Gpt2Source, { keyLayer }: EditPoints): Graph {
  const network = new Network(source)
  const ids = input('ids', ['B', 'T'], 'int32')
  const positions = input('positions', ['T'], 'int32')
  const cache = keptCache(source.config, 0, keyLayer + 1, positions)
  const outputs: Record<string, Value> = { 'positions.new': positions }

  let hidden = network.embed(ids, input('positionRows', ['T'], 'int32')) // (B, T, D)
  const keyRows = input('keyRows', ['N'], 'int32')
  for (let layer = 0; layer <= keyLayer; layer++) {
    const result = network.block(hidden, layer, cache, null)
    hidden = result.hidden
    outputs[`${layer}.k.new`] = result.k
    outputs[`${layer}.v.new`] = result.v
    if (layer === keyLayer) outputs.keyModule = takeRows(result.fc, keyRows) // (N, F)
  }
  // A model of one layer: its own c_fc, of which no block is part. Whole texts ask for it, and nothing is kept for it.
  if (keyLayer < 0) {
    const alone: Cache = { past: null, mask: causalMask(positions, positions) }
    return traceGraph({ hidden, keyModule: takeRows(network.block(hidden, 0, alone, null).fc, keyRows) }, [])
  }
  return traceGraph({ ...outputs, hidden }, cache.carried)
}

/**
 * Hidden state at the split -> logits at the wanted rows.
 * Inputs: hidden (B, T, D), positions (T), rows (N): row numbers b T + t, and the blocks unless `blocks` is 'none':
 * a.0 (B, D, R), b.0 (B, R, F), a.1 ... in the order of `loraLayers`. Output: logits (N, V).
 */
export function topGraph(source: Gpt2Source, points: EditPoints, blocks: 'perSample' | 'none'): Graph {
  const { layers, width } = source.config
  const network = new Network(source)
  const positions = input('positions', ['T'], 'int32')
  const cache = keptCache(source.config, points.keyLayer + 1, layers, positions)
  const lora = blocks === 'none' ? [] : blockInputs(source.config, points, blocks)
  const outputs: Record<string, Value> = { 'positions.new': positions }

  let x = input('hidden', ['B', 'T', width]) // (B, T, D)
  for (let layer = points.keyLayer + 1; layer < layers; layer++) {
    const result = network.block(x, layer, cache, lora[points.loraLayers.indexOf(layer)] ?? null)
    x = result.hidden
    outputs[`${layer}.k.new`] = result.k
    outputs[`${layer}.v.new`] = result.v
  }
  const logits = network.head(x, input('rows', ['N'], 'int32')) // (N, V)
  return traceGraph({ ...outputs, logits }, cache.carried)
}

/**
 * Loss of a block on target tokens, and its gradient.
 * Inputs: hidden (B, T, D), positions (T), rows (N), ids (N), weights (N), a.0, b.0, a.1 ... (see `topGraph`).
 * Outputs: loss () = sum of weights * nats, grad.a.0, grad.b.0, grad.a.1 ... in the shapes of the blocks.
 */
export function trainGraph(source: Gpt2Source, points: EditPoints, sharing: BlockSharing): Graph {
  const { layers, width } = source.config
  const network = new Network(source)
  const positions = input('positions', ['T'], 'int32')
  const cache: Cache = { past: null, mask: causalMask(positions, positions) }
  const lora = blockInputs(source.config, points, sharing)

  let x = input('hidden', ['B', 'T', width]) // (B, T, D)
  for (let layer = points.keyLayer + 1; layer < layers; layer++)
    x = network.block(x, layer, cache, lora[points.loraLayers.indexOf(layer)] ?? null).hidden
  const logits = network.head(x, input('rows', ['N'], 'int32')) // (N, V)
  const nats = negativeLogLikelihood(logits, input('ids', ['N'], 'int32')) // (N)
  const loss = sum(multiply(nats, input('weights', ['N'])), [0]) // ()

  const parameters = lora.flatMap(({ a, b }) => [a, b])
  const outputs: Record<string, Value> = { loss }
  for (const [i, gradient] of gradients(loss, parameters).entries())
    outputs[`grad.${i % 2 === 0 ? 'a' : 'b'}.${i >> 1}`] = gradient
  return traceGraph(outputs)
}

/** Blocks of all samples have one rank R; a smaller one is filled up with zeros, which changes nothing. */
function blockInputs({ width: D }: Gpt2Config, { loraLayers }: EditPoints, sharing: BlockSharing): Lora[] {
  const samples = sharing === 'perSample' ? ['B'] : []
  return loraLayers.map((_, i) => ({
    a: input(`a.${i}`, [...samples, D, 'R']), // ([B,] D, R)
    b: input(`b.${i}`, [...samples, 'R', 4 * D]) // ([B,] R, F)
  }))
}
