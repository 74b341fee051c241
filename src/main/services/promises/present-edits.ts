/** The edits of a session, as far as promises are concerned. */
import type { SessionStore } from '../../session/session-store.ts'

/** An edit that is in the session. */
export interface PresentEdit {
  /** its block and its id: given once in a session, whatever is undone */
  readonly name: string
  readonly editId: string
  readonly prompt: string
  readonly target: string
  /** ids of the prompt, as one word: edits with the same one stand at the same place */
  readonly place: string
  /** tokens of the target */
  readonly tokens: number
  /** the file that it came from */
  readonly file: string | null
  /** a later edit at the same prompt has taken its place */
  readonly isReplaced: boolean
}

export function presentEdits({ edits }: Pick<SessionStore, 'edits'>): PresentEdit[] {
  const lastAt = new Map(edits.map((edit) => [edit.promptIds.join(' '), edit]))
  return edits.map((edit) => ({
    name: `${edit.block}/${edit.editId}`,
    editId: edit.editId,
    prompt: edit.prompt,
    target: edit.target,
    place: edit.promptIds.join(' '),
    tokens: edit.targetIds.length,
    file: edit.from?.file ?? null,
    isReplaced: lastAt.get(edit.promptIds.join(' ')) !== edit
  }))
}
