// Names in a zip that would fall on each other on disks that do not tell capitals or compositions apart.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clashOf } from '../../src/main/formats/sealed-zip.ts'

describe('names in a zip', () => {
  it.each([
    [
      ['blocks/a/keys', 'blocks/A/keys'],
      ['blocks/a/keys', 'blocks/A/keys']
    ],
    [
      ['x', 'caf\u00e9', 'cafe\u0301'],
      ['caf\u00e9', 'cafe\u0301']
    ],
    [
      ['stra\u00dfe', 'STRASSE'],
      ['stra\u00dfe', 'STRASSE']
    ],
    [['a', 'b', 'a/b'], null]
  ])('%j clash: %j', (paths, clash) => {
    expect(clashOf(paths)).toEqual(clash)
  })

  it('clash in any capitals, and with nothing else', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z0-9/-]{1,12}$/), { minLength: 1 }), fc.nat(), (paths, at) => {
        expect(clashOf(paths)).toBeNull()
        const again = paths[at % paths.length].toUpperCase()
        const differs = !paths.includes(again)
        expect(clashOf([...paths, again])).toEqual(differs ? [paths[at % paths.length], again] : [again, again])
      })
    )
  })
})
