// The rule was read off transformers 5.24: GenerationConfig of folders with and without generation_config.json.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { endOfText } from '../../../src/main/engine/weights/end-of-text.ts'

const root = mkdtempSync(join(tmpdir(), 'erratum-end-'))
afterAll(() => rmSync(root, { recursive: true }))

function ends(config: unknown, generation?: unknown, endId: number | null = null) {
  const folder = mkdtempSync(join(root, 'm-'))
  if (generation !== undefined)
    writeFileSync(
      join(folder, 'generation_config.json'),
      typeof generation === 'string' ? generation : JSON.stringify(generation)
    )
  return endOfText(folder, { eos_token_id: config }, { vocabulary: 10, endId })
}

describe('what ends a text', () => {
  it.each([
    [3, undefined, [3]],
    [[3, 4], undefined, [3, 4]],
    [3, { eos_token_id: 7 }, [7]],
    [3, { eos_token_id: [7, 8] }, [7, 8]],
    [undefined, { eos_token_id: [7, 3] }, [7, 3]],
    // Where the file is there, it alone counts.
    [3, {}, []],
    [[3, 4], { eos_token_id: null }, []],
    [undefined, undefined, []],
    [null, undefined, []]
  ])('config.json %j, generation_config.json %j: %j', (config, generation, due) => {
    const { eosIds, notices } = ends(config, generation)
    expect(eosIds).toEqual(due)
    expect(notices).toHaveLength(due.length === 0 ? 1 : 0)
  })

  it('may lie outside the vocabulary, and says that nothing ends a text then', () => {
    expect(ends(10)).toMatchObject({ eosIds: [10], closingId: null })
    expect(ends(10).notices).toHaveLength(1)
    expect(ends([10, 4])).toMatchObject({ eosIds: [10, 4], closingId: 4, notices: [] })
  })

  it('is closed, where a text is read whole, by the first token that the model knows', () => {
    expect(ends([3, 4], { eos_token_id: 7 }, 5).closingId).toBe(3)
    expect(ends(undefined, { eos_token_id: 7 }, 5).closingId).toBe(7)
    expect(ends(undefined, {}, 5).closingId).toBe(5)
    expect(ends(undefined, {}, 12).closingId).toBeNull()
  })

  it('is refused with the file where it is no id', () => {
    expect(() => ends('3')).toThrow(/config\.json.*eos_token_id is "3"/)
    expect(() => ends([3, 1.5])).toThrow(/eos_token_id is \[3,1\.5\]/)
    expect(() => ends(3, { eos_token_id: true })).toThrow(/generation_config\.json.*eos_token_id is true/)
    expect(() => ends(3, '{')).toThrow(/generation_config\.json.*not JSON/)
  })
})
