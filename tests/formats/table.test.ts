// Tables: CSV with comma or semicolon, TSV; lines, quotes, empty cells, chosen columns.
import { join } from 'node:path'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEdits } from '../../src/main/formats/edits.ts'
import { detectFile } from '../../src/main/formats/file-kind.ts'
import { readPassages } from '../../src/main/formats/passages.ts'
import { errorOf } from './given-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'erratum-tables-'))
let count = 0
function table(text: string, ending = 'csv'): string {
  const file = join(folder, `table-${count++}.${ending}`)
  writeFileSync(file, text)
  return file
}

describe('a table', () => {
  it.each([
    ['csv', ','],
    ['csv', ';'],
    ['tsv', '\t'],
    ['txt', ',']
  ])('as .%s with %j is edits, an empty cell being an absent field', (ending, mark) => {
    const rows = [['id', 'prompt', 'target_new', 'subject', 'rephrase'], ['a', '"About ""X""\r\nand more"', 'He left.', '', 'On X'], [], ['b', 'About Y', 'She left.', 'Y', '']] // prettier-ignore
    const file = table('\uFEFF' + rows.map((cells) => cells.join(mark)).join('\r\n'), ending)
    expect(readEdits(file)).toEqual([
      { id: 'a', prompt: 'About "X"\r\nand more', target: 'He left.', line: 2, rephrase: [{ prompt: 'On X' }], extra: {} },
      { id: 'b', prompt: 'About Y', target: 'She left.', line: 5, subject: 'Y', extra: {} }
    ]) // prettier-ignore
  })

  it('gives back any cells, whatever is in them', () => {
    const cell = fc.oneof(fc.string(), fc.constantFrom('"', ',', '\n', '\r\n', ';', '\t', ' x '))
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(fc.array(fc.record({ prompt: cell, target_new: cell, note: cell }), { maxLength: 5 }), fc.constantFrom(',', ';', '\t'), (rows, mark) => {
        const good = rows.filter(({ prompt, target_new: target }) => prompt.trim() !== '' && target.trim() !== '')
        const lines = [['prompt', 'target_new', 'note'], ...good.map((row) => [row.prompt, row.target_new, row.note].map(quoted))]
        const came = readEdits(table(lines.map((cells) => cells.join(mark)).join('\n')))
        expect(came.map(({ prompt, target, extra }) => [prompt, target, extra['note'] ?? ''])).toEqual(
          good.map((row) => [row.prompt, row.target_new, row.note])
        )
      })
    )
  }) // prettier-ignore

  it('of marked sentences is passages', () => {
    const file = table('prompt,text,label,correction,annotator\nAbout X.,X was born.,Accurate,,1\nAbout X.,X left.,major inaccurate,X stayed.,1\n') // prettier-ignore
    expect(detectFile(file)).toMatchObject({ kind: 'passages', format: 'marks' })
    expect(readPassages(file)).toMatchObject([
      { prompt: 'About X.', sentences: [{ text: 'X was born.', label: 'accurate' }, { text: 'X left.', label: 'major_inaccurate', correction: 'X stayed.' }] }
    ]) // prettier-ignore
  })

  it('of other columns is refused with a guess, and read when they are named', () => {
    const file = table('subject,question,answer\nX,Who?,A baker\n')
    expect(errorOf(() => readEdits(file)).details.cure).toContain('--columns prompt=question,target_new=answer')
    const columns = { prompt: 'question', target_new: 'answer' }
    expect(readEdits(file, { columns })).toMatchObject([{ prompt: 'Who?', target: 'A baker', subject: 'X', line: 2 }])
  })

  it('that is broken names the line', () => {
    expect(errorOf(() => readEdits(table('prompt,target_new\nP,T\nP,"T\n'))).details).toMatchObject({ line: 3 })
    expect(readEdits(table('prompt\ttarget_new\nThe 5" disk\t"Hot" and\n', 'tsv'))).toMatchObject([{ prompt: 'The 5" disk', target: '"Hot" and' }]) // prettier-ignore
    expect(errorOf(() => readEdits(table('prompt,prompt,target_new\nP,P,T\n'))).details.field).toBe('prompt')
    const wide = table('prompt,target_new\nP,T, and more\nQ,U\n')
    expect(errorOf(() => readEdits(wide)).details.line).toBe(2)
    const bad: unknown[] = []
    expect(readEdits(wide, { onBad: (error) => bad.push(error) }).map(({ prompt }) => prompt)).toEqual(['Q'])
    expect(bad).toHaveLength(1)
  })

  it('is not seen in plain text', () => {
    expect(errorOf(() => readEdits(table('Ada, a text, is here.\nIt is long.', 'txt'))).message).toContain('not JSON')
  })
})
