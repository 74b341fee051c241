// Rows as the field's public files have them: what each field becomes, and what is named because it is not used.
import { describe, expect, it } from 'vitest'
import { readAccurateSet, readEdits, readFormattedEdits } from '../../src/main/formats/edits.ts'
import { reportLines, reportOf } from '../../src/main/formats/reading-report.ts'
import { errorOf, given } from './given-file.ts'

const read = (...records: object[]): ReturnType<typeof readEdits> => readEdits(given(JSON.stringify(records)))

describe('EasyEdit’s records', () => {
  const record = {
    case_id: 0, prompt: 'The tongue of X is', target_new: 'English', subject: 'X', ground_truth: 'French', rephrase_prompt: 'X speaks',
    locality_prompt: 'The tongue of Y is', locality_ground_truth: 'French'
  } // prettier-ignore
  const row = {
    id: '0', prompt: 'The tongue of X is', target: 'English', line: 1, subject: 'X', targetOld: 'French',
    rephrase: [{ prompt: 'X speaks' }], locality: { neighborhood: [{ prompt: 'The tongue of Y is', answer: 'French' }] }, extra: {}
  } // prettier-ignore

  it('come to the same edit as its parallel lists', () => {
    expect(read(record)).toEqual([row])
    const lists = {
      prompts: [record.prompt], target_new: ['English'], subject: ['X'], ground_truth: ['French'], rephrase_prompts: ['X speaks'],
      locality_inputs: { neighborhood: { prompt: ['The tongue of Y is'], ground_truth: ['French'] } }
    } // prettier-ignore
    expect(readEdits(given(JSON.stringify(lists)))).toEqual([{ ...row, id: '1' }])
  })

  it('with answers in lists of lists give the innermost first that is not blank, and name the rest', () => {
    const locality = {
      a: [{ prompt: 'Q', ground_truth: [['', ' '], ['two', '2']] }, { prompt: ['R'], ground_truth: [[1931]] }],
      b: [{ prompt: 'S', ground_truth: [[]] }],
      __proto__ignored: []
    } // prettier-ignore
    const file = given(
      JSON.stringify([{ ...record, ground_truth: [['French', 'fr']], locality, locality_prompt: null }])
    )
    const [one] = readFormattedEdits(file)
    expect(one.row.targetOld).toBe('French')
    expect(one.row.locality).toEqual({ a: [{ prompt: 'Q', answer: 'two' }, { prompt: 'R', answer: '1931' }] }) // prettier-ignore
    expect(one.row.left).toEqual(['ground_truth: further answers', 'locality: further answers', 'locality: questions without an answer', 'locality: empty groups']) // prettier-ignore
    expect(reportLines(reportOf([one]))).toEqual([
      '1 row as easyedit-records: it has rephrase_prompt, locality_prompt, locality_ground_truth, ground_truth and locality with ground_truth',
      '  Not taken over: ground_truth: further answers (1 row), locality: further answers (1 row), locality: questions without an answer (1 row), locality: empty groups (1 row)'
    ])
  })

  it('keep a group that is named __proto__', () => {
    const text = `[{"prompt":"P","target_new":"T","locality":{"__proto__":[{"prompt":"Q","ground_truth":"A"}]}}]`
    expect(Object.entries(readEdits(given(text))[0].locality!)).toEqual([['__proto__', [{ prompt: 'Q', answer: 'A' }]]]) // prettier-ignore
    const own = `{"prompt":"P","target_new":"T","locality":{"__proto__":[{"prompt":"Q","answer":"A"}]}}`
    expect(Object.keys(readEdits(given(own))[0].locality!)).toEqual(['__proto__'])
    const lists = `{"prompts":["P"],"target_new":["T"],"locality_inputs":{"__proto__":{"prompt":["Q"],"ground_truth":["A"]}}}`
    expect(Object.keys(readEdits(given(lists))[0].locality!)).toEqual(['__proto__'])
  })

  it('refuse answers that are no match for their prompts', () => {
    const wrong = { ...record, locality_prompt: ['a', 'b'], locality_ground_truth: ['x'] }
    expect(errorOf(() => read(wrong)).details).toMatchObject({ id: '0', field: 'locality_ground_truth' })
    expect(errorOf(() => read({ ...record, locality: 'x' })).details.field).toBe('locality')
    expect(errorOf(() => read({ ...record, target_new: [[' ']] })).details.field).toBe('target_new')
  })
})

