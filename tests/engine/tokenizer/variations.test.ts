// The golden ids are the Rust library's (make_golden_variations.py).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadTokenizer } from '../../../src/main/engine/tokenizer/load.ts'
import type { Tokenizer } from '../../../src/main/engine/tokenizer/tokenizer.ts'
import { findPython } from '../../python/find-python.ts'
import { goldenVariations } from './variations.ts'

const { strings, variations } = goldenVariations()
let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'erratum-variations-'))
  variations.forEach((variation, i) => variation.write(folderOf(i)))
})
afterAll(() => rmSync(root, { recursive: true }))

const folderOf = (i: number): string => join(root, String(i).padStart(3, '0'))
const load = (i: number): Tokenizer => loadTokenizer(folderOf(i)).tokenizer

describe('variations of a tokenizer', () => {
  it('are many, and some carry tokens in other files', () => {
    expect(variations.length).toBeGreaterThanOrEqual(40)
    expect(variations.filter(({ otherFiles }) => otherFiles).length).toBeGreaterThanOrEqual(10)
    expect(strings).toHaveLength(200)
  })

  it.each(variations.map(({ name }, i) => [name, i] as const))('%s: ids as the Rust library gives them', (_, i) => {
    const tokenizer = load(i)
    const encodings = strings.map((text) => tokenizer.encode(text))
    expect(encodings.map(({ ids }) => ids)).toEqual(variations[i].rows)
    const broken = encodings.flatMap(({ ids, offsets }, s) => {
      const rising = offsets.every(([start, end], t) => start >= 0 && end >= start && end >= (offsets[t - 1]?.[1] ?? 0))
      const inside = (offsets.at(-1)?.[1] ?? 0) <= strings[s].length
      return offsets.length === ids.length && rising && inside ? [] : [strings[s]]
    })
    expect(broken).toEqual([])
  })
})

const python = findPython(['tokenizers'])
describe('the bundle’s read_tokenizer.py', () => {
  it.skipIf('missing' in python)(
    'gives the same ids and texts, of a beginning and of what goes on (needs Python with tokenizers)',
    () => {
      if ('missing' in python) return
      const script = join(import.meta.dirname, 'check_read_tokenizer.py')
      const bundle = join(import.meta.dirname, '../../../resources/bundle')
      const run = spawnSync(python.command, [script, bundle, root], {
        input: JSON.stringify(strings),
        encoding: 'utf8',
        maxBuffer: 2 ** 28
      })
      expect(run.stderr.split('\n').filter((line) => /Error/.test(line))).toEqual([])
      const answers = JSON.parse(run.stdout) as { ids: number[][]; more: number[][]; texts: string[] }[]
      expect(answers).toHaveLength(variations.length)
      answers.forEach(({ ids, more, texts }, i) => {
        const { name, rows } = variations[i]
        expect({ name, ids }).toEqual({ name, ids: rows })
        const tokenizer = load(i)
        expect({ name, more }).toEqual({
          name,
          more: strings.map((text) => tokenizer.encode(text, { continues: true }).ids)
        })
        expect({ name, texts }).toEqual({ name, texts: more.map((row) => tokenizer.decode(row)) })
      })
    }
  )
})
