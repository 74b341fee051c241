/** Marked sentences of annotation tools as passages: those of one passage, or else of one prompt, in their order. */
import { badFile } from './bad-file.ts'
import { ARGILLA } from './mark-dialects/argilla.ts'
import type { MarkDialect, MarkRow } from './mark-dialects/dialect.ts'
import { DOCCANO } from './mark-dialects/doccano.ts'
import { LABEL_STUDIO } from './mark-dialects/label-studio.ts'
import { MARKS } from './mark-dialects/marks.ts'
import type { PassageRow } from './passage-row.ts'

/** By name, in the order in which a record is tried. */
export const MARK_DIALECTS = {
  'label-studio': LABEL_STUDIO,
  argilla: ARGILLA,
  doccano: DOCCANO,
  marks: MARKS
} as const satisfies Record<string, MarkDialect>

export type MarkFormat = keyof typeof MARK_DIALECTS
export const MARK_FORMATS = Object.keys(MARK_DIALECTS) as readonly MarkFormat[]

/** Whose sentences are in one passage. */
const groupOf = ({ passage, prompt }: MarkRow): string => JSON.stringify(passage === undefined ? [prompt] : [prompt, passage]) // prettier-ignore

/**
 * @param rows with a prompt each
 * @returns a passage for each group, and of each what was left; a sentence that a tool gave twice counts once, as last said
 */
export function passagesOfMarks(rows: readonly MarkRow[]): PassageRow[] {
  const groups = Map.groupBy(rows, groupOf)
  return [...groups.values()].map((group) => {
    const [first] = group
    const ordered = group.every(({ sentence }) => sentence !== undefined)
      ? group.toSorted((a, b) => a.sentence! - b.sentence!)
      : group
    const left = new Set(ordered.flatMap((row) => row.left ?? []))
    const once = ordered.filter((row, i) => !ordered.slice(i + 1).some((later) => isAgain(row, later)))
    if (once.length < ordered.length) left.add('a sentence that is given again: the last one counts')
    const { source, ...extra } = onlyShared(ordered, left)
    return {
      id: first.passage ?? first.id,
      prompt: first.prompt!,
      line: first.line,
      sentences: once.map(({ text, label, correction }) => ({
        text,
        ...(label && { label }),
        ...(correction !== undefined && { correction })
      })),
      ...(source !== undefined && { source }),
      ...(left.size > 0 && { left: [...left] }),
      extra
    }
  })
}

/** One task that several people marked is given once for each of them. */
const isAgain = (one: MarkRow, later: MarkRow): boolean =>
  one.text === later.text && one.id === later.id && one.sentence === later.sentence

/** Fields that all sentences of a passage share are the passage's; others belong to none of its parts. */
function onlyShared(rows: readonly MarkRow[], left: Set<string>): Record<string, unknown> {
  const [{ extra }] = rows
  const same = (name: string): boolean =>
    rows.every((row) => Object.hasOwn(row.extra, name) && JSON.stringify(row.extra[name]) === JSON.stringify(extra[name])) // prettier-ignore
  for (const row of rows) for (const name of Object.keys(row.extra)) if (!same(name)) left.add(name)
  return Object.fromEntries(Object.entries(extra).filter(([name]) => same(name)))
}

/** The error of a sentence of which nobody knows where it stands. */
export function withoutPrompt(file: string, { line, id }: MarkRow): Error {
  return badFile(
    { file, line, id, field: 'prompt' },
    'the sentence is marked, and no prompt tells which passage it stands in',
    'Give the header of its passage in "prompt", or bring the marks to a session that has these sentences: erratum import FILE --session FOLDER.' // prettier-ignore
  )
}
