/** Every operator: its gradient against central differences of its own values, computed by ONNX Runtime. */
import { afterAll, describe, expect, it } from 'vitest'
import { OnnxRuntimeExecutor } from '../../../src/main/engine/executors/onnxruntime-executor.ts'
import type { Value } from '../../../src/main/engine/graph/operator.ts'
import { add, gelu, multiply } from '../../../src/main/engine/graph/operators/elementwise.ts'
import { causalMask } from '../../../src/main/engine/graph/operators/indexing.ts'
import { transposeLast } from '../../../src/main/engine/graph/operators/layout.ts'
import { negativeLogLikelihood } from '../../../src/main/engine/graph/operators/loss.ts'
import { softmax } from '../../../src/main/engine/graph/operators/normalisation.ts'
import { matmul } from '../../../src/main/engine/graph/operators/products.ts'
import { operators } from '../../../src/main/engine/graph/operators/registry.ts'
import { inTopologicalOrder, traceGraph } from '../../../src/main/engine/graph/trace.ts'
import { arrays, B, cases, D, differentiated, ids, picked, positions, T, x, y } from './operator-cases.ts'

const executor = new OnnxRuntimeExecutor({ executor: 'onnxruntime', threads: 1 })
afterAll(() => executor.release())

describe('gradients of operators', () => {
  it.each(Object.entries(cases))('%s', async (_, operatorCase) => {
    const { scalar, reached, outputs } = differentiated(operatorCase)
    const compiled = await executor.compile(traceGraph({ ...outputs, scalar }))
    const valueAt = async (): Promise<number> => (await compiled.run(arrays, ['scalar'])).scalar.data[0]
    const results = await compiled.run(arrays)
    const step = 1 / 64
    for (const [i, value] of reached.entries()) {
      const { data, shape } = arrays[(value.attributes as { name: string }).name]
      const gradient = results[`g${i}`]
      expect(gradient.shape).toEqual(shape)
      const largest = Math.max(...[...gradient.data].map(Math.abs))
      expect(largest).toBeGreaterThan(0.01)
      for (const at of data.keys()) {
        const before = data[at]
        data[at] = before + step
        const above = await valueAt()
        data[at] = before - step
        const below = await valueAt()
        data[at] = before
        expect(Math.abs((above - below) / (2 * step) - gradient.data[at])).toBeLessThan(5e-3 * Math.max(1, largest))
      }
    }
    await compiled.release()
  })

  it('has a case for every operator', () => {
    const covered = new Set(
      Object.values(cases).flatMap((operatorCase) => {
        const { scalar, outputs } = differentiated(operatorCase)
        return inTopologicalOrder([scalar, ...Object.values(outputs)]).map(({ operator }) => operator.name)
      })
    )
    const missing = [...operators.keys()].filter((name) => !covered.has(name))
    expect(missing).toEqual(['weight']) // frozen, and tested with the executor
  })
})

describe('values of operators', () => {
  const valueOf = async (value: Value): Promise<number[]> => {
    const compiled = await executor.compile(traceGraph({ value }))
    const { data } = (await compiled.run(arrays)).value
    await compiled.release()
    return [...data]
  }

  it('gelu is the tanh form', async () => {
    const due = [...arrays.x.data].map(
      (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))
    )
    for (const [i, came] of (await valueOf(gelu(x))).entries()) expect(came).toBeCloseTo(due[i], 5)
  })

  it('a masked score has the weight 0, exactly', async () => {
    const weights = await valueOf(
      softmax(add(multiply(matmul(x, transposeLast(y)), 50), causalMask(positions, positions)))
    )
    for (let sample = 0; sample < B; sample++)
      for (let query = 0; query < T; query++) {
        const row = weights.slice((sample * T + query) * T, (sample * T + query + 1) * T)
        expect(row.slice(query + 1).every((weight) => weight === 0)).toBe(true)
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
      }
  })

  it('negativeLogLikelihood is minus the log of the softmax, and bounded', async () => {
    const { data } = arrays.picked
    const due = [1, 3, 0].map((id, row) => {
      const scores = [...data.slice(row * D, (row + 1) * D)]
      return Math.log(scores.reduce((total, score) => total + Math.exp(score), 0)) - scores[id]
    })
    for (const [i, came] of (await valueOf(negativeLogLikelihood(picked, ids))).entries())
      expect(came).toBeCloseTo(due[i], 5)
    const steep = await valueOf(negativeLogLikelihood(multiply(picked, 1e4), ids))
    expect(steep.every((nats) => Number.isFinite(nats) && nats < 88)).toBe(true)
  })
})
