import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NeuronIndex, Route } from '../../src/main/editor/neuron-index/types.ts'
import { makeSample } from '../../src/main/editor/edit-sample.ts'
import { writePassage } from '../../src/main/editor/passage-writer.ts'
import type { Routing, Written } from '../../src/main/editor/passage-writer.ts'
import { readTexts } from '../../src/main/editor/read-text.ts'
import { DEFAULT_SENTENCE_RULE, splitSentences } from '../../src/main/editor/sentence-ends.ts'
import { GREEDY } from '../../src/main/engine/generation/sampler.ts'
import type { BlockWeights, Decoder, LanguageModel } from '../../src/main/engine/models/language-model.ts'
import { openTinyGpt2, randomBlockOf } from './tiny-gpt2.ts'
import type { TinyGpt2 } from './tiny-gpt2.ts'

let tiny: TinyGpt2
beforeAll(async () => {
  tiny = await openTinyGpt2()
})
afterAll(() => tiny.remove())

/** The model, but what it writes is given: its decoder answers with the next of these tokens, whatever the block. */
function saying(ids: readonly number[], blocks: (BlockWeights | null)[] = []): LanguageModel {
  const { model } = tiny
  const decoder = (): Decoder => {
    const real = model.decoder()
    let promptLength = -1
    let length = 0
    return {
      get length() {
        return real.length
      },
      append: (next) => {
        if (promptLength === -1) promptLength = next.length
        length += next.length
        return real.append(next)
      },
      logits: (block) => {
        blocks.push(block)
        const logits = new Float32Array(model.config.vocabulary)
        logits[ids[length - promptLength] ?? model.config.eosIds[0]] = 9
        return Promise.resolve(logits)
      },
      release: () => real.release()
    }
  }
  const { config, points, tokenizer } = model
  return { ...model, config, points, tokenizer, decoder }
}

const encode = (text: string): number[] => tiny.model.tokenizer.encode(text).ids
const says = (text: string): LanguageModel => saying(encode(text))
const write = (model: LanguageModel, prompt: string, limits = {}, routing: Routing | null = null): Promise<Written> =>
  writePassage(model, encode(prompt), routing, GREEDY, limits)

const MISS: Route = {
  block: null, editId: null, record: null, distance: 2, reach: 1, rival: null, margin: 0.8
} // prettier-ignore

/** Fires the block of each decision by its number; `live` are prompts that a person made by hand. */
function routing(
  blocks: (string | null)[],
  weights: Record<string, BlockWeights> = {},
  live: string[] = []
): Routing & { index: { route: NeuronIndex['route'] } } {
  let decision = 0
  const index: NeuronIndex = {
    mode: 'scopes',
    route: () => ({ ...MISS, block: blocks[decision++] ?? null }),
    stateOf: () => ({ state: 'live' }),
    states: () => []
  }
  const prompts = live.map((text) => encode(text).join(' '))
  return {
    key: { layer: 1, parts: ['mean', 'last'], metric: 'euclidean', tokenWeights: null, whitening: null },
    rule: DEFAULT_SENTENCE_RULE,
    index,
    isLivePrompt: (ids) => prompts.includes(ids.join(' ')),
    block: (id) => Promise.resolve(weights[id])
  }
}

