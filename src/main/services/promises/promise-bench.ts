/** What a session's model writes where something was promised, and which edit is the reason where it is something else. */
import type { BreakCause } from '../../../contract/types.ts'
import type { EditText } from '../../editor/edit-sample.ts'
import type { Written } from '../../editor/passage-writer.ts'
import { writingLimits } from '../../evaluation/approved-writing.ts'
import type { StoredIndex } from '../../editor/neuron-index/store-schema.ts'
import type { EditRow } from '../edit-run.ts'
import { tokensKey } from '../../editor/edit-sample.ts'
import type { EditSession } from '../edit-session.ts'
import { livePrompts } from '../session-indices.ts'
import { foresee } from './foresee.ts'
import type { Foreseen, PromisedText } from './foresee.ts'
import { presentEdits } from './present-edits.ts'
import type { PresentEdit } from './present-edits.ts'
import { UNKNOWN_CAUSE } from './promise.ts'

export interface SeenText {
  readonly text: string
  /** @param at character from which on the text is another; @param own the edit that was to apply there */
  cause(at: number, own: EditText): BreakCause
}

export interface WritesOptions {
  /** write it although it is known what comes */
  again?: boolean
  signal?: AbortSignal
  onToken?: (token: Written['tokens'][number]) => void
}

/** The decisions of a session as they were made at some time. */
export interface Decisions {
  /** names the edits that were in force */
  readonly state: string
  readonly index: StoredIndex
}

/** What the check of promises needs of a session. */
export interface PromiseBench {
  /** Names the edits in force (`stateOfEdits`). */
  state(): string
  /** As they are now; null where no model is there. */
  decisions(): Decisions | null
  /** Whether an edit that was written under earlier decisions still is: at none of its places another one was made. */
  isUntouched(edit: PresentEdit, since: Decisions): boolean
  /** What training these rows would take the place of, before anything is trained. */
  foresee(rows: readonly EditRow[], passages: readonly PromisedText[]): Promise<Foreseen>
  /** All that are in the session, in their order. */
  edits(): PresentEdit[]
  /** What greedy writing gives from a header alone; it goes on for as many sentences, or tokens, as these are. */
  passage(prompt: string, sentences: readonly string[], options?: WritesOptions): Promise<SeenText>
  /** What greedy writing gives at the prompt of an edit, as many tokens as its target has. */
  edit(edit: PresentEdit, options?: WritesOptions): Promise<SeenText>
}

export function promiseBench(session: EditSession): PromiseBench {
  const seen = (written: Written): SeenText => ({
    text: written.text.trim(),
    cause: (at, own) => breakCause(session, written, at, own)
  })
  return {
    state: () => session.state,
    decisions: () => ({ state: session.state, index: session.index('deployment') }),
    isUntouched: (edit, since) => isUntouched(session, edit, since),
    foresee: (rows, passages) => foresee(session, rows, passages),
    edits: () => presentEdits(session.store),
    passage: async (prompt, sentences, options) => {
      const limits = writingLimits(session.model, prompt, sentences, session.store.header.sentenceRule)
      return seen(await session.greedyTexts.write(prompt, session.rules(), limits, options))
    },
    edit: async (edit, options) => {
      const limits = { maxNewTokens: edit.tokens }
      return seen(await session.greedyTexts.write(edit.prompt, session.rules(), limits, options))
    }
  }
}

function isUntouched(session: EditSession, { editId, name }: PresentEdit, { index: before }: Decisions): boolean {
  const now = session.index('deployment')
  if (now === before) return true
  const edit = now.edits.find((one) => one.editId === editId && `${one.block}/${one.editId}` === name)
  if (!edit) return false
  const isPrompt = [livePrompts(before), livePrompts(now)]
  const { records } = edit
  const ids = [...records.at(-1)!.promptIds, ...records.at(-1)!.says]
  const inside = ids.map((_, length) => length).filter((length) => length > records[0].promptIds.length)
  return (
    records.every(({ key, promptIds }) => before.route(key, promptIds).block === now.route(key, promptIds).block) &&
    inside.every((length) => isPrompt[0](ids.slice(0, length)) === isPrompt[1](ids.slice(0, length)))
  )
}

/** @param at character of the trimmed text from which on it is not what was promised */
function breakCause(session: EditSession, { text, tokens, routes }: Written, at: number, own: EditText): BreakCause {
  const request = { ...own, id: 'promised' }
  const place = tokensKey(session.sample(request))

  const { edits } = session.store
  const named = (editId: string): BreakCause => {
    const edit = edits.find((e) => e.editId === editId)
    return { kind: 'edit', editId, target: edit?.target ?? null, file: edit?.from?.file ?? null }
  }
  const isOwn = (editId: string | null): boolean => edits.some((e) => e.editId === editId && tokensKey(e) === place)
  const route = routes.findLast(({ position }) => startOf(position - (routes[0]?.position ?? 0)) <= at)
  if (route?.block && route.editId !== null && !isOwn(route.editId)) return named(route.editId)
  const replacement = session.replacementOf(request)
  if (replacement) return named(replacement.editId)
  return session.isStored(request) ? UNKNOWN_CAUSE : { ...UNKNOWN_CAUSE, kind: 'gone' }

  /** Where a token (from 0) begins in the trimmed text. */
  function startOf(token: number): number {
    const before = tokens.slice(0, token).reduce((length, t) => length + t.text.length, 0)
    return before - (text.length - text.trimStart().length)
  }
}
