/** A calibration as it is shown and told: without its tensors, with what its meetings come to. */
import { createHash } from 'node:crypto'
import type { CalibrationReport, KeyReport } from '../../../contract/calibration.ts'
import type { Calibration, KeyCalibration } from '../../editor/calibration.ts'
import { keyEvidence } from '../../editor/key-evidence.ts'

export function reportOf(calibration: Calibration): CalibrationReport {
  const { modelSha256, deployment, paper, wanted, background, sources } = calibration
  const { layer, parts, metric, whitening } = deployment.key
  return {
    id: calibrationId(calibration),
    modelSha256,
    deployment: { key: { layer, parts: [...parts], metric, isWhitened: whitening !== null }, ...keyReport(deployment) },
    paper: keyReport(paper),
    wanted,
    background,
    sources
  }
}

function keyReport({ reach, margin, noise, radius, rates, meetings }: KeyCalibration): KeyReport {
  return {
    reach,
    margin,
    noise,
    radius,
    rates: rates && { ...rates, own: { ...rates.own } },
    evidence: meetings && (structuredClone(keyEvidence(meetings, { reach, margin })) as KeyReport['evidence'])
  }
}

/** Hash of all that routing depends on. */
export function calibrationId({ modelSha256, deployment, paper }: Calibration): string {
  const { tokenWeights, whitening, ...key } = deployment.key
  const numbers = (c: KeyCalibration): number[] => [c.reach, c.margin, c.noise, c.radius]
  const hash = createHash('sha256')
  hash.update(JSON.stringify([modelSha256, key, numbers(deployment), numbers(paper)]))
  for (const tensor of [tokenWeights, whitening?.centre, whitening?.matrix])
    hash.update(tensor ? new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength) : '-')
  return hash.digest('hex')
}
