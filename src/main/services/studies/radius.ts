/**
 * `erratum study radius`: what the initial radius of a cluster decides (MELO, Figure 3), by the paper's cluster rules.
 *
 * Keys alone: nothing is trained. The edits come one by one, four to a block, and each is asked for again at the end.
 */
import { buildClusters, extendClusters } from '../../editor/neuron-index/clusters.ts'
import type { ClustersIndex } from '../../editor/neuron-index/clusters.ts'
import type { IndexedEdit } from '../../editor/neuron-index/types.ts'
import { DEFAULT_SENTENCE_RULE } from '../../editor/sentence-ends.ts'
import { fitsContext, makeSample } from '../../editor/edit-sample.ts'
import type { EditSample } from '../../editor/edit-sample.ts'
import type { Protocol } from '../../editor/read-text.ts'
import { textStates } from '../../editor/read-text.ts'
import { ErratumError } from '../../../contract/errors.ts'
import type { BlockKeys } from '../../formats/block-keys.ts'
import { indexedEdit } from '../../session/indexed-edit.ts'
import type { Calibration } from '../../editor/calibration.ts'
import type { LanguageModel } from '../../engine/models/language-model.ts'
import { meetsConflict, targetName } from '../cluster-conflicts.ts'
import { ensureCalibration } from '../calibrations.ts'
import { openModel } from '../model-library.ts'
import { PROTOCOLS } from '../session-indices.ts'
import { commonIdentity, readStudyData, sampled } from './study-data.ts'
import type { StudyData, StudyOptions, StudyRow } from './study-data.ts'
import type { Axis, Series } from './line-chart.ts'
import type { Page } from './study-page.ts'
import { runSweep } from './sweep.ts'
import type { Point, SweepResult } from './sweep.ts'

export interface RadiusFigures {
  radius: number
  edits: number
  clusters: number
  /** edits whose key came within reach of a cluster of another target */
  conflicts: number
  /** edits that are no member of any cluster any more */
  forgotten: number
  /** edits that are members, and whose own key leads elsewhere */
  outOfReach: number
  /** edits whose own key leads to their own block */
  answered: number
  /** share of rewordings of the edits' prompts that lead to the edit's block */
  rewordings: number | null
  /** share of accurate sentences where any block fires */
  accurate: number | null
}

/** Keys of one protocol. */
interface StudyKeys {
  readonly edits: readonly IndexedEdit[]
  readonly rewordings: readonly { readonly key: Float32Array; readonly block: string }[]
  readonly accurate: readonly Float32Array[]
}

export type RadiusPoint = Record<Protocol, RadiusFigures>

/** Of the calibrated radius. */
const FACTORS = [0.1, 0.2, 0.35, 0.5, 0.7, 1, 1.4, 2, 3, 5, 8]
const BATCH = 4
const CHUNK = 32

export async function studyRadius(options: StudyOptions): Promise<SweepResult<RadiusPoint>> {
  const data = readStudyData(options)
  const opened = await openModel(options.model, options.executor)
  const { model } = opened
  try {
    const calibration = await ensureCalibration(model, { signal: options.signal })
    let keys: Record<Protocol, StudyKeys> | null = null
    return await runSweep(
      options.out,
      {
        name: 'radius',
        identity: {
          ...commonIdentity(model.sha256, { edits: data.hashes.edits, accurate: data.hashes.accurate }, options),
          executor: opened.executor ?? null,
          calibratedRadius: radii(calibration, 1),
          editsInABlock: BATCH
        },
        points: FACTORS.map((factor) => `x${factor}`),
        measure: async (id) => {
          keys ??= await studyKeys(model, calibration, data, options)
          const radius = radii(calibration, timesOf(id))
          options.onStep?.(`radius ${id}`)
          return {
            deployment: radiusFigures(keys.deployment, radius.deployment),
            paper: radiusFigures(keys.paper, radius.paper)
          }
        },
        page
      },
      options
    )
  } finally {
    await model.release()
  }
}

const radii = ({ deployment, paper }: Calibration, factor: number): Record<Protocol, number> => ({
  deployment: factor * deployment.radius,
  paper: factor * paper.radius
})

async function studyKeys(
  model: LanguageModel,
  calibration: Calibration,
  data: StudyData,
  options: StudyOptions
): Promise<Record<Protocol, StudyKeys>> {
  const read = (what: string, rows: readonly StudyRow[], limit?: number): Promise<KeysOfRow[]> =>
    readKeys(model, calibration, rows, { ...options, limit, onStep: (step) => options.onStep?.(`${what}: ${step}`) })
  const edits = await read('edits', data.edits, options.limit)
  const reworded = edits.flatMap(({ row }, order) =>
    (row.rephrase ?? []).map(({ prompt }) => ({ ...row, id: `${order}`, prompt }))
  )
  const rewordings = await read('rewordings', sampled(options, reworded))
  const accurate = await read('accurate', data.accurate)
  const of = (protocol: Protocol): StudyKeys => ({
    edits: edits.map(({ sample, keys }, order) =>
      // A file may use an id twice.
      indexedEdit({ ...sample, editId: `${order}`, block: blockOf(order), order }, keys, 0, protocol)
    ),
    rewordings: rewordings.map(({ row, keys }) => ({ key: firstKey(keys, protocol), block: blockOf(Number(row.id)) })),
    accurate: accurate.map(({ keys }) => firstKey(keys, protocol))
  })
  return { deployment: of('deployment'), paper: of('paper') }
}

