/** Edits in force that something is about: a training, passages, the correction of a sentence. */
import type { EditInForce, EditPlace, EditsConcerned, Passage } from '../../../contract/types.ts'
import type { Workspace } from '../workspace.ts'
import type { ModelEdit, Workbench } from './workbench.ts'

interface At {
  readonly bench: Pick<Workbench, 'edits' | 'liveWithout'>
  readonly workspace: Pick<Workspace, 'passages' | 'passage'>
}

/** What was asked about: blocks, passages, the correction of a sentence (from 0), or edits by name. */
export interface Asked {
  readonly blocks?: readonly string[]
  readonly passageIds?: readonly string[]
  readonly correction?: { readonly passageId: string; readonly sentence: number }
  readonly edits?: readonly EditPlace[]
}

/** In their order, each once; and what the model would write again without them. */
export function concernedEdits(at: At, asked: Asked): EditsConcerned {
  const { bench, workspace } = at
  const blocks = new Set(asked.blocks)
  const named = new Set([
    ...(asked.edits ?? []).map(nameOf),
    ...(asked.correction
      ? ofCorrection(at, workspace.passage(asked.correction.passageId), asked.correction.sentence)
      : [])
  ])
  const passages = (asked.passageIds ?? []).map((id) => workspace.passage(id))
  const edits = bench
    .edits()
    .filter((edit) => blocks.has(edit.block) || named.has(nameOf(edit)) || passages.some((p) => isOf(edit, p)))
  const liveAgain = edits.length === 0 ? [] : bench.liveWithout(edits)
  return { edits: told(workspace, edits), liveAgain: told(workspace, liveAgain) }
}

/** For a person to read: with the passage of the review that each was trained for. */
export function told(workspace: At['workspace'], edits: readonly ModelEdit[]): EditInForce[] {
  const passages = new Map(workspace.passages().map((passage) => [passage.id, passage]))
  return edits.map((edit) => {
    const passage = passages.get(passageIdOf(edit.editId) ?? '')
    return { ...edit, passageId: passage && isOf(edit, passage) ? passage.id : null }
  })
}

export const placesOf = (edits: readonly EditPlace[]): EditPlace[] =>
  edits.map(({ block, editId }) => ({ block, editId }))

const nameOf = ({ block, editId }: EditPlace): string => `${block}/${editId}`

/** Edits of passages are called after their passage and sentence, with the round behind it if there were several. */
function passageIdOf(editId: string): string | null {
  return /^(.+)\/\d+(?:~\d+)*$/.exec(editId)?.[1] ?? null
}

const isOf = ({ editId, prompt }: ModelEdit, passage: Pick<Passage, 'id' | 'prompt'>): boolean =>
  passageIdOf(editId) === passage.id && prompt.startsWith(passage.prompt.trimEnd())

/**
 * The edit that its outcome names, and all others that say the same in the same place: a sentence that was trained in
 * several rounds has one of each, and an earlier one would be written again without the last.
 */
function ofCorrection({ bench }: At, passage: Passage, sentence: number): string[] {
  const { outcome, correction, acceptedBefore } = passage.sentences[sentence] ?? {}
  const targets = [correction, acceptedBefore].flatMap((text) => text?.trim() ?? [])
  const left = passage.leftInModel.filter((edit) => targets.includes(edit.target)).map(nameOf)
  const own =
    outcome && !outcome.undone && outcome.route?.block
      ? [nameOf({ block: outcome.route.block, editId: outcome.route.editId ?? outcome.editId })]
      : []
  const edits = bench.edits()
  const found = edits.filter((edit) => [...own, ...left].includes(nameOf(edit)))
  return edits
    .filter(
      (edit) => isOf(edit, passage) && found.some((one) => one.prompt === edit.prompt && one.target === edit.target)
    )
    .map(nameOf)
}
