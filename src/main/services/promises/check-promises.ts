/**
 * Looks whether what was promised is written. Called after every change of the edits; what no decision has changed for
 * is known without writing it.
 */
import { passageOfEdit } from '../../../contract/edit-names.ts'
import { joinBetween, joinTexts } from '../../../contract/join.ts'
import type { BreakCause, BrokenPromises, EditPromises, Passage } from '../../../contract/types.ts'
import { approvedText, readAs } from '../review/passage-content.ts'
import type { RecordOf } from '../review/records.ts'
import type { Workspace } from '../workspace.ts'
import type { PromisedText } from './foresee.ts'
import type { PresentEdit } from './present-edits.ts'
import type { Decisions, PromiseBench, WritesOptions } from './promise-bench.ts'
import { UNKNOWN_CAUSE } from './promise.ts'

export interface Promising {
  readonly bench: { readonly promises: PromiseBench }
  readonly workspace: Workspace
}

type CheckedPassage = RecordOf<'checked'>['passages'][number]
type CheckedEdit = RecordOf<'checked'>['edits'][number]

/** What the model writes of a passage now, from its header alone, and why where that is not what was promised. */
export async function seePassage(
  { bench, workspace }: Promising,
  passageId: string,
  options?: WritesOptions
): Promise<CheckedPassage> {
  const { prompt, sentences } = workspace.passage(passageId)
  const wanted = readAs(sentences)
  const seen = await bench.promises.passage(prompt, wanted, options)
  // The person may have changed the passage while it was written.
  const now = workspace.passage(passageId).sentences
  return { passageId, text: seen.text, broken: firstBroken(prompt, now, seen) }
}

/** The first approved sentence that is not written, and why. Whether it is promised can change without the edits. */
function firstBroken(
  prompt: string,
  sentences: Passage['sentences'],
  seen: Awaited<ReturnType<PromiseBench['passage']>>
): CheckedPassage['broken'] {
  const texts = readAs(sentences)
  let before = ''
  for (const [i, text] of texts.entries()) {
    const at = before.length + joinBetween(before, text).length
    const rest = seen.text.slice(at + text.length)
    const isWritten =
      seen.text.startsWith(text, at) && (rest === '' || /^\s/.test(rest) || joinBetween(text, rest) === '')
    if (!isWritten && approvedText(sentences[i]) !== null) {
      const own = { header: prompt, prompt: joinTexts([prompt, ...texts.slice(0, i)]), target: text }
      return { sentence: i, cause: seen.cause(sameUntil(seen.text, joinTexts(texts)), own) }
    }
    before = joinTexts([before, text])
  }
  return null
}