describe('writing', () => {
  it('ends at eos, which is a token without text', async () => {
    const { text, tokens, stop, routes } = await write(says(' So it was.'), 'Once.')
    expect([text, stop, routes]).toEqual([' So it was.', 'eos', []])
    expect(tokens.at(-1)).toMatchObject({ id: tiny.model.config.eosIds[0], text: '', rank: 1 })
    expect(tokens.map((t) => t.text).join('')).toBe(text)
  })

  it('counts sentences that white space or eos follows, adjacent ends once, and gives no token back after them', async () => {
    const model = says(' He left. . . He met Dr. No at 3.14 p.m. there. End')
    expect(await write(model, 'Once.', { sentences: 1 })).toMatchObject({ text: ' He left.', stop: 'sentences' })
    const two = await write(model, 'Once.', { sentences: 2 })
    expect([two.text, two.stop]).toEqual([' He left. . . He met Dr. No at 3.14 p.m. there.', 'sentences'])
    const last = await write(says(' All of it.'), 'Once.', { sentences: 1 })
    expect([last.text, last.stop, last.tokens.at(-1)!.text]).toEqual([' All of it.', 'sentences', '.'])
  })

  it('waits for the word after an abbreviation, and neither tells nor gives back what it wrote to know', async () => {
    for (const [said, first] of [
      [' led Quist Inc. until 1950. She left it.', ' led Quist Inc. until 1950.'],
      [' lived in the U.S. She left it.', ' lived in the U.S.'],
      [' kam am 4. Mai an. Er blieb.', ' kam am 4. Mai an.']
    ]) {
      const told: string[] = []
      const written = await write(says(said), 'He', {
        sentences: 1,
        onToken: ({ text }: { text: string }) => told.push(text)
      })
      expect([written.text, written.stop, told.join('')]).toEqual([first, 'sentences', first])
      expect(written.tokens).toHaveLength(encode(first).length)
      const both = await write(says(said), 'He', { sentences: 2 })
      expect(
        splitSentences(`He${both.text}`)
          .map((sentence) => sentence.text)
          .join(' ')
      ).toBe(`He${said}`)
    }
  })

  it('writes a little beyond a length to know whether the last sentence has ended there', async () => {
    const length = encode(' lived in the U.S.').length
    const ended = await write(says(' lived in the U.S. She left.'), 'He', { sentences: 1, maxNewTokens: length })
    expect([ended.text, ended.stop]).toEqual([' lived in the U.S.', 'sentences'])
    const cut = await write(says(' lived in the U.S. Army. She left.'), 'He', { sentences: 1, maxNewTokens: length })
    expect([cut.text, cut.stop, cut.tokens.length]).toEqual([' lived in the U.S.', 'length', length])
  })

  it('ends by length after that many tokens', async () => {
    const { tokens, stop } = await write(says(' So it was and is.'), 'Once.', { maxNewTokens: 3 })
    expect([tokens.length, stop]).toEqual([3, 'length'])
    const both = await write(says(' So. More'), 'Once.', { maxNewTokens: encode(' So.').length, sentences: 1 })
    expect([both.text, both.stop]).toEqual([' So.', 'sentences'])
  })

  it('ends where the context does, its last place filled', async () => {
    const { positions } = tiny.model.config
    const prompt = encode('a '.repeat(200)).slice(0, positions - 5)
    const written = await writePassage(saying(new Array<number>(99).fill(64)), prompt, null, GREEDY)
    expect([written.tokens.length, written.stop]).toEqual([5, 'context'])
    await expect(writePassage(tiny.model, [...prompt, 1, 1, 1, 1, 1], null, GREEDY)).rejects.toMatchObject({
      code: 'DoesNotFit',
      details: { field: 'prompt', tokens: positions }
    })
  })

  it('never gives out a broken character: its text comes with the token that completes it', async () => {
    const due = ' né 日本 🙂.'
    const ids = encode(due)
    const streamed: string[] = []
    const { text, tokens } = await write(saying(ids), 'Once.', {
      onToken: (t: { text: string }) => streamed.push(t.text)
    })
    expect(streamed.join('')).toBe(due)
    expect(streamed.some((piece) => piece.includes('\ufffd'))).toBe(false)
    expect(text).toBe(due)
    expect(tokens.map((t) => t.text).join('')).toBe(text)
    // Characters of several tokens are really among them.
    expect(tokens.slice(0, -1).filter((t) => t.text === '').length).toBeGreaterThan(0)
  })

  it('that ends inside a character says so at its end alone, as decoding does', async () => {
    const cut = encode(' 🙂').slice(0, -1)
    const { text, tokens } = await write(saying(cut), 'Once.', { maxNewTokens: cut.length })
    expect(text).toBe(tiny.model.tokenizer.decode(cut))
    expect(tokens.map((t) => t.text).join('')).toBe(text)
  })

  it('is cancelled between tokens', async () => {
    const stop = new AbortController()
    const seen: string[] = []
    const onToken = (t: { text: string }): void => {
      if (seen.push(t.text) === 2) stop.abort()
    }
    const writing = write(says(' So it was and is.'), 'Once.', { signal: stop.signal, onToken })
    await expect(writing).rejects.toMatchObject({ code: 'Cancelled' })
    expect(seen).toHaveLength(2)
  })

  it('refuses an empty prompt', async () => {
    await expect(write(tiny.model, '')).rejects.toMatchObject({ code: 'BadInput', details: { field: 'prompt' } })
  })
})

