/**
 * A plain Hugging Face folder with chosen blocks merged into the weights, for tools that know no adapters. Nothing
 * routes there: what the blocks write, they write everywhere. What that costs is measured on the folder itself.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import { buildScopes } from '../../editor/neuron-index/scopes.ts'
import type { ReadingRules } from '../../editor/read-text.ts'
import { evaluate } from '../../evaluation/evaluate.ts'
import type { Evaluation, EvaluationInput } from '../../evaluation/evaluate.ts'
import type { ExecutorName } from '../../engine/executors/open-executor.ts'
import { openModelFolder } from '../../engine/weights/model-folder.ts'
import { readAccurateSet } from '../../formats/edits.ts'
import { readLocalitySet } from '../../formats/locality-set.ts'
import type { EditSession } from '../edit-session.ts'
import { openEditSession } from '../edit-sessions.ts'
import { sampleRows, sha256, versions } from '../evaluation/about.ts'
import { evaluatedEdit } from '../evaluation/measure-state.ts'
import { checkedFiles, EMBEDDED_MODEL, openModel } from '../model-library.ts'
import { resourcesFolder } from '../places.ts'
import { checkModel } from '../session-model.ts'
import { mergedReadme } from './merged-readme.ts'
import type { MergedFigures, MergeResult } from './merged-readme.ts'
import { writeMergedWeights } from './merged-weights.ts'
import { writeOutFolder } from './new-output.ts'

export type { MergeResult }

export interface MergeOptions {
  session: string
  out: string
  /** absent: all that have an edit in force */
  blocks?: readonly string[]
  accurate?: string
  /** absent: the texts that ship with the embedded model's benchmark */
  locality?: string
  /** at most so many rows of each set, drawn by seed 0 */
  sample?: number
  executor?: ExecutorName
  signal?: AbortSignal
  onProgress?: (what: string) => void
}

const WARNING =
  'Locality is gone: nothing routes in this folder, so its blocks write everywhere, also where no edit was meant.'
const SAMPLE = 200

export async function exportMerged(options: MergeOptions): Promise<MergeResult> {
  const { executor, signal, onProgress } = options
  const localityFile = options.locality ?? join(resourcesFolder(), 'benchmarks', EMBEDDED_MODEL, 'locality.jsonl')
  const taken = { size: options.sample ?? SAMPLE, seed: 0 }
  const accurateRows = options.accurate === undefined ? null : sampleRows(readAccurateSet(options.accurate), taken)
  const locality = sampleRows(readLocalitySet(localityFile), taken).map((row) => row.text)
  const session = await openEditSession({ dir: options.session, executor, mustExist: true, readOnly: true })
  try {
    const blocks = chosenBlocks(session, options.blocks)
    const input: EvaluationInput = {
      edits: sampleRows(session.store.edits.filter((e) => blocks.includes(e.block) && session.isLive(e.editId)), taken).map(
        ({ editId, prompt, join, target }) => evaluatedEdit(session, { id: editId, prompt, join, target })
      ),
      ...(accurateRows && { accurate: accurateRows.filter((row) => session.unfit(row) === null) }),
      locality
    } // prettier-ignore
    onProgress?.('measuring the routed model')
    const routed = await evaluate(session.model, session.rules(), input, { withoutExact: true, signal })
    return await writeOutFolder(options.out, async (folder) => {
      const source = await openModelFolder(session.summary.path, { checked: checkedFiles() })
      checkModel(options.session, session.store.header.model, source)
      onProgress?.('merging')
      const weights = blocks.map((block) => ({ weights: session.store.loadBlock(block), loraLayers: session.model.points.loraLayers })) // prettier-ignore
      writeMergedWeights(source, weights, folder)
      onProgress?.('measuring the merged model')
      const { model } = await openModel(folder, executor, session.model.points)
      try {
        const merged = await evaluate(model, unrouted(session), input, { withoutExact: true, signal })
        const result: MergeResult = {
          format: 'merged',
          out: options.out,
          blocks,
          withdrawn: session.store.withdrawn.flatMap((e) => (blocks.includes(e.block) ? [e.editId] : [])),
          base: { id: session.modelId, sha256: session.model.sha256 },
          sha256: model.sha256,
          warning: WARNING,
          perplexity: {
            edits: figures('edits', routed, merged),
            accurate: figures('accurate', routed, merged),
            locality: figures('locality', routed, merged)
          },
          data: { accurate: told(options.accurate), locality: told(localityFile) },
          erratum: versions().erratum
        }
        writeFileSync(join(folder, 'README.md'), mergedReadme(result))
        return result
      } finally {
        await model.release()
      }
    })
  } finally {
    await session.close()
  }
}

/** @throws ErratumError `NotFound` for a block that the session does not have, `BadInput` without any */
function chosenBlocks({ store }: EditSession, wished: readonly string[] | undefined): string[] {
  const present = store.batches.map(({ block }) => block)
  const unknown = wished?.find((block) => !present.includes(block))
  if (unknown !== undefined)
    throw new ErratumError('NotFound', `The session has no block ${unknown}.`, {
      field: 'blocks',
      cure: `Its blocks are ${present.join(', ') || 'none'}.`
    })
  // A block without edits in force writes nothing in the session; merged it would write everywhere.
  const inForce = store.batches.filter(({ edits }) => edits.length > 0).map(({ block }) => block)
  const blocks = wished === undefined ? inForce : present.filter((block) => wished.includes(block))
  if (blocks.length === 0)
    throw new ErratumError('BadInput', 'There is no block to merge.', {
      field: 'blocks',
      cure: 'Train some edits first.'
    })
  return blocks
}

/** The rules of the session with nothing in its index. */
function unrouted(session: EditSession): ReadingRules {
  const { reach, margin, noise } = session.store.header
  return { ...session.rules(), index: buildScopes([], { reach, margin, noise }), isLivePrompt: () => false }
}

function figures(set: 'edits' | 'accurate' | 'locality', routed: Evaluation, merged: Evaluation): MergedFigures | null {
  const [one, other] = [routed[set], merged[set]]
  if (!one || !other) return null
  return { n: one.n, untouched: one.before, routed: one.after, merged: other.before }
}

const told = (file: string | undefined): { file: string; sha256: string } | null =>
  file === undefined ? null : { file: basename(file), sha256: sha256(readFileSync(file)) }
