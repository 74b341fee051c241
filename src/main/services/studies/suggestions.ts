/**
 * `erratum study suggestions`: how well the scores that say where to look first find what is wrong. Measured on labelled
 * passages which the model itself wrote, since a model's surprise and its samples say something about its own text only.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ErratumError } from '../../../contract/errors.ts'
import { passageTokens } from '../../editor/edit-sample.ts'
import { NO_ROUTE } from '../../editor/neuron-index/scope-router.ts'
import { samplePassages } from '../../editor/sample-passages.ts'
import { scoreTexts } from '../../editor/routed-score.ts'
import { splitSentences } from '../../editor/sentence-ends.ts'
import type { ExecutorName } from '../../engine/executors/open-executor.ts'
import type { LanguageModel } from '../../engine/models/language-model.ts'
import { ngramScores } from '../../evaluation/ngram-support.ts'
import { readPassages } from '../../formats/passages.ts'
import type { PassageRow } from '../../formats/passages.ts'
import { sha256, versions } from '../evaluation/about.ts'
import { EMBEDDED_MODEL, openModel } from '../model-library.ts'
import { resourcesFolder } from '../places.ts'
import { SAMPLES } from '../../../contract/types.ts'
import { sampleSampling } from '../sampled-passages.ts'
import { suggestionFigures, suggestionPage } from './suggestion-figures.ts'
import type { ScoredPassage, Scores, SuggestionFigure } from './suggestion-figures.ts'
import { runSweep } from './sweep.ts'
import type { SweepHooks, SweepResult } from './sweep.ts'

export interface SuggestionOptions extends SweepHooks {
  model: string
  out: string
  /** instead of the benchmark's */
  passages?: string
  /** the first so many passages */
  limit?: number
  /** passages that are sampled from the header of each */
  samples?: number
  executor?: ExecutorName
  onStep?: (step: string) => void
}

const NGRAMS = [1, 2, 3] as const
const MAX_NEW_TOKENS = 320

/** Passages of a point: few enough that a stop loses little, and enough that figures are not computed at each. */
const CHUNK = 10

export async function studySuggestions(
  options: SuggestionOptions
): Promise<SweepResult<ScoredPassage[], SuggestionFigure[]>> {
  const file = options.passages ?? join(resourcesFolder(), 'benchmarks', EMBEDDED_MODEL, 'passages.jsonl')
  const samples = options.samples ?? SAMPLES
  const rows = readPassages(file).slice(0, options.limit)
  if (rows.length === 0) throw new ErratumError('BadInput', `${file} has no passage.`, { file, field: 'passages' })
  const { temperature, seed } = sampleSampling(0, 0)
  const { model, executor } = await openModel(options.model, options.executor)
  try {
    return await runSweep(
      options.out,
      {
        name: 'suggestions',
        identity: {
          ...versions(),
          model: { given: options.model, sha256: model.sha256 },
          data: { passages: sha256(readFileSync(file)), limit: options.limit ?? null },
          executor: executor ?? null,
          samples: { number: samples, temperature, firstSeed: seed }
        },
        points: Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, n) => `passages-${n * CHUNK + 1}`),
        measure: async (id) => {
          const from = Number(id.slice('passages-'.length)) - 1
          const scored: ScoredPassage[] = []
          for (const row of rows.slice(from, from + CHUNK))
            scored.push(await scorePassage(model, row, samples, options))
          return scored
        },
        figures: suggestionFigures,
        page: suggestionPage
      },
      options
    )
  } finally {
    await model.release()
  }
}

async function scorePassage(
  model: LanguageModel,
  row: PassageRow,
  samples: number,
  options: SuggestionOptions
): Promise<ScoredPassage> {
  const texts = row.sentences.map((s) => s.text)
  const surprise = await surprises(model, row.prompt, texts)
  options.onStep?.(`${row.id}: ${samples} samples`)
  const samplings = Array.from({ length: samples }, (_, k) => sampleSampling(0, k))
  const limits = { sentences: texts.length, maxNewTokens: MAX_NEW_TOKENS, signal: options.signal }
  const drawn = await samplePassages(model, row.prompt, samplings, limits)
  const sampled = drawn.flatMap((text) => splitSentences(text).map((s) => s.text))
  const ngrams = NGRAMS.map((n) => ngramScores(n, texts, sampled))
  return {
    passage: row.id,
    sentences: row.sentences.map(({ label }, s) => {
      const scores: Scores = {
        'surprise, mean': surprise[s]?.mean ?? null,
        'surprise, worst token': surprise[s]?.worst ?? null
      }
      NGRAMS.forEach((n, i) => {
        scores[`${n}-gram, average`] = ngrams[i][s]?.average ?? null
        scores[`${n}-gram, max`] = ngrams[i][s]?.max ?? null
      })
      return { label: label ?? null, scores }
    })
  }
}

/** Nats of each sentence behind the header, as the untouched model sees it; null for what lies beyond its context. */
async function surprises(
  model: LanguageModel,
  prompt: string,
  sentences: readonly string[]
): Promise<({ mean: number; worst: number } | null)[]> {
  const text = passageTokens(model.tokenizer, prompt, sentences)
  const ids = [...text.promptIds]
  const start = ids.length
  const lengths: number[] = []
  for (const next of text.sentences) {
    if (ids.length + next.length > model.config.positions) break
    ids.push(...next)
    lengths.push(next.length)
  }
  if (lengths.length === 0) return sentences.map(() => null)
  const [{ hidden }] = await model.bottom([ids])
  const scored = { ids, start, decisions: [start], routes: [NO_ROUTE], hidden }
  const untouched = (): never => {
    throw new ErratumError('Internal', 'A block was asked for where none is.')
  }
  const [{ surprisal }] = await scoreTexts(model, [scored], untouched, { untouched: true })
  let at = 0
  return sentences.map((_, s) => {
    if (s >= lengths.length) return null
    const own = surprisal.subarray(at, at + lengths[s])
    at += lengths[s]
    return { mean: own.reduce((a, b) => a + b) / own.length, worst: Math.max(...own) }
  })
}
