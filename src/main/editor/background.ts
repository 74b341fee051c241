/** The background that a model is calibrated on, what is stored of it, and what is asked of it. */
import { meet } from './key-meetings.ts'
import type { Meeting, Meetings, StoredKey } from './key-meetings.ts'

/** One place of a background passage; places of a person share `person`. */
export interface BackgroundPlace {
  person: string
  /** sentences before it */
  place: number
  prompt: string
  /** the sentence that follows; absent at the passage's end */
  target?: string
  rewordings: { kind: string; prompt: string }[]
}

export interface Background {
  readonly places: readonly BackgroundPlace[]
  /** other texts, for the frequencies of tokens */
  readonly texts: readonly string[]
  /** hash of what it came from */
  readonly hash: string
  /** people by where they came from */
  readonly sources: BackgroundSources
}

export interface BackgroundSources {
  /** with the app */
  readonly shipped: number
  /** the user's own passages */
  readonly passages: number
}

/** What is known of a place's prompt and of its rewordings, in their order. */
export interface PlaceStates<S> {
  readonly original: S
  readonly rewordings: readonly S[]
  /** the prompt itself, read once more by itself */
  readonly again?: S
}

/** Half of the people fit the whitening, a quarter choose reach and margin, and on the last quarter the rates are shown. */
export interface People {
  readonly fitting: ReadonlySet<string>
  readonly choosing: ReadonlySet<string>
  readonly showing: ReadonlySet<string>
}

/** edits stored for each person, and in each block: as `edit` does by default */
const EDITS_A_PERSON = 3
const BATCH = 4
/** Of the people of one quarter, this share is stored; the others are the strangers. */
const STORED_SHARE = 0.7

export function dealtOut(places: readonly BackgroundPlace[]): People {
  const people = [...new Set(places.map((p) => p.person))]
  return {
    fitting: new Set(people.filter((_, i) => i % 2 === 0)),
    choosing: new Set(people.filter((_, i) => i % 4 === 1)),
    showing: new Set(people.filter((_, i) => i % 4 === 3))
  }
}

/** Reworded minus original, of all places that are given: [P D] each. */
export function rewordingMoves(states: readonly PlaceStates<Float32Array>[]): Float32Array[] {
  return states.flatMap(({ original, rewordings }) => rewordings.map((r) => r.map((v, i) => v - original[i])))
}

/**
 * Passages of some people are stored as edits would be, and their other places, their rewordings and the passages of
 * others come as queries. keyOf: null where a text has no such key.
 */
export function backgroundMeetings<S>(
  places: readonly BackgroundPlace[],
  states: readonly PlaceStates<S>[],
  people: ReadonlySet<string>,
  keyOf: (s: S) => Float32Array | null
): Meetings & { stored: readonly StoredKey[] } {
  const storedPeople = storedOf(places, people)
  const editedNow = editedIn(places, storedPeople)
  const stored = editedNow.flatMap((place, n) => {
    const key = keyOf(states[place].original)
    return key ? [{ place, key, block: Math.floor(n / BATCH) }] : []
  })
  const blockOf = new Map(stored.map((s) => [s.place, s.block]))
  const edited = new Set(editedNow)
  const [repeated, rewordings, otherPeople, samePassages]: Meeting[][] = [[], [], [], []]
  places.forEach(({ person, place, rewordings: reworded }, i) => {
    if (!people.has(person)) return
    const key = keyOf(states[i].original)
    if (!key) return
    if (edited.has(i)) {
      const own = blockOf.get(i) ?? null
      const { again } = states[i]
      const repeatedKey = again && keyOf(again)
      if (repeatedKey) repeated.push(meet({ key: repeatedKey, kind: 'repeated', own }, stored))
      reworded.forEach(({ kind }, r) => {
        const query = keyOf(states[i].rewordings[r])
        if (query) rewordings.push(meet({ key: query, kind: rewordingKind(kind, place), own }, stored))
      })
    } else if (storedPeople.has(person)) samePassages.push(meet({ key, kind: 'same passage', own: null }, stored))
    else otherPeople.push(meet({ key, kind: 'other people', own: null }, stored))
  })
  return { repeated, rewordings, otherPeople, samePassages, stored }
}

/** Places of these people that are stored as edits would be. */
export function editedPlaces(places: readonly BackgroundPlace[], people: ReadonlySet<string>): number[] {
  return editedIn(places, storedOf(places, people))
}

function storedOf(places: readonly BackgroundPlace[], people: ReadonlySet<string>): Set<string> {
  const present = [...new Set(places.map((p) => p.person))].filter((person) => people.has(person))
  return new Set(present.slice(0, Math.round(STORED_SHARE * present.length)))
}

/** The header, and places spread over the rest, of each person. */
function editedIn(places: readonly BackgroundPlace[], people: ReadonlySet<string>): number[] {
  const edited = new Set<number>()
  for (const person of people) {
    const own = places.flatMap((p, i) => (p.person === person && p.target !== undefined ? [i] : []))
    for (let e = 0; e < Math.min(EDITS_A_PERSON, own.length); e++)
      edited.add(own[Math.floor((e * own.length) / EDITS_A_PERSON)])
  }
  return [...edited].sort((a, b) => a - b)
}

/** A new header is another matter at the header itself, where it is all the text there is. */
export function rewordingKind(kind: string, place: number): string {
  return kind === 'header' ? (place === 0 ? 'header, at the header' : 'header, later') : kind
}
