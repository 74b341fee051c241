import { describe, expect, it } from 'vitest'
import { passageFileSchema } from '../../../src/contract/import-preview.ts'
import { previewOf } from '../../../src/main/services/review/import-preview.ts'
import { passage, sentence } from '../../renderer/review-records.ts'

const template = 'About {name}.'
const preview = (fileName: string, content: string, more: object = {}, known: ReturnType<typeof passage>[] = []) =>
  previewOf(passageFileSchema.parse({ fileName, content, template, ...more }), known)

describe('the preview of a file', () => {
  it('says what it was taken for and why, and where names were guessed', () => {
    expect(preview('a.txt', 'Ann Lee was a weaver. She ran.')).toMatchObject({
      kind: 'passages',
      format: 'plain text',
      opening: 'found',
      columns: null,
      passages: [
        { name: 'Ann Lee', prompt: 'About Ann Lee.', isNamed: true, sentences: 2, begins: 'Ann Lee was a weaver.' }
      ]
    })
    expect(preview('a.txt', 'He ran. He fell.', { names: { 0: 'Bo' } }).passages[0]).toMatchObject({
      name: 'Bo',
      prompt: 'About Bo.'
    })
  })

  it('recognises edits and takes nothing of them', () => {
    expect(preview('a.csv', 'prompt,target_new\nWho?,Ann.\n')).toMatchObject({
      kind: 'edits',
      format: 'edits',
      passages: []
    })
  })

  it('maps the columns of a table as they are titled or chosen, and names what it does not use', () => {
    const table = 'person,born,text\nAnn Lee,1801,Ann was. She ran.\nBo,,"He slept, long."\nCy,1803,\n'
    const suggested = preview('people.csv', table)
    expect(suggested).toMatchObject({
      format: 'table',
      columns: { text: 'text', name: 'person', prompt: null, all: ['person', 'born', 'text'] },
      unused: [{ field: 'born', rows: 2 }],
      passages: [
        { name: 'Ann Lee', prompt: 'About Ann Lee.', sentences: 2 },
        { name: 'Bo', prompt: 'About Bo.', sentences: 1 }
      ],
      bad: [{ line: 4 }]
    })
    const chosen = preview('people.csv', table, { columns: { text: 'person', name: null, prompt: 'text' } })
    expect(chosen.passages.map((p) => [p.prompt, p.begins])).toEqual([
      ['Ann was. She ran.', 'Ann Lee'],
      ['He slept, long.', 'Bo'],
      ['About Cy.', 'Cy']
    ])
    const none = { columns: { text: 'nowhere', name: null, prompt: null } }
    expect(() => preview('people.csv', table, none)).toThrow('no such column')
  })

  it('takes the longest column of a table whose titles say nothing', () => {
    const table = 'a;b\n1;Ann was a weaver of some renown. She ran.\n'
    expect(preview('people.csv', table).columns).toMatchObject({ text: 'b', name: null, prompt: null })
  })

  it('names duplicates of the session and within the file, whatever became of their sentences', () => {
    const known = passage('p', [sentence('Ann was. She ran.')], { prompt: 'About Ann.' })
    const other = passage('q', [sentence('Other.')], { prompt: 'About Bo.' })
    const versions = {
      ...other,
      otherVersions: [{ version: 1, sampling: other.sampling, sentences: [sentence('He slept.')] }]
    }
    const text = ['About Ann. Ann was. She ran.', 'About Bo. He slept.', 'About Cy. New.', 'About Cy. New.'].join(
      '\n\n'
    )
    expect(preview('a.txt', text, {}, [known, versions]).passages.map((p) => p.duplicateOf)).toEqual([
      'session',
      'session',
      null,
      'file'
    ])
  })
})
