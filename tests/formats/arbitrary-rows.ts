/** Rows of edits and passages as a reader gives them, with whatever a file may hold: odd names, empty lists, any Unicode. */
import fc from 'fast-check'
import type { EditRow } from '../../src/main/formats/edit-row.ts'
import type { PassageRow } from '../../src/main/formats/passage-row.ts'
import { LABELS } from '../../src/main/formats/sentence-labels.ts'

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('{}', '{{}}', '}{', 'a{b', '\n"', '\\', 'NaN', 'accurate', 'Major inaccurate')
)
const whiteSpace = fc.constantFrom('', '', ' ', '  ', '\n', '\n\n', '\t', '\r\n', '\u00a0')
const written = anyText.filter((text) => text.trim() !== '')
const prompt = fc.tuple(written, whiteSpace).map((parts) => parts.join(''))
const target = fc.tuple(whiteSpace, written).map((parts) => parts.join(''))
const trimmed = anyText.map((text) => text.trim()).filter((text) => text !== '')
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)
/** values that are no null: a field that is null counts as absent */
const present = json.filter((value) => value !== null)
const id = fc.oneof(fc.string(), fc.nat().map(String), fc.constantFrom('007', '-1', '1e3', '99999999999999999999'))

/** names that some format has a meaning for */
const KNOWN = [
  'id', 'prompt', 'target_new', 'target_old', 'text', 'labels', 'src', 'alt', 'answers', 'loc', 'loc_ans', 'rephrase', 'input',
  'output', 'prediction', 'filtered_rephrases', 'requested_rewrite', 'case_id', 'paraphrase_prompts', 'neighborhood_prompts',
  'prompts', 'portability', 'sentences', 'gpt3_sentences', 'gpt3_text', 'annotation', 'concept', '__proto__', 'constructor',
  'ground_truth', 'rephrase_prompt', 'locality_prompt', 'locality_ground_truth', 'ood_rephrase', 'attribute', 'template', 'known_id',
  'target_true', 'questions', 'data', 'annotations', 'fields', 'responses', 'label', 'passage', 'sentence'
] // prettier-ignore
const values = fc.oneof(
  json,
  fc.array(anyText, { maxLength: 3 }),
  fc.constantFrom(
    { prompt: 'x', target_new: { id: 'Q1' }, relation_id: 'P1' },
    { relation_id: 'P1', target_true: { id: 'Q2' } },
    [{ answer: 'A.', provenance: [] }],
    { a: [{ prompt: 'p', answer: 'q' }] },
    { a: [{ prompt: 'p', ground_truth: ['q'] }] },
    'accurate'
  )
)
const extra = (own: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...KNOWN.filter((name) => !own.includes(name)))), values, { maxKeys: 4 })
    .map((given) => Object.fromEntries(Object.entries(given).filter(([name]) => !own.includes(name)))) // prettier-ignore

const asked = fc.array(fc.record({ prompt: anyText, answer: anyText }), { maxLength: 3 })
const rewording = fc.record(
  { kind: fc.constantFrom('header' as const, 'one' as const, 'all' as const), prompt: fc.tuple(anyText, whiteSpace).map((parts) => parts.join('')) },
  { requiredKeys: ['prompt'] }
) // prettier-ignore

const OWN_FIELDS = ['id', 'prompt', 'target_new', 'target_old', 'subject', 'severity', 'source', 'rephrase', 'locality']

/** The subject is often a part of the prompt, and answers to unrelated questions the old target, as some formats need. */
export const editRows: fc.Arbitrary<EditRow> = fc
  .record(
    {
      id,
      prompt,
      target,
      line: fc.constant(1),
      targetOld: anyText,
      subject: anyText,
      severity: anyText,
      source: present,
      rephrase: fc.array(rewording, { maxLength: 3 }),
      locality: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('loc', 'neighborhood', '__proto__')), asked, { maxKeys: 2 }),
      extra: extra(OWN_FIELDS)
    },
    { requiredKeys: ['id', 'prompt', 'target', 'line', 'extra'] }
  )
  .chain((row) => fc.record({ row: fc.constant(row), from: fc.nat(row.prompt.length), fits: fc.boolean(), name: fc.constantFrom('loc', 'neighborhood') }))
  .map(({ row, from, fits, name }) => {
    if (!fits || row.locality === undefined || row.subject === undefined) return row
    const answer = row.targetOld ?? ''
    const near = Object.values(row.locality).flatMap((list) => list.map((one) => ({ ...one, answer })))
    return { ...row, subject: row.prompt.slice(from), locality: { [name]: near } }
  }) // prettier-ignore

export const passageRows: fc.Arbitrary<PassageRow> = fc.record(
  {
    id,
    prompt: fc.oneof(prompt, trimmed.map((name) => `This is a Wikipedia passage about ${name}.`)),
    sentences: fc.array(
      fc.record(
        { text: trimmed, label: fc.constantFrom(...LABELS), correction: trimmed },
        { requiredKeys: ['text'] }
      ),
      { minLength: 1, maxLength: 4 }
    ),
    line: fc.constant(1),
    source: present,
    extra: extra(['id', 'prompt', 'sentences', 'source'])
  },
  { requiredKeys: ['id', 'prompt', 'sentences', 'line', 'extra'] }
) // prettier-ignore
