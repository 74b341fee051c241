/**
 * The records of a session that is open, by kind. Those that a snapshot stands for are read from the journal only when
 * somebody asks for them one by one.
 */
import type { JournalRecord } from './journal-format.ts'
import { scanJournal } from './journal-format.ts'
import type { Replayed } from './replay.ts'
import type { KeptState } from './snapshot.ts'

/** What the records of a kind come to, as their owner says it when a snapshot is taken. */
export type StateSource = () => KeptState

export class RecordLog {
  private readonly before: Buffer
  private readonly states: Readonly<Record<string, KeptState>>
  private readonly tail: JournalRecord[]
  private readonly sources = new Map<string, StateSource>()
  private earlier: readonly JournalRecord[] | null = null

  constructor({ bytes, snapshotBytes, states, records }: Replayed) {
    this.before = bytes.subarray(0, snapshotBytes)
    this.states = states
    this.tail = [...records]
  }

  add(record: JournalRecord): void {
    this.tail.push(record)
  }

  /** All of a kind, in the order they were written. */
  of(kind: string): readonly JournalRecord[] {
    this.earlier ??= scanJournal(this.before).records
    return [...this.earlier, ...this.tail].filter((record) => record.kind === kind)
  }

  /** What a snapshot kept of a kind, and the records of it since; null where no snapshot kept any. */
  keptOf(kind: string): { kept: KeptState; since: readonly JournalRecord[] } | null {
    const kept = Object.hasOwn(this.states, kind) ? this.states[kind] : undefined
    return kept ? { kept, since: this.tail.filter((record) => record.kind === kind) } : null
  }

  setSource(kind: string, source: StateSource): void {
    this.sources.set(kind, source)
  }

  /**
   * What every owner says, for a snapshot. Kinds that nobody owns now keep none: their records are read one by one.
   * @returns null where an owner has not yet taken in all its records
   */
  currentStates(): Record<string, KeptState> | null {
    const states: Record<string, KeptState> = {}
    for (const [kind, source] of this.sources) {
      const state = source()
      if (state.records !== this.count(kind)) return null
      states[kind] = state
    }
    return states
  }

  private count(kind: string): number {
    const kept = this.keptOf(kind)
    return kept ? kept.kept.records + kept.since.length : this.of(kind).length
  }
}
