/** What edits would take the place of, told before they are trained: by their keys, which need no training. */
import { setImmediate } from 'node:timers/promises'
import { joinTexts } from '../../../contract/join.ts'
import { writingLimits } from '../../evaluation/approved-writing.ts'
import { outstandingRows } from '../edit-run.ts'
import type { EditRow } from '../edit-run.ts'
import type { EditSession } from '../edit-session.ts'
import { presentEdits } from './present-edits.ts'
import type { PresentEdit } from './present-edits.ts'

/** A passage as it is promised: its sentences as they are to stand. */
export interface PromisedText {
  readonly passageId: string
  readonly prompt: string
  readonly sentences: readonly { readonly text: string; readonly promised: boolean }[]
}

/** A row of a file, and what would not be written any more once it is trained. */
export interface ForeseenConflict {
  readonly row: EditRow
  /** same prompt: it takes the place of the other; near: it would apply there, though its own prompt is another */
  readonly kind: 'same prompt' | 'near'
  /** what is written there now */
  readonly target: string
  /** the sentence (from 0) of a passage that is promised; null: the edit is of no promised passage */
  readonly passage: { readonly passageId: string; readonly sentence: number } | null
  readonly edit: PresentEdit | null
}

export interface Foreseen {
  /** rows that would be trained */
  readonly rows: readonly EditRow[]
  /** rows that are in the session already */
  readonly known: number
  /** rows whose prompt a later row of the file has too */
  readonly replacedInFile: readonly EditRow[]
  readonly conflicts: readonly ForeseenConflict[]
}

/** The block that the rows would be in. */
const FORESEEN = 'foreseen'
/** Rows that are read before others have their turn. */
const AT_ONCE = 16

export async function foresee(
  session: EditSession,
  given: readonly EditRow[],
  passages: readonly PromisedText[]
): Promise<Foreseen> {
  const { rows, known, replacedInFile } = outstandingRows(session, given)
  const conflicts = new Map<string, ForeseenConflict>()
  const add = (conflict: ForeseenConflict): void => {
    const { row, passage, edit } = conflict
    const name = JSON.stringify([rows.indexOf(row), passage?.passageId ?? edit?.name])
    // What is known of a passage tells more than the edit behind it, and comes first.
    if (!conflicts.has(name)) conflicts.set(name, conflict)
  }
  const place = (edit: { prompt: string; target: string; header?: string }): string =>
    session.sample({ ...edit, id: FORESEEN }).promptIds.join(' ')
  const byPrompt = new Map(rows.map((row) => [place(row), row]))
  for (const passage of passages) atTheSamePrompt(passage, byPrompt, place).forEach(add)
  const present = presentEdits(session.store)
  const broken = new Set([...conflicts.values()].map(({ row, target }) => `${place(row)}\0${target}`))
  for (const edit of present) {
    const row = byPrompt.get(edit.place)
    if (!row || row.target.trim() === edit.target.trim() || !session.isLive(edit.editId)) continue
    if (!broken.has(`${place(row)}\0${edit.target}`))
      add({ row, kind: 'same prompt', target: edit.target, passage: null, edit })
  }
  if (rows.length > 0) for await (const conflict of nearby(session, rows, passages, present)) add(conflict)
  return { rows, known, replacedInFile, conflicts: [...conflicts.values()] }
}

/** The first promised sentence of a passage that stands where an edit with another text would be. */
function atTheSamePrompt(
  { passageId, prompt, sentences }: PromisedText,
  byPrompt: ReadonlyMap<string, EditRow>,
  place: (edit: { prompt: string; target: string; header?: string }) => string
): ForeseenConflict[] {
  const texts = sentences.map((s) => s.text)
  return sentences.flatMap(({ text, promised }, sentence) => {
    if (!promised) return []
    const before = joinTexts([prompt, ...texts.slice(0, sentence)])
    const row = byPrompt.get(place({ header: prompt, prompt: before, target: text }))
    if (!row || joinTexts(texts.slice(sentence)).startsWith(row.target.trim())) return []
    return [{ row, kind: 'same prompt' as const, target: text, passage: { passageId, sentence }, edit: null }]
  })
}

/** Where the new keys would be nearest at a place that something else is written at. */
async function* nearby(
  session: EditSession,
  rows: readonly EditRow[],
  passages: readonly PromisedText[],
  present: readonly PresentEdit[]
): AsyncGenerator<ForeseenConflict> {
  const index = await session.indexWith(rows, FORESEEN)
  const rowOf = (route: { block: string | null; editId: string | null }): EditRow | null =>
    route.block === FORESEEN ? rows[Number(route.editId!.slice(FORESEEN.length + 1))] : null
  for (const { passageId, prompt, sentences } of passages) {
    const texts = sentences.map((s) => s.text)
    const text = joinTexts(texts)
    const limits = writingLimits(session.model, prompt, texts, session.store.header.sentenceRule)
    const written = session.greedyTexts.known(prompt, session.rules(), limits)
    // What does not hold now cannot be broken.
    if (written?.text.trim() !== text) continue
    const routes = session.greedyTexts.routesUnder(prompt, session.rulesOf(index, 'deployment'), limits) ?? []
    const start = routes.at(0)?.position ?? 0
    for (const route of routes) {
      const row = rowOf(route)
      const before = written.tokens
        .slice(0, route.position - start)
        .map((t) => t.text)
        .join('')
      const rest = text.slice(before.trimStart().length).trimStart()
      if (!row || rest.startsWith(row.target.trim())) continue
      const sentence = sentenceAt(sentences, text.length - rest.length)
      yield { row, kind: 'near', target: sentences[sentence].text, passage: { passageId, sentence }, edit: null }
    }
  }
  const byName = new Map(present.map((edit) => [edit.name, edit]))
  const inPassages = new Set(passages.map((p) => p.passageId))
  let read = 0
  for (const { editId, block, records } of session.index('deployment').edits) {
    if (++read % AT_ONCE === 0) await setImmediate()
    const edit = byName.get(`${block}/${editId}`)
    // What is promised of a passage was looked at as a whole, where it has been written.
    if (!edit || edit.isReplaced || !session.isLive(editId)) continue
    for (const { key, promptIds } of records) {
      const row = rowOf(index.route(key, promptIds))
      if (
        !row ||
        session.sample(row).promptIds.join(' ') === edit.place ||
        edit.target.trim().endsWith(row.target.trim())
      )
        continue
      const [passageId] = editId.split('/')
      if (edit.file === null && inPassages.has(passageId) && isKnown(session, passages, passageId)) continue
      yield { row, kind: 'near', target: edit.target, passage: null, edit }
    }
  }
}

function isKnown(session: EditSession, passages: readonly PromisedText[], passageId: string): boolean {
  const { prompt, sentences } = passages.find((p) => p.passageId === passageId)!
  const texts = sentences.map((s) => s.text)
  const limits = writingLimits(session.model, prompt, texts, session.store.header.sentenceRule)
  return session.greedyTexts.known(prompt, session.rules(), limits) !== null
}

/** The sentence in which a character of the joined text lies. */
function sentenceAt(sentences: PromisedText['sentences'], at: number): number {
  let end = 0
  const found = sentences.findIndex(({ text }) => {
    end += text.length + 1
    return at < end
  })
  return found < 0 ? sentences.length - 1 : found
}
