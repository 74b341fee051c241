/** The charts of the board: which curves each has, over the batches. */
import type { Standing } from '../../contract/board.ts'
import type { Protocol } from '../../contract/evaluation.ts'
import { figuresOf } from './board-figures.ts'
import type { Figure } from './board-figures.ts'
import type { FollowedSession } from './board.svelte.ts'
import { alarmWords, evaluationsOf } from './board-points.ts'
import type { ChartMark, ChartSpec, Curve } from './chart-layout.ts'

export interface BoardChart extends ChartSpec {
  id: string
  title: string
  means: string
}

export interface ChartsOf {
  sessions: readonly FollowedSession[]
  protocols: readonly Protocol[]
  range: readonly [number, number]
}

export function boardCharts(of: ChartsOf): BoardChart[] {
  // Where nothing at all is measured the table says so; empty axes would say it again, figure by figure.
  const figures =
    of.protocols.length === 0 ? [] : figuresOf(of.sessions.flatMap(({ rows }) => evaluationsOf(rows, of.protocols)))
  return [...figures.map((figure) => figureChart(figure, of)), speedChart(of), standingChart(of)]
}

/** How many colours sessions have; those of the other protocol come after them. */
const SESSION_COLOURS = 4
const colourOf = (session: number, protocol: Protocol): number =>
  protocol === 'paper' ? session + SESSION_COLOURS : session

const styleOf = (protocol: Protocol): Curve['style'] => (protocol === 'paper' ? 'dashed' : 'solid')

/** Names at line ends say only what tells the lines apart. */
function nameOf({ sessions, protocols }: ChartsOf, session: FollowedSession, protocol: Protocol): string {
  const parts = [
    sessions.length > 1 ? session.name : null,
    protocols.length > 1 || sessions.length === 1 ? protocol : null
  ]
  return parts.filter((p) => p !== null).join(', ')
}

function figureChart(figure: Figure, of: ChartsOf): BoardChart {
  const curves = of.sessions.flatMap((session, colour) =>
    of.protocols.map((protocol): Curve => ({
      id: `${session.board.sessionDir} ${protocol}`,
      name: nameOf(of, session, protocol),
      colour: of.protocols.length > 1 ? colourOf(colour, protocol) : colour,
      style: styleOf(protocol),
      points: session.rows.flatMap(({ batch, record }) => {
        const evaluation = record?.protocols[protocol]
        const reading = evaluation && figure.read(evaluation)
        return reading ? [{ x: batch.place, y: reading.value, interval: reading.interval }] : []
      })
    }))
  )
  return {
    id: figure.id,
    title: figure.name,
    means: figure.means,
    unit: figure.unit,
    range: of.range,
    curves: [...curves.filter((c) => c.points.length > 0), ...untouched(figure, of)],
    marks: marksOf(figure, of)
  }
}

/** The untouched model's value is the level that editing ought to leave alone. */
function untouched(figure: Figure, { sessions, protocols }: ChartsOf): Curve[] {
  if (figure.id !== 'ARR' && figure.id !== 'locality') return []
  const [protocol] = protocols
  const points = sessions[0]?.rows.flatMap(({ batch, record }) => {
    const evaluation = record?.protocols[protocol]
    const before = evaluation && figure.read(evaluation)?.before
    return typeof before === 'number' ? [{ x: batch.place, y: before, interval: null }] : []
  })
  return points && points.length > 0 ? [{ id: 'untouched', name: 'untouched', colour: 0, style: 'dotted', points }] : []
}

function marksOf(figure: Figure, { sessions }: ChartsOf): ChartMark[] {
  return (
    sessions[0]?.rows.flatMap(({ batch, struck }) =>
      struck
        .filter(({ alarm }) => alarm.figure === figure.id)
        .map(({ alarm, percent }) => ({
          x: batch.place,
          words: `Alarm at batch ${batch.place}: ${alarmWords(alarm)}, here ${percent.toFixed(1)} %`
        }))
    ) ?? []
  )
}

function speedChart({ sessions, range }: ChartsOf): BoardChart {
  return {
    id: 'speed',
    title: 'Speed',
    means: 'edits per minute of training, batch by batch',
    unit: 'rate',
    range,
    curves: sessions.map((session, colour) => ({
      id: session.board.sessionDir,
      name: sessions.length > 1 ? session.name : 'edits per minute',
      colour,
      style: 'solid',
      points: session.rows.flatMap(({ batch }) =>
        batch.editsPerMinute === null ? [] : [{ x: batch.place, y: batch.editsPerMinute, interval: null }]
      )
    }))
  }
}

export type StandingKey = Exclude<keyof Standing, 'live'>

export const STANDING_WORDS: Record<StandingKey, string> = {
  superseded: 'superseded',
  indistinguishable: 'indistinguishable',
  forgotten: 'forgotten',
  outOfReach: 'out of reach',
  clusters: 'clusters',
  conflicts: 'conflicts'
}

export const standingKeys = (index: 'scopes' | 'clusters'): readonly StandingKey[] =>
  index === 'scopes' ? ['superseded', 'indistinguishable'] : ['clusters', 'conflicts', 'forgotten', 'outOfReach']

function standingChart({ sessions, protocols, range }: ChartsOf): BoardChart {
  const [protocol] = protocols.length > 0 ? protocols : (['deployment'] as const)
  const alone = sessions.length === 1
  const curve = (session: FollowedSession, key: StandingKey | 'lost', name: string, colour: number): Curve => ({
    id: `${session.board.sessionDir} ${key}`,
    name,
    colour,
    style: 'solid',
    points: session.rows.map(({ batch }) => {
      const standing = batch.after.standing[protocol]
      const y = key === 'lost' ? batch.after.edits - standing.live : (standing[key] ?? 0)
      return { x: batch.place, y, interval: null }
    })
  })
  return {
    id: 'standing',
    title: 'What became of edits',
    means: alone
      ? `edits by state, at their prompt’s end, in the index of protocol ${protocol}`
      : `edits out of work, in the index of protocol ${protocol}`,
    unit: 'count',
    range,
    curves: sessions.flatMap((session, s) =>
      alone
        ? standingKeys(session.board.index).map((key, k) => curve(session, key, STANDING_WORDS[key], k))
        : [curve(session, 'lost', session.name, s)]
    )
  }
}
