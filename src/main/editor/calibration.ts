/**
 * A model's calibration: what its keys are made of and how near is near enough.
 *
 * Everything here follows from background prompts and their rewordings (of people who are never edited). Reach and
 * margin are chosen as the pair that lets most rewordings fire their own block at a chosen false-fire rate.
 */
import type { BackgroundSources } from './background.ts'
import type { KeySpec } from './key.ts'
import type { FireRates, Meetings } from './key-meetings.ts'

export interface KeyCalibration {
  readonly reach: number
  readonly margin: number
  /** relative noise of a key between request shapes */
  readonly noise: number
  /** initial radius for `clusters`: the largest with at most the wanted false fire on other people's prompts */
  readonly radius: number
  /** null where no pair met the rates: then reach is 1 % of the mean norm and margin 0.8 */
  readonly rates: FireRates | null
  /** how the people met the key by whom the rates were counted; null where that was not kept */
  readonly meetings: Meetings | null
}

export interface Calibration {
  readonly schemaVersion: 1
  readonly modelSha256: string
  readonly deployment: { readonly key: KeySpec } & KeyCalibration
  /** the reference code's key: output of the key layer's `mlp.c_fc` at the end of prompt + target + eos */
  readonly paper: KeyCalibration
  readonly wanted: { readonly otherPeople: number; readonly samePassages: number }
  /** hash of the background that it came from; null: no calibration was made */
  readonly background: string | null
  /** people of that background; null where that was not kept */
  readonly sources: BackgroundSources | null
}

/** Without a background: plain last token, reach 1 % of its norm, margin 0.8, noise 1e-3 (the app says so). */
export function uncalibrated(
  modelSha256: string,
  layer: number,
  norms: { deployment: number; paper: number }
): Calibration {
  const plain = (norm: number): KeyCalibration => ({
    reach: 0.01 * norm,
    margin: 0.8,
    noise: 1e-3,
    radius: 0.01 * norm,
    rates: null,
    meetings: null
  })
  return {
    schemaVersion: 1,
    modelSha256,
    deployment: {
      key: { layer, parts: ['last'], metric: 'euclidean', tokenWeights: null, whitening: null },
      ...plain(norms.deployment)
    },
    paper: plain(norms.paper),
    wanted: { otherPeople: 0.01, samePassages: 0.05 },
    background: null,
    sources: null
  }
}
