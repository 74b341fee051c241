import { ErratumError } from '../../../contract/errors.ts'
import { norm } from './distance.ts'
import { continuesWith, PromptTable, startsWith } from './prompt-table.ts'
import { ProjectedKeys } from './projected-keys.ts'
import type { IndexedEdit, RecordRef } from './types.ts'

/** One record with what the rules ask of it again and again; its number in the table is its permanent order. */
export interface Entry {
  readonly ref: RecordRef
  readonly promptIds: readonly number[]
  readonly says: readonly number[]
  readonly key: Float32Array
  readonly norm: number
  /** small numbers that stand for the block and for the token sequence `says` */
  readonly block: number
  readonly saysId: number
  /** a small number that stands for the whole target of its edit: the label of the paper's clusters */
  readonly targetId: number
}

/** The entries of one edit: numbers first .. end - 1. */
export interface EditSpan {
  readonly edit: IndexedEdit
  readonly first: number
  readonly end: number
}

/**
 * The records of all edits, checked, in the order of their edits. It only grows at its end: indices of one session
 * share a table and each looks at its first `count` entries, so that a commit costs nothing for what was there before.
 */
export class RecordTable {
  readonly entries: Entry[] = []
  readonly spans: EditSpan[] = []
  readonly prompts = new PromptTable()
  readonly projected = new ProjectedKeys(this.entries)
  readonly #blocks = new Map<string, number>()
  readonly #says = new Map<string, number>()
  readonly #targets = new Map<string, number>()
  readonly #spanById = new Map<string, EditSpan>()

  get count(): number {
    return this.entries.length
  }

  /** Width of the keys; null while the table is empty. */
  get width(): number | null {
    return this.entries[0]?.key.length ?? null
  }

  get lastOrder(): number {
    return this.spans.at(-1)?.edit.order ?? -Infinity
  }

  /**
   * Appends edits in the order of `order`, which must lie behind all that are here.
   * @throws ErratumError BadInput, naming the edit; then nothing was appended.
   */
  append(edits: readonly IndexedEdit[]): void {
    const sorted = [...edits].sort((a, b) => a.order - b.order)
    this.#check(sorted)
    for (const edit of sorted) {
      const span = { edit, first: this.count, end: this.count + edit.records.length }
      const targetId = numberOf(this.#targets, targetOf(edit).join(' '))
      edit.records.forEach((record, number) => {
        this.prompts.add(record.promptIds)
        this.entries.push({
          ...record,
          ref: { editId: edit.editId, record: number },
          norm: norm(record.key),
          block: numberOf(this.#blocks, edit.block),
          saysId: numberOf(this.#says, record.says.join(' ')),
          targetId
        })
      })
      this.spans.push(span)
      this.#spanById.set(edit.editId, span)
    }
  }

  /** Number of the entry of a record; undefined where there is none. */
  entryOf({ editId, record }: RecordRef): number | undefined {
    const span = this.#spanById.get(editId)
    return span && record >= 0 && span.first + record < span.end ? span.first + record : undefined
  }

  /** The edit that an entry belongs to. */
  spanOf(entry: number): EditSpan {
    return this.#spanById.get(this.entries[entry].ref.editId)!
  }

  #check(sorted: readonly IndexedEdit[]): void {
    const ids = new Set<string>()
    let order = this.lastOrder
    const width = this.width ?? sorted[0]?.records[0]?.key.length ?? 0
    for (const edit of sorted) {
      if (ids.has(edit.editId) || this.#spanById.has(edit.editId)) throw badEdit(edit, 'is in the index already')
      if (!(edit.order > order)) throw badEdit(edit, `has the order ${edit.order}, which must lie behind ${order}`)
      checkRecords(edit, width)
      ids.add(edit.editId)
      order = edit.order
    }
  }
}

/** The target of an edit, as ids. */
export function targetOf(edit: IndexedEdit): readonly number[] {
  return edit.records.flatMap((record) => record.says)
}

/** Prompt and target of an edit, as ids. */
export function wholeText(edit: IndexedEdit): readonly number[] {
  const last = edit.records.at(-1)!
  return [...last.promptIds, ...last.says]
}

function checkRecords(edit: IndexedEdit, width: number): void {
  if (edit.records.length === 0) throw badEdit(edit, 'has no record')
  edit.records.forEach((record, number) => {
    if (record.key.length !== width || width === 0)
      throw badEdit(edit, `has a key of shape [${record.key.length}] in record ${number}; due is [${width}]`)
    if (!Number.isFinite(norm(record.key))) throw badEdit(edit, `has a key in record ${number} that is not finite`)
    if (record.says.length === 0) throw badEdit(edit, `has a record ${number} that says nothing`)
    const before = edit.records[number - 1]
    if (!before) return
    const follows =
      record.promptIds.length === before.promptIds.length + before.says.length &&
      startsWith(record.promptIds, before.promptIds) &&
      continuesWith(record.promptIds, before.promptIds.length, before.says)
    if (!follows) throw badEdit(edit, `has a record ${number} that does not follow on what the one before it says`)
  })
}

function badEdit(edit: IndexedEdit, what: string): ErratumError {
  return new ErratumError('BadInput', `The edit ${edit.editId} ${what}.`, { field: 'edits' })
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  numbers.set(name, numbers.size)
  return numbers.size - 1
}
