/** What every command shares: JSON or readable output, progress on stderr, typed failures, exit codes, Ctrl+C. */
import { ErratumError, errorRecord } from '../../contract/errors.ts'
import { visible, visibleInLine } from '../../contract/visible.ts'

export const EXIT = { done: 0, failed: 1, badInput: 2, cancelled: 3 } as const

const BAD_INPUT: readonly string[] = ['BadInput', 'BadFile', 'NotFound', 'DoesNotFit', 'ModelMismatch', 'ModelMissing']

/** A command that was asked to end gets this long to stop by itself. */
const GRACE_MS = 5000

export interface CommonOptions {
  json?: boolean
}

export interface Door {
  /** aborted by Ctrl+C, SIGTERM, or the end of the process that started this one */
  readonly signal: AbortSignal
  /** one line on stderr */
  note(line: string): void
  /** a line on stderr that is written over by the next one, on a terminal */
  progress(line: string): void
}

/**
 * Runs a command: its result goes to stdout as one JSON document, or as `readable` says.
 * @param code of a result that came about and tells of something bad
 */
export async function command<T>(
  options: CommonOptions,
  action: (door: Door) => Promise<T>,
  readable: (result: T) => string,
  code: (result: T) => number = () => EXIT.done
): Promise<void> {
  const stop = new AbortController()
  let ending: NodeJS.Timeout | undefined
  const abort = (): void => {
    stop.abort()
    // A step that never looks at the signal is not waited for: what was committed is whole.
    ending ??= setTimeout(() => void endNow(options), GRACE_MS)
  }
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  process.once('disconnect', orphaned)
  const terminal = process.stderr.isTTY
  let shown = 0
  const door: Door = {
    signal: stop.signal,
    note: (line) => {
      process.stderr.write(`${terminal && shown > 0 ? '\r\u001b[K' : ''}${visible(line)}\n`)
      shown = 0
    },
    progress: (line) => {
      const now = Date.now()
      if (now - shown < (terminal ? 100 : 5000)) return
      shown = now
      process.stderr.write(terminal ? `\r\u001b[K${visibleInLine(line)}` : `${visible(line)}\n`)
    }
  }
  try {
    const result = await action(door)
    if (terminal && shown > 0) process.stderr.write('\r\u001b[K')
    await print(options.json ? json(result) : visible(readable(result)))
    process.exitCode = code(result)
  } catch (error) {
    await fail(options, error)
  } finally {
    clearTimeout(ending)
    process.off('SIGINT', abort)
    process.off('SIGTERM', abort)
    letGo()
  }
}

/** @param thrown the stack of a fault of ours is shown on the terminal alone, for whoever reports it */
export async function fail(options: CommonOptions, thrown: unknown): Promise<void> {
  const error = errorRecord(thrown)
  if (options.json) await print(json({ error }))
  else {
    const place = [error.file, error.line === undefined ? undefined : `line ${error.line}`]
      .filter((x) => x !== undefined)
      .join(', ')
    process.stderr.write(`erratum: ${visible(error.message)}\n`)
    if (place !== '' && !error.message.includes(place)) process.stderr.write(`  in ${visibleInLine(place)}\n`)
    if (error.cure) process.stderr.write(`  ${visible(error.cure)}\n`)
    if (error.code === 'Internal' && thrown instanceof Error) process.stderr.write(`${visible(thrown.stack ?? '')}\n`)
  }
  process.exitCode =
    error.code === 'Cancelled' ? EXIT.cancelled : BAD_INPUT.includes(error.code) ? EXIT.badInput : EXIT.failed
}

async function endNow(options: CommonOptions): Promise<void> {
  await fail(options, new ErratumError('Cancelled', 'The command was ended in the middle of a step.'))
  process.exit(EXIT.cancelled)
}

/** The process that started this one is gone, be it by SIGKILL: nothing is waited for, since commits are atomic. */
function orphaned(): void {
  process.exit(EXIT.failed)
}

/** The channel to the process that started this one would keep a finished command alive. */
export function letGo(): void {
  process.off('disconnect', orphaned)
  if (process.connected) process.disconnect()
}

/** The same value, with nothing in it that a terminal would obey: these characters stand in texts alone. */
function json(value: unknown): string {
  return visibleInLine(JSON.stringify(value))
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text + '\n', () => resolve()))
}

/** A number of an option, or a typed failure that names it. */
export function number(
  name: string,
  { min = -Infinity, max = Infinity, integer = false } = {}
): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (
      text.trim() === '' ||
      !Number.isFinite(value) ||
      value < min ||
      value > max ||
      (integer && !Number.isInteger(value))
    )
      throw new ErratumError(
        'BadInput',
        `--${name} ${text}: ${integer ? 'a whole number' : 'a number'}${limits(min, max)} is due.`,
        { field: name }
      )
    return value
  }
}

function limits(min: number, max: number): string {
  if (Number.isFinite(min) && Number.isFinite(max)) return ` from ${min} to ${max}`
  if (Number.isFinite(min)) return ` of at least ${min}`
  return Number.isFinite(max) ? ` of at most ${max}` : ''
}

export function oneOf<T extends string>(name: string, values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((v) => v === text)
    if (found === undefined)
      throw new ErratumError('BadInput', `--${name} ${text}: one of ${values.join(', ')} is due.`, { field: name })
    return found
  }
}

export const show = {
  share: (x: number | null): string => (x === null ? 'not measured' : x.toFixed(3)),
  perplexity: (x: number | null): string => (x === null ? 'not measured' : x >= 100 ? x.toFixed(1) : x.toFixed(3)),
  bytes: (n: number): string => (n < 1e6 ? `${(n / 1e3).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`)
}
