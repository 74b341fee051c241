/** What the contract's calibration methods do. */
import type { CalibrationPlan } from '../../../contract/calibration.ts'
import type { Handlers } from '../../../contract/contract.ts'
import { ErratumError } from '../../../contract/errors.ts'
import type { Jobs, Work } from '../jobs.ts'
import { readAs } from '../review/passage-content.ts'
import type { Desk } from '../review/writing-passages.ts'

/** @param begin starts a job that the person asked for */
export function calibrationHandlers(
  requireDesk: () => Desk,
  jobs: Jobs,
  begin: Jobs['start']
): Pick<Handlers, 'calibration.read' | 'calibration.start'> {
  return {
    'calibration.read': () => requireDesk().bench.calibration.read(),
    'calibration.start': (plan) => {
      const desk = requireDesk()
      const { refusal } = desk.bench.calibration.read()
      if (refusal !== null) throw new ErratumError('Unavailable', refusal)
      if (jobs.busy('calibrate'))
        throw new ErratumError('BadInput', 'The model is being calibrated already.', {
          cure: 'Wait for it, or cancel it.'
        })
      const title = plan.anew ? 'Calibrating the model for new sessions' : 'Reading the edits under the new key'
      return begin('calibrate', title, calibrationWork(desk, plan))
    }
  }
}

function calibrationWork({ bench, workspace }: Desk, plan: CalibrationPlan): Work {
  return async (context) => {
    const passages = workspace
      .passages()
      .filter((p) => p.state === 'written' || p.state === 'stopped')
      .map((p) => ({ name: p.name, prompt: p.prompt, sentences: readAs(p.sentences) }))
    const { reach, margin, isMet } = await bench.calibration.run(plan, passages, {
      signal: context.signal,
      onProgress: (fraction, doing) => context.report(fraction, doing)
    })
    if (!plan.anew) return 'The edits of this session were read under the key that new sessions get.'
    const found = `reach ${reach.toFixed(2)}, margin ${margin.toFixed(2)}`
    const pair = isMet ? `Calibrated: ${found}.` : `No reach and margin met the wanted rates; ${found} stand instead.`
    return `${pair} New sessions of this model use it; this one keeps its own key.`
  }
}
