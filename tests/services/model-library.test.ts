import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs' // prettier-ignore
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { listedModelSchema } from '../../src/contract/types.ts'
import { generate } from '../../src/main/services/generate.ts'
import { listModels, openModel, whenModelOpens } from '../../src/main/services/model-library.ts'
import { onModelNotice } from '../../src/main/services/model-notices.ts'
import { tinyConfig, writeTinyFolder } from '../engine/weights/tiny-folder.ts'

let home: string
let before: string | undefined
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'erratum-library-'))
  before = process.env['ERRATUM_HOME']
  process.env['ERRATUM_HOME'] = home
})
afterEach(() => {
  if (before === undefined) delete process.env['ERRATUM_HOME']
  else process.env['ERRATUM_HOME'] = before
  rmSync(home, { recursive: true, force: true })
})

it('lists what is wrong with a model in its place, and goes on', async () => {
  const models = join(home, 'models')
  const folder = (name: string): string => join(models, name)
  writeTinyFolder(folder('good'))
  cpSync(folder('good'), folder('cut'), { recursive: true })
  truncateSync(join(folder('cut'), 'model.safetensors'), 5000)
  cpSync(folder('good'), folder('half'), { recursive: true })
  rmSync(join(folder('half'), 'model.safetensors'))
  writeTinyFolder(folder('layers'), { config: tinyConfig({ n_layer: 2 ** 33 }) })
  mkdirSync(join(folder('odd'), 'config.json'), { recursive: true })
  mkdirSync(folder('empty'))
  symlinkSync(folder('good'), folder('linked'), 'junction')
  symlinkSync(folder('nowhere'), folder('lost'), 'junction')
  mkdirSync(folder('.cache'))
  writeFileSync(join(models, 'notes.txt'), 'mine')
  if (process.platform !== 'win32') execFileSync('mkfifo', [join(models, 'pipe')])

  const list = (await listModels()).filter(({ path }) => path.includes(home))
  for (const one of list) expect(listedModelSchema.parse(one)).toEqual(one)
  const told = Object.fromEntries(list.map((one) => [one.id, 'error' in one ? one.error.message : 'good']))
  expect(told).toEqual({
    good: 'good',
    linked: 'good',
    cut: expect.stringMatching(/cut[/\\]model\.safetensors .*cut off/) as string,
    half: expect.stringContaining('neither model.safetensors') as string,
    layers: expect.stringContaining('it counts 8589934592 layers (n_layer), and the weights have 2') as string,
    odd: expect.stringContaining('config.json cannot be used: it is not a regular file') as string,
    empty: expect.stringContaining('config.json cannot be used: it is missing') as string
  })
  for (const one of list) if ('error' in one) expect(one.error).not.toHaveProperty('stack')
})

it('writes without a data folder that takes files, and says what is not kept', async () => {
  const model = writeTinyFolder(join(home, 'tiny'))
  // A file in the place of the folder: nobody, not even an administrator, can write below it.
  writeFileSync(join(home, 'file'), '')
  process.env['ERRATUM_HOME'] = join(home, 'file', 'data')
  const notices: string[] = []
  const request = { model, prompt: 'A text', maxNewTokens: 3, executor: 'onnxruntime' as const }
  onModelNotice((notice) => notices.push(notice))
  const written = await generate(request)
  onModelNotice(() => undefined)
  expect(written.tokens).toHaveLength(3)
  expect(notices.filter((notice) => notice.startsWith('tiny: The model is read whole again next time'))).toHaveLength(1)
  expect((await listModels()).length).toBeGreaterThan(0)
})

it('tells whoever asked which files are mapped', async () => {
  const path = writeTinyFolder(join(home, 'tiny'))
  const told: string[][] = []
  whenModelOpens((files) => told.push([...files]))
  const { model } = await openModel(path, 'onnxruntime')
  await model.release()
  whenModelOpens(() => undefined)
  expect(told).toHaveLength(1)
  expect(told[0]).toEqual([expect.stringContaining('model.safetensors')])
  expect(existsSync(told[0][0])).toBe(true)
})
