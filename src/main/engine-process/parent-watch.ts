/** A process that another one started ends with it: no engine is left behind that holds a session's lock. */

/** To give the session back. */
const GRACE_MS = 5000

/**
 * Calls `close` once when the parent is gone or the process is asked to end, then exits.
 * The parent's death shows as the end of the IPC channel, which the system closes even after a SIGKILL.
 */
export function endWithParent(close: () => Promise<void>): void {
  let ending = false
  const end = (code: number): void => {
    if (ending) return
    ending = true
    // A job that cannot be stopped is not waited for: what was committed is whole.
    setTimeout(() => process.exit(1), GRACE_MS).unref()
    close().then(
      () => process.exit(code),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        process.exit(1)
      }
    )
  }
  if (process.send) process.on('disconnect', () => end(0))
  process.on('SIGTERM', () => end(0))
  process.on('SIGINT', () => end(0))
}
