// Which format a record is taken for, and what is said of why: by what each of the field's tools really writes.
import { describe, expect, it } from 'vitest'
import { detectEdit } from '../../src/main/formats/edits.ts'
import { detectFile, kindOfFile } from '../../src/main/formats/file-kind.ts'
import { detectPassage } from '../../src/main/formats/passages.ts'
import { errorOf, given } from './given-file.ts'

const both = { prompt: 'P', target_new: 'T' }
const asked = { near: [{ prompt: 'Q', ground_truth: ['A'] }] }

describe('a record of edits', () => {
  it.each([
    ['edits', both, 'it has prompt and target_new'],
    ['edits', { ...both, src: 'S' }, 'it has prompt and target_new'],
    ['edits', { ...both, subject: 'X', locality: { near: [{ prompt: 'Q', answer: 'A' }] } }, 'it has prompt and target_new'],
    ['edits', { prompt: 'P {}', target_new: 'T' }, 'it has prompt and target_new'],
    ['edits', { prompt: 'P {{}}', target_new: 'T', subject: 'X' }, 'it has prompt and target_new'],
    ['edits', { prompt: 'P' }, 'it has prompt'],
    ['rome', { prompt: 'P {}', target_new: 'T', subject: 'X' }, 'its prompt has {} for the subject'],
    ['rome', { prompt: 'P', target_new: { str: 'T' } }, 'its target_new is {str}'],
    ['easyedit-records', { ...both, rephrase_prompt: 'R', ground_truth: null }, 'it has rephrase_prompt and ground_truth'],
    ['easyedit-records', { ...both, portability: asked, locality: asked }, 'it has locality with ground_truth and portability with ground_truth'],
    ['easyedit-records', { text: 'P', labels: 'T', concept: 'x', locality: asked }, 'it has locality with ground_truth'],
    ['pairs', { text: 'P', labels: 'T', concept: 'x' }, 'it has text and labels'],
    ['counterfact', { requested_rewrite: {} }, 'it has requested_rewrite'],
    ['mquake', { requested_rewrite: [{}] }, 'its requested_rewrite is a list'],
    ['zsre', { src: 'S' }, 'it has src'],
    ['zsre-structured', { input: 'I', output: [] }, 'it has input and output'],
    ['known-facts', { prompt: 'P', subject: 'X', attribute: 'A', template: '{} P' }, 'it has attribute and no target_new']
  ])('is %s', (format, value, why) => {
    expect(detectEdit(value)).toEqual({ format, why })
  }) // prettier-ignore

  it('is none with other fields, and none that is a mark', () => {
    expect(detectEdit({ question: 'Q' })).toBeNull()
    expect(detectEdit({ text: 'P', labels: 'major_inaccurate' })).toBeNull()
  })
})

describe('a record of passages', () => {
  it.each([
    ['passages', { prompt: 'P', sentences: [] }],
    ['wiki_bio', { gpt3_sentences: [], annotation: [] }],
    ['label-studio', { id: 1, data: { text: 'A.' }, annotations: [] }],
    ['argilla', { fields: { text: 'A.' }, responses: {} }],
    ['argilla', { text: 'A.', 'label.responses': ['accurate'] }],
    ['doccano', { text: 'A.', label: ['accurate'] }],
    ['doccano', { text: 'A.', label: [] }],
    ['marks', { text: 'A.', labels: 'major_inaccurate', annotator: 1 }],
    ['marks', { text: 'A.', verdict: 'Minor inaccurate' }],
    ['marks', { text: 'A.', label: { choices: ['accurate'] } }],
    ['marks', { text: 'A.', passage: 'p', sentence: 1 }]
  ])('is %s', (format, value) => {
    expect(detectPassage(value)?.format).toBe(format)
  })

  it('is no pair', () => {
    expect(detectPassage({ text: 'P', labels: 'She was born in 1931.' })).toBeNull()
    expect(detectPassage({ text: 'P' })).toBeNull()
  })
})

describe('a whole file', () => {
  it('of marks holds passages, whatever edits look like', () => {
    expect(kindOfFile(given('[{"text":"A.","labels":"accurate","id":1,"annotator":1}]'))).toBe('passages')
    expect(detectFile(given('{"text":"A.","labels":"B."}'))).toMatchObject({ kind: 'edits', format: 'pairs' })
    expect(detectFile(given('{"prompts": ["P"], "target_new": ["T"]}'))).toMatchObject({ format: 'easyedit' })
  })

  it('in no format is refused with its fields, a guess at what they mean, and no word of what is in them', () => {
    const error = errorOf(() => detectFile(given('{"question": "SECRET Q", "answer": "SECRET A"}')))
    expect(error.code).toBe('BadFile')
    expect(error.message).toContain('the fields question, answer')
    expect(error.details.cure).toContain('--columns prompt=question,target_new=answer')
    expect(JSON.stringify(error.toRecord())).not.toContain('SECRET')
  })

  it.each([
    ['ConvSent', { pos: ['a'], neg: ['b'] }],
    ['RippleEdits', { example_type: 'popular', edit: { prompt: 'P' } }],
    ['SafeEdit', { 'unsafe generation': 'a', 'adversarial prompt': 'b' }]
  ])('of %s is refused by its name', (name, value) => {
    expect(errorOf(() => detectFile(given(JSON.stringify([value])))).message).toContain(name)
  })
})
