/**
 * A sentence in each record: `{text, label, prompt, correction}`, as Label Studio's JSON_MIN and CSV exports and tables
 * have it. The mark may stand under any name, as the tool's question was called.
 */
import { toJsonLines } from '../json-records.ts'
import type { FileRecord } from '../json-records.ts'
import { RecordFields } from '../record-fields.ts'
import { labelOf } from '../sentence-labels.ts'
import type { MarkDialect } from './dialect.ts'
import { labelIn, PLACE_FIELDS, placeOf, sentenceIn, wordsIn } from './mark-fields.ts'

/** Names of the mark's field, if it holds no mark but has one of them. */
const NAMES = ['label', 'labels', 'mark', 'annotation']
/** What Label Studio adds to each row. */
const OF_TOOL = ['annotator', 'annotation_id', 'created_at', 'updated_at', 'lead_time', 'was_cancelled', 'agreement']

export const MARKS: MarkDialect = {
  about: 'a sentence in each record {text, label, prompt, correction}, as Label Studio’s JSON_MIN and CSV',
  detect: (value) => {
    if (typeof value['text'] !== 'string') return null
    const field = fieldOfLabel(value)
    if (field !== undefined && labelOf(single(value[field])) !== null) return `it has text, and ${field} is a mark`
    if (field !== undefined && !Array.isArray(value[field])) return null
    if (['passage', 'sentence'].every((name) => value[name] !== undefined)) return 'it has text, passage and sentence'
    return value['annotation_id'] !== undefined && value['labels'] === undefined ? 'it has text and annotation_id' : null // prettier-ignore
  },
  read: (file, record) => {
    const fields = new RecordFields(file, record)
    const { value } = record
    const field = fieldOfLabel(value)
    const label = field === undefined ? undefined : labelIn(fields, field, single(value[field]))
    const corrections = textsOf(value['correction'])
    const correction = wordsIn(corrections[0])
    const left: string[] = []
    if (corrections.length > 1) left.push('correction: further texts')
    const known = ['id', 'text', 'correction', ...PLACE_FIELDS, ...OF_TOOL, ...(field === undefined ? [] : [field])]
    return [
      {
        id: fields.id,
        line: fields.line,
        text: sentenceIn(fields, value),
        ...placeOf(fields, value),
        ...(label && { label }),
        ...(correction !== undefined && { correction }),
        ...(left.length > 0 && { left }),
        extra: Object.fromEntries(Object.entries(value).filter(([name]) => !known.includes(name)))
      }
    ]
  },
  write: ({ id, prompt, sentences }) =>
    sentences.map(({ text, label, correction }, i) => ({
      ...{ text, prompt, passage: id, sentence: i + 1 },
      ...(label && { label }),
      ...(correction !== undefined && { correction })
    })),
  file: toJsonLines
}

/** The field that holds the mark: one whose value is a mark, else one that is named for it. */
function fieldOfLabel(value: FileRecord['value']): string | undefined {
  const names = Object.keys(value).filter((name) => name !== 'text' && name !== 'correction' && name !== 'prompt')
  return (
    names.find((name) => labelOf(single(value[name])) !== null) ??
    NAMES.find((name) => value[name] !== undefined && value[name] !== null && value[name] !== '')
  )
}

/** The one value of a list, of `{choices: [...]}`, or of either as JSON in a cell. */
function single(given: unknown): unknown {
  if (typeof given === 'string' && /^[[{]/.test(given) && given.length < 200) {
    try {
      return single(JSON.parse(given))
    } catch {
      return given
    }
  }
  if (Array.isArray(given)) return given.length === 1 ? single(given[0]) : given
  if (typeof given === 'object' && given !== null && 'choices' in given) return single(given.choices)
  return given
}

/** The texts of a text area: one, a list, or `{text: [...]}` where it was filled in several times, in a cell as JSON. */
function textsOf(given: unknown): unknown[] {
  if (Array.isArray(given)) return given
  if (typeof given === 'object' && given !== null && 'text' in given) return textsOf(given.text)
  if (typeof given !== 'string' || !given.startsWith('{"text":[')) return [given]
  try {
    return textsOf(JSON.parse(given))
  } catch {
    return [given]
  }
}
