/** Seconds until a job ends, from how its done share grew; smoothed, so that one slow step does not make it jump. */
const WARM_UP_MS = 1500
const WEIGHT_OF_NEW = 0.3

export class TimeLeft {
  #start: { at: number; fraction: number } | null = null
  #smoothed: { secondsLeft: number; at: number } | null = null

  /** @returns null while nothing can be said yet */
  after(fraction: number | null, now: number): number | null {
    if (fraction === null) {
      this.#start = null
      this.#smoothed = null
      return null
    }
    // Work that starts over (another round of training) is estimated afresh.
    if (!this.#start || fraction < this.#start.fraction) this.#start = { at: now, fraction }
    const elapsed = now - this.#start.at
    const done = fraction - this.#start.fraction
    if (elapsed < WARM_UP_MS || done <= 0) return null
    const measured = ((1 - fraction) / done) * (elapsed / 1000)
    const expected = this.#smoothed
      ? Math.max(0, this.#smoothed.secondsLeft - (now - this.#smoothed.at) / 1000)
      : measured
    const secondsLeft = expected + WEIGHT_OF_NEW * (measured - expected)
    this.#smoothed = { secondsLeft, at: now }
    return secondsLeft
  }
}
