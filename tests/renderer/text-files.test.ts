import { expect, it } from 'vitest'
import { textOf } from '../../src/renderer/state/text-files.ts'

const bytes = (...parts: (number | string)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)])))

it('text is read as UTF-8, and as UTF-16 where its first bytes say so', () => {
  expect(textOf('a.txt', bytes('Émile\n'))).toBe('Émile\n')
  expect(textOf('a.txt', bytes(0xff, 0xfe, 0x41, 0, 0xe9, 0))).toBe('Aé')
  expect(textOf('a.txt', bytes(0xfe, 0xff, 0, 0x41))).toBe('A')
})

it.each([
  ['life.docx', bytes('PK', 3, 4, 'word'), /word processor document, not plain text\. .*plain text \(\.txt, UTF-8\)/],
  ['life.xlsx', bytes('PK', 3, 4), /spreadsheet.*CSV/],
  ['my.erratum', bytes('PK', 3, 4), /session in one file\. Open it under Sessions/],
  ['life.zip', bytes('PK', 3, 4), /ZIP archive\. Unpack it/],
  ['life.doc', bytes(0xd0, 0xcf, 0x11, 0xe0), /Office document/],
  ['life.pdf', bytes('%PDF-1.7'), /PDF/],
  ['life.rtf', bytes('{\\rtf1 text}'), /RTF/],
  ['life.txt', bytes(0xe9, 0x20, 0x41), /not UTF-8 text\. .*save it with the encoding UTF-8/],
  ['life.bin', bytes('a', 0, 'b'), /not a text file/]
])('%s is refused with what it is and what to do', (name, content, words) => {
  expect(() => textOf(name, content)).toThrow(words)
})
