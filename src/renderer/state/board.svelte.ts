import { DEFAULT_BOARD_SETTINGS } from '../../contract/board.ts'
import type { BatchEdit, Board, BoardSettings } from '../../contract/board.ts'
import type { Protocol } from '../../contract/evaluation.ts'
import { measuredBatches, protocolsIn } from './board-points.ts'
import type { MeasuredBatch, MeasuredBatches } from './board-points.ts'
import type { Desk } from './desk.svelte.ts'

export const MOST_SESSIONS = 4

/** A session on the board, the person's own first. */
export interface FollowedSession extends MeasuredBatches {
  board: Board
  /** the last part of its folder's name */
  name: string
}

export interface OpenBatch {
  session: FollowedSession
  row: MeasuredBatch
}

/** What the board shows, and where the person is on it. */
export class BoardState {
  readonly #desk: Desk
  #boards = $state.raw<readonly Board[]>([])
  /** sessions beside this one */
  beside = $state.raw<readonly string[]>([])
  protocol = $state<Protocol | 'both'>('deployment')
  /** first and last batch shown; null: all */
  range = $state.raw<readonly [number, number] | null>(null)
  /** batch under the pointer */
  hovered = $state<number | null>(null)
  /** of the session, and of the batch in it */
  #open = $state.raw<{ folder: string; state: string } | null>(null)
  edits = $state.raw<readonly BatchEdit[] | null>(null)
  #loading: Promise<void> | null = null

  readonly sessions: readonly FollowedSession[] = $derived(
    this.#boards.map((board) => ({ board, name: nameOf(board.sessionDir), ...measuredBatches(board) }))
  )
  readonly own = $derived<FollowedSession | null>(this.sessions[0] ?? null)
  readonly settings: BoardSettings = $derived(this.own?.board.settings ?? DEFAULT_BOARD_SETTINGS)
  readonly longest = $derived(Math.max(1, ...this.sessions.map((s) => s.rows.length)))
  readonly shownRange = $derived<readonly [number, number]>(this.range ?? [1, this.longest])
  readonly protocols: readonly Protocol[] = $derived.by(() => {
    const there = protocolsIn(this.sessions.flatMap((s) => s.rows))
    const { protocol } = this
    return protocol === 'both' ? there : there.filter((p) => p === protocol)
  })
  /** the last batch of the session that was measured */
  readonly latest = $derived<MeasuredBatch | null>(this.own?.rows.findLast((r) => r.record !== null) ?? null)
  readonly strikes = $derived(this.own?.rows.flatMap((r) => r.struck).length ?? 0)
  readonly opened = $derived.by<OpenBatch | null>(() => {
    const at = this.#open
    const session = at && this.sessions.find((s) => s.board.sessionDir === at.folder)
    const row = at && session?.rows.find((r) => r.batch.state === at.state)
    return session && row ? { session, row } : null
  })

  constructor(desk: Desk) {
    this.#desk = desk
    desk.client.on('evaluations.added', (record) => {
      const [own, ...others] = this.#boards
      if (own) this.#boards = [{ ...own, evaluations: [...own.evaluations, record] }, ...others]
    })
    // A batch came or went.
    desk.client.on('session.changed', () => void this.load())
  }

  /** Takes the session's board anew; the others stay as they were read. */
  load(): Promise<void> {
    if (this.#desk.phase !== 'open') return Promise.resolve()
    this.#loading ??= this.#read().finally(() => (this.#loading = null))
    return this.#loading
  }

  async #read(): Promise<void> {
    const [board, beside] = await Promise.all([this.#desk.ask('board.read', {}), this.#desk.ask('board.sessions', {})])
    if (board) this.#boards = [board, ...this.#boards.slice(1)]
    if (beside) this.beside = beside
  }

  /** Puts another session beside this one. @returns whether it could be read */
  async compare(sessionDir: string): Promise<boolean> {
    if (this.#boards.length >= MOST_SESSIONS || this.#boards.some((b) => b.sessionDir === sessionDir)) return false
    const board = await this.#desk.ask('board.read', { sessionDir })
    if (!board) return false
    this.#boards = [...this.#boards, board]
    this.range = null
    return true
  }

  leave(sessionDir: string): void {
    this.#boards = this.#boards.filter((b, i) => i === 0 || b.sessionDir !== sessionDir)
    this.range = null
  }

  async open(session: FollowedSession, { batch }: MeasuredBatch): Promise<void> {
    const { sessionDir } = session.board
    this.#open = { folder: sessionDir, state: batch.state }
    this.edits = null
    const edits = await this.#desk.ask('board.batch', { sessionDir, block: batch.block })
    if (this.#open.state === batch.state) this.edits = edits
  }

  /** Opens the own session's batch at a place, or the last one before it. */
  openAt(place: number): void {
    const { own } = this
    const row = own?.rows[Math.min(own.rows.length, Math.max(1, place)) - 1]
    if (own && row) void this.open(own, row)
  }

  close(): void {
    this.#open = null
  }

  async measure(which: 'planned' | 'present'): Promise<void> {
    const job = await this.#desk.ask('evaluation.start', { which })
    if (job) this.#desk.takeJob(job)
  }

  async set(settings: BoardSettings): Promise<void> {
    const kept = await this.#desk.ask('board.settings', settings)
    const [own, ...others] = this.#boards
    if (kept && own) this.#boards = [{ ...own, settings: kept }, ...others]
  }
}

const nameOf = (folder: string): string => folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder
