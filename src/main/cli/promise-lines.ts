/** What commands print of promises. */
import { visibleInLine } from '../../contract/visible.ts'
import type { BreakCause, BrokenPromises } from '../../contract/types.ts'
import type { EditFileResult } from '../services/edit-file.ts'
import type { PromiseSummary } from '../services/promises/session-promises.ts'

/** How the promises of a session stand; nothing where nothing is promised. */
export function promiseLines({ passages, edits }: PromiseSummary): string[] {
  const promising = edits.edits - edits.replaced
  return [
    ...(passages.promised > 0
      ? [
          `Passages: ${passages.held} of ${passages.promised} promised sentences are written${unchecked(passages.unchecked)}`,
          ...passages.broken.map(
            (b) => `  broken: ${visibleInLine(b.name)}, sentence ${b.sentence + 1}: ${causeWords(b.cause)}`
          )
        ]
      : []),
    ...(edits.edits > 0
      ? [
          `Edits of their own: ${edits.held} of ${promising} are written word for word${unchecked(edits.unchecked)}${edits.replaced > 0 ? `; ${edits.replaced} replaced by later edits at the same prompt` : ''}`,
          ...edits.broken.map((b) => `  broken: ${editWords(b)}: ${causeWords(b.cause)}`)
        ]
      : []),
    ...(passages.unchecked + edits.unchecked > 0 ? ['To check them: erratum sessions check FOLDER'] : [])
  ]
}

const unchecked = (count: number): string => (count > 0 ? `; ${count} not checked since the edits changed` : '')

const editWords = ({ editId, file }: { editId: string; file: string | null }): string =>
  `edit ${visibleInLine(editId)}${file === null ? '' : ` from ${visibleInLine(file)}`}`

export function newlyBrokenLines({ passages, edits }: BrokenPromises): string[] {
  return [
    ...passages.map(
      (b) => `! no longer written: ${visibleInLine(b.name)}, sentence ${b.sentence + 1}: ${causeWords(b.cause)}`
    ),
    ...edits.map((b) => `! no longer written: ${editWords(b)}: ${causeWords(b.cause)}`)
  ]
}

/** What the rows of a file took the place of. */
export function replacedLines(replaces: EditFileResult['replaces']): string[] {
  return replaces.map(({ id, line, kind, target, passage, edit, file }) => {
    const whose =
      passage === null ? editWords({ editId: edit ?? '', file }) : `the promised sentence ${visibleInLine(passage)}`
    return `  ${visibleInLine(id)}${line === null ? '' : ` (line ${line})`} ${kind === 'near' ? 'may apply in' : 'took the'} place of ${whose}: ${visibleInLine(target)}`
  })
}

function causeWords({ kind, editId, file }: BreakCause): string {
  if (kind === 'gone') return 'the edit that was trained for it is no longer in the session'
  if (kind === 'unknown' || editId === null) return 'no single edit is the reason'
  return `${editWords({ editId, file })} applies there instead`
}
