// Where the subject is named last, and the state there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Background } from '../../../src/main/editor/background.ts'
import { promptTokens } from '../../../src/main/editor/edit-sample.ts'
import type { LanguageModel } from '../../../src/main/engine/models/language-model.ts'
import { openModel } from '../../../src/main/services/model-library.ts'
import {
  backgroundNames,
  subjectStates,
  tokensToLastMention
} from '../../../src/main/services/studies/subject-states.ts'
import { tinyHome } from '../tiny-home.ts'
import type { TinyHome } from '../tiny-home.ts'

const NAME = 'Ann Orrin'
const TEXT = `Who was ${NAME}? Orrin’s mill burned. It was rebuilt.`

let home: TinyHome
let model: LanguageModel
beforeAll(async () => {
  home = await tinyHome()
  model = (await openModel(home.model, 'onnxruntime')).model
})
afterAll(async () => {
  await model.release()
  home.remove()
})

const background = (header: string): Background => ({
  places: [
    { person: '1', place: 0, prompt: header, rewordings: [] },
    { person: '1', place: 1, prompt: TEXT, rewordings: [{ kind: 'all', prompt: 'About nobody at all.' }] }
  ],
  texts: [],
  hash: '',
  sources: { shipped: 1, passages: 0 }
})

describe('the subject', () => {
  it('is named by a known header, or not known', () => {
    expect(backgroundNames(background(`Who was ${NAME}?`))).toEqual(new Map([['1', NAME]]))
    expect(backgroundNames(background(`About ${NAME}.`))).toEqual(new Map())
  })

  it('ends where the last mention of its last word does', () => {
    const tokens = tokensToLastMention(model.tokenizer, TEXT, NAME)!
    const ids = promptTokens(model.tokenizer, TEXT)
    expect(model.tokenizer.decode(ids.slice(0, tokens))).toBe(`Who was ${NAME}? Orrin`)
    expect(tokensToLastMention(model.tokenizer, 'About nobody at all.', NAME)).toBeNull()
  })

  it('has the state of that token, and none where it is not mentioned', async () => {
    const [header, later] = await subjectStates(model, background(`Who was ${NAME}?`), new Map([['1', NAME]]))
    const { width } = model.config
    const of = async (text: string, from: string): Promise<Float32Array> => {
      const row = promptTokens(model.tokenizer, from).length - 1
      const [{ hidden }] = await model.bottom([promptTokens(model.tokenizer, text)])
      return hidden.slice(row * width, (row + 1) * width)
    }
    const due = [await of(`Who was ${NAME}?`, `Who was ${NAME}`), await of(TEXT, `Who was ${NAME}? Orrin`)]
    // Alone and in a batch agree to 1e-4.
    for (const [i, { original }] of [header, later].entries())
      for (let d = 0; d < width; d++) expect(original![d]).toBeCloseTo(due[i][d], 4)
    expect(later.rewordings).toEqual([null])
    expect(await subjectStates(model, background(TEXT), new Map())).toMatchObject([
      { original: null },
      { original: null }
    ])
  })
})
