import { describe, expect, it } from 'vitest'
import { graphInputs } from '../../../src/main/engine/graph/graph.ts'
import { gradients } from '../../../src/main/engine/graph/gradient.ts'
import { add, multiply } from '../../../src/main/engine/graph/operators/elementwise.ts'
import { takeRows } from '../../../src/main/engine/graph/operators/indexing.ts'
import { concat, reshape, slice } from '../../../src/main/engine/graph/operators/layout.ts'
import { linear, matmul } from '../../../src/main/engine/graph/operators/products.ts'
import { sum } from '../../../src/main/engine/graph/operators/reductions.ts'
import { input } from '../../../src/main/engine/graph/operators/sources.ts'
import { bindSizes, broadcastShapes, resolveShape } from '../../../src/main/engine/graph/shape.ts'
import { traceGraph } from '../../../src/main/engine/graph/trace.ts'

const x = input('x', ['B', 'T', 8])

describe('shapes', () => {
  it('broadcast at the right, symbols as themselves', () => {
    expect(broadcastShapes(['B', 1, 8], ['T', 1])).toEqual(['B', 'T', 8])
    expect(() => broadcastShapes(['B', 8], ['T', 8])).toThrow('do not broadcast')
  })

  it('follow from the operators', () => {
    expect(matmul(x, input('w', [8, 3])).shape).toEqual(['B', 'T', 3])
    expect(linear(x, input('w', [5, 8]), null, true).shape).toEqual(['B', 'T', 5])
    expect(reshape(x, ['B', 'T', 2, 4]).shape).toEqual(['B', 'T', 2, 4])
    expect(slice(x, 1, 0, 'P', 'P').shape).toEqual(['B', 'P', 8])
    expect(concat(x, input('y', ['B', 'P', 8]), 1, 'S').shape).toEqual(['B', 'S', 8])
    expect(takeRows(x, input('rows', ['N'], 'int32')).shape).toEqual(['N', 8])
  })

  it.each([
    ['matmul', () => matmul(x, input('w', [7, 3])), 'matmul: [B, T, 8] and [7, 3]'],
    ['linear', () => linear(x, input('w', [8, 3]), input('b', [4])), 'bias [4]'],
    ['concat', () => concat(x, input('y', ['B', 'P', 7]), 1, 'S'), 'differ outside axis 1'],
    ['takeRows', () => takeRows(input('flat', ['T', 8]), input('rows', ['N'], 'int32')), 'takeRows']
  ])('that do not fit are refused: %s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it('are bound by the arrays of a run', () => {
    const sizes = new Map<string, number>()
    bindSizes('x', ['B', 'T', 8], [2, 5, 8], sizes)
    expect(resolveShape(['T', 'B', 3], sizes)).toEqual([5, 2, 3])
    expect(() => bindSizes('y', ['B', 'T'], [2, 6], sizes)).toThrow(
      "Input 'y' has the shape [2, 6]; due is [B=2, T=5]."
    )
    expect(() => bindSizes('z', [8], [9], sizes)).toThrow('due is [8]')
  })
})

describe('traceGraph', () => {
  it('keeps what the outputs need, once, inputs first', () => {
    const shared = multiply(x, 2)
    add(x, 1) // unused
    const graph = traceGraph({ twice: add(shared, shared) })
    expect(graph.nodes.map(({ operator }) => operator)).toEqual(['input', 'constant', 'multiply', 'add'])
    expect(graph.nodes[3].inputs).toEqual([2, 2])
    expect(graph.outputs).toEqual({ twice: 3 })
    expect(graphInputs(graph)).toEqual([{ name: 'x', shape: ['B', 'T', 8], dtype: 'float32' }])
  })

  it('is plain data: a structured clone is the same', () => {
    const graph = traceGraph({ y: slice(multiply(x, 2), 2, 1, 3) })
    expect(structuredClone(graph)).toEqual(graph)
  })

  it('takes graphs deeper than the stack', () => {
    let deep = x
    for (let i = 0; i < 20_000; i++) deep = add(deep, x)
    expect(traceGraph({ deep }).nodes).toHaveLength(20_001)
  })
})

describe('gradients', () => {
  it('are of scalars', () => {
    expect(() => gradients(x, [x])).toThrow('scalar')
  })

  it('by a frozen weight are refused', () => {
    const w = input('w', [8, 8])
    expect(() => gradients(sum(linear(x, w), [0, 1, 2]), [w])).toThrow("'linear' has no gradient by its input 1")
  })

  it('by what the scalar does not depend on are refused', () => {
    expect(() => gradients(sum(x, [0, 1, 2]), [input('other', [2])])).toThrow('does not depend')
  })

  it('walk only the paths that lead to what is asked for', () => {
    const a = input('a', [8, 2])
    const frozen = linear(x, input('w', [8, 8]))
    const [gradient] = gradients(sum(matmul(frozen, a), [0, 1, 2]), [a])
    const names = traceGraph({ gradient }).nodes.map(({ operator }) => operator)
    expect(names.filter((name) => name === 'linear')).toHaveLength(1)
  })
})
