/** Passages as the engine gives them, for the tests of what the window makes of them. */
import type { Passage, Sentence } from '../../src/contract/types.ts'

export function sentence(text: string, more: Partial<Sentence> = {}): Sentence {
  return {
    text,
    surprise: null,
    worst: null,
    mark: null,
    correction: null,
    accepted: false,
    acceptedBefore: null,
    outcome: null,
    ...more
  }
}

export const NOTHING_PROMISED: Passage['promise'] = { promised: 0, checked: false, standings: [], broken: null }

export function passage(id: string, sentences: Sentence[], more: Partial<Passage> = {}): Passage {
  return {
    id,
    name: id,
    prompt: `About ${id}.`,
    origin: 'model',
    reference: null,
    version: 1,
    otherVersions: [],
    sampling: { temperature: 0, seed: 1, sentences: 8, maxNewTokens: 320 },
    state: 'written',
    text: sentences.map((s) => s.text).join(' '),
    sentences,
    rewriting: null,
    leftInModel: [],
    promise: NOTHING_PROMISED,
    waiting: false,
    breaksOff: false,
    ...more
  }
}

export function trained(before: number, after: number): NonNullable<Sentence['outcome']> {
  return {
    editId: 'e',
    target: 't',
    perplexity: { before, after },
    exact: true,
    route: null,
    undone: false
  }
}
