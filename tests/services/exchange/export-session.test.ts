// What a session becomes outside Erratum: a PEFT bundle, a merged model, a report.
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildClusters } from '../../../src/main/editor/neuron-index/clusters.ts'
import { buildScopes } from '../../../src/main/editor/neuron-index/scopes.ts'
import { openModelFolder } from '../../../src/main/engine/weights/model-folder.ts'
import { readSafetensorsHeader, readTensor, writeSafetensors } from '../../../src/main/engine/weights/safetensors.ts'
import { readPeftBlock } from '../../../src/main/formats/peft-block.ts'
import { editFile } from '../../../src/main/services/edit-file.ts'
import { exportSession } from '../../../src/main/services/exchange/export-session.ts'
import { writeMergedWeights } from '../../../src/main/services/exchange/merged-weights.ts'
import { createSession, openSession } from '../../../src/main/session/session-folder.ts'
import { HEADER, sampleBatch, temporaryFolder } from '../../session/sample-session.ts'
import { tinyHome } from '../tiny-home.ts'
import type { TinyHome } from '../tiny-home.ts'

const { path: root, remove } = temporaryFolder()
afterAll(remove)
let count = 0
const out = (): string => join(root, `out-${count++}`)

async function sampleSession(index: 'scopes' | 'clusters'): Promise<string> {
  const folder = join(root, `session-${index}-${count++}`)
  const store = await createSession(folder, { ...HEADER, index })
  for (const n of [0, 1, 2]) await store.commitBatch(sampleBatch(n))
  await store.close()
  return folder
}

describe.each(['scopes', 'clusters'] as const)('a bundle of a session with %s', (index) => {
  it('holds the records that can answer, with their blocks, and what routes them', async () => {
    const folder = await sampleSession(index)
    const bundle = out()
    const result = await exportSession({ session: folder, format: 'peft', out: bundle })
    expect(readdirSync(bundle).sort()).toEqual([
      'blocks',
      'index.safetensors',
      'load.py',
      'melo.json',
      'read_tokenizer.py'
    ])

    const store = await openSession(folder, { readOnly: true })
    const edits = store.indexedEdits('deployment')
    const built = index === 'scopes' ? buildScopes(edits, HEADER) : buildClusters(edits, HEADER)
    const clusters = built.mode === 'clusters' ? built.clusters() : null
    const answers = (editId: string, record: number): boolean =>
      clusters?.some(({ members }) => members.some((m) => m.editId === editId && m.record === record)) ??
      built.stateOf({ editId, record }).state === 'live'
    const due = edits.flatMap((edit) => edit.records.map((one, record) => ({ ...one, record, edit }))).filter(({ edit, record }) => answers(edit.editId, record)) // prettier-ignore
    expect(result).toMatchObject({ records: due.length, edits: 9, index })
    expect(due.length).toBeGreaterThan(3)

    const { tensors } = readSafetensorsHeader(join(bundle, 'index.safetensors'))
    const values = (name: string): number[] => [...readTensor(tensors.get(name)!).data]
    const list = (name: string, i: number): number[] => values(`${name}_ids`).slice(values(`${name}_offsets`)[i], values(`${name}_offsets`)[i + 1]) // prettier-ignore
    const melo = JSON.parse(readFileSync(join(bundle, 'melo.json'), 'utf8')) as {
      blocks: string[]
      edits: { id: string }[]
    }
    expect(values('keys')).toEqual(due.flatMap(({ key }) => [...key]))
    due.forEach(({ edit, promptIds, says, record }, i) => {
      expect([list('prompt', i), list('says', i)]).toEqual([[...promptIds], [...says]])
      expect(melo.blocks[values('key_block')[i]]).toBe(edit.block)
      expect(melo.edits[values('key_edit')[i]].id).toBe(edit.editId)
      expect([values('key_record')[i], values('key_order')[i]]).toEqual([record, edit.order])
      const cluster = clusters?.findIndex(({ members }) =>
        members.some((m) => m.editId === edit.editId && m.record === record)
      )
      if (clusters) expect(values('key_cluster')[i]).toBe(cluster)
    })
    if (clusters) {
      expect(values('centers')).toEqual(clusters.flatMap(({ centre }) => [...centre]))
      const radii = values('radii')
      clusters.forEach(({ radius }, c) => {
        expect(radii[c]).toBeGreaterThanOrEqual(radius)
        expect(radii[c]).toBeCloseTo(radius, 5)
      })
    } else expect(tensors.has('centers')).toBe(false)
    for (const block of melo.blocks)
      expect(readPeftBlock(join(bundle, 'blocks', block)).weights).toEqual(store.loadBlock(block))
    expect(melo).toMatchObject({
      index,
      base: { sha256: HEADER.model.sha256 },
      reach: 3.5,
      margin: 0.8,
      noise: 1e-3,
      shortestSentence: 4
    })
    await store.close()
  })
})

