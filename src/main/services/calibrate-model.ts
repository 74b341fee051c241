import type { KeyCalibration } from '../editor/calibration.ts'
import type { KeySpec } from '../editor/key.ts'
import { makeCalibration } from './calibrations.ts'
import type { CalibrationProgress } from './calibrations.ts'
import { openModel } from './model-library.ts'

/** A calibration without its tensors, as it is shown. */
export interface CalibrationReport {
  modelSha256: string
  deployment: KeyCalibration & { key: Omit<KeySpec, 'whitening' | 'tokenWeights'> }
  paper: KeyCalibration
  background: string | null
}

export async function calibrateModel(
  options: CalibrationProgress & { model: string; out?: string }
): Promise<CalibrationReport> {
  const { model } = await openModel(options.model)
  try {
    const { modelSha256, deployment, paper, background } = await makeCalibration(model, {
      ...options,
      file: options.out
    })
    const { layer, parts, metric } = deployment.key
    return { modelSha256, deployment: { ...deployment, key: { layer, parts, metric } }, paper, background }
  } finally {
    await model.release()
  }
}
