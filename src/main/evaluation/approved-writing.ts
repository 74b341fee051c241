/**
 * Approved is written: whether the edited model, writing greedily from a header alone, gives what was approved; whether
 * it does under another header; and whether it leaves other people's passages as the untouched model writes them.
 */
import { z } from 'zod'
import { ErratumError } from '../../contract/errors.ts'
import { joinBetween, joinTexts } from '../../contract/join.ts'
import { passageTokens } from '../editor/edit-sample.ts'
import { writeFrom } from '../editor/passage-writer.ts'
import type { Routing, WriteLimits, Written } from '../editor/passage-writer.ts'
import { endsCounted } from '../editor/sentence-ends.ts'
import type { SentenceRule } from '../editor/sentence-ends.ts'
import { GREEDY } from '../engine/generation/sampler.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { writtenOtherSchema, writtenPassageSchema } from './approved-measures.ts'
import type { WrittenOther, WrittenPassage } from './approved-measures.ts'
import { shelfKey } from './shelf.ts'
import type { Shelf } from './shelf.ts'

export interface ApprovedPassage {
  id: string
  /** header */
  prompt: string
  /** as the passage is to stand; of a sentence that is not approved nothing is promised */
  sentences: readonly { text: string; approved: boolean }[]
  /** the same asked for under another header */
  otherHeaders: readonly string[]
}

export interface ApprovedInput {
  passages: readonly ApprovedPassage[]
  /** headers about people of whom nothing was edited */
  others: readonly { id: string; prompt: string }[]
}

export interface WritingOptions {
  signal?: AbortSignal
  onProgress?: (done: number, of: number, what: string) => void
  /** keeps what the untouched model writes */
  untouched?: Shelf
  /** keeps what this run has written so far */
  results?: Shelf
}

/** Long enough for any biography; a model that never ends would go on to its context's end. */
const OTHER_LIMITS = { sentences: 12, maxNewTokens: 400 }

/**
 * When writing has to stop for a passage: after its sentences, or after its tokens where it does not end in one, or where
 * one is followed by another without a space, so that its end does not count.
 */
export function writingLimits(
  { tokenizer }: Pick<LanguageModel, 'tokenizer'>,
  header: string,
  sentences: readonly string[],
  rule: SentenceRule
): WriteLimits {
  const text = joinTexts(sentences)
  const ends = endsCounted(text, rule)
  const isUncounted = ends.length < sentences.length && sentences.some((one, i) => i > 0 && joinBetween(sentences[i - 1], one) === '') // prettier-ignore
  return ends.at(-1) === text.length && !isUncounted
    ? { sentences: ends.length }
    : { maxNewTokens: passageTokens(tokenizer, header, sentences).sentences.flat().length }
}

export async function writeApproved(
  model: LanguageModel,
  routing: Routing,
  { passages, others }: ApprovedInput,
  { signal, onProgress, untouched, results }: WritingOptions = {}
): Promise<{ passages: WrittenPassage[]; others: WrittenOther[] }> {
  const write = (prompt: string, by: Routing | null, limits: WriteLimits): Promise<Written> => {
    if (signal?.aborted) throw new ErratumError('Cancelled', 'The evaluation was cancelled.')
    return writeFrom(model, prompt, by, GREEDY, { ...limits, signal })
  }
  const written: WrittenPassage[] = []
  for (const passage of passages) {
    written.push(
      await kept(results, writtenPassageSchema, ['written', passage], async () => {
        const texts = passage.sentences.map((s) => s.text)
        const under = async (prompt: string): Promise<string> =>
          (await write(prompt, routing, writingLimits(model, prompt, texts, routing.rule))).text.trim()
        const own = await under(passage.prompt)
        const underOtherHeaders: string[] = []
        for (const header of passage.otherHeaders) underOtherHeaders.push(await under(header))
        return { sentences: [...passage.sentences], written: own, underOtherHeaders }
      })
    )
    onProgress?.(written.length, passages.length, 'passages written')
  }
  const left: WrittenOther[] = []
  for (const { prompt } of others) {
    left.push(
      await kept(results, writtenOtherSchema, ['other', prompt], async () => {
        const before = await kept(untouched, z.string(), ['untouched text', prompt, OTHER_LIMITS], async () =>
          (await write(prompt, null, OTHER_LIMITS)).text
        ) // prettier-ignore
        const { text, routes } = await write(prompt, routing, OTHER_LIMITS)
        return { untouched: before, edited: text, blocks: routes.map((r) => r.block) }
      })
    )
    onProgress?.(left.length, others.length, 'other people’s passages written')
  }
  return { passages: written, others: left }
}

async function kept<T>(
  shelf: Shelf | undefined,
  schema: z.ZodType<T>,
  content: unknown[],
  compute: () => Promise<T>
): Promise<T> {
  const key = shelfKey(...content)
  const known = schema.safeParse(shelf?.take(key))
  if (known.success) return known.data
  const value = await compute()
  shelf?.put(key, value)
  return value
}
