/** The small BPE of golden/small-tokenizer.json, as it stands in a model folder. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadTokenizer } from '../../../src/main/engine/tokenizer/load.ts'
import type { Tokenizer } from '../../../src/main/engine/tokenizer/tokenizer.ts'

export const SMALL_TOKENIZER = join(import.meta.dirname, 'golden', 'small-tokenizer.json')

export function smallTokenizer(): Tokenizer {
  const folder = mkdtempSync(join(tmpdir(), 'erratum-small-tokenizer-'))
  try {
    copyFileSync(SMALL_TOKENIZER, join(folder, 'tokenizer.json'))
    return loadTokenizer(folder).tokenizer
  } finally {
    rmSync(folder, { recursive: true })
  }
}
