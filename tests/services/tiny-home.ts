/** A data folder with a tiny model and its calibration in it, as after `erratum calibrate`. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeCalibration } from '../../src/main/editor/calibration-file.ts'
import type { Calibration } from '../../src/main/editor/calibration.ts'
import { uncalibrated } from '../../src/main/editor/calibration.ts'
import { openModelFolder } from '../../src/main/engine/weights/model-folder.ts'
import { tinyConfig, tinyWeights, writeTinyFolder } from '../engine/weights/tiny-folder.ts'

const SIZE = { n_layer: 4, n_head: 2, n_embd: 24, n_positions: 96 }

export interface TinyHome {
  root: string
  model: string
  calibration: Calibration
  remove(): void
}

/** @param reach of both keys: far ones make edits answer at each other's places */
export async function tinyHome({ reach = 0.05 } = {}): Promise<TinyHome> {
  const root = mkdtempSync(join(tmpdir(), 'erratum-home-'))
  const model = writeTinyFolder(join(root, 'tiny'), { config: tinyConfig(SIZE), weights: tinyWeights(SIZE, 3, 0.9) })
  const { sha256 } = await openModelFolder(model)
  const plain = uncalibrated(sha256, 1, { deployment: 1, paper: 1 })
  const near = { reach, noise: 1e-5, radius: 0.05 }
  const calibration = {
    ...plain,
    deployment: { ...plain.deployment, ...near, key: { ...plain.deployment.key, parts: ['mean', 'last'] as const } },
    paper: { ...plain.paper, ...near }
  }
  mkdirSync(join(root, 'calibrations'))
  writeCalibration(join(root, 'calibrations', `${sha256}.safetensors`), calibration)
  return { root, model, calibration, remove: () => rmSync(root, { recursive: true, force: true }) }
}
