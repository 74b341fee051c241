import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { OpeningSource } from '../../../src/contract/import-preview.ts'
import { passagesOfFile } from '../../../src/main/services/review/import-passages.ts'

const template = 'About {name}.'
const take = (fileName: string, content: string, onlyGood = false, opening: OpeningSource = 'found') =>
  passagesOfFile({ fileName, content, template, opening, names: {} }, onlyGood).map(({ id, ...rest }) => {
    expect(id).not.toMatch(/[/ ]/)
    return rest
  })

describe('passages of a file', () => {
  it('are plain text whose own opening sentence is known by its form', () => {
    const text = '\uFEFFAbout Ann.\r\nShe ran. She\r\nsat in St. Anne.\r\n\r\n\r\nAbout Bo. He slept.\n'
    const plain = (text: string) => ({ text, mark: null, correction: null })
    expect(take('a.txt', text)).toEqual([
      {
        name: 'Ann',
        prompt: 'About Ann.',
        reference: null,
        sentences: ['She ran.', 'She sat in St. Anne.'].map(plain)
      },
      { name: 'Bo', prompt: 'About Bo.', reference: null, sentences: [plain('He slept.')] }
    ])
  })

  it('are plain text without an opening sentence: one is made, and the first sentence can be reviewed', () => {
    const text = 'Ann Lee (1801) was\na weaver. She ran.\n\nHe slept.\n'
    const read = take('two lives.txt', text)
    expect(read.map(({ name, prompt, sentences }) => [name, prompt, sentences.map((s) => s.text)])).toEqual([
      ['Ann Lee', 'About Ann Lee.', ['Ann Lee (1801) was a weaver.', 'She ran.']],
      ['two lives 2', 'About two lives 2.', ['He slept.']]
    ])
    expect(take('a.txt', 'Ann was.\nShe ran.', false, 'line').map((p) => [p.prompt, p.sentences.length])).toEqual([
      ['Ann was.', 1]
    ])
    expect(take('a.txt', 'Ann was. She ran.', false, 'sentence').map((p) => p.prompt)).toEqual(['Ann was.'])
    expect(take('a.txt', 'About Ann. She ran.', false, 'made').map((p) => p.sentences.length)).toEqual([2])
  })

  it('are told from a file of edits, in JSON or as a table, and from what is no text', () => {
    const edits = { code: 'BadFile', message: expect.stringContaining('a review is made of passages') as string }
    const refusal = (name: string, content: string): unknown => {
      try {
        return take(name, content)
      } catch (error) {
        return error
      }
    }
    expect(refusal('a.csv', 'prompt,target_new\nWho?,Ann.\n')).toMatchObject(edits)
    expect(refusal('a.txt', 'prompt,target_new\nWho?,Ann.\n')).toMatchObject(edits)
    expect(refusal('a.json', '[{"src": "Who?", "alt": "Ann."}]')).toMatchObject(edits)
    for (const content of ['PK\u0003\u0004rest', 'a\0b'])
      expect(refusal('a.docx', content)).toMatchObject({
        code: 'BadFile',
        message: 'a.docx: it is not text.',
        details: { cure: 'Save it as plain text (.txt, UTF-8) and import that file.' }
      })
  })

  it('are our own records, with marks and corrections', () => {
    const row = {
      id: 7,
      prompt: 'Once.',
      sentences: [
        { text: 'A.', label: 'accurate' },
        { text: 'B.', correction: 'C.' }
      ]
    }
    expect(take('a.jsonl', `${JSON.stringify(row)}\n`)).toEqual([
      {
        name: 'Once.',
        prompt: 'Once.',
        reference: null,
        sentences: [
          { text: 'A.', mark: 'accurate', correction: null },
          { text: 'B.', mark: null, correction: 'C.' }
        ]
      }
    ])
  })

  it('are sentences as annotation tools give them back, in JSON or in a table', () => {
    const due = [
      {
        name: 'Ann',
        prompt: 'About Ann.',
        reference: null,
        sentences: [
          { text: 'She ran.', mark: 'accurate', correction: null },
          { text: 'She sat.', mark: 'major_inaccurate', correction: 'She stood.' }
        ]
      }
    ]
    const task = (text: string, label: string, correction?: string): object => ({
      data: { text, prompt: 'About Ann.' },
      annotations: [{ result: [{ type: 'choices', value: { choices: [label] } }, ...(correction ? [{ type: 'textarea', value: { text: [correction] } }] : [])] }]
    }) // prettier-ignore
    const tasks = [task('She ran.', 'accurate'), task('She sat.', 'major_inaccurate', 'She stood.')]
    expect(take('a.json', JSON.stringify(tasks))).toEqual(due)
    const table = 'prompt,text,label,correction\nAbout Ann.,She ran.,accurate,\nAbout Ann.,She sat.,major_inaccurate,She stood.\n' // prettier-ignore
    expect(take('a.csv', table)).toEqual(due)
    expect(take('a.txt', table)).toEqual(due)
  })

  it('are no edits: a file of them is named as what it is, be it JSON or a table', () => {
    for (const [name, content] of [
      ['a.csv', 'prompt,target_new\nAbout Ann.,She ran.\n'],
      ['a.json', '[{"prompt":"About Ann.","target_new":"She ran."}]'],
      ['a.json', '{"prompts":["About Ann."],"target_new":["She ran."]}']
    ])
      expect(() => take(name, content)).toThrow(/a\.(csv|json) holds edits .*review is made of passages/)
  })

  it('are wiki_bio with its annotations as marks, and what is known of the subject beside', () => {
    const row = {
      concept: 'ann lee',
      gpt3_text: 'A. B.',
      wiki_bio_text: 'Ann Lee was C.',
      gpt3_sentences: ['A.', 'B.'],
      annotation: ['accurate', 'major_inaccurate']
    }
    expect(take('a.json', JSON.stringify([row]))).toEqual([
      {
        name: 'ann lee',
        prompt: 'This is a Wikipedia passage about ann lee.',
        reference: 'Ann Lee was C.',
        sentences: [
          { text: 'A.', mark: 'accurate', correction: null },
          { text: 'B.', mark: 'major_inaccurate', correction: null }
        ]
      }
    ])
  })

  it('that cannot be read are named with file, line and field, and the good ones are offered', () => {
    const good = JSON.stringify({ prompt: 'Once.', sentences: [{ text: 'A.' }] })
    const content = [good, '{"prompt": "x"', JSON.stringify({ prompt: 'B.', sentences: [{ text: ' ' }] })].join('\n')
    let refused: unknown
    try {
      take('a.jsonl', content)
    } catch (error) {
      refused = error
    }
    expect(refused).toMatchObject({ code: 'BadFile', details: { file: 'a.jsonl', line: 2, good: 1 } })
    const { bad } = (refused as { details: { bad: { line: number; field?: string }[] } }).details
    expect(bad.map((b) => [b.line, b.field])).toEqual([
      [2, undefined],
      [3, 'sentences.0.text']
    ])
    expect(take('a.jsonl', content, true).map((p) => p.prompt)).toEqual(['Once.'])
  })

  it('that have nothing behind the header, or are none at all, are refused', () => {
    expect(() => take('a.txt', 'About Ann. She ran.\n\nAbout Bo.')).toThrow('line 3')
    expect(() => take('a.txt', ' \n')).toThrow('no passage')
    expect(() => take('a.txt', 'About Bo.', true)).toThrow('opening sentence')
  })
})

const dataset = join(process.env.ERRATUM_DATA ?? '', 'wiki_bio_gpt3_hallucination', 'dataset.json')

describe.skipIf(!process.env.ERRATUM_DATA || !existsSync(dataset))(
  'the hallucination data (needs ERRATUM_DATA)',
  () => {
    it('comes in whole: 238 passages, 1908 marked sentences', () => {
      const passages = take('dataset.json', readFileSync(dataset, 'utf8'))
      const marks = passages.flatMap((p) => p.sentences.map((s) => s.mark))
      expect(passages).toHaveLength(238)
      const counted = [...Map.groupBy(marks, (mark) => mark)].map(([mark, all]) => [mark, all.length] as const)
      expect(Object.fromEntries(counted)).toEqual({
        major_inaccurate: 761,
        minor_inaccurate: 631,
        accurate: 516
      })
      expect(passages.every((p) => p.reference !== null && p.name !== '')).toBe(true)
    })
  }
)
