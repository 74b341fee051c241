import { describe, expect, it } from 'vitest'
import type { Alarm } from '../../src/contract/board.ts'
import { boardCsv } from '../../src/renderer/state/board-csv.ts'
import { measuredBatches } from '../../src/renderer/state/board-points.ts'
import { boardOf, evaluationRecord, writtenRecord } from './board-records.ts'

const ARR: Alarm = { figure: 'ARR', protocol: 'deployment', percent: 5 }

describe('measured batches', () => {
  it('hold each record at its batch, the newest of one state, and none of a state that is gone', () => {
    const board = boardOf(3, [
      evaluationRecord(1, 2),
      evaluationRecord(7, 2),
      evaluationRecord(3, 2.5),
      evaluationRecord(3, 2.4)
    ])
    const { rows, otherwise } = measuredBatches(board)
    expect(rows.map((r) => r.record?.protocols.deployment?.edits?.after ?? null)).toEqual([2, null, 2.4])
    expect(otherwise).toBe(0)
  })

  it('never mix samples, data or settings in one curve', () => {
    const board = boardOf(3, [
      evaluationRecord(1, 2, { sample: null }),
      evaluationRecord(2, 2, { executor: 'TensorFlow' }),
      evaluationRecord(2, 2.1),
      evaluationRecord(3, 2.2)
    ])
    const { rows, otherwise } = measuredBatches(board)
    expect(rows.map((r) => r.record !== null)).toEqual([false, true, true])
    expect(otherwise).toBe(2)
  })
})

describe('an alarm', () => {
  it('strikes at the first batch beyond it, and again only after it was over', () => {
    const records = [2, 2.2, 2.3, 2.05, 2.4].map((after, i) => evaluationRecord(i + 1, after))
    const { rows } = measuredBatches(boardOf(5, records, [ARR]))
    expect(rows.map((r) => r.struck.length)).toEqual([0, 1, 0, 0, 1])
    expect(rows[1].struck[0].percent).toBeCloseTo(10, 9)
  })

  it('is about its own protocol, and silent about what was not measured', () => {
    // Under `paper` the figures are half as large.
    const rows = measuredBatches(boardOf(3, [evaluationRecord(3, 3)], [ARR, { ...ARR, protocol: 'paper' }])).rows
    expect(rows.map((r) => r.struck.map((s) => s.alarm.protocol))).toEqual([[], [], ['deployment']])
  })
})

describe('the CSV', () => {
  it('has a line for each figure with all that it takes to have it again', () => {
    const board = boardOf(1, [evaluationRecord(1, 2.5)])
    const text = boardCsv([{ board, name: 'one', ...measuredBatches(board) }])
    const [head, ...lines] = text.trimEnd().split('\r\n')
    // Six figures under two protocols.
    expect(lines).toHaveLength(12)
    const written = boardOf(1, [writtenRecord(1)])
    expect(boardCsv([{ board: written, name: 'one', ...measuredBatches(written) }])).toMatch(
      /,deployment,written,share,0.75,,0.5,1,.*\r\n.*,otherHeaders,share,0.6,.*\r\n/
    )
    const cells = lines[0].match(/("([^"]|"")*"|[^,]*)(,|$)/g)!.map((c) => c.replace(/,$/, ''))
    const row = Object.fromEntries(head.split(',').map((name, i) => [name, cells[i]]))
    expect(row).toMatchObject({
      session: '"/sessions/one, two"',
      protocol: 'deployment',
      figure: 'ES',
      value: '2.5',
      untouched: '2',
      low: '2.4',
      high: '2.6',
      level: '0.95',
      n: '10',
      set_file: 'of the session',
      set_sha256: 'a'.repeat(64),
      sample: '10',
      sample_seed: '0',
      settings: '"{""rank"":16,""seed"":0}"',
      executor: '"ONNX Runtime, CPU"'
    })
  })
})
