import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ErratumError } from '../../src/contract/errors.ts'
import type { Passage } from '../../src/contract/types.ts'
import { CorrectionDrafts } from '../../src/renderer/state/correction-draft.svelte.ts'
import type { BasedOn, DraftStore } from '../../src/renderer/state/correction-draft.svelte.ts'
import { passage, sentence } from './review-records.ts'

/** A session that two windows write, with the check that the engine makes. */
class Session {
  passage: Passage = passage('p', [sentence('One.'), sentence('Two.')])
  isAway = false
  readonly saved: string[] = []

  correct = async (
    passageId: string,
    index: number,
    text: string,
    accepted: boolean,
    basedOn: BasedOn
  ): Promise<Passage> => {
    await Promise.resolve()
    if (this.isAway) throw new ErratumError('Unavailable', 'The server cannot be reached right now.')
    const now = this.sentence(index)
    if (now.text !== basedOn.sentence || now.correction !== basedOn.correction)
      throw new ErratumError('Conflict', 'This sentence was changed in another window.')
    if (accepted && !text.endsWith('.')) throw new ErratumError('BadInput', 'It does not end like a sentence.')
    this.saved.push(`${passageId}/${index} ${text}${accepted ? ' accepted' : ''}`)
    const changed = { ...now, correction: text === '' ? null : text, accepted }
    this.passage = { ...this.passage, sentences: this.passage.sentences.with(index, changed) }
    return this.passage
  }

  sentence(index: number): Passage['sentences'][number] {
    return this.passage.sentences[index]
  }
}

let session: Session
const window = (store?: DraftStore): CorrectionDrafts => new CorrectionDrafts(session.correct, store)
const type = (drafts: CorrectionDrafts, index: number, text: string): void => {
  drafts.open('p', index)
  drafts.type('p', index, text, session.sentence(index))
}
const shown = (drafts: CorrectionDrafts, index: number): string => drafts.textOf('p', index, session.sentence(index))
const other = (drafts: CorrectionDrafts, index: number): string | null =>
  drafts.otherVersion('p', index, session.sentence(index))

beforeEach(() => {
  vi.useFakeTimers()
  session = new Session()
})
afterEach(() => vi.useRealTimers())

describe('a correction that is typed', () => {
  it('is saved shortly after the last key, and at least once a second', async () => {
    const drafts = window()
    for (let n = 0; n < 30; n++) {
      type(drafts, 0, `Typed ${n}`)
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(session.saved.length).toBeGreaterThanOrEqual(3)
    await vi.advanceTimersByTimeAsync(300)
    expect(session.saved.at(-1)).toBe('p/0 Typed 29')
    expect(drafts.of('p', 0)?.state).toBe('saved')
    drafts.close('p', 0)
    expect(drafts.of('p', 0)).toBeNull()
  })

  it('is kept for each sentence while the server is away, and all of it is sent when it is back', async () => {
    const drafts = window()
    session.isAway = true
    type(drafts, 0, 'First')
    drafts.close('p', 0)
    type(drafts, 1, 'Second')
    await vi.advanceTimersByTimeAsync(1000)
    expect(drafts.stuck.map((d) => d.text)).toEqual(['First', 'Second'])
    session.isAway = false
    await drafts.flush()
    expect(session.saved).toEqual(['p/0 First', 'p/1 Second'])
    expect(drafts.stuck).toEqual([])
  })

  it('is there again after a reload in between, and is not sent where its sentence has changed', async () => {
    let kept = '[]'
    const store: DraftStore = { read: () => kept, write: (text) => (kept = text) }
    const before = window(store)
    session.isAway = true
    type(before, 0, 'First')
    type(before, 1, 'Second')
    await vi.advanceTimersByTimeAsync(1000)
    session.isAway = false
    await session.correct('p', 1, 'From elsewhere', false, { sentence: 'Two.', correction: null })

    const after = window(store)
    await after.restore(() => session.passage)
    expect(session.saved).toEqual(['p/1 From elsewhere', 'p/0 First'])
    expect([shown(after, 1), other(after, 1)]).toEqual(['Second', 'From elsewhere'])
    kept = 'no JSON'
    await window(store).restore(() => session.passage)
  })
})

describe('two windows at the same sentence', () => {
  it('lose no word: each keeps its own on the screen and shows what the other saved', async () => {
    const [a, b] = [window(), window()]
    type(a, 0, 'From a')
    type(b, 0, 'From b')
    await vi.advanceTimersByTimeAsync(1000)
    // The first one is in the session, the other one in its window.
    expect(session.sentence(0).correction).toBe('From a')
    expect([shown(a, 0), shown(b, 0)]).toEqual(['From a', 'From b'])
    expect([other(a, 0), other(b, 0)]).toEqual([null, 'From a'])
    type(b, 0, 'From b, longer')
    await vi.advanceTimersByTimeAsync(1000)
    expect(session.sentence(0).correction).toBe('From a')

    await b.keepMine('p', 0, session.sentence(0))
    expect(session.sentence(0).correction).toBe('From b, longer')
    expect([shown(a, 0), other(a, 0)]).toEqual(['From a', 'From b, longer'])
    a.takeOther('p', 0)
    expect([shown(a, 0), other(a, 0)]).toEqual(['From b, longer', null])
  })

  it('accept nothing over a version that was not seen', async () => {
    const [a, b] = [window(), window()]
    type(a, 0, 'From a.')
    const unseen = session.sentence(0)
    await session.correct('p', 0, 'From b', false, { sentence: 'One.', correction: null })
    expect(await a.accept('p', 0, 'From a.', unseen)).toBe(false)
    expect(session.sentence(0).correction).toBe('From b')
    expect([shown(a, 0), other(a, 0)]).toEqual(['From a.', 'From b'])
    // Now it stands beside the field.
    expect(await a.accept('p', 0, 'From a.', session.sentence(0))).toBe(true)
    expect(session.sentence(0)).toMatchObject({ correction: 'From a.', accepted: true })
    expect(b.of('p', 0)).toBeNull()
  })

  it('keep a refused acceptance as a draft, and tell why it was refused', async () => {
    const drafts = window()
    type(drafts, 0, 'No end')
    expect(await drafts.accept('p', 0, 'No end', session.sentence(0))).toBe(false)
    expect(session.sentence(0)).toMatchObject({ correction: 'No end', accepted: false })
    expect(drafts.of('p', 0)?.error?.message).toBe('It does not end like a sentence.')
  })
})
