/** From values to a plain graph: only what the outputs need, each value once, inputs before uses. */
import type { CarriedBuffer, Graph } from './graph.ts'
import type { Value } from './operator.ts'

export function traceGraph(outputs: Readonly<Record<string, Value>>, carried: readonly CarriedBuffer[] = []): Graph {
  const order = inTopologicalOrder(Object.values(outputs))
  const index = new Map(order.map((value, i) => [value, i]))
  return {
    nodes: order.map(({ operator, inputs, attributes, shape, dtype }) => ({
      operator: operator.name,
      inputs: inputs.map((input) => index.get(input)!),
      attributes,
      shape,
      dtype
    })),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, index.get(value)!])),
    carried
  }
}

/** Without recursion: the graphs of deep models are deeper than the stack. */
export function inTopologicalOrder(roots: readonly Value[]): Value[] {
  const order: Value[] = []
  const placed = new Set<Value>()
  const stack = [...roots].reverse()
  while (stack.length > 0) {
    const value = stack.at(-1)!
    const missing = placed.has(value) ? [] : value.inputs.filter((input) => !placed.has(input))
    if (missing.length > 0) {
      stack.push(...missing.reverse())
      continue
    }
    stack.pop()
    if (placed.has(value)) continue
    placed.add(value)
    order.push(value)
  }
  return order
}
