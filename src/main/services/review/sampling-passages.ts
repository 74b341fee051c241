/** The job that samples passages beside those that are reviewed, to see what the model says each time anew. */
import { count as counted } from '../../../contract/words.ts'
import type { Passage } from '../../../contract/types.ts'
import type { Work } from '../jobs.ts'
import { sampleSampling } from '../sampled-passages.ts'
import type { Desk } from './writing-passages.ts'

/** Drawn side by side at most: memory grows with them, and a stop loses those that are being drawn. */
const AT_ONCE = 10

/** Brings each passage to `samples` samples; when it ends early, what was drawn stays and need not be drawn again. */
export function samplePassages(
  { bench, workspace, suggestions, emit }: Desk,
  passageIds: readonly string[],
  samples: number
): Work {
  return async (context) => {
    const { signal } = context
    context.ifCancelled('Cancelled. The samples drawn so far are kept.')
    let drawn = 0
    for (const [done, id] of passageIds.entries()) {
      signal.throwIfAborted()
      const passage = workspace.passage(id)
      if (passage.sentences.length === 0) continue
      await readSurprises(passage)
      for (let have = suggestions.samplesOf(id); have < samples; have = suggestions.samplesOf(id)) {
        const count = Math.min(AT_ONCE, samples - have)
        const { sentences, maxNewTokens, seed } = passage.sampling
        const samplings = Array.from({ length: count }, (_, k) => sampleSampling(seed, have + k))
        const texts = await bench.sample(passage.prompt, {
          temperature: samplings[0].temperature,
          seeds: samplings.map((s) => s.seed),
          sentences,
          maxNewTokens,
          signal,
          onToken: (tokens) => {
            const share = (have + (count * tokens) / maxNewTokens) / samples
            context.report(
              (done + share) / passageIds.length,
              `${passage.name}: ${counted(count, 'sample')} side by side, token ${tokens}`
            )
          }
        })
        await suggestions.addSamples(id, texts)
        drawn += count
        tellOf(id)
      }
    }
    if (drawn === 0) return 'Nothing had to be sampled: all of it is there.'
    const passages = counted(passageIds.length, 'passage')
    return `${counted(drawn, 'sample')} drawn for ${passages}; the scores say where to look first.`
  }

  /** Of sentences that the model did not write just so, nobody has told yet how surprising they are. */
  async function readSurprises({ id, prompt, sentences }: Passage): Promise<void> {
    if (sentences.every((s) => s.surprise !== null || suggestions.knowsSurprise(id, s.text))) return
    const texts = sentences.map((s) => s.text)
    const view = await bench.view(prompt, texts, true)
    await suggestions.addSurprises(
      id,
      texts.map((text, s) => {
        const nats = view[s]?.map((token) => -token.logprob) ?? []
        if (nats.length === 0) return { text, surprise: null }
        return { text, surprise: { mean: nats.reduce((a, b) => a + b) / nats.length, worst: Math.max(...nats) } }
      })
    )
    tellOf(id)
  }

  function tellOf(id: string): void {
    const suggestion = suggestions.of(workspace.passage(id))
    if (suggestion) emit('suggestions.changed', suggestion)
  }
}
