/**
 * Starts the engine process and keeps it there: when it ends unasked a new one is started, and whoever listens is told.
 * Knows nothing of Electron.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { EngineFrame } from '../../contract/contract.ts'

export interface EngineCommand {
  /** path of the Node binary */
  node: string
  /** script and its arguments */
  args: readonly string[]
}

export interface EngineHostOptions {
  command: EngineCommand
  /** every frame that the engine sends, as it came; and the host's own `engine.restarted` */
  onFrame: (frame: unknown) => void
  /** what the engine writes to stderr */
  onLog?: (text: string) => void
  now?: () => number
}

/** More ends than this within the window, and it is not started again: it would only end again. */
const ENDS_ALLOWED = 3
const WINDOW_MS = 60_000
/** An engine that was asked to end gets this long to give its session back. */
const GRACE_MS = 5000

export class EngineHost {
  readonly #options: EngineHostOptions
  readonly #now: () => number
  #child: ChildProcess | null = null
  #ends: number[] = []
  #closing = false

  constructor(options: EngineHostOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): void {
    const { command, onFrame, onLog } = this.#options
    const child = spawn(command.node, command.args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#child = child
    let weightFiles: unknown[] = []
    child.on('message', (message) => {
      if (isObject(message) && Array.isArray(message.weightFiles)) weightFiles = message.weightFiles
      else onFrame(message)
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => onLog?.(text))
    // One of the two comes, or both: a binary that cannot be started has no exit.
    let ended = false
    const end = (reason: string): void => {
      if (ended) return
      ended = true
      if (this.#child === child) this.#onEnd(reason)
    }
    child.on('error', (error) => end(error.message))
    child.on('exit', (code, signal) =>
      end(
        signal === 'SIGBUS' && weightFiles.length > 0
          ? `a file of the model was cut off or could not be read while it was in use: ${weightFiles.join(', ')}`
          : (signal ?? `code ${code}`)
      )
    )
  }

  /**
   * @param frame what JSON can hold
   * @returns false if there is no engine to send to; its requests have been failed by then
   */
  send(frame: unknown): boolean {
    if (!this.#child?.connected) return false
    // One that ends meanwhile is seen by its end.
    this.#child.send(frame as object, () => undefined)
    return true
  }

  /** Asks the engine to end and waits for it; ends it where it does not. */
  async close(): Promise<void> {
    this.#closing = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      child.once('exit', () => {
        clearTimeout(force)
        resolve()
      })
      child.kill('SIGTERM')
    })
  }

  #onEnd(reason: string): void {
    this.#child = null
    if (this.#closing) return
    const now = this.#now()
    this.#ends = [...this.#ends.filter((at) => now - at < WINDOW_MS), now]
    const starts = this.#ends.length <= ENDS_ALLOWED
    if (starts) this.start()
    this.#tell(
      starts,
      starts
        ? `The engine ended (${reason}) and was started again. The job that ran is lost; what was marked, typed and trained is kept.`
        : `The engine ended ${this.#ends.length} times within a minute (${reason}) and is not started again. Start the app anew.`
    )
  }

  #tell(running: boolean, message: string): void {
    const frame: EngineFrame = { event: 'engine.restarted', payload: { running, message } }
    this.#options.onFrame(frame)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
