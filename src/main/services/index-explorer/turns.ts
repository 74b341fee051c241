/** Lets other requests be answered while something long is computed on the same thread. */
import { setImmediate } from 'node:timers/promises'

/** Longest piece of work without a pause; requests are to be answered within 50. */
const PIECE_MS = 12

export class Turns {
  #since = performance.now()

  /** Looked at between small steps. */
  get isDue(): boolean {
    return performance.now() - this.#since > PIECE_MS
  }

  async next(): Promise<void> {
    await setImmediate()
    this.#since = performance.now()
  }
}
