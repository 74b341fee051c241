/** From the window to the engine: what the window sends is looked at before the shell passes it on. */
import type { EngineFrame } from '../../contract/contract.ts'
import { ErratumError } from '../../contract/errors.ts'
import { unreachable } from '../../contract/server.ts'

/** As over a socket: a whole file of passages comes in one frame. */
const LARGEST_FRAME_CHARACTERS = 32 * 1024 * 1024

/**
 * Passes a frame on. A page can send whatever can be cloned: numbers without end, maps, circles.
 * @param send returns false where there is no engine
 * @returns the refusal that goes back to the page; null where there is none, or nothing to answer to
 */
export function passOn(frame: unknown, send: (frame: unknown) => boolean): EngineFrame | null {
  const text = asJson(frame)
  if (text === null) return refusal(frame, 'The request holds something that cannot be sent.')
  if (text.length > LARGEST_FRAME_CHARACTERS)
    return refusal(frame, `The request is larger than ${LARGEST_FRAME_CHARACTERS / 1024 / 1024} MB.`)
  const plain: unknown = JSON.parse(text)
  return send(plain) ? null : unreachable(plain)
}

function asJson(frame: unknown): string | null {
  try {
    return JSON.stringify(frame) ?? null
  } catch {
    return null
  }
}

function refusal(frame: unknown, message: string): EngineFrame | null {
  const id = (frame as { id?: unknown } | null | undefined)?.id
  return Number.isSafeInteger(id) ? { id: id as number, error: new ErratumError('BadInput', message).toRecord() } : null
}
