import { expect, it } from 'vitest'
import { isSamePlace, placeIn, withPlace } from '../../src/renderer/state/place.ts'

const TOKEN = '#token=a-b_c'

it('a place is read back from the address that was made of it, and the token stays', () => {
  const place = { view: 'review', passage: 'p 1&x', sentence: 0, editing: true } as const
  const address = withPlace(TOKEN, place)
  expect(placeIn(address)).toEqual(place)
  expect(new URLSearchParams(address.slice(1)).get('token')).toBe('a-b_c')
  expect(withPlace(address, { view: null, passage: null, sentence: null, editing: false })).toBe(TOKEN)
})

it('another view or passage is a place to go back to, another sentence is not', () => {
  const at = { view: 'review', passage: 'a', sentence: 1, editing: false } as const
  expect(isSamePlace(at, { ...at, sentence: 2, editing: true })).toBe(true)
  expect(isSamePlace(at, { ...at, passage: 'b' })).toBe(false)
  expect(isSamePlace(at, { ...at, view: 'train' })).toBe(false)
  expect(isSamePlace({ ...at, view: 'train' }, { ...at, view: 'train', passage: 'b' })).toBe(true)
})

it('what is wrong in an address is as if it were not there', () => {
  expect(placeIn('#view=nowhere&sentence=-3')).toEqual({ view: null, passage: null, sentence: null, editing: false })
  expect(placeIn('#sentence=1.5').sentence).toBeNull()
})
