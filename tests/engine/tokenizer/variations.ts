/** The golden variations of tokenizers (make_golden_variations.py) as model folders, and what the reference made of them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'

interface Golden {
  strings: string[]
  vocabularies: Record<string, { vocab: Record<string, number>; merges: [string, string][] }>
  variations: { name: string; vocabulary: string; files: Record<string, Record<string, unknown>>; ids: string }[]
}

export interface Variation {
  readonly name: string
  /** whether a file beside tokenizer.json (or vocab.json) holds tokens */
  readonly otherFiles: boolean
  /** one list of ids for each string */
  readonly rows: number[][]
  /** Writes the folder's tokenizer files. */
  write(folder: string): string
}

export function goldenVariations(file = join(import.meta.dirname, 'golden', 'variations.json')): {
  strings: readonly string[]
  variations: readonly Variation[]
} {
  const { strings, vocabularies, variations } = JSON.parse(readFileSync(file, 'utf8')) as Golden
  return {
    strings,
    variations: variations.map(({ name, vocabulary, files, ids }) => ({
      name,
      otherFiles:
        ['added_tokens.json', 'special_tokens_map.json'].some((other) => other in files) ||
        files['tokenizer_config.json']?.added_tokens_decoder !== undefined,
      rows: unpack(ids),
      write(folder) {
        mkdirSync(folder, { recursive: true })
        const { vocab, merges } = vocabularies[vocabulary]
        for (const [file, body] of Object.entries(files))
          writeFileSync(join(folder, file), contentOf(file, body, vocab, merges))
        return folder
      }
    }))
  }
}

function contentOf(
  file: string,
  body: Record<string, unknown>,
  vocab: Record<string, number>,
  merges: [string, string][]
): string {
  if (file === 'vocab.json') return JSON.stringify(vocab)
  if (file === 'merges.txt') return ['#version: 0.2', ...merges.map((merge) => merge.join(' ')), ''].join('\n')
  if (file !== 'tokenizer.json') return JSON.stringify(body)
  return JSON.stringify({ ...body, model: { ...(body.model as object), vocab, merges } })
}

/** base64 of deflated little-endian uint16: a count and so many ids, over and over */
function unpack(text: string): number[][] {
  const bytes = inflateSync(Buffer.from(text, 'base64'))
  const numbers = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i))
  const rows: number[][] = []
  for (let at = 0; at < numbers.length; at += 1 + numbers[at]) rows.push(numbers.slice(at + 1, at + 1 + numbers[at]))
  return rows
}
