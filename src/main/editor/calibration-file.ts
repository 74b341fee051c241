/** A calibration as one safetensors file: whitening as tensors, the numbers as metadata. */
import { z } from 'zod'
import { ErratumError } from '../../contract/errors.ts'
import { readSafetensorsHeader, readTensor, writeSafetensors } from '../engine/weights/safetensors.ts'
import type { Tensor } from '../engine/tensor.ts'
import type { Calibration } from './calibration.ts'
import type { Meeting, Meetings } from './key-meetings.ts'
import { KEY_PARTS } from './key.ts'
import type { Whitening } from './key.ts'

const rate = z.object({ n: z.number(), share: z.number() })
/** The rows of a tensor of meetings, one group after the other. */
const meetingGroups = z.array(
  z.object({
    of: z.enum(['repeated', 'rewordings', 'samePassages', 'otherPeople']),
    kind: z.string(),
    n: z.number().int().min(0)
  })
)
const keyCalibration = {
  reach: z.number().nonnegative(),
  margin: z.number().gt(0).lt(1),
  noise: z.number().positive(),
  radius: z.number().nonnegative(),
  rates: z.object({ own: z.record(z.string(), rate), otherPeople: rate, samePassages: rate }).nullable(),
  // Absent in files of earlier versions.
  meetings: meetingGroups.nullable().default(null)
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
  background: z.string().nullable(),
  sources: z.object({ shipped: z.number(), passages: z.number() }).nullable().default(null)
})

const FILE = { centre: 'key.centre', matrix: 'key.matrix', tokenWeights: 'key.tokenWeights' }
const MEETINGS = { deployment: 'deployment.meetings', paper: 'paper.meetings' }
/** of a meeting: distance to the nearest key, its ratio to the nearest rival, 1 where that key is the own block's */
const COLUMNS = 3

export function writeCalibration(file: string, calibration: Calibration): void {
  const { whitening, tokenWeights, ...key } = calibration.deployment.key
  const tensors: Record<string, Tensor> = {}
  if (whitening) {
    const { centre, matrix } = whitening
    tensors[FILE.centre] = { dtype: 'float32', shape: [centre.length], data: centre }
    tensors[FILE.matrix] = { dtype: 'float32', shape: [centre.length, matrix.length / centre.length], data: matrix }
  }
  if (tokenWeights) tensors[FILE.tokenWeights] = { dtype: 'float32', shape: [tokenWeights.length], data: tokenWeights }
  const [deployment, paper] = (['deployment', 'paper'] as const).map((name) => {
    const { groups, tensor } = packed(calibration[name].meetings)
    if (tensor) tensors[MEETINGS[name]] = tensor
    return { ...calibration[name], meetings: groups }
  })
  const record = { ...calibration, deployment: { ...deployment, key: { ...key, whitened: whitening !== null } }, paper }
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
  const { key, ...deployment } = parsed.data.deployment
  const { paper } = parsed.data
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
  const met = (name: keyof typeof MEETINGS, groups: Groups): Meetings | null =>
    groups && unpacked(file, groups, groups.length === 0 ? new Float32Array(0) : floats(MEETINGS[name]))
  return {
    ...parsed.data,
    deployment: {
      ...deployment,
      key: { layer: key.layer, parts: key.parts, metric: key.metric, tokenWeights, whitening },
      meetings: met('deployment', deployment.meetings)
    },
    paper: { ...paper, meetings: met('paper', paper.meetings) }
  }
}

type Groups = z.output<typeof meetingGroups> | null

/** Meetings as one tensor [n, 3], and what its rows are about. */
function packed(meetings: Meetings | null): { groups: Groups; tensor: Tensor | null } {
  if (!meetings) return { groups: null, tensor: null }
  const groups: NonNullable<Groups> = []
  const rows: Meeting[] = []
  for (const group of ['repeated', 'rewordings', 'samePassages', 'otherPeople'] as const)
    for (const kind of new Set(meetings[group].map((m) => m.kind))) {
      const list = meetings[group].filter((m) => m.kind === kind)
      groups.push({ of: group, kind, n: list.length })
      rows.push(...list)
    }
  if (rows.length === 0) return { groups, tensor: null }
  const data = Float32Array.from(rows.flatMap((m) => [m.nearest, m.ratio, m.own ? 1 : 0]))
  return { groups, tensor: { dtype: 'float32', shape: [rows.length, COLUMNS], data } }
}

function unpacked(file: string, groups: NonNullable<Groups>, data: Float32Array): Meetings {
  const meetings = { repeated: [], rewordings: [], samePassages: [], otherPeople: [] } as Record<
    keyof Meetings,
    Meeting[]
  >
  const rows = groups.reduce((sum, g) => sum + g.n, 0)
  if (rows * COLUMNS !== data.length)
    throw new ErratumError('BadFile', `${file} has ${data.length / COLUMNS} meetings and ${rows} are due.`, {
      file,
      cure: 'Run `erratum calibrate` again.'
    })
  let at = 0
  for (const { of, kind, n } of groups)
    for (let i = 0; i < n; i++, at += COLUMNS)
      meetings[of].push({ kind, nearest: data[at], ratio: data[at + 1], own: data[at + 2] === 1 })
  return meetings
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
