/** The error of a record that is in no format of its kind: what it looks like, and what would be read. */
import { badFile } from './bad-file.ts'
import { named } from './json-records.ts'
import type { FileRecord } from './json-records.ts'
import { labelOf } from './sentence-labels.ts'

/** Formats of the field that hold something else, by what their records have. */
const OTHERS: readonly { of: (value: FileRecord['value']) => boolean; what: string; cure: string }[] = [
  {
    of: (v) => Array.isArray(v['pos']) && Array.isArray(v['neg']),
    what: 'it looks like ConvSent (texts of either feeling about a topic), which edits a feeling and no sentence',
    cure: 'There is nothing in it that a sentence could be corrected to.'
  },
  {
    of: (v) => isObject(v['edit']) && 'example_type' in v,
    what: 'it looks like RippleEdits, whose edits name things by their numbers',
    cure: 'Write the prompt and the target of each edit as texts: {"prompt": ..., "target_new": ...}.'
  },
  {
    of: (v) => 'unsafe generation' in v || 'adversarial prompt' in v,
    what: 'it looks like SafeEdit, which edits how a model refuses and no sentence',
    cure: 'There is nothing in it that a sentence could be corrected to.'
  },
  {
    of: (v) => 'question' in v && ('answer' in v || 'answers' in v) && 'target' in v && 'recover_or_retain_instance' in v, // prettier-ignore
    what: 'it looks like Sanitation, which has a model forget',
    cure: 'There is nothing in it that a sentence could be corrected to.'
  }
]

const MARKED = {
  what: 'it marks a sentence, and does not say what the model is to write there',
  cure: 'Bring marks to a review: erratum import FILE --session FOLDER. An edit needs a prompt and target_new.'
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** Fields that people's own files have for a prompt and for a target, likeliest first. */
const PROMPTS = ['prompt', 'question', 'query', 'instruction', 'input', 'text', 'src', 'sentence']
const TARGETS = ['target_new', 'target', 'answer', 'new_answer', 'correction', 'completion', 'output', 'response', 'label', 'object'] // prettier-ignore

/** @param formats what each has, as a phrase */
export function unknownRecord(
  file: string,
  { line, value }: FileRecord,
  kind: 'edits' | 'passages' | 'edits or passages',
  formats: readonly string[]
): Error {
  const isMark = kind === 'edits' && [value['labels'], value['label']].some((label) => labelOf(label) !== null)
  const other = isMark ? MARKED : OTHERS.find(({ of }) => of(value))
  if (other) return badFile({ file, line }, other.what, other.cure)
  const names = Object.keys(value)
  const first = (likely: readonly string[]): string | undefined =>
    likely.find((name) => typeof value[name] === 'string')
  const [prompt, target] = [first(PROMPTS), first(TARGETS)]
  const guess = kind !== 'passages' && prompt !== undefined && target !== undefined && prompt !== target
  return badFile(
    { file, line },
    `no format of ${kind} has a record with ${named(names)}`,
    guess
      ? `If ${prompt} is the prompt and ${target} what the model is to write: --columns prompt=${prompt},target_new=${target}. Else give ${formats.join('; or ')}.`
      : `Give ${formats.join('; or ')}. Other names of fields are told by --columns prompt=FIELD,target_new=FIELD.`
  )
}
