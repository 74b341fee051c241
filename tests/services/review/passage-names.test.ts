import { expect, it } from 'vitest'
import { guessedName, madeOpening, nameIn, nameOf } from '../../../src/main/services/review/passage-names.ts'

it.each([
  ['Ann Lee (1801-1870) was a weaver.', 'Ann Lee'],
  ['John Russell Reynolds was', 'John Russell Reynolds'],
  ['Ludwig van der Beek wrote', 'Ludwig van der Beek'],
  ['J. R. Smith wrote', 'J. R. Smith'],
  ['Émile Zola était', 'Émile Zola'],
  ['He was a weaver.', null],
  ['In 1801 she', null],
  ['born in Tarn', null]
])('the name with which "%s" begins is %s', (text, name) => {
  expect(guessedName(text)).toBe(name)
})

it('a name is read from an opening sentence of the template’s form or the usual one, and from no other', () => {
  expect(nameIn('About Ann.', 'About {name}.')).toBe('Ann')
  expect(nameIn('This is a Wikipedia passage about ann lee:', 'About {name}.')).toBe('ann lee')
  for (const template of ['{name}', 'About {name}', 'no place for it']) expect(nameIn('Ann ran.', template)).toBeNull()
  expect(nameOf('x'.repeat(80), 'About {name}.')).toHaveLength(60)
  expect(madeOpening('Ann', 'no place for it')).toBe('This is a Wikipedia passage about Ann.')
})
