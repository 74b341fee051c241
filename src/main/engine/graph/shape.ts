/** Shapes whose sizes may be symbols: 'B' (samples), 'T' (tokens) and so on stand for sizes known only at a run. */
import { ErratumError } from '../../../contract/errors.ts'

export type Dim = number | string
export type Shape = readonly Dim[]
/** The size of every symbol at one run. */
export type Sizes = ReadonlyMap<string, number>

export const shapeText = (shape: Shape): string => `[${shape.join(', ')}]`

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i])

/** NumPy's rule: aligned at the right, a size of 1 stretches. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1)
      throw new ErratumError('Internal', `Shapes ${shapeText(a)} and ${shapeText(b)} do not broadcast.`)
    return x === 1 ? y : x
  })
}

/** A size that has to be a number while the graph is built (a width, a vocabulary). */
export function fixedSize(shape: Shape, axis: number): number {
  const dim = shape.at(axis)
  if (typeof dim !== 'number')
    throw new ErratumError('Internal', `Axis ${axis} of ${shapeText(shape)} must have a fixed size.`)
  return dim
}

/** Reads the symbols of `declared` off the shape of an array that came in, and checks the fixed sizes. */
export function bindSizes(name: string, declared: Shape, actual: readonly number[], sizes: Map<string, number>): void {
  const fits =
    declared.length === actual.length &&
    declared.every((dim, i) => {
      const size = actual[i]
      if (typeof dim === 'number') return dim === size
      const known = sizes.get(dim)
      if (known === undefined) sizes.set(dim, size)
      return known === undefined || known === size
    })
  if (fits) return
  const due = declared.map((dim) => (typeof dim === 'string' && sizes.has(dim) ? `${dim}=${sizes.get(dim)!}` : dim))
  throw new ErratumError('BadInput', `Input '${name}' has the shape ${shapeText(actual)}; due is ${shapeText(due)}.`, {
    field: name
  })
}

/** The shape in numbers. */
export function resolveShape(shape: Shape, sizes: Sizes): number[] {
  return shape.map((dim) => {
    const size = typeof dim === 'number' ? dim : sizes.get(dim)
    if (size === undefined) throw new ErratumError('Internal', `The size of '${dim}' is not known.`)
    return size
  })
}

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