it('a session without edits has no bundle, and nothing is left where it would have been', async () => {
  const folder = join(root, 'bare')
  await (await createSession(folder, HEADER)).close()
  const bundle = out()
  await expect(exportSession({ session: folder, format: 'peft', out: bundle })).rejects.toMatchObject({
    code: 'BadInput'
  })
  expect(readdirSync(dirname(bundle)).filter((name) => name.startsWith(basename(bundle)))).toEqual([])
})

it('options of other formats are refused by name', async () => {
  const wrong = exportSession({ session: 'nowhere', format: 'edits', out: out(), blocks: ['b'] })
  await expect(wrong).rejects.toMatchObject({ code: 'BadInput', details: { field: 'blocks' } })
})

describe('a report', () => {
  it('tells every edit, says what was not measured, and asks for nothing from outside', async () => {
    const folder = await sampleSession('scopes')
    const page = out()
    const result = await exportSession({ session: folder, format: 'report', out: page })
    expect(result).toEqual({ format: 'report', out: page, edits: 9, measured: 0 })
    const html = readFileSync(page, 'utf8')
    for (const n of [0, 1, 2])
      for (const e of [0, 1, 2]) expect(html).toContain(`Sentence ${e} — of person ${n}. It goes on.`)
    expect(html).toContain('not measured')
    expect(html).toContain(HEADER.model.sha256)
    expect(html).toMatch(/<em>deployment<\/em>[\s\S]*<em>paper<\/em>/)
    expect(html).not.toMatch(/\b(src|href)=|url\(|@import|<script|https?:/)
  })
})

describe('of a trained session', { timeout: 240_000 }, () => {
  let home: TinyHome
  let session: string
  beforeAll(async () => {
    home = await tinyHome()
    process.env['ERRATUM_HOME'] = home.root
    session = join(home.root, 's')
    const edits = join(home.root, 'edits.jsonl')
    writeFileSync(
      edits,
      [2, 3]
        .map(
          (n) => JSON.stringify({ id: `e${n}`, prompt: `About number ${n}.`, target_new: `It was ${n * n}.` }) + '\n'
        )
        .join('')
    )
    await editFile({
      model: home.model,
      session,
      edits,
      batchSize: 1,
      executor: 'onnxruntime',
      rank: 8,
      iterations: 60
    })
  }, 240_000)
  afterAll(() => home.remove())

  it('the merged folder is W + A B and nothing else, with the figures that tell what it cost', async () => {
    const locality = join(home.root, 'locality.jsonl')
    writeFileSync(
      locality,
      JSON.stringify({ text: 'Some other text that has nothing to do with any number at all, and goes on.' })
    )
    const store = await openSession(session, { readOnly: true })
    const [{ block }, other] = store.batches
    const merged = join(home.root, 'merged')
    const result = await exportSession({
      session,
      format: 'merged',
      out: merged,
      blocks: [block],
      locality,
      executor: 'onnxruntime'
    })
    const [before, after] = [await openModelFolder(home.model), await openModelFolder(merged)]
    const weights = store.loadBlock(block)
    const { loraLayers } = store.header
    for (const layer of [0, 1, 2, 3]) {
      const at = (folder: typeof before): Float32Array =>
        readTensor(folder.tensor(`h.${layer}.mlp.c_fc.weight`)).data as Float32Array
      const [w, came, i] = [at(before), at(after), loraLayers.indexOf(layer)]
      const [D, F] = [24, 96]
      const due = w.map((value, n) => {
        if (i < 0) return value
        let sum = 0
        for (let p = 0; p < 8; p++) sum += weights.a[i][Math.floor(n / F) * 8 + p] * weights.b[i][p * F + (n % F)]
        return value + sum
      })
      expect(due.length).toBe(D * F)
      came.forEach((value, n) => expect(Math.abs(value - due[n])).toBeLessThan(1e-6))
      if (i >= 0) expect(came.some((value, n) => value !== w[n])).toBe(true)
    }
    const same = readTensor(after.tensor('h.3.mlp.c_proj.weight')).data
    expect(same).toEqual(readTensor(before.tensor('h.3.mlp.c_proj.weight')).data)
    expect(result).toMatchObject({
      blocks: [block], sha256: after.sha256, perplexity: { edits: { n: 1 }, accurate: null, locality: { n: 1 } }
    }) // prettier-ignore
    if (result.format !== 'merged') throw new Error(result.format)
    const { edits, locality: others } = result.perplexity
    expect(edits!.merged).toBeCloseTo(edits!.routed!, 2)
    expect(others!.routed).toBeCloseTo(others!.untouched!, 6)
    expect(others!.merged).not.toBeCloseTo(others!.untouched!, 2)
    expect(readFileSync(join(merged, 'README.md'), 'utf8')).toContain('Locality is gone')
    await store.close()
    const unknown = exportSession({ session, format: 'merged', out: out(), blocks: [`${other.block}x`] })
    await expect(unknown).rejects.toMatchObject({ code: 'NotFound' })
  })

  // As snapshots of the Hub's cache are: links to read-only files of other names.
  it.each(['one file', 'shards, with names of torch.compile'])('merges a model of links: %s', async (kind) => {
    const plain = await openModelFolder(home.model)
    const snapshot = join(home.root, kind, 'snapshots', 'c0ffee')
    const blobs = join(home.root, kind, 'blobs')
    for (const folder of [snapshot, blobs]) mkdirSync(folder, { recursive: true })
    const link = (name: string, bytes: string | Buffer): void => {
      const blob = `${readdirSync(blobs).length}`
      writeFileSync(join(blobs, blob), bytes, { mode: 0o444 })
      symlinkSync(join('..', '..', 'blobs', blob), join(snapshot, name))
    }
    for (const name of ['config.json', 'tokenizer.json']) link(name, readFileSync(join(home.model, name)))
    const stored = readSafetensorsHeader(join(home.model, 'model.safetensors')).tensors
    const names = [...stored.keys()]
    const compiled = (name: string): string => `_orig_mod.transformer.${name}`
    const files = { 'part-a.safetensors': names.slice(0, 11), 'part-b.safetensors': names.slice(11) }
    if (kind === 'one file') link('model.safetensors', readFileSync(join(home.model, 'model.safetensors')))
    else {
      for (const [file, part] of Object.entries(files)) {
        const scratch = join(home.root, 'scratch.safetensors')
        writeSafetensors(scratch, Object.fromEntries(part.map((name) => [compiled(name), readTensor(stored.get(name)!)]))) // prettier-ignore
        link(file, readFileSync(scratch))
      }
      const map = Object.entries(files).flatMap(([file, part]) =>
        part.map((name): [string, string] => [compiled(name), file])
      )
      link('model.safetensors.index.json', JSON.stringify({ metadata: { total_size: 7 }, weight_map: Object.fromEntries(map) })) // prettier-ignore
    }
    const linked = await openModelFolder(snapshot)
    const blocks = [await openSession(session, { readOnly: true }).then(async (store) => {
      const weights = store.loadBlock(store.batches[0].block)
      await store.close()
      return { weights, loraLayers: store.header.loraLayers }
    })] // prettier-ignore
    const [due, merged] = [out(), out()]
    for (const folder of [due, merged]) mkdirSync(folder)
    writeMergedWeights(plain, blocks, due)
    writeMergedWeights(linked, blocks, merged)

    expect(readdirSync(merged).sort()).toEqual(readdirSync(snapshot).sort())
    for (const name of readdirSync(merged)) {
      const file = lstatSync(join(merged, name))
      expect([name, file.isFile(), (file.mode & 0o200) !== 0]).toEqual([name, true, true])
    }
    const [one, other] = [await openModelFolder(due), await openModelFolder(merged)]
    for (const name of names) expect(readTensor(other.tensor(name))).toEqual(readTensor(one.tensor(name)))
    // Under the names that transformers looks for, in the files and in their index.
    const tensors = readdirSync(merged).filter((name) => name.endsWith('.safetensors')).flatMap((name) => [...readSafetensorsHeader(join(merged, name)).tensors.keys()]) // prettier-ignore
    expect(tensors.sort()).toEqual(names.map((name) => (kind === 'one file' ? name : `transformer.${name}`)).sort())
    if (kind !== 'one file') {
      const index = JSON.parse(readFileSync(join(merged, 'model.safetensors.index.json'), 'utf8')) as { weight_map: object; metadata: unknown } // prettier-ignore
      expect(Object.keys(index.weight_map).sort()).toEqual(tensors)
      expect(index.metadata).toEqual({ total_size: 7 })
    }
    // The source is as it was.
    expect((await openModelFolder(snapshot)).sha256).toBe(linked.sha256)
    linked.checkUnchanged()
  })

  it('the report measures each edit where it is asked to', async () => {
    const page = out()
    const result = await exportSession({ session, format: 'report', out: page, measure: true, executor: 'onnxruntime' })
    expect(result).toMatchObject({ edits: 2, measured: 2 })
    expect(readFileSync(page, 'utf8')).toMatch(/bootstrap/)
    await expect(exportSession({ session, format: 'report', out: out(), sample: 3 })).rejects.toMatchObject({
      code: 'BadInput'
    })
  })
})
