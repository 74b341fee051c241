import { describe, expect, it } from 'vitest'
import type { Background, BackgroundPlace } from '../../../src/main/editor/background.ts'
import { joined, placesOf } from '../../../src/main/services/calibration/passage-background.ts'

const MARA = { prompt: 'This is a Wikipedia passage about Mara Ellin.', sentences: ['She was born.', 'She died.'] }
const any = (): boolean => true

describe('passages as background', () => {
  it('have a place at each beginning of a sentence and at the end, reworded by the other headers alone', () => {
    const places = placesOf([MARA], 9, any)
    expect(places.map((p) => [p.place, p.prompt, p.target])).toEqual([
      [0, MARA.prompt, 'She was born.'],
      [1, `${MARA.prompt} She was born.`, 'She died.'],
      [2, `${MARA.prompt} She was born. She died.`, undefined]
    ])
    expect(places[1].rewordings).toEqual([
      { kind: 'header', prompt: 'Who was Mara Ellin? She was born.' },
      { kind: 'header', prompt: 'From the dictionary of lives, the entry on Mara Ellin: She was born.' }
    ])
  })

  it('are taken once for each person, whatever the header, and no more of them than asked for', () => {
    const again = { ...MARA, prompt: 'Who was Mara Ellin?' }
    const bob = { prompt: 'Who was Bob?', sentences: ['A man.'] }
    const people = (most: number): string[] => [
      ...new Set(placesOf([MARA, again, bob], most, any).map((p) => p.person))
    ]
    expect(people(9)).toHaveLength(2)
    expect(people(1)).toHaveLength(1)
    expect(placesOf([MARA, again], 9, any)).toHaveLength(3)
  })

  it('of a header that names nobody are reworded in no way, and without sentences are none', () => {
    const places = placesOf([{ prompt: 'Rain falls.', sentences: ['It rains.'], name: 'weather' }], 9, any)
    expect(places.flatMap((p) => p.rewordings)).toEqual([])
    expect(places).toHaveLength(2)
    expect(placesOf([{ ...MARA, sentences: [] }], 9, any)).toEqual([])
  })

  it('end where the model reads no further', () => {
    const places = placesOf([MARA], 9, (prompt) => prompt.length <= `${MARA.prompt} She was born.`.length)
    expect(places.map((p) => p.place)).toEqual([0, 1])
    expect(places[1].rewordings.map((r) => r.prompt)).toEqual(['Who was Mara Ellin? She was born.'])
  })

  it('are dealt in evenly among the people who ship', () => {
    const place = (person: string): BackgroundPlace => ({ person, place: 0, prompt: person, rewordings: [] })
    const shipped: Background = {
      places: Array.from({ length: 12 }, (_, i) => place(`s${i}`)),
      texts: [],
      hash: 'h',
      sources: { shipped: 12, passages: 0 }
    }
    const both = joined(shipped, [place('a'), place('b'), place('c')])
    const at = both.places.flatMap((p, i) => (p.person.startsWith('s') ? [] : [i]))
    expect(at).toEqual([2, 7, 12])
    expect(both.places.filter((p) => p.person.startsWith('s'))).toEqual(shipped.places)
    expect(both.sources).toEqual({ shipped: 12, passages: 3 })
    expect(both.hash).not.toBe(shipped.hash)
    expect(joined(shipped, [])).toBe(shipped)
  })
})
