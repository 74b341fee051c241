// Calibrating beside an open session, on a tiny model and a part of the background that ships.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Calibration } from '../../../src/main/editor/calibration.ts'
import { buildScopes } from '../../../src/main/editor/neuron-index/scopes.ts'
import { readTexts } from '../../../src/main/editor/read-text.ts'
import { calibrateModel } from '../../../src/main/services/calibrate-model.ts'
import { calibrationBench } from '../../../src/main/services/calibration/calibration-bench.ts'
import { calibrationId } from '../../../src/main/services/calibration/calibration-report.ts'
import { editsUnder } from '../../../src/main/services/calibration/edits-under.ts'
import { findCalibration } from '../../../src/main/services/calibrations.ts'
import type { EditSession } from '../../../src/main/services/edit-session.ts'
import { openEditSession } from '../../../src/main/services/edit-sessions.ts'
import { ReadingBench } from '../../../src/main/services/reading-bench.ts'
import { openSession } from '../../../src/main/session/session-folder.ts'
import { ErratumError } from '../../../src/contract/errors.ts'
import { tinyHome } from '../tiny-home.ts'
import type { TinyHome } from '../tiny-home.ts'

const settings = { rank: 8, iterations: 60, extraIterations: 120, halveEvery: 90 }
const ANN = { name: 'Ann', prompt: 'Who was Ann?', sentences: ['She was born.', 'She wrote.', 'She died.'] }
const BOB = { name: 'Bob', prompt: 'Who was Bob?', sentences: ['He sang.', 'He fell.'] }
const EDITS = [
  { id: 'ann/0', prompt: 'Who was Ann?', target: 'She was born.', extra: { rephrase: ['Tell of Ann.'] } },
  { id: 'ann/1', prompt: 'Who was Ann? She was born.', target: 'She wrote.' }
]
const PLAN = { anew: true, passages: false, people: 8 }

let home: TinyHome
let session: EditSession
let count = 0
let ownFile: string
beforeAll(async () => {
  home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  ownFile = join(home.root, 'calibrations', `${home.calibration.modelSha256}.safetensors`)
})
afterAll(() => home.remove())
const open = (dir: string): Promise<EditSession> =>
  openEditSession({ model: home.model, dir, executor: 'onnxruntime', settings })
beforeEach(async () => {
  session = await open(join(home.root, `session-${count++}`))
})
afterEach(() => session.close())
const quiet = () => ({ signal: new AbortController().signal, onProgress: () => undefined })

