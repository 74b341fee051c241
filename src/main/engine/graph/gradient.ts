/** Reverse mode: from a scalar back to the values it depends on, by the gradient rules of the operators. */
import { ErratumError } from '../../../contract/errors.ts'
import type { Value } from './operator.ts'
import { add } from './operators/elementwise.ts'
import { constant } from './operators/sources.ts'
import { shapeText } from './shape.ts'
import { inTopologicalOrder } from './trace.ts'

/**
 * The gradients of a scalar by each value of `by`, as further values of the same graph. Only the paths between the
 * two are walked, so frozen parts cost nothing.
 * @throws ErratumError Internal where a path crosses an input that has no gradient, or `by` is not reached.
 */
export function gradients(scalar: Value, by: readonly Value[]): Value[] {
  if (scalar.shape.length > 0)
    throw new ErratumError('Internal', `Gradients are taken of a scalar, not of ${shapeText(scalar.shape)}.`)
  const order = inTopologicalOrder([scalar])
  const dependent = new Set(by)
  for (const value of order) if (value.inputs.some((input) => dependent.has(input))) dependent.add(value)

  const gradientOf = new Map<Value, Value>([[scalar, constant(1)]])
  for (const value of order.reverse()) {
    const upstream = gradientOf.get(value)
    if (!upstream || value.inputs.length === 0 || !dependent.has(value)) continue
    const rule = value.operator.gradient?.(value, upstream) ?? []
    for (const [i, input] of value.inputs.entries()) {
      if (!dependent.has(input)) continue
      const part = rule[i]
      if (!part) throw new ErratumError('Internal', `'${value.operator.name}' has no gradient by its input ${i}.`)
      const sofar = gradientOf.get(input)
      gradientOf.set(input, sofar ? add(sofar, part) : part)
    }
  }
  return by.map((value) => {
    const gradient = gradientOf.get(value)
    if (!gradient)
      throw new ErratumError('Internal', 'The scalar does not depend on a value that its gradient is asked by.')
    return gradient
  })
}
