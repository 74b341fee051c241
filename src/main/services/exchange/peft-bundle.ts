/** The bundle of a session's edits that runs without Erratum: PEFT adapters, the index, `melo.json` and `load.py`. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import { readCalibration } from '../../editor/calibration-file.ts'
import { LOOK_BACK } from '../../editor/edit-sample.ts'
import { buildClusters } from '../../editor/neuron-index/clusters.ts'
import { SHORTEST_SENTENCE } from '../../editor/neuron-index/scope-router.ts'
import { buildScopes } from '../../editor/neuron-index/scopes.ts'
import type { IndexedEdit, RecordRef } from '../../editor/neuron-index/types.ts'
import { BUNDLE_INDEX, writeBundleIndex } from '../../formats/bundle-index.ts'
import type { BundleCluster, BundleRecord } from '../../formats/bundle-index.ts'
import { writePeftBlock } from '../../formats/peft-block.ts'
import { openSession } from '../../session/session-folder.ts'
import type { SessionStore } from '../../session/session-store.ts'
import { versions } from '../evaluation/about.ts'
import { resourcesFolder } from '../places.ts'
import { writeOutFolder } from './new-output.ts'

export const BUNDLE_SCHEMA = 1

export interface BundleResult {
  format: 'peft'
  out: string
  blocks: number
  /** keys in the index */
  records: number
  edits: number
  index: 'scopes' | 'clusters'
}

export async function exportBundle(session: string, out: string): Promise<BundleResult> {
  const store = await openSession(session, { readOnly: true })
  try {
    if (store.problem) throw store.problem
    return await writeOutFolder(out, (folder) => ({ ...fillBundle(store, folder), out }))
  } finally {
    await store.close()
  }
}

function fillBundle(store: SessionStore, folder: string): Omit<BundleResult, 'out'> {
  const { header, batches } = store
  const edits = store.indexedEdits('deployment')
  const { records, clusters, blocks } = bundleRecords(store, edits)
  if (records.length === 0)
    throw new ErratumError('BadInput', 'No edit of the session is in force: there is nothing to run.', {
      file: store.folder,
      field: 'session',
      cure: 'Train some edits first.'
    })
  for (const block of blocks) {
    const place = join(folder, 'blocks', block)
    mkdirSync(place, { recursive: true })
    const { loraLayers } = batches.find((batch) => batch.block === block)!
    writePeftBlock(place, { weights: store.loadBlock(block), loraLayers, baseModel: header.model.id })
  }
  const calibration = store.calibrationFile === null ? null : readCalibration(store.calibrationFile)
  const key = calibration?.deployment.key ?? { whitening: null, tokenWeights: null }
  writeBundleIndex(join(folder, BUNDLE_INDEX), records, clusters, key)
  const melo = {
    schemaVersion: BUNDLE_SCHEMA,
    erratum: versions().erratum,
    base: { id: header.model.id, sha256: header.model.sha256 },
    key: header.key,
    loraLayers: header.loraLayers,
    sentenceRule: header.sentenceRule,
    lookBack: LOOK_BACK,
    index: header.index,
    reach: header.reach,
    margin: header.margin,
    noise: header.noise,
    radius: header.radius,
    shortestSentence: SHORTEST_SENTENCE,
    settings: header.settings,
    blocks,
    edits: store.edits.map(({ editId, prompt, join, target, block, order, extra }) => ({ id: editId, prompt, join, target, block, order, extra }))
  } // prettier-ignore
  writeFileSync(join(folder, 'melo.json'), JSON.stringify(melo, null, 1) + '\n')
  for (const file of ['load.py', 'read_tokenizer.py'])
    copyFileSync(join(resourcesFolder(), 'bundle', file), join(folder, file))
  return {
    format: 'peft',
    blocks: blocks.length,
    records: records.length,
    edits: store.edits.length,
    index: header.index
  }
}

/** The records that can answer, by the order of their edits, and the blocks that they fire. */
function bundleRecords(
  { header }: SessionStore,
  edits: readonly IndexedEdit[]
): { records: BundleRecord[]; clusters: BundleCluster[] | null; blocks: string[] } {
  const clusters = header.index === 'clusters' ? buildClusters(edits, header) : null
  const index = clusters ?? buildScopes(edits, header)
  const clusterOf = new Map<string, number>()
  clusters?.clusters().forEach(({ members }, c) => {
    for (const member of members) clusterOf.set(nameOf(member), c)
  })
  const blocks: string[] = []
  const numberOf = (block: string): number => {
    if (!blocks.includes(block)) blocks.push(block)
    return blocks.indexOf(block)
  }
  const records = edits.flatMap(({ editId, block, order, records }, edit) =>
    records.flatMap(({ key, promptIds, says }, record): BundleRecord[] => {
      const ref = { editId, record }
      const live = index.stateOf(ref).state === 'live'
      const cluster = clusterOf.get(nameOf(ref)) ?? null
      if (clusters ? cluster === null : !live) return []
      return [{ key, promptIds, says, block: numberOf(block), edit, record, order, live, cluster }]
    })
  )
  return { records, clusters: clusters && [...clusters.clusters()], blocks }
}

const nameOf = ({ editId, record }: RecordRef): string => `${record} ${editId}`
