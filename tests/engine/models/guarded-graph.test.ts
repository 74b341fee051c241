import { rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTinyGpt2, type TinyGpt2 } from '../../editor/tiny-gpt2.ts'

let tiny: TinyGpt2
let file: string
beforeEach(async () => {
  tiny = await openTinyGpt2()
  file = join(tiny.folder, 'model.safetensors')
})
afterEach(() => tiny.remove())

const ids = [5, 6, 7, 8]
const changed = { code: 'BadFile', details: expect.objectContaining({ file: expect.stringContaining('model.safetensors') as unknown }) as unknown } // prettier-ignore

it('no graph runs over weights that somebody wrote to', async () => {
  const { model } = tiny
  const [{ hidden }] = await model.bottom([ids])
  const decoder = model.decoder()
  await decoder.append(ids)
  await decoder.logits(null)
  const trainer = await model.trainer([{ hidden, targets: [{ row: 3, id: 9 }] }], 2)
  const { width: D } = model.config
  const layers = model.points.loraLayers
  const block = { rank: 2, a: layers.map(() => new Float32Array(2 * D)), b: layers.map(() => new Float32Array(8 * D)) }
  await trainer.step(block)

  utimesSync(file, 5, 5)
  await expect(model.bottom([ids])).rejects.toMatchObject(changed)
  await expect(model.top([{ hidden, block: null, rows: [3] }])).rejects.toMatchObject(changed)
  await expect(model.topUntouched([{ hidden, block: null, rows: [3] }])).rejects.toMatchObject(changed)
  await expect(decoder.append([9])).rejects.toMatchObject(changed)
  await expect(trainer.step(block)).rejects.toMatchObject(changed)
})

it('nor is one compiled from a file that was cut off or removed', async () => {
  await expect(tiny.model.bottom([ids])).resolves.toHaveLength(1)
  truncateSync(file, 64)
  await expect(tiny.model.sideBySide(1).append([ids])).rejects.toMatchObject(changed)
  rmSync(file)
  await expect(tiny.model.sideBySide(1).append([ids])).rejects.toMatchObject(changed)
  writeFileSync(file, 'another')
  await expect(tiny.model.bottom([ids])).rejects.toMatchObject(changed)
})
