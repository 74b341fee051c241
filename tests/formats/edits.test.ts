import { describe, expect, it } from 'vitest'
import { formatEdits, readAccurateSet, readEdits } from '../../src/main/formats/edits.ts'
import { errorOf, given } from './given-file.ts'

const line = (id: number, target = `T${id}.`): string => JSON.stringify({ id, prompt: `P${id}.`, target_new: target })
const lines = (count: number): string[] => Array.from({ length: count }, (_, i) => line(i + 1))

describe('readEdits', () => {
  it('reads JSON lines with all known fields, white space to the letter, and keeps the unknown', () => {
    const record = {
      id: 'a', prompt: 'About X. \n', target_new: '  He left.', target_old: 'He stayed.', subject: 'X', severity: 'major_inaccurate',
      rephrase: ['On X. ', { kind: 'one', prompt: 'Of X.' }], locality: { near: [{ prompt: 'Y', answer: 'Z' }] },
      source: 'mine', note: { deep: [1, null] }, mark: null
    } // prettier-ignore
    expect(readEdits(given(`\uFEFF\n${JSON.stringify(record)}\r\n\n`))).toEqual([
      {
        id: 'a', prompt: 'About X. \n', target: '  He left.', line: 2, targetOld: 'He stayed.', subject: 'X',
        severity: 'major_inaccurate', rephrase: [{ prompt: 'On X. ' }, { kind: 'one', prompt: 'Of X.' }],
        locality: { near: [{ prompt: 'Y', answer: 'Z' }] }, source: 'mine', extra: { note: { deep: [1, null] }, mark: null }
      }
    ]) // prettier-ignore
  })

  it('reads pairs from an array, with the line on which each begins', () => {
    const pairs = [
      { id: 0, text: 'About X. ', labels: ' He [left], "so".', concept: 'x' },
      { id: 0, text: 'About Y.', labels: 'She {left} \\' }
    ]
    expect(readEdits(given(JSON.stringify(pairs, null, 1)))).toEqual([
      { id: '0', prompt: 'About X. ', target: ' He [left], "so".', line: 2, extra: { concept: 'x' } },
      { id: '0', prompt: 'About Y.', target: 'She {left} \\', line: 8, extra: {} }
    ])
    expect(readAccurateSet(given(pairs.map((pair) => JSON.stringify(pair)).join('\n'))).map((row) => row.line)).toEqual(
      [1, 2]
    )
  })

  it('reads an empty file and an empty array as no edits', () => {
    expect([readEdits(given('')), readEdits(given(' \n')), readEdits(given('[\n]'))]).toEqual([[], [], []])
  })

  it('gives back what it has read, unknown fields included', () => {
    const record = {
      note: 7,
      id: 'a',
      prompt: 'P.',
      target_new: 'T.',
      rephrase: ['Q', { kind: 'all', prompt: 'R' }],
      severity: 'x'
    }
    const written = formatEdits(readEdits(given(JSON.stringify(record))), 'edits').text
    expect(JSON.parse(written)).toEqual(record)
    expect(readEdits(given(written))).toEqual(readEdits(given(JSON.stringify(record))))
  })

  it('takes the line for the id where there is none', () => {
    expect(readEdits(given('\n{"prompt":"P","target_new":"T"}'))[0].id).toBe('2')
  })

  it('names line 17 where it is broken', () => {
    const broken = lines(20)
    broken[16] = broken[16].slice(0, -3)
    const error = errorOf(() => readEdits(given(broken.join('\n'))))
    expect(error.code).toBe('BadFile')
    expect(error.details).toMatchObject({ line: 17 })
    expect(error.message).toContain('line 17')
    expect(error.details.cure).toBeTruthy()
  })

  it('names the line of a broken element of an array, and of one that is not closed', () => {
    const elements = lines(20)
    elements[16] = elements[16].replace(':', ';')
    expect(errorOf(() => readEdits(given(`[\n${elements.join(',\n')}\n]`))).details.line).toBe(18)
    expect(errorOf(() => readEdits(given(`[\n${lines(3).join(',\n').slice(0, -4)}\n`))).details.line).toBe(4)
    expect(errorOf(() => readEdits(given('[\n{"prompt":"P","target_new":"T"}\n]\n]'))).details.line).toBe(4)
  })

  it.each([
    [line(17, ''), 'target_new'],
    [line(17, '  \n'), 'target_new'],
    ['{"id":17,"prompt":"P"}', 'target_new'],
    ['{"id":17,"target_new":"T"}', 'prompt'],
    ['{"id":17,"prompt":5,"target_new":"T"}', 'prompt'],
    ['{"id":17,"text":"P"}', 'labels'],
    ['{"id":17,"text":"P","labels":""}', 'labels'],
    ['{"id":17,"prompt":"P","target_new":"T","rephrase":[{"kind":"odd","prompt":"Q"}]}', 'rephrase.0']
  ])('names line, id and field of %s', (record, field) => {
    const error = errorOf(() => readEdits(given([...lines(16), record].join('\n'))))
    expect(error.code).toBe('BadFile')
    expect(error.details).toMatchObject({ line: 17, id: '17', field })
  })

  it('names the line that is no object, or not UTF-8, and a file that is not there', () => {
    expect(errorOf(() => readEdits(given(`${line(1)}\n"text"`))).details.line).toBe(2)
    const latin = Buffer.from(`${line(1)}\n{"prompt":"é","target_new":"T"}`, 'latin1')
    expect(errorOf(() => readEdits(given(latin))).details.line).toBe(2)
    expect(errorOf(() => readEdits('/nowhere/edits.jsonl')).code).toBe('NotFound')
  })
})
