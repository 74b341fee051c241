import type { CalibrationReport } from '../../contract/calibration.ts'
import { readPassages } from '../formats/passages.ts'
import { reportOf } from './calibration/calibration-report.ts'
import type { PassageText } from './calibration/passage-background.ts'
import { makeCalibration } from './calibrations.ts'
import type { CalibrationChoices } from './calibrations.ts'
import { openModel } from './model-library.ts'
import { correctedSentences } from './passage-run.ts'
import type { PassageInput } from './passage-run.ts'

export interface CalibrateModelOptions extends Omit<CalibrationChoices, 'passages'> {
  model: string
  out?: string
  /** file of the user's own */
  passages?: string
  /** key, reach and margin of the calibration that is there stay as they are */
  keep?: boolean
}

export async function calibrateModel({ out, ...options }: CalibrateModelOptions): Promise<CalibrationReport> {
  // Read first: a broken file is told before a model is loaded.
  const passages = options.passages === undefined ? [] : readPassages(options.passages).map(passageText)
  const { model } = await openModel(options.model)
  try {
    return reportOf(await makeCalibration(model, { ...options, passages, file: out }))
  } finally {
    await model.release()
  }
}

/** A passage of a file as it is to stand. */
export const passageText = (passage: PassageInput): PassageText => ({
  prompt: passage.prompt,
  sentences: correctedSentences(passage)
})
