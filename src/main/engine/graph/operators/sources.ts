/** Where values come from: arrays of a run, weights in a file, constants. Emitters and executors know these by name. */
import type { DType } from '../../tensor.ts'
import type { TensorLocation } from '../../weights/safetensors.ts'
import { apply, type Operator, type Value } from '../operator.ts'
import type { Shape } from '../shape.ts'

export interface InputAttributes {
  name: string
}
export interface WeightAttributes {
  name: string
  location: TensorLocation
}
export interface ConstantAttributes {
  value: number
}

export const inputOperator: Operator<InputAttributes & { shape: Shape }> = {
  name: 'input',
  shape: (_, { shape }) => shape
}

export const weightOperator: Operator<WeightAttributes> = {
  name: 'weight',
  shape: (_, { location }) => location.shape
}

export const constantOperator: Operator<ConstantAttributes> = {
  name: 'constant',
  shape: () => []
}

/** An array that every run brings. */
export const input = (name: string, shape: Shape, dtype: DType = 'float32'): Value => ({
  ...apply(inputOperator, [], { name, shape }),
  dtype
})

/** A frozen tensor that stays where it is: in the user's file. */
export const weight = (name: string, location: TensorLocation): Value => apply(weightOperator, [], { name, location })

/** A float32 scalar. */
export const constant = (value: number): Value => apply(constantOperator, [], { value })

export const lift = (value: Value | number): Value => (typeof value === 'number' ? constant(value) : value)
