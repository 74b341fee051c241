import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readPlace, writePlace } from '../../src/main/session/place-file.ts'

it('the place is kept; one that is missing or damaged is none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'erratum-place-'))
  expect(readPlace(folder)).toBeNull()
  const place = { view: 'review', passage: 'p', sentence: 2, editing: true }
  await writePlace(folder, place)
  expect(readPlace(folder)).toEqual(place)
  writeFileSync(join(folder, 'place.json'), '{"view": 3')
  expect(readPlace(folder)).toBeNull()
  rmSync(folder, { recursive: true })
})