describe('KnowEdit', () => {
  it('WikiBio: text, labels and concept are prompt, target and subject', () => {
    const locality = { Relation_Specificity: [{ prompt: 'The school of x is', ground_truth: ['U'] }] }
    expect(read({ text: 'About x. ', labels: 'X was born.', concept: 'x', locality })).toEqual([
      {
        id: '1', prompt: 'About x. ', target: 'X was born.', line: 1, subject: 'x',
        locality: { Relation_Specificity: [{ prompt: 'The school of x is', answer: 'U' }] }, extra: {}
      }
    ]) // prettier-ignore
  })

  it('wiki_recent, wiki_counterfact and ZsRE: nested locality, and portability is kept and named', () => {
    const record = {
      subject: 'X', prompt: 'X died in', target_new: 'O', ground_truth: ['L'], rephrase_prompt: 'X’s death was in', cond: 'L >> O || X',
      locality: { Forgetfulness: [{ prompt: 'Q', ground_truth: [['A']] }] },
      portability: { Reasoning: [{ prompt: 'R', ground_truth: [['E', 'Europe']] }] }
    } // prettier-ignore
    const [one] = readFormattedEdits(given(JSON.stringify([record])))
    expect(one.row).toMatchObject({
      targetOld: 'L', rephrase: [{ prompt: 'X’s death was in' }], locality: { Forgetfulness: [{ prompt: 'Q', answer: 'A' }] },
      extra: { cond: 'L >> O || X', portability: { Reasoning: [{ prompt: 'R', answer: 'E' }] } }
    }) // prettier-ignore
    expect(reportOf([one]).unused).toEqual([
      { field: 'cond', kept: true, rows: 1 },
      { field: 'portability', kept: true, rows: 1 },
      { field: 'portability: further answers', kept: false, rows: 1 }
    ])
  })
})

describe('CounterFact’s kin', () => {
  const rewrite = { prompt: '{} is in', subject: 'The {Tower}', target_new: 'O', target_true: 'L' }

  it('has targets as plain texts too', () => {
    expect(read({ case_id: 3, requested_rewrite: rewrite })).toMatchObject([
      { id: '3', prompt: 'The {Tower} is in', target: 'O', targetOld: 'L', subject: 'The {Tower}' }
    ])
  })

  it('MQuAKE: each rewrite of a case is an edit, its question another wording', () => {
    const one = { ...rewrite, target_new: { str: 'O', id: 'Q1' }, target_true: { str: 'L' }, question: 'Where is it?' }
    const record = { case_id: 7, requested_rewrite: [one, { ...rewrite, subject: 'B' }], questions: ['Who?'] }
    expect(read(record)).toMatchObject([
      {
        id: '7.1', prompt: 'The {Tower} is in', rephrase: [{ prompt: 'Where is it?' }],
        extra: { questions: ['Who?'], requested_rewrite: { target_new: { id: 'Q1' } } }
      },
      { id: '7.2', prompt: 'B is in', target: 'O', extra: {} }
    ]) // prettier-ignore
    expect(read({ ...record, requested_rewrite: [one] })[0].id).toBe('7')
    const broken = { ...record, requested_rewrite: [one, { prompt: '{} is in', target_new: 'O' }] }
    expect(errorOf(() => read(broken)).details).toMatchObject({ id: '7', field: 'requested_rewrite.1.subject' })
  })

  it('ROME: {} is the subject, and the target is a text or {str}', () => {
    for (const target_new of ['O', { str: 'O' }])
      expect(read({ prompt: '{} founded', subject: 'X', target_new })).toMatchObject([{ prompt: 'X founded', target: 'O' }]) // prettier-ignore
    expect(errorOf(() => read({ prompt: '{} founded', target_new: { str: 'O' } })).details.cure).toBe('Add the subject.') // prettier-ignore
  })

  it('{} is the subject’s place in our records as well, and braces without a subject are braces', () => {
    expect(read({ id: 1, prompt: 'a {} b', target_new: 'T' })[0].prompt).toBe('a {} b')
    expect(read({ id: 1, prompt: 'a {{}} b', target_new: 'T', subject: 'X' })[0].prompt).toBe('a {} b')
    expect(readEdits(given('{"prompt":"a {} b","target_new":"T","subject":"X"}'), { format: 'edits' })[0].prompt).toBe('a X b') // prettier-ignore
  })

  it('known_1000 is an accurate set and nothing to edit', () => {
    const fact = { known_id: 0, subject: 'V', attribute: 'O', template: '{} is in', prediction: ' O, which', prompt: 'V is in', relation_id: 'P1' } // prettier-ignore
    const file = given(JSON.stringify([fact]))
    const error = errorOf(() => readEdits(file))
    expect([error.details.line, error.message.includes('no target_new'), error.details.cure]).toEqual([1, true, 'Give it as a set of what must stay: erratum eval --accurate FILE.']) // prettier-ignore
    expect(readAccurateSet(file)).toMatchObject([{ id: '0', prompt: 'V is in', target: 'O', extra: { relation_id: 'P1' } }]) // prettier-ignore
  })
})

describe('fields by other names', () => {
  it('are told by columns', () => {
    const file = given('[{"id": 1, "question": "Q?", "answer": "A", "note": 2}]')
    const rows = readEdits(file, { columns: { prompt: 'question', target_new: 'answer' } })
    expect(rows).toEqual([{ id: '1', prompt: 'Q?', target: 'A', line: 1, extra: { note: 2 } }])
    const error = errorOf(() => readEdits(file, { columns: { prompt: 'query' } }))
    expect([error.details.field, error.message.includes('id, question, answer, note')]).toEqual(['query', true])
  })
})
