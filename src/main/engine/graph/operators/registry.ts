/** Every operator by its name. An executor that runs these runs every model. */
import { ErratumError } from '../../../../contract/errors.ts'
import type { Operator } from '../operator.ts'
import { addOperator, geluOperator, multiplyOperator, sigmoidOperator, subtractOperator } from './elementwise.ts'
import { causalMaskOperator, gatherOperator, placeRowsOperator, takeRowsOperator } from './indexing.ts'
import { concatOperator, padOperator, reshapeOperator, sliceOperator, transposeOperator } from './layout.ts'
import { negativeLogLikelihoodGradientOperator, negativeLogLikelihoodOperator } from './loss.ts'
import { layerNormGradientOperator, layerNormOperator, softmaxOperator, standardiseOperator } from './normalisation.ts'
import { linearOperator, matmulOperator } from './products.ts'
import { expandLikeOperator, reshapeLikeOperator, sumOperator } from './reductions.ts'
import { constantOperator, inputOperator, weightOperator } from './sources.ts'

const records: readonly Operator[] = [
  inputOperator,
  weightOperator,
  constantOperator,
  addOperator,
  subtractOperator,
  multiplyOperator,
  sigmoidOperator,
  geluOperator,
  sumOperator,
  expandLikeOperator,
  reshapeLikeOperator,
  transposeOperator,
  reshapeOperator,
  sliceOperator,
  padOperator,
  concatOperator,
  matmulOperator,
  linearOperator,
  softmaxOperator,
  layerNormOperator,
  standardiseOperator,
  layerNormGradientOperator,
  gatherOperator,
  takeRowsOperator,
  placeRowsOperator,
  causalMaskOperator,
  negativeLogLikelihoodOperator,
  negativeLogLikelihoodGradientOperator
]

export const operators: ReadonlyMap<string, Operator> = new Map(records.map((record) => [record.name, record]))

export function operatorNamed(name: string): Operator {
  const record = operators.get(name)
  if (!record) throw new ErratumError('Internal', `There is no operator '${name}'.`)
  return record
}