describe('decisions', () => {
  it('are taken at the prompt’s end and after each sentence, and only those are told under which something is written', async () => {
    const { routes, tokens } = await write(says(' One two. Three!'), 'Once.', { sentences: 2 }, routing([]))
    const positions = [encode('Once.').length, encode('Once. One two.').length]
    expect(routes.map((r) => r.position)).toEqual(positions)
    expect(routes[0]).toEqual({ position: positions[0], ...MISS })
    expect(tokens.map((t) => t.text).join('')).toBe(' One two. Three!')
  })

  it('are taken where the tokens are the prompt of a live edit, in the middle of a sentence too', async () => {
    const { routes } = await write(says(' One two three.'), 'Once.', {}, routing([], {}, ['Once. One two']))
    expect(routes.map((r) => r.position)).toContain(encode('Once. One two').length)
  })

  it('are told the text to their left, by whoever writes and whoever reads', async () => {
    const told: number[][] = []
    const rules = routing([])
    rules.index.route = (_, text) => {
      told.push([...text!])
      return MISS
    }
    const { routes } = await write(says(' One two. Three.'), 'Once.', {}, rules)
    const written = told.splice(0)
    expect(written.slice(0, routes.length).map((ids) => ids.length)).toEqual(routes.map((r) => r.position))
    expect(written[1]).toEqual(encode('Once. One two.'))

    const sample = makeSample(tiny.model.tokenizer, { id: 'a', prompt: 'Once.', target: 'One two. Three.' }, rules.rule)
    await readTexts(tiny.model, [sample], { ...rules, protocol: 'deployment' })
    expect(told).toEqual(written.slice(0, told.length))
    expect(told.length).toBeGreaterThan(1)
  })

  it('choose the block that writes from there on', async () => {
    const weights = { x: randomBlockOf(tiny.model, 1), y: randomBlockOf(tiny.model, 2) }
    const used: (BlockWeights | null)[] = []
    const model = saying(encode(' One. Two. Three.'), used)
    const { routes } = await write(model, 'Once.', {}, routing(['x', null, 'y'], weights))
    expect(routes.slice(0, 3).map((r) => r.block)).toEqual(['x', null, 'y'])
    const [one, two] = [encode(' One.').length, encode(' Two.').length]
    expect(used.slice(0, one).every((b) => b === weights.x)).toBe(true)
    expect(used.slice(one, one + two).every((b) => b === null)).toBe(true)
    expect(used[one + two]).toBe(weights.y)
  })
})

describe('sentences are counted while writing', () => {
  it('as a reader of the text counts them, initials, abbreviations and dates included', async () => {
    const text = ' Ann (b. 12 May 1871) came to St. Anne. J. R. Reed, M.B., left. "Why?" He wrote. . . No more. Then e'
    const sentences = splitSentences(text)
    expect(sentences.map((s) => s.text)).toEqual([
      'Ann (b. 12 May 1871) came to St. Anne.',
      'J. R. Reed, M.B., left.',
      '"Why?"',
      'He wrote.',
      '. . No more.',
      'Then e'
    ])
    for (let count = 1; count < sentences.length; count++) {
      const written = await write(says(text), 'About Ann.', { sentences: count })
      expect([written.stop, written.text]).toEqual(['sentences', text.slice(0, sentences[count - 1].end)])
    }
  })
})
