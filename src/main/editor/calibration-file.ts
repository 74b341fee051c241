/** A calibration as one safetensors file: whitening as tensors, the numbers as metadata. */
import { z } from 'zod'
import { ErratumError } from '../../contract/errors.ts'
import { readSafetensorsHeader, readTensor, writeSafetensors } from '../engine/weights/safetensors.ts'
import type { Tensor } from '../engine/tensor.ts'
import type { Calibration } from './calibration.ts'
import { KEY_PARTS } from './key.ts'
import type { Whitening } from './key.ts'

const rate = z.object({ n: z.number(), share: z.number() })
const keyCalibration = {
  reach: z.number().nonnegative(),
  margin: z.number().gt(0).lt(1),
  noise: z.number().positive(),
  radius: z.number().nonnegative(),
  rates: z.object({ own: z.record(z.string(), rate), otherPeople: rate, samePassages: rate }).nullable()
}
const header = z.object({
  schemaVersion: z.literal(1),
  modelSha256: z.string(),
  deployment: z.object({
    key: z.object({
      layer: z.number().int(),
      parts: z.array(z.enum(KEY_PARTS)),
      metric: z.literal('euclidean'),
      whitened: z.boolean()
    }),
    ...keyCalibration
  }),
  paper: z.object(keyCalibration),
  wanted: z.object({ otherPeople: z.number(), samePassages: z.number() }),
  background: z.string().nullable()
})

const FILE = { centre: 'key.centre', matrix: 'key.matrix', tokenWeights: 'key.tokenWeights' }

export function writeCalibration(file: string, calibration: Calibration): void {
  const { whitening, tokenWeights, ...key } = calibration.deployment.key
  const tensors: Record<string, Tensor> = {}
  if (whitening) {
    const { centre, matrix } = whitening
    tensors[FILE.centre] = { dtype: 'float32', shape: [centre.length], data: centre }
    tensors[FILE.matrix] = { dtype: 'float32', shape: [centre.length, matrix.length / centre.length], data: matrix }
  }
  if (tokenWeights) tensors[FILE.tokenWeights] = { dtype: 'float32', shape: [tokenWeights.length], data: tokenWeights }
  const record = {
    ...calibration,
    deployment: { ...calibration.deployment, key: { ...key, whitened: whitening !== null } }
  }
  writeSafetensors(file, tensors, { erratum: JSON.stringify(record) }, { fsync: true })
}

export function readCalibration(file: string): Calibration {
  const { tensors, metadata } = readSafetensorsHeader(file)
  let json: unknown
  try {
    json = JSON.parse(metadata['erratum'] ?? '')
  } catch {
    throw new ErratumError('BadFile', `${file} is not a calibration of Erratum.`, {
      file,
      cure: 'Run `erratum calibrate` again.'
    })
  }
  const parsed = header.safeParse(json)
  if (!parsed.success)
    throw new ErratumError('BadFile', `${file}: ${z.prettifyError(parsed.error)}`, {
      file,
      cure: 'Run `erratum calibrate` again.'
    })
  const { key, ...numbers } = parsed.data.deployment
  const floats = (name: string): Float32Array => {
    const location = tensors.get(name)
    if (!location)
      throw new ErratumError('BadFile', `${file} lacks the tensor ${name}.`, {
        file,
        cure: 'Run `erratum calibrate` again.'
      })
    return readTensor(location).data as Float32Array
  }
  const whitening = !key.whitened
    ? null
    : tensors.has(FILE.matrix)
      ? { centre: floats(FILE.centre), matrix: floats(FILE.matrix) }
      : eachForItself(
          key.parts.map((_, part) => ({ centre: floats(`part${part}.centre`), matrix: floats(`part${part}.matrix`) }))
        )
  const tokenWeights = key.parts.includes('weighted') ? floats(FILE.tokenWeights) : null
  return {
    ...parsed.data,
    deployment: { key: { layer: key.layer, parts: key.parts, metric: key.metric, tokenWeights, whitening }, ...numbers }
  }
}

/** Parts that were whitened one by one ([D, D] each), as they were at first, are joined by zeros: the same keys. */
function eachForItself(parts: readonly Whitening[]): Whitening {
  const width = parts[0].centre.length
  const length = parts.length * width
  const [centre, matrix] = [new Float32Array(length), new Float32Array(length * length)]
  parts.forEach((part, p) => {
    centre.set(part.centre, p * width)
    for (let d = 0; d < width; d++)
      matrix.set(part.matrix.subarray(d * width, (d + 1) * width), (p * width + d) * length + p * width)
  })
  return { centre, matrix }
}
