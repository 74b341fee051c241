/** A calibration as one safetensors file: whitening as tensors, the numbers as metadata. */
import { z } from 'zod'
import { ErratumError } from '../../contract/errors.ts'
import { readSafetensorsHeader, readTensor, writeSafetensors } from '../engine/weights/safetensors.ts'
import type { Tensor } from '../engine/tensor.ts'
import type { Calibration } from './calibration.ts'

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
      parts: z.array(z.enum(['mean', 'last'])),
      metric: z.literal('euclidean'),
      whitened: z.boolean()
    }),
    ...keyCalibration
  }),
  paper: z.object(keyCalibration),
  wanted: z.object({ otherPeople: z.number(), samePassages: z.number() }),
  background: z.string().nullable()
})

export function writeCalibration(file: string, calibration: Calibration): void {
  const { whitening, ...key } = calibration.deployment.key
  const tensors: Record<string, Tensor> = {}
  whitening.forEach(({ centre, matrix }, part) => {
    tensors[`part${part}.centre`] = { dtype: 'float32', shape: [centre.length], data: centre }
    tensors[`part${part}.matrix`] = { dtype: 'float32', shape: [centre.length, centre.length], data: matrix }
  })
  const record = {
    ...calibration,
    deployment: { ...calibration.deployment, key: { ...key, whitened: whitening.length > 0 } }
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
  const whitening = key.whitened
    ? key.parts.map((_, part) => ({ centre: floats(`part${part}.centre`), matrix: floats(`part${part}.matrix`) }))
    : []
  return {
    ...parsed.data,
    deployment: { key: { layer: key.layer, parts: key.parts, metric: key.metric, whitening }, ...numbers }
  }
}
