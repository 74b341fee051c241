/**
 * What says where to look first, of one session: the passages sampled beside each, and surprises that no writing told.
 * Each is in the journal as it comes; the scores are computed from it and from the sentences as they are cut now.
 */
import { z } from 'zod'
import type { Passage, Suggestion } from '../../../contract/types.ts'
import { splitSentences } from '../../editor/sentence-ends.ts'
import { ngramScores } from '../../evaluation/ngram-support.ts'
import type { RecordJournal } from '../workspace.ts'

/** The journal's name for them: they are no step of the review, so undoing one does not concern them. */
export const SUGGESTION_RECORD = 'suggestion'

/** Words of a gram: SelfCheckGPT's choice. `docs/results.md` has what others come to; no setting is chosen by it. */
const NGRAM = 1

const surprise = z.object({ mean: z.number(), worst: z.number() })
const recordSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('samples'), passageId: z.string(), texts: z.array(z.string()) }),
  /** by the sentence's text; null: it lies beyond the context */
  z.object({
    type: z.literal('surprise'),
    passageId: z.string(),
    sentences: z.array(z.object({ text: z.string(), surprise: surprise.nullable() }))
  })
])
type SuggestionRecord = z.output<typeof recordSchema>
export type Surprise = z.output<typeof surprise>

interface Kept {
  samples: string[]
  surprises: Map<string, Surprise | null>
  /** what was computed last, and of which sentences: counting over all samples is not done anew for each question */
  scored: { texts: string; suggestion: Suggestion } | null
}

export class Suggestions {
  readonly #journal: RecordJournal
  readonly #kept = new Map<string, Kept>()

  constructor(journal: RecordJournal) {
    this.#journal = journal
    for (const raw of journal.records(SUGGESTION_RECORD)) {
      const record = recordSchema.safeParse(raw)
      if (record.success) this.#take(record.data)
    }
  }

  /** What there is of a passage; null where there is nothing. */
  of(passage: Passage): Suggestion | null {
    const kept = this.#kept.get(passage.id)
    if (!kept) return null
    const sentences = passage.sentences.map((s) => s.text)
    const texts = JSON.stringify(sentences)
    if (kept.scored?.texts !== texts) kept.scored = { texts, suggestion: scored(passage.id, sentences, kept) }
    return kept.scored.suggestion
  }

  /** The same, if it was scored before and its sentences are cut otherwise since; else null. */
  recut(passage: Passage): Suggestion | null {
    const before = this.#kept.get(passage.id)?.scored ?? null
    if (before === null) return null
    const now = this.of(passage)
    return now === before.suggestion ? null : now
  }

  samplesOf(passageId: string): number {
    return this.#kept.get(passageId)?.samples.length ?? 0
  }

  /** Whether it was asked how surprising this sentence is. */
  knowsSurprise(passageId: string, text: string): boolean {
    return this.#kept.get(passageId)?.surprises.has(text) ?? false
  }

  async addSamples(passageId: string, texts: readonly string[]): Promise<void> {
    await this.#record({ type: 'samples', passageId, texts: [...texts] })
  }

  async addSurprises(
    passageId: string,
    sentences: readonly { text: string; surprise: Surprise | null }[]
  ): Promise<void> {
    await this.#record({ type: 'surprise', passageId, sentences: [...sentences] })
  }

  async #record(record: SuggestionRecord): Promise<void> {
    await this.#journal.appendRecord(SUGGESTION_RECORD, record)
    this.#take(record)
  }

  #take(record: SuggestionRecord): void {
    const kept: Kept = this.#kept.get(record.passageId) ?? { samples: [], surprises: new Map(), scored: null }
    this.#kept.set(record.passageId, kept)
    kept.scored = null
    if (record.type === 'samples') kept.samples.push(...record.texts)
    else for (const { text, surprise } of record.sentences) kept.surprises.set(text, surprise)
  }
}

function scored(passageId: string, sentences: readonly string[], { samples, surprises }: Kept): Suggestion {
  // A sample may be empty: a model that ends at once says nothing for the passage and nothing against it.
  const sampled = samples.flatMap((sample) => splitSentences(sample).map((s) => s.text))
  const unsupported = samples.length === 0 ? null : ngramScores(NGRAM, sentences, sampled)
  return {
    passageId,
    samples: samples.length,
    sentences: sentences.map((text, s) => ({
      surprise: surprises.get(text) ?? null,
      unsupported: unsupported?.[s] ?? null
    }))
  }
}