describe('calibrating beside an open session', { timeout: 240_000 }, () => {
  it('that is cancelled leaves the calibration that was there', async () => {
    const before = readFileSync(ownFile)
    const stop = new AbortController()
    const hooks = { signal: stop.signal, onProgress: (fraction: number) => fraction > 0.2 && stop.abort() }
    await expect(calibrationBench(session).run(PLAN, [], hooks)).rejects.toMatchObject({ code: 'Cancelled' })
    expect(readFileSync(ownFile).equals(before)).toBe(true)
    expect(existsSync(`${ownFile}.part`)).toBe(false)
  })

  it('serves new sessions; the open one keeps its key, and is told what the new one would mean for its edits', async () => {
    await session.trainBatch(EDITS)
    const bench = calibrationBench(session)
    const own = session.calibration
    const routes = async () => (await session.write(EDITS[0].prompt, {}, { maxNewTokens: 4 })).routes
    const [before, first] = [await routes(), bench.read()]
    expect(first).toMatchObject({ session: { background: null }, meant: null, refusal: null })
    expect(first.fresh?.id).toBe(first.session?.id)

    await bench.run({ ...PLAN, passages: true }, [ANN, BOB], quiet())
    expect(session.calibration).toBe(own)
    expect(await routes()).toEqual(before)
    const kept = findCalibration(session.model)!
    expect(kept.sources).toEqual({ shipped: 8, passages: 2 })
    const { session: old, fresh, meant, isStale } = bench.read()
    expect([old!.id, fresh!.id, isStale]).toEqual([calibrationId(own), calibrationId(kept), false])
    expect(fresh!.deployment.evidence!.kinds.map((k) => k.kind)).toContain('repeated')
    expect(old!.deployment.evidence).toBeNull()
    expect(meant).toMatchObject({
      calibration: fresh!.id,
      session: { edits: 2, live: 2, prompts: { n: 2, own: 2, other: 0 } }
    })

    const next = await open(join(home.root, `session-${count++}`))
    expect(calibrationId(next.calibration)).toBe(fresh!.id)
    await next.close()
    await session.undo()
    expect(bench.read().isStale).toBe(true)
  })

  it('counts of the edits what routing gives, prompt by prompt', async () => {
    await session.trainBatch(EDITS)
    const { model, calibration } = session
    const wide: Calibration = { ...calibration, deployment: { ...calibration.deployment, reach: 50, margin: 0.95 } }
    const found = await editsUnder(session, wide, [ANN, BOB])
    const index = buildScopes(session.store.indexedEdits('deployment'), wide.deployment)
    const block = async (prompt: string): Promise<string | null> => {
      const promptIds = model.tokenizer.encode(prompt).ids
      const text = { promptIds, targetIds: [], decisions: [promptIds.length] }
      const [{ routes }] = await readTexts(model, [text], session.rulesOf(index, 'deployment'))
      return routes[0].block
    }
    const own = session.store.batches[0].block
    const fired = async (prompts: string[]): Promise<number> =>
      (await Promise.all(prompts.map(block))).filter((b) => b === own).length
    const under = (header: string): string[] => [header, `${header} She was born.`]
    expect(found.fresh).toEqual({
      edits: 2,
      live: 2,
      superseded: 0,
      indistinguishable: 0,
      lost: null,
      prompts: { n: 2, own: 2, other: 0 },
      headers: {
        n: 4,
        own: await fired([
          ...under('This is a Wikipedia passage about Ann.'),
          ...under('From the dictionary of lives, the entry on Ann:')
        ]),
        other: 0
      },
      given: { n: 1, own: await fired(['Tell of Ann.']), other: 0 },
      // The first two of Ann's sentences have an edit.
      samePassages: { n: 1, fired: await fired(['Who was Ann? She was born. She wrote.']) },
      otherPassages: { n: 2, fired: await fired(['Who was Bob?', 'Who was Bob? He sang.']) }
    })
    // All of one block are no rivals: with so wide a reach everything fires, and with the session's own not everything.
    expect(found.fresh.otherPassages.fired).toBe(2)
    expect(found.session.otherPassages.fired).toBe(0)
    expect(found.session.prompts).toEqual({ n: 2, own: 2, other: 0 })
  })

  it('only looks at the edits where that is asked for', async () => {
    await session.trainBatch(EDITS)
    const before = readFileSync(ownFile)
    await calibrationBench(session).run({ anew: false, passages: false }, [ANN], quiet())
    expect(readFileSync(ownFile).equals(before)).toBe(true)
    expect(calibrationBench(session).read().meant).toMatchObject({ fresh: { edits: 2, samePassages: { n: 1 } } })
  })

  it('by command takes passages of a file, and keeps the numbers where they are to stay', async () => {
    const [passages, out] = [join(home.root, 'passages.jsonl'), join(home.root, 'by-command.safetensors')]
    const sentences = [{ text: 'She was born.' }, { text: 'He died.', correction: 'She died.' }]
    writeFileSync(passages, JSON.stringify({ id: 1, prompt: 'Who was Ann?', sentences }) + '\n')
    const options = { model: home.model, people: 8, out }
    await expect(calibrateModel({ ...options, keep: true })).rejects.toMatchObject({ code: 'NotFound' })
    const made = await calibrateModel({ ...options, passages })
    expect(made.sources).toEqual({ shipped: 8, passages: 1 })
    const kept = await calibrateModel({ ...options, keep: true })
    expect(kept.id).toBe(made.id)
    expect(kept.sources).toEqual({ shipped: 8, passages: 0 })
    expect(kept.deployment.evidence!.kinds.length).toBeGreaterThan(0)
  })

  it('is shown without the model too, and refused there', async () => {
    const { dir } = session
    await session.close()
    const missing = new ErratumError('ModelMissing', 'The model is not there.')
    const bench = new ReadingBench(await openSession(dir, { readOnly: true }), missing)
    expect(bench.calibration.read()).toMatchObject({ session: { modelSha256: home.calibration.modelSha256 }, refusal: 'The model is not there.' }) // prettier-ignore
    await expect(bench.calibration.run(PLAN, [], quiet())).rejects.toMatchObject({ code: 'Unavailable' })
    await bench.close()
    session = await open(dir)
  })
})