const blockOf = (order: number): string => `block ${Math.floor(order / BATCH)}`
const firstKey = ({ deployment, paper }: BlockKeys, protocol: Protocol): Float32Array =>
  protocol === 'paper' ? paper[0] : deployment[0][0]

interface KeysOfRow {
  readonly row: StudyRow
  readonly sample: EditSample
  readonly keys: BlockKeys
}

/** Of the rows that fit the context, at most `limit`. */
async function readKeys(
  model: LanguageModel,
  { deployment }: Calibration,
  rows: readonly StudyRow[],
  { limit = Infinity, signal, onStep }: Pick<StudyOptions, 'limit' | 'signal' | 'onStep'>
): Promise<KeysOfRow[]> {
  const fit = rows
    .map((row) => ({ row, sample: makeSample(model.tokenizer, row, DEFAULT_SENTENCE_RULE) }))
    .filter(({ sample }) => fitsContext(sample, model.config.positions))
    .slice(0, limit)
  const read: KeysOfRow[] = []
  for (let from = 0; from < fit.length; from += CHUNK) {
    if (signal?.aborted)
      throw new ErratumError('Cancelled', 'The study was stopped; run again, it goes on where it was.')
    const chunk = fit.slice(from, from + CHUNK)
    const states = await textStates(
      model,
      chunk.map(({ sample }) => sample),
      deployment.key
    )
    read.push(
      ...chunk.map((one, i) => ({
        ...one,
        keys: { deployment: [states[i].deploymentKeys], paper: [states[i].paperKey] }
      }))
    )
    onStep?.(`keys of ${read.length} of ${fit.length}`)
  }
  return read
}

/** The edits inserted one by one, and what became of each, at its prompt's end. */
export function radiusFigures({ edits, rewordings, accurate }: StudyKeys, radius: number): RadiusFigures {
  let index: ClustersIndex = buildClusters([], { radius })
  let conflicts = 0
  const targets = new Map(edits.map((e) => [e.editId, targetName(e)]))
  for (const edit of edits) {
    if (meetsConflict(index, edit, targets)) conflicts++
    index = extendClusters(index, [edit])
  }
  const states = edits.map(({ editId }) => index.stateOf({ editId, record: 0 }).state)
  return {
    radius,
    edits: edits.length,
    clusters: index.clusters().length,
    conflicts,
    forgotten: states.filter((s) => s === 'forgotten').length,
    outOfReach: states.filter((s) => s === 'out-of-reach').length,
    answered: edits.filter((e) => index.route(e.records[0].key).block === e.block).length,
    rewordings: share(rewordings, ({ key, block }) => index.route(key).block === block),
    accurate: share(accurate, (key) => index.route(key).block !== null)
  }
}

const share = <T>(list: readonly T[], hit: (item: T) => boolean): number | null =>
  list.length === 0 ? null : list.filter(hit).length / list.length

const FIGURES = ['clusters', 'conflicts', 'forgotten', 'outOfReach', 'answered'] as const
const SHARES = ['rewordings', 'accurate'] as const
const NAMES: Record<(typeof FIGURES | typeof SHARES)[number], string> = {
  clusters: 'clusters',
  conflicts: 'conflicts',
  forgotten: 'forgotten edits',
  outOfReach: 'edits out of reach',
  answered: 'edits answered by their block',
  rewordings: 'rewordings answered by the block of their edit',
  accurate: 'accurate sentences where a block fires'
}

/** At the ends of lines. */
const SHORT: Record<keyof typeof NAMES, string> = {
  clusters: 'clusters',
  conflicts: 'conflicts',
  forgotten: 'forgotten',
  outOfReach: 'out of reach',
  answered: 'answered',
  rewordings: 'rewordings answered',
  accurate: 'accurate sentences'
}

function page(points: readonly Point<RadiusPoint>[]): Page {
  return {
    title: 'Initial radius of a cluster',
    intro:
      'The edits of the benchmark inserted one by one by the paper’s cluster rules, for initial radii around the calibrated one, with the keys of both protocols. Counts are of edits, at their prompt’s end; “answered” tells how many lead back to their own block.',
    table: {
      columns: [
        'protocol',
        'times the calibrated radius',
        'radius',
        'edits',
        ...FIGURES.map((f) => NAMES[f]),
        ...SHARES.map((f) => NAMES[f])
      ],
      rows: PROTOCOLS.flatMap((protocol) =>
        points.map(({ id, result }) => {
          const r = result[protocol]
          return [protocol, timesOf(id), r.radius, r.edits, ...[...FIGURES, ...SHARES].map((f) => r[f])]
        })
      )
    },
    charts: PROTOCOLS.flatMap((protocol) => {
      const series = (figure: keyof typeof NAMES): Series => ({
        name: SHORT[figure],
        points: points.map(({ id, result }) => ({ x: timesOf(id), y: result[protocol][figure] }))
      })
      const x: Axis = { label: 'times the calibrated radius', scale: 'log' }
      return [
        { title: `Keys of the ${protocol} protocol: edits`, x, y: { label: 'count' }, series: FIGURES.map(series) },
        {
          title: `Keys of the ${protocol} protocol: rewordings and accurate sentences`,
          x,
          y: { label: 'share', from: 0, to: 1 },
          series: SHARES.map(series)
        }
      ]
    })
  }
}

const timesOf = (id: string): number => Number(id.slice('x'.length))
