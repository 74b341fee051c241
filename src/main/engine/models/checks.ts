/** What enters and leaves a model, checked where it does. */
import { ErratumError } from '../../../contract/errors.ts'
import { blockSizes, type BlockWeights, type EditPoints, type Gpt2Config } from './language-model.ts'

export function checkPoints({ layers }: Gpt2Config, { keyLayer, loraLayers }: EditPoints): void {
  const lowest = layers === 1 ? -1 : 0
  if (!Number.isInteger(keyLayer) || keyLayer < lowest || keyLayer > layers - 2)
    throw new ErratumError('BadInput', `The key layer is ${keyLayer}; it must be from ${lowest} to ${layers - 2}.`, {
      field: 'keyLayer'
    })
  const wrong = loraLayers.find((layer) => !Number.isInteger(layer) || layer <= keyLayer || layer >= layers)
  const distinct = new Set(loraLayers).size === loraLayers.length
  if (loraLayers.length < 1 || loraLayers.length > 3 || wrong !== undefined || !distinct)
    throw new ErratumError(
      'BadInput',
      `The layers with blocks are [${loraLayers.join(', ')}]; expected one to three different ones, each from ${keyLayer + 1} to ${layers - 1}.`,
      { field: 'loraLayers' }
    )
}

export function checkIds(ids: readonly number[], { positions, vocabulary }: Gpt2Config): void {
  if (ids.length === 0) throw new ErratumError('BadInput', 'A sequence without any token came.')
  checkLength(ids.length, positions)
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary)
  if (wrong !== undefined)
    throw new ErratumError('BadInput', `The text holds token ${wrong}, and the model knows ${vocabulary} tokens.`, {
      token: wrong,
      vocabulary,
      cure: 'Leave that token out of the text, or give the model an embedding for it (resize_token_embeddings).'
    })
}

export function checkLength(tokens: number, positions: number): void {
  if (tokens > positions)
    throw new ErratumError('DoesNotFit', `The text has ${tokens} tokens; the model's context holds ${positions}.`, {
      tokens,
      positions,
      cure: 'Shorten the text.'
    })
}

/** Returns the number of tokens T of a hidden state [T, D]. */
export function checkHidden(hidden: Float32Array, { width, positions }: Gpt2Config): number {
  const tokens = hidden.length / width
  if (tokens < 1 || !Number.isInteger(tokens))
    throw new ErratumError('BadInput', `A hidden state of ${hidden.length} numbers is not [T, ${width}].`)
  checkLength(tokens, positions)
  return tokens
}

export function checkRow(row: number, tokens: number): void {
  if (!Number.isInteger(row) || row < 0 || row >= tokens)
    throw new ErratumError('BadInput', `Row ${row} is wanted of ${tokens}.`, { field: 'rows' })
}

export function checkBlock(block: BlockWeights, config: Gpt2Config, points: EditPoints): void {
  const due = blockSizes(config, points, block.rank)
  const fits = (parts: readonly Float32Array[], size: number): boolean =>
    parts.length === due.layers && parts.every((part) => part.length === size)
  if (block.rank >= 1 && fits(block.a, due.a) && fits(block.b, due.b)) return
  const sizes = (parts: readonly Float32Array[]): string => parts.map((part) => part.length).join(', ')
  throw new ErratumError(
    'ModelMismatch',
    `A block of rank ${block.rank} has A of [${sizes(block.a)}] and B of [${sizes(block.b)}] numbers; due are ${due.layers} of ${due.a} and of ${due.b}.`
  )
}

/** NaN or infinity in a result means broken weights or a block that ran away. */
export function checkFinite(values: Float32Array, what: string): void {
  for (const value of values)
    if (!Number.isFinite(value))
      throw new ErratumError(
        'BadFile',
        `The ${what} came out as ${value}: the model's or the block's weights are broken.`,
        {
          cure: 'Download or export the model again; if it is whole, train the block anew with a smaller learning rate.'
        }
      )
}
