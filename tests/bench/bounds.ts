/** What a piece of work cannot do without: the arithmetic of its products and the bytes of its weights. */
import type { Graph, GraphNode } from '../../src/main/engine/graph/graph.ts'
import { elementCount, resolveShape, type Sizes } from '../../src/main/engine/graph/shape.ts'
import type { WeightAttributes } from '../../src/main/engine/graph/operators/sources.ts'
import { bottomGraph, topGraph, trainGraph } from '../../src/main/engine/models/gpt2.ts'
import { MATMULS, MATRIX, PROMPT, TOKENS, type Subject, type Work } from './work.ts'

export interface Bounds {
  /** of all products, a multiplication and an addition counted as two; what masks and norms take is left out */
  readonly flops: number
  /** that are read once a token while decoding: every matrix, and the keys and values so far; null elsewhere */
  readonly bytes: number | null
}

export function boundsOf(work: Work, { folder, points, rank }: Subject): Bounds {
  const bottom = bottomGraph(folder, points)
  const top = topGraph(folder, points, 'perSample')
  const sizes = (samples: number, tokens: number, rows: number, seen = tokens): Sizes =>
    new Map(Object.entries({ B: samples, T: tokens, N: rows, R: rank, P: seen - tokens, S: seen }))
  switch (work.kind) {
    case 'forward': {
      const size = sizes(1, TOKENS, work.rows === 'last' ? 1 : TOKENS)
      return { flops: flopsOf(bottom, size) + flopsOf(top, size), bytes: null }
    }
    case 'step':
      return {
        flops: flopsOf(trainGraph(folder, points, work.blocks), sizes(work.samples, TOKENS, work.samples * TOKENS)),
        bytes: null
      }
    case 'decode': {
      const seen = PROMPT + work.tokens / 2 // on the average
      const size = sizes(1, 1, 1, seen)
      const { layers, width } = folder.config
      const cached = 2 * layers * seen * width * Float32Array.BYTES_PER_ELEMENT
      return {
        flops: work.tokens * (flopsOf(bottom, size) + flopsOf(top, size)),
        bytes: work.tokens * (matrixBytes([bottom, top]) + cached)
      }
    }
    case 'matmul':
      return { flops: MATMULS * 2 * MATRIX ** 3, bytes: null }
  }
}

function flopsOf({ nodes }: Graph, sizes: Sizes): number {
  const products = nodes.filter(({ operator }) => operator === 'matmul' || operator === 'linear')
  return products.reduce((sum, { inputs, shape }) => {
    const inner = resolveShape(nodes[inputs[0]].shape, sizes).at(-1)!
    return sum + 2 * elementCount(resolveShape(shape, sizes)) * inner
  }, 0)
}

/** Bytes of the distinct weights that enter a product. */
function matrixBytes(graphs: readonly Graph[]): number {
  const bytes = new Map<string, number>()
  for (const { nodes } of graphs)
    for (const { operator, inputs } of nodes) {
      if (operator !== 'linear') continue
      const { name, location } = nodes[inputs[1]].attributes as GraphNode['attributes'] & WeightAttributes
      bytes.set(name, location.byteLength)
    }
  return [...bytes.values()].reduce((sum, size) => sum + size, 0)
}
