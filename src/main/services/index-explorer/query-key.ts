/** The key of a text that was typed in, read by the code that writing and training read keys with. */
import { ErratumError } from '../../../contract/errors.ts'
import { promptTokens } from '../../editor/edit-sample.ts'
import { keyOfPrompt } from '../../editor/passage-writer.ts'
import { textStates } from '../../editor/read-text.ts'
import type { Protocol } from '../../editor/read-text.ts'
import type { EditSession } from '../edit-session.ts'

export interface QueryKey {
  readonly key: Float32Array
  /** ids to the left of where the route is decided */
  readonly ids: readonly number[]
}

/** @param target only the key of protocol `paper` has seen it */
export async function queryKey(
  session: EditSession,
  protocol: Protocol,
  text: string,
  target: string
): Promise<QueryKey> {
  if (protocol === 'paper') return paperKey(session, text, target)
  const { model } = session
  const ids = promptTokens(model.tokenizer, text)
  return { key: await keyOfPrompt(model, ids, session.rules()), ids }
}

async function paperKey(session: EditSession, prompt: string, target: string): Promise<QueryKey> {
  if (target.trim() === '')
    throw new ErratumError(
      'BadInput',
      'The key of protocol paper is read behind prompt and target; there is no target.',
      {
        field: 'target',
        cure: 'Give a target, or ask under protocol deployment.'
      }
    )
  const sample = session.sample({ id: 'query', prompt, target })
  if (!session.fits(sample))
    throw new ErratumError(
      'DoesNotFit',
      `Prompt and target have ${sample.promptIds.length + sample.targetIds.length} tokens and the model's context ${session.model.config.positions}.`,
      { field: 'text', cure: 'Shorten them.' }
    )
  const [states] = await textStates(session.model, [sample], session.calibration.deployment.key)
  return { key: states.paperKey, ids: sample.promptIds }
}
