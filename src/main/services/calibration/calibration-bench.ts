/** The calibration of an open session, and the one that new sessions of its model get. */
import { calibrationPlanSchema, editsMeantSchema } from '../../../contract/calibration.ts'
import type { CalibrationState, EditsMeant } from '../../../contract/calibration.ts'
import { ErratumError } from '../../../contract/errors.ts'
import { readCalibration } from '../../editor/calibration-file.ts'
import type { Calibration } from '../../editor/calibration.ts'
import { defaultEditPoints } from '../../editor/edit-settings.ts'
import type { SessionStore } from '../../session/session-store.ts'
import { calibrateOn, findCalibration, keepCalibration } from '../calibrations.ts'
import type { CalibratedModel } from '../calibrations.ts'
import type { EditSession } from '../edit-session.ts'
import { sealsOf } from '../evaluation/session-state.ts'
import type { CalibrationBench } from '../review/workbench.ts'
import { calibrationId, reportOf } from './calibration-report.ts'
import { editsUnder } from './edits-under.ts'

/** The journal's name for what a calibration would mean for the edits. */
export const CALIBRATION_RECORD = 'calibration'

export function calibrationBench(session: EditSession): CalibrationBench {
  const { model, store } = session
  const refusal = (): string | null => {
    if (store.readOnly) return 'This session is open for reading.'
    const { keyLayer } = defaultEditPoints(model.config)
    if (model.points.keyLayer === keyLayer) return null
    return `This session reads its keys after layer ${model.points.keyLayer}, new sessions after layer ${keyLayer}: its calibration is none for them.`
  }
  return {
    read: () => calibrationState(store, model, session.calibration, refusal()),
    run: async (asked, passages, { signal, onProgress }) => {
      const plan = calibrationPlanSchema.parse(asked)
      const refused = refusal()
      if (refused !== null) throw new ErratumError('Unavailable', refused)
      const reads = store.edits.length > 0
      const share = plan.anew ? (reads ? BACKGROUND_SHARE : 1) : 0
      const fresh = plan.anew
        ? await calibrateOn(model, {
            people: plan.people,
            passages: plan.passages ? passages : [],
            signal,
            onProgress: (done, of) => onProgress((share * done) / of, `Reading the background: ${done} of ${of} texts`)
          })
        : findCalibration(model)
      if (!fresh) throw new ErratumError('NotFound', 'This model has no calibration yet.', { cure: 'Calibrate it.' })
      const read = !reads
        ? null
        : await editsUnder(session, fresh, passages, {
            signal,
            onProgress: (done, of) =>
              onProgress(share + ((1 - share) * done) / of, `Reading the edits and the review: ${done} of ${of} texts`)
          })
      // Nothing is kept of a calibration that is cancelled before its end.
      if (signal.aborted) throw new ErratumError('Cancelled', 'Calibration was cancelled.')
      if (plan.anew) keepCalibration(fresh)
      if (read) {
        const { at, calibration, state } = { at: Date.now(), calibration: calibrationId(fresh), state: sealOf(store) }
        await store.appendRecord(CALIBRATION_RECORD, { at, calibration, state, ...read } satisfies EditsMeant)
      }
      return { reach: fresh.deployment.reach, margin: fresh.deployment.margin, isMet: fresh.deployment.rates !== null }
    }
  }
}

/** of the work, where edits are read too */
const BACKGROUND_SHARE = 0.9

/** Of a session whose model is missing: what its own file and the data folder tell. */
export function calibrationOf(store: SessionStore, refusal: string): CalibrationState {
  const { model, key, loraLayers } = store.header
  const points = { keyLayer: key.layer, loraLayers }
  const session = store.calibrationFile === null ? null : readCalibration(store.calibrationFile)
  return calibrationState(store, { sha256: model.sha256, points }, session, refusal)
}

function calibrationState(
  store: SessionStore,
  model: CalibratedModel,
  own: Calibration | null,
  refusal: string | null
): CalibrationState {
  const found = findCalibration(model)
  const [session, fresh] = [own && reportOf(own), found && reportOf(found)]
  const records = store.records(CALIBRATION_RECORD).map(({ payload }) => editsMeantSchema.safeParse(payload))
  const meant = records.findLast((r) => r.success && r.data.calibration === fresh?.id)?.data ?? null
  const isSame = session?.id === fresh?.id
  return {
    // What was found out of the same key later is as true of it.
    session: isSame && session && !session.deployment.evidence ? fresh : session,
    fresh,
    meant,
    edits: store.edits.length,
    isStale: meant !== null && meant.state !== sealOf(store),
    refusal
  }
}

const sealOf = (store: SessionStore): string => sealsOf(store).at(-1) ?? 'untouched'
