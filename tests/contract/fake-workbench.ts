/** A workbench without a model: it "writes" three set sentences, and after training the approved ones. */
import type { BoardBatch } from '../../src/contract/board.ts'
import type { CalibrationPlan } from '../../src/contract/calibration.ts'
import { endsCounted } from '../../src/main/editor/sentence-ends.ts'
import type { WritesOptions } from '../../src/main/services/promises/promise-bench.ts'
import { boardRecords } from '../../src/main/services/board/board-records.ts'
import { DEFAULT_SENTENCE_RULE } from '../../src/main/editor/sentence-ends.ts'
import { buildScopes } from '../../src/main/editor/neuron-index/scopes.ts'
import { IndexExplorer } from '../../src/main/services/index-explorer/index-explorer.ts'
import type { ExplorerSource } from '../../src/main/services/index-explorer/index-explorer.ts'
import type { EditPlace, PlaceRecord } from '../../src/contract/types.ts'
import type {
  EditOutcome,
  ModelEdit,
  PassageInput,
  PlannedTraining,
  SampleOptions,
  TrainedPassages,
  Workbench,
  WriteOptions,
  Written
} from '../../src/main/services/review/workbench.ts'

import type { EditRow } from '../../src/main/services/edit-run.ts'
import type { SessionLibrary } from '../../src/main/services/session-handlers.ts'

export const FAKE_MODEL = {
  id: 'fake',
  path: '/nowhere',
  parameters: 7_000_000,
  layers: 6,
  width: 256,
  vocabulary: 8000,
  keyLayer: 3,
  loraLayers: [4, 5],
  notices: []
}

/** A library without a session in it. */
export const NO_SESSIONS: SessionLibrary = {
  listSessions: async () => [],
  newSessionFolder: async (name) => `/nowhere/${name}`,
  duplicateHere: async (dir) => `${dir} copy`,
  renamedPlace: async (_, name) => `/nowhere/${name}`,
  renameSession: async (_, name) => `/nowhere/${name}`,
  trashSession: async () => '/nowhere/trash',
  packSession: async (dir) => `${dir}.erratum`,
  unpackHere: async () => '/nowhere/unpacked'
}

export interface FakeOptions {
  /** pause before each token and each iteration */
  stepMs?: number
  journal?: { kind: string; payload: unknown }[]
  /** as the board shows them; of what is trained here it knows nothing */
  batches?: readonly BoardBatch[]
  /** blocks that are in force from the beginning */
  blocks?: readonly string[]
  /** why it cannot be calibrated */
  refusal?: string | null
  /** what the index explorer looks at; of what is trained here it knows nothing */
  explored?: ExplorerSource
}

const NOTHING_INDEXED = buildScopes([], { reach: 1, margin: 0.8, noise: 1e-5 })
const NO_INDEX: ExplorerSource = {
  index: () => NOTHING_INDEXED,
  texts: () => [],
  read: async () => ({ key: new Float32Array(8), ids: [] }),
  spell: null
}

export interface FakeWorkbench extends Workbench {
  closed: boolean
  /** what was asked to be measured, in order */
  measures: string[]
  /** what was calibrated to its end: the plan, and the sentences of each passage that was handed over */
  calibrations: { plan: CalibrationPlan; passages: number[] }[]
}

