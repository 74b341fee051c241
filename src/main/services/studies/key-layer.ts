/**
 * `erratum study key-layer`: after which layer keys are read best (MELO, Figure 5). Each layer has its own calibration
 * on the background that ships, and a session of its own on the same edits.
 *
 * The blocks stay at their default layers as far as these are above the key layer; which they were stands in the table.
 */
import { join } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import type { EditPoints } from '../../engine/models/language-model.ts'
import type { Preset } from '../edit-sessions.ts'
import { openModel } from '../model-library.ts'
import { commonIdentity, readStudyData } from './study-data.ts'
import type { StudyOptions } from './study-data.ts'
import { runSweep } from './sweep.ts'
import type { SweepResult } from './sweep.ts'
import { trialPage } from './trial-page.ts'
import { fitting, measureTrial, openPlan, presetSettings, train } from './trained-session.ts'
import type { Trial } from './trained-session.ts'

export interface KeyLayerOptions extends StudyOptions {
  /** all that have a block's layer above them, if absent */
  layers?: readonly number[]
  preset?: Preset
}

export interface KeyLayerTrial extends Trial {
  keyLayer: number
  loraLayers: readonly number[]
}

const EDITS = 40

export async function studyKeyLayer(options: KeyLayerOptions): Promise<SweepResult<KeyLayerTrial>> {
  const data = readStudyData(options)
  const preset = options.preset ?? 'default'
  const { limit = EDITS } = options
  const { model, executor } = await openModel(options.model, options.executor)
  const settings = presetSettings(preset, model.config)
  const { loraLayers } = model.points
  await model.release()
  const last = Math.max(...loraLayers) - 1
  const layers = options.layers ?? Array.from({ length: last + 1 }, (_, layer) => layer)
  const tooHigh = layers.find((layer) => layer > last)
  if (tooHigh !== undefined)
    throw new ErratumError('BadInput', `No block is above layer ${tooHigh}; the highest key layer is ${last}.`, {
      field: 'layers'
    })
  return runSweep(
    options.out,
    {
      name: 'key-layer',
      identity: {
        ...commonIdentity(model.sha256, data.hashes, { ...options, limit }),
        executor: executor ?? null,
        preset,
        settings
      },
      points: layers.map((layer) => `layer-${layer}`),
      measure: async (id): Promise<KeyLayerTrial> => {
        const points = pointsAt(layerOf(id), loraLayers)
        const session = await openPlan(
          {
            folder: join(options.out, 'sessions', id),
            preset,
            points,
            calibrationFile: join(options.out, 'calibrations', `${id}.safetensors`)
          },
          options
        )
        try {
          const rows = fitting(session, data.edits, limit)
          await train(session, rows, options)
          const trial = await measureTrial(session, rows, data, options)
          return { ...trial, keyLayer: points.keyLayer, loraLayers: points.loraLayers }
        } finally {
          await session.close()
        }
      },
      page: (points) =>
        trialPage(
          {
            title: 'Key layer',
            intro: `The first ${limit} edits that fit, with keys read after each layer and calibrated there. Layers count from 0; blocks stand in the default layers above the key layer.`,
            x: { label: 'key layer' }
          },
          points.map(({ result }) => ({
            x: result.keyLayer,
            label: `${result.keyLayer} (blocks in ${result.loraLayers.join(', ')})`,
            trial: result
          }))
        )
    },
    options
  )
}

const pointsAt = (keyLayer: number, loraLayers: readonly number[]): EditPoints => ({
  keyLayer,
  loraLayers: loraLayers.filter((layer) => layer > keyLayer)
})
const layerOf = (id: string): number => Number(id.slice('layer-'.length))