function sameUntil(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

/** Keeps what the model was seen to write of one passage. */
export async function keepSeen({ bench, workspace }: Promising, seen: CheckedPassage): Promise<void> {
  const state = bench.promises.state()
  await workspace.record({
    type: 'checked',
    at: Date.now(),
    state,
    whole: false,
    passages: [seen],
    edits: [],
    same: []
  })
}

/** Passages with what is promised of them, as they are to stand. */
export function promisedTexts({ workspace }: Pick<Promising, 'workspace'>): PromisedText[] {
  return workspace.passages().flatMap(({ id, prompt, sentences, promise }) => {
    if (promise.promised === 0) return []
    const texts = readAs(sentences)
    const isPromised = (i: number): boolean => ['held', 'broken'].includes(promise.standings.at(i) ?? '')
    return [{ passageId: id, prompt, sentences: texts.map((text, i) => ({ text, promised: isPromised(i) })) }]
  })
}

/** Edits that promise their target: they came from no passage of the review, and nothing has replaced them. */
export function promisedEdits({ bench, workspace }: Promising): PresentEdit[] {
  const passages = new Set(workspace.passages().map(({ id }) => id))
  return bench.promises.edits().filter((edit) => !edit.isReplaced && !isOfPassage(edit, passages))
}

function isOfPassage({ editId, file }: PresentEdit, passages: ReadonlySet<string>): boolean {
  return file === null && passages.has(passageOfEdit(editId)?.passageId ?? '')
}

/** What is known of promises without a model. */
export interface KnownPromises {
  readonly bench: { readonly promises: Pick<PromiseBench, 'state' | 'edits'> }
  readonly workspace: Pick<Workspace, 'passages' | 'editCheck'>
}

/** How the promises of edits stand, as far as anybody has looked. */
export function editPromises({ bench, workspace }: KnownPromises): EditPromises {
  const passages = new Set(workspace.passages().map(({ id }) => id))
  const state = bench.promises.state()
  const told: EditPromises = { edits: 0, replaced: 0, held: 0, unchecked: 0, broken: [] }
  for (const edit of bench.promises.edits()) {
    if (isOfPassage(edit, passages)) continue
    told.edits++
    const check = workspace.editCheck(edit.name)
    if (edit.isReplaced) told.replaced++
    else if (check?.state !== state) told.unchecked++
    else if (check.written === null) told.held++
    else told.broken.push(brokenEdit(edit, check.written, check.cause))
  }
  return told
}

const brokenEdit = (
  { editId, file, prompt, target }: PresentEdit,
  written: string,
  cause: BreakCause | null
): EditPromises['broken'][number] => ({ editId, file, prompt, target, written, cause: cause ?? UNKNOWN_CAUSE })

/** Passages that the model has written or that promise something: what is told of them has to hold. */
const isToldOf = ({ rewriting, promise, sentences }: Passage): boolean =>
  sentences.length > 0 && (rewriting !== null || promise.promised > 0)

/** Whether something is promised or told of which nobody knows whether it holds under the edits as they are now. */
export function isCheckDue(at: Promising): boolean {
  const state = at.bench.promises.state()
  return (
    at.workspace.passages().some((p) => isToldOf(p) && !p.promise.checked) ||
    promisedEdits(at).some((edit) => at.workspace.editCheck(edit.name)?.state !== state)
  )
}

export interface CheckOptions {
  /** decisions under which everything was looked at: what none of them has changed for is as it was */
  since?: Decisions | null
  /** only what was known under these decisions, and has to be looked at again */
  onlyKnown?: boolean
  signal?: AbortSignal
  onProgress?: (done: number, of: number, what: string) => void
}

/**
 * Looks at everything that nobody has looked at under the edits as they are now. Stopped by the signal, it keeps what it
 * has seen.
 * @returns what it found broken that was not known to be
 */
export async function checkPromises(
  at: Promising,
  { since = null, onlyKnown = false, signal, onProgress }: CheckOptions = {}
): Promise<BrokenPromises> {
  const { bench, workspace } = at
  const state = bench.promises.state()
  const isWanted = (known: string | null | undefined): boolean =>
    known !== state && (!onlyKnown || (since !== null && known === since.state))
  const passages = workspace.passages().filter((p) => isToldOf(p) && isWanted(workspace.seen(p.id)?.state))
  const edits = promisedEdits(at).filter((edit) => isWanted(workspace.editCheck(edit.name)?.state))
  const found: { passages: CheckedPassage[]; edits: CheckedEdit[]; same: string[] } = {
    passages: [],
    edits: [],
    same: []
  }
  const broken: BrokenPromises = { passages: [], edits: [] }
  const of = passages.length + edits.length
  let done = 0
  try {
    for (const { id, name, promise } of passages) {
      signal?.throwIfAborted()
      const seen = await seePassage(at, id, { signal })
      const before = workspace.seen(id)
      const isSame = before?.text === seen.text && JSON.stringify(before.broken) === JSON.stringify(seen.broken)
      if (isSame) found.same.push(id)
      else found.passages.push(seen)
      if (seen.broken && promise.promised > 0 && !promise.broken)
        broken.passages.push({ passageId: id, name, ...seen.broken })
      done++
      onProgress?.(done, of, name)
    }
    for (const edit of edits) {
      signal?.throwIfAborted()
      const before = workspace.editCheck(edit.name)
      const isUntouched = since && before?.state === since.state && before.written === null
      const seen: CheckedEdit =
        isUntouched && bench.promises.isUntouched(edit, since)
          ? { edit: edit.name, written: null, cause: null }
          : await seeEdit(at, edit, signal)
      const isSame = before?.written === seen.written && JSON.stringify(before.cause) === JSON.stringify(seen.cause)
      if (isSame) found.same.push(edit.name)
      else found.edits.push(seen)
      if (seen.written !== null && (before?.written ?? null) === null)
        broken.edits.push(brokenEdit(edit, seen.written, seen.cause))
      done++
      onProgress?.(done, of, edit.editId)
    }
  } finally {
    const whole = done === of && !onlyKnown
    if (done > 0)
      await workspace.record({ type: 'checked', at: Date.now(), state, whole, ...found, same: whole ? [] : found.same })
  }
  // A sentence that is approved and not promised yet is no promise that broke.
  return { ...broken, passages: broken.passages.filter((b) => workspace.passage(b.passageId).promise.broken !== null) }
}

async function seeEdit({ bench }: Promising, edit: PresentEdit, signal?: AbortSignal): Promise<CheckedEdit> {
  const seen = await bench.promises.edit(edit, { signal })
  const target = edit.target.trim()
  return seen.text === target
    ? { edit: edit.name, written: null, cause: null }
    : { edit: edit.name, written: seen.text, cause: seen.cause(sameUntil(seen.text, target), edit) }
}