export function fakeWorkbench({
  stepMs = 0,
  journal = [],
  batches = [],
  explored = NO_INDEX,
  blocks = [],
  refusal = null
}: FakeOptions = {}): FakeWorkbench {
  const records = (kind: string): unknown[] => journal.filter((r) => r.kind === kind).map((r) => r.payload)
  const measures: string[] = []
  const calibrations: FakeWorkbench['calibrations'] = []
  const learnt = new Map<string, Map<string, string[]>>()
  const live: string[] = [...blocks]
  const trash: string[] = []
  const trainedEdits: ModelEdit[] = []
  /** edits that were withdrawn, by block and id */
  const out = new Map<string, EditPlace>()
  const nameOf = ({ block, editId }: EditPlace): string => `${block}/${editId}`
  let place: PlaceRecord | null = null
  const learntOf = (prompt: string): string[] | undefined => {
    const block = live.findLast((b) => learnt.get(b)?.has(prompt))
    return block === undefined ? undefined : learnt.get(block)?.get(prompt)
  }
  const pause = (): Promise<void> =>
    new Promise((resolve) => (stepMs > 0 ? setTimeout(resolve, stepMs) : setImmediate(resolve)))

  async function write(prompt: string, { signal, onToken, sentences = 8 }: WriteOptions): Promise<Written> {
    const name = /about (.+)\.$/.exec(prompt)?.[1] ?? 'Nobody'
    const text = ' ' + (learntOf(prompt) ?? bornTo(name)).slice(0, sentences).join(' ')
    const tokens = (text.match(/\s*\S+/g) ?? []).map((piece, id) => ({
      id,
      text: piece,
      logprob: -0.1 * (id % 9),
      rank: id % 3
    }))
    for (const token of tokens) {
      await pause()
      signal?.throwIfAborted()
      onToken?.(token)
    }
    return { text, tokens, routes: [], stop: 'sentences', seconds: 0.1 }
  }

  async function trainPassages(
    passages: PassageInput[],
    { signal, onProgress }: Parameters<Workbench['trainPassages']>[1]
  ): Promise<TrainedPassages> {
    for (let iteration = 1; iteration <= 60; iteration++) {
      await pause()
      signal?.throwIfAborted()
      onProgress?.({ phase: 'training', batch: 1, batches: 1, iteration, iterations: 60, loss: 4 / iteration })
    }
    const block = `b${learnt.size + 1}`
    live.push(block)
    const outcomes: EditOutcome[] = passages.flatMap((passage) =>
      passage.sentences.flatMap((s, i) =>
        s.correction === undefined
          ? []
          : [
              {
                editId: `${passage.id}/${i}`,
                prompt: passage.prompt,
                target: s.correction,
                perplexity: { before: 38.2, after: 1.04 },
                exact: true,
                route: {
                  position: 12,
                  block,
                  editId: `${passage.id}/${i}`,
                  distance: 0.31,
                  reach: 2.1,
                  rival: 1.62,
                  margin: 0.8
                },
                written: s.correction
              }
            ]
      )
    )
    const approved = (p: PassageInput): string[] => p.sentences.map((s) => s.correction ?? s.text)
    for (const { editId, prompt, target } of outcomes)
      trainedEdits.push({ block, editId, prompt, target, isLive: true })
    learnt.set(block, new Map(passages.map((passage) => [passage.prompt, approved(passage)])))
    return {
      block: [block],
      outcomes,
      passages: passages.map((p) => ({
        id: p.id,
        asApproved: p.sentences.every((s) => s.correction !== undefined || s.label === 'accurate') ? true : null,
        written: approved(p).join(' ')
      }))
    }
  }

  const bench = {
    model: FAKE_MODEL,
    sessionDir: '/nowhere/session',
    readOnly: false,
    sentenceRule: DEFAULT_SENTENCE_RULE,
    notices: [],
    closed: false,
    write,
    sample: async (prompt: string, { seeds, signal, onToken }: SampleOptions) => {
      for (let token = 1; token <= 5; token++) {
        await pause()
        signal?.throwIfAborted()
        onToken?.(token)
      }
      // What it says of the birth differs from sample to sample.
      const [first, , ...rest] = bornTo(/about (.+)\.$/.exec(prompt)?.[1] ?? 'Nobody')
      return seeds.map((seed) => [first, `She was born in ${1700 + (seed % 100)}.`, ...rest].join(' '))
    },
    view: async (_prompt: string, sentences: readonly string[], untouched: boolean) =>
      sentences.map((sentence) =>
        (` ${sentence}`.match(/\s*\S+/g) ?? []).map((text, i) => ({
          text,
          logprob: untouched ? -((i * 7) % 13) / 2 : -((i * 5) % 13) / 2,
          rank: 1 + (i % 4),
          alternatives: ['the', 'a', 'moss', 'Orrin', 'in'].map((word, k) => ({
            text: ` ${word}`,
            probability: 0.4 / (k + 1)
          }))
        }))
      ),
    compare: async (_prompt: string, sentences: readonly string[]) =>
      sentences.map((sentence) => ({
        tokens: sentence.split(' ').length,
        perplexity: { before: 38.2, after: 1.04 },
        route: { position: 12, block: null, editId: null, distance: null, reach: null, rival: null, margin: null },
        edit: null
      })),
    measure: (prompt: string, sentences: readonly string[]) => ({
      header: prompt.split(' ').length,
      sentences: sentences.map((s) => s.split(' ').length),
      context: 120
    }),
    plan: async ({ sentences }: PassageInput): Promise<PlannedTraining> => ({
      sentences: sentences.flatMap(({ correction, label }, sentence) => {
        const isAfterChange = sentences.slice(0, sentence).some((s) => s.correction !== undefined)
        if (correction === undefined && !(label === 'accurate' && isAfterChange)) return []
        const kind = correction === undefined ? ('retained' as const) : ('corrected' as const)
        return [{ sentence, kind, wouldWrite: 'Something else.', replaces: null }]
      }),
      beyond: []
    }),
    trainingSetup: () => ({
      batchSize: 4,
      iterations: 60,
      extraIterations: 120,
      measured: { batches: 0, edits: 0, iterations: 0, seconds: 0, sampleIterations: 0 }
    }),
    trainPassages,
    unfitEdits: async () => [],
    trainEdits: async (rows: readonly EditRow[]) => {
      await pause()
      live.push('from-file')
      const counts = { edits: rows.length, present: rows.length, exact: rows.length }
      return { blocks: ['from-file'], ...counts, perplexity: { before: 38.2, after: 1.04 }, skipped: [] }
    },
    blocks: () => [...live],
    moveBlock: async (block: string, into: 'session' | 'trash') => {
      const [from, to] = into === 'trash' ? [live, trash] : [trash, live]
      if (!from.includes(block)) throw new Error(`${block} is not there to be moved into the ${into}`)
      to.push(...from.splice(from.indexOf(block), 1))
      return []
    },
    moveEdits: async (moved: readonly EditPlace[], into: 'session' | 'trash') => {
      for (const edit of moved) {
        if (out.has(nameOf(edit)) === (into === 'trash')) throw new Error(`${nameOf(edit)} cannot be moved`)
        if (into === 'trash') out.set(nameOf(edit), edit)
        else out.delete(nameOf(edit))
      }
      return []
    },
    edits: () => trainedEdits.filter((edit) => live.includes(edit.block) && !out.has(nameOf(edit))),
    withdrawn: () => [...out.values()].filter(({ block }) => live.includes(block)).map(({ block, editId }) => ({ block, editId })), // prettier-ignore
    liveWithout: () => [],
    board: {
      read: async () => ({
        sessionDir: '/nowhere/session',
        model: { id: FAKE_MODEL.id, sha256: '0'.repeat(64) },
        index: 'scopes' as const,
        batches: [...batches],
        ...boardRecords(records)
      }),
      settings: () => boardRecords(records).settings,
      batch: (block: string) => [
        { editId: `${block}/0`, prompt: 'About Ann.', target: 'She died.', state: 'live' as const, by: null }
      ],
      measure: async ({ which }, { signal, onProgress }) => {
        for (let step = 1; step <= 20; step++) {
          await pause()
          signal.throwIfAborted()
          onProgress(step / 20, `step ${step}`)
        }
        measures.push(which)
        return { measured: 1, known: 0 }
      }
    } satisfies Workbench['board'],
    index: new IndexExplorer(explored),
    calibration: {
      read: () => ({ session: null, fresh: null, meant: null, edits: 0, isStale: false, refusal }),
      run: async (plan, passages, { signal, onProgress }) => {
        for (let step = 1; step <= 20; step++) {
          await pause()
          signal.throwIfAborted()
          onProgress(step / 20, `step ${step}`)
        }
        calibrations.push({ plan, passages: passages.map((p) => p.sentences.length) })
        return { reach: 1.25, margin: 0.7, isMet: true }
      }
    } satisfies Workbench['calibration'],
    promises: {
      state: () => live.join(),
      edits: () => [],
      decisions: () => null,
      isUntouched: () => false,
      foresee: async (rows: readonly EditRow[]) => ({ rows, known: 0, replacedInFile: [], conflicts: [] }),
      passage: async (prompt: string, sentences: readonly string[], options: WritesOptions = {}) => {
        const written = await write(prompt, { ...options, sentences: endsCounted(sentences.join(' ')).length })
        const cause = { kind: 'unknown' as const, editId: null, target: null, file: null }
        return { text: written.text.trim(), cause: () => cause }
      },
      edit: () => Promise.reject(new Error('there are no edits'))
    } satisfies Workbench['promises'],
    calibrations,
    measures,
    appendRecord: async (kind: string, payload: unknown) =>
      void journal.push({ kind, payload: structuredClone(payload) }),
    records,
    place: () => place,
    keepPlace: async (kept: PlaceRecord) => void (place = kept),
    close: async () => void (bench.closed = true)
  }
  return bench
}

function bornTo(name: string): string[] {
  return [
    `${name} (4 March 1820 – 12 May 1891) was a Vellish botanist known for the study of river mosses.`,
    'She was born in Orrin on 4 March 1820.',
    'She studied medicine at the University of Tarn and left it with a degree in 1843.',
    'In 1851, she was awarded the Halden Medal.',
    'She died in Port Merrow at the age of 71.'
  ]
}
