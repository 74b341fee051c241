/** What was measured of a session, batch by batch: the records that can stand in one curve, each at its batch. */
import type { Alarm, Board, BoardBatch, EvaluationRecord } from '../../contract/board.ts'
import type { Evaluation, Protocol } from '../../contract/evaluation.ts'
import { figureOf } from './board-figures.ts'

export interface MeasuredBatch {
  batch: BoardBatch
  /** null: not measured after this batch, or not in the way of the others */
  record: EvaluationRecord | null
  /** alarms that strike here: they did not after the batch that was measured before */
  struck: Strike[]
}

export interface Strike {
  alarm: Alarm
  /** above the untouched model's, per cent */
  percent: number
}

export interface MeasuredBatches {
  rows: MeasuredBatch[]
  /** measured of states that are there, with another sample, other data or settings than the newest */
  otherwise: number
}

/** Two records can stand in one curve where only the session's state differs. */
function wayOf({ about }: EvaluationRecord): string {
  const { model, index, settings, calibration, data, sample, bootstrap, executor, versions } = about
  const files = [data.accurate?.sha256, data.locality?.sha256, data.accurate?.rows, data.locality?.rows]
  const edits = data.edits?.file ?? null
  return JSON.stringify([
    model.sha256,
    index,
    settings,
    calibration,
    files,
    edits,
    sample,
    bootstrap,
    executor,
    versions
  ])
}

export function measuredBatches(board: Board): MeasuredBatches {
  const states = new Set(board.batches.map((b) => b.state))
  const present = board.evaluations.filter((r) => states.has(r.state))
  const newest = present.at(-1)
  const alike = newest ? present.filter((r) => wayOf(r) === wayOf(newest)) : []
  const byState = new Map(alike.map((r) => [r.state, r]))
  const rows = board.batches.map((batch) => ({
    batch,
    record: byState.get(batch.state) ?? null,
    struck: [] as Strike[]
  }))
  for (const alarm of board.settings.alarms) strike(rows, alarm)
  return { rows, otherwise: present.length - alike.length }
}

/** Per cent above the untouched model's; null where it was not measured. */
export function riseOf(
  record: EvaluationRecord,
  { figure, protocol }: Pick<Alarm, 'figure' | 'protocol'>
): number | null {
  const evaluation = record.protocols[protocol]
  const reading = evaluation ? figureOf(figure).read(evaluation) : null
  if (!reading || reading.before === null) return null
  return 100 * (reading.value / reading.before - 1)
}

function strike(rows: readonly MeasuredBatch[], alarm: Alarm): void {
  let was = false
  for (const { record, struck } of rows) {
    const percent = record && riseOf(record, alarm)
    if (percent === null) continue
    const is = percent > alarm.percent
    if (is && !was) struck.push({ alarm, percent })
    was = is
  }
}

/** What was measured under some of these protocols. */
export function evaluationsOf(rows: readonly MeasuredBatch[], protocols: readonly Protocol[]): Evaluation[] {
  return rows.flatMap(({ record }) => protocols.flatMap((protocol) => record?.protocols[protocol] ?? []))
}

/** Protocols that some record has, in the order of a report. */
export function protocolsIn(rows: readonly MeasuredBatch[]): Protocol[] {
  return (['deployment', 'paper'] as const).filter((p) => rows.some(({ record }) => record?.protocols[p] !== undefined))
}

export const alarmWords = ({ figure, protocol, percent }: Alarm): string =>
  `${figure} up by more than ${percent} % (${protocol})`
