import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { modelInfo } from '../../src/main/services/model-library.ts'
import { onModelNotice, sayNotices } from '../../src/main/services/model-notices.ts'
import { writeTinyFolder } from '../engine/weights/tiny-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'erratum-notices-'))
process.env.ERRATUM_HOME = join(root, 'home')
afterAll(() => rmSync(root, { recursive: true }))

it('says once what transformers would read otherwise, and whenever the model is asked about', async () => {
  const folder = writeTinyFolder(join(root, 'digits'))
  const file = join(folder, 'tokenizer.json')
  const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as { pre_tokenizer: object }
  const digits = { type: 'Digits', individual_digits: true }
  const steps = { type: 'Sequence', pretokenizers: [digits, tokenizer.pre_tokenizer] }
  writeFileSync(file, JSON.stringify({ ...tokenizer, pre_tokenizer: steps }))
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ tokenizer_class: 'GPT2Tokenizer' }))

  const info = await modelInfo(folder)
  expect(info.notices).toEqual([expect.stringMatching(/tokenizer_class GPT2Tokenizer.*replaces the pre_tokenizer/)])
  expect((await modelInfo(writeTinyFolder(join(root, 'plain')))).notices).toEqual([])

  const lines: string[] = []
  onModelNotice((line) => lines.push(line))
  sayNotices(info)
  sayNotices(info)
  expect(lines).toEqual([`digits: ${info.notices[0]}`])
})
