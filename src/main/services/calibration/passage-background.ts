/**
 * Passages of the user's as background: their places join those of the background that ships. Of a passage only the
 * header can be reworded, where the name in it is known; to reword a sentence takes somebody who knows that it means the same.
 */
import { createHash } from 'node:crypto'
import { joinTexts } from '../../../contract/join.ts'
import type { Background, BackgroundPlace } from '../../editor/background.ts'
import { nameInHeader, otherHeaders } from '../known-headers.ts'

/** A passage as it is to stand. */
export interface PassageText {
  readonly prompt: string
  readonly sentences: readonly string[]
  /** whom it is about; absent: as its header says */
  readonly name?: string
}

/**
 * @param most people; the first ones are taken
 * @param fits whether the model reads a prompt to its end: places behind its context would all look alike
 */
export function placesOf(
  passages: readonly PassageText[],
  most: number,
  fits: (prompt: string) => boolean
): BackgroundPlace[] {
  const people = new Map<string, PassageText>()
  for (const passage of passages) {
    const person = personOf(passage)
    if (people.size < most && passage.sentences.length > 0 && !people.has(person)) people.set(person, passage)
  }
  return [...people].flatMap(([person, { prompt, sentences }]) => {
    const header = prompt.trim()
    const behind = (start: string, place: number): string => joinTexts([start, ...sentences.slice(0, place)])
    const headers = otherHeaders(header, person).filter(() => person !== header)
    return Array.from({ length: sentences.length + 1 }, (_, place): BackgroundPlace => ({
      // Nobody of the background that ships is called so.
      person: `passage: ${person}`,
      place,
      prompt: behind(header, place),
      ...(place < sentences.length && { target: sentences[place] }),
      rewordings: headers.map((h) => ({ kind: 'header', prompt: behind(h, place) })).filter((r) => fits(r.prompt))
    })).filter((p) => fits(p.prompt))
  })
}

/** Dealt in evenly, so that every part of the people has some of both. */
export function joined(shipped: Background, places: readonly BackgroundPlace[]): Background {
  if (places.length === 0) return shipped
  const own = groups(places)
  const order = [groups(shipped.places), own].flatMap((people) =>
    people.map((group, i) => ({ group, at: (i + 0.5) / people.length }))
  )
  return {
    ...shipped,
    places: order.sort((a, b) => a.at - b.at).flatMap(({ group }) => group),
    hash: createHash('sha256').update(shipped.hash).update(JSON.stringify(places)).digest('hex'),
    sources: { ...shipped.sources, passages: own.length }
  }
}

/** The name, where the header has it; else the header, of which no other one is known. */
function personOf({ prompt, name }: PassageText): string {
  const header = prompt.trim()
  const known = name?.trim() ?? nameInHeader(header)
  return known !== null && known !== '' && header.includes(known) ? known : header
}

function groups(places: readonly BackgroundPlace[]): BackgroundPlace[][] {
  const people = new Map<string, BackgroundPlace[]>()
  for (const place of places) people.set(place.person, [...(people.get(place.person) ?? []), place])
  return [...people.values()]
}
