/** Fields of a record in a file, checked one by one, so that an error names the line, the id and the field. */
import { z } from 'zod'
import { badFile } from './bad-file.ts'
import type { FileRecord } from './json-records.ts'

export class RecordFields {
  readonly id: string
  private readonly file: string
  private readonly record: FileRecord
  private readonly hasId: boolean
  private readonly taken = new Set<string>()

  /**
   * The id is the record's own, as text; without one it is the line.
   * @param idFields where it may stand; the first that is there counts
   */
  constructor(file: string, record: FileRecord, idFields: readonly string[] = ['id']) {
    this.file = file
    this.record = record
    const field = idFields.find((name) => (record.value[name] ?? undefined) !== undefined)
    const id = field === undefined ? undefined : record.value[field]
    if (id !== undefined && typeof id !== 'string' && typeof id !== 'number')
      throw badFile({ file, line: record.line, field }, 'a text or a number is expected', 'Give each record an id.')
    this.taken.add(field ?? 'id')
    this.hasId = id !== undefined
    this.id = id === undefined ? String(record.line) : String(id)
  }

  get line(): number {
    return this.record.line
  }

  has(field: string): boolean {
    return this.record.value[field] !== undefined
  }

  /** A text that is not empty or white space alone. */
  text(field: string): string {
    const value = this.optional(field, z.string())
    if (value === undefined) throw this.bad(field, 'it is missing', `Add "${field}" to this record.`)
    if (value.trim() === '') throw this.bad(field, 'it is empty', `Write a text in "${field}" or remove the record.`)
    return value
  }

  /** A prompt, as it stands in the edit. @param filled puts the subject in its place */
  prompt(field: string, filled: (given: string) => string = (given) => given): string {
    const prompt = filled(this.text(field))
    if (prompt.trim() === '') throw this.bad(field, 'it is empty', 'Write a prompt.')
    return prompt
  }

  /** A field that has to be there. */
  required<T>(field: string, schema: z.ZodType<T>): T {
    const value = this.optional(field, schema)
    if (value === undefined) throw this.bad(field, 'it is missing', `Add "${field}" to this record.`)
    return value
  }

  /** A field that may be absent or null. */
  optional<T>(field: string, schema: z.ZodType<T>): T | undefined {
    this.taken.add(field)
    const value = this.record.value[field]
    if (value === undefined || value === null) return undefined
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw this.bad([field, ...issue.path].join('.'), reasonOf(issue), 'Correct this field or remove it.')
  }

  /** The fields that nobody has asked for, as they are. */
  rest(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.record.value).filter(([name]) => !this.taken.has(name)))
  }

  bad(field: string, reason: string, cure: string): Error {
    const line = this.record.lines?.[field.split('.')[0]] ?? this.line
    return badFile({ file: this.file, line, id: this.hasId ? this.id : undefined, field }, reason, cure)
  }
}

/** In words, without what stands in the field. */
function reasonOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' ? `expected ${KINDS[issue.expected] ?? issue.expected}` : issue.message
}

const KINDS: Record<string, string> = { string: 'a text', number: 'a number', array: 'a list', object: 'an object', record: 'an object' } // prettier-ignore
