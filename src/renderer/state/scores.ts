/** What says where to look first: scores of a sentence, all in nats and the higher the sooner. None of them is a verdict. */
import type { Passage, Sentence, Suggestion } from '../../contract/types.ts'
import { HEAT_FROM } from './heat.ts'

export const SCORE_NAMES = ['surprise', 'worst', 'unsupported', 'unsupported-worst'] as const
export type ScoreName = (typeof SCORE_NAMES)[number]

export interface Score {
  name: ScoreName
  /** on a button */
  word: string
  unit: string
  meaning: string
  /** lower ends of the five steps of its colour; of those by samples, about fifths of what ten of them come to */
  from: readonly number[]
  /** comes of passages that are sampled */
  sampled: boolean
}

const UNSUPPORTED =
  'in passages sampled from the same header (SelfCheckGPT’s n-grams): what the model knows it says again'

export const SCORES: Readonly<Record<ScoreName, Score>> = {
  surprise: {
    name: 'surprise',
    word: 'Surprise',
    unit: 'nats per token',
    meaning: 'How unlikely the model itself found the words when it first wrote them, on average.',
    from: HEAT_FROM,
    sampled: false
  },
  worst: {
    name: 'worst',
    word: 'Worst token',
    unit: 'nats',
    meaning: 'How unlikely the model itself found the one token that surprised it most when it first wrote it.',
    from: HEAT_FROM,
    sampled: false
  },
  unsupported: {
    name: 'unsupported',
    word: 'Unsupported',
    unit: 'nats per word',
    meaning: `How seldom the words occur ${UNSUPPORTED}.`,
    from: [0, 4, 4.4, 4.7, 5],
    sampled: true
  },
  'unsupported-worst': {
    name: 'unsupported-worst',
    word: 'Worst word',
    unit: 'nats',
    meaning: `How seldom the rarest of the words occurs ${UNSUPPORTED}.`,
    from: [0, 5, 5.8, 6.2, 6.4],
    sampled: true
  }
}

/** @param suggestion of the passage, null where there is none; null: the score is not known */
export function scoreOf(
  name: ScoreName,
  sentence: Sentence,
  suggestion: Suggestion['sentences'][number] | null
): number | null {
  switch (name) {
    case 'surprise':
      return sentence.surprise ?? suggestion?.surprise?.mean ?? null
    case 'worst':
      return sentence.worst ?? suggestion?.surprise?.worst ?? null
    case 'unsupported':
      return suggestion?.unsupported?.average ?? null
    case 'unsupported-worst':
      return suggestion?.unsupported?.max ?? null
  }
}

/** Sentences (from 0) that nobody has marked or corrected yet and whose score is known, the highest first. */
export function toLookAt(name: ScoreName, { sentences }: Passage, suggestion: Suggestion | null): number[] {
  const scores = sentences.map((sentence, i) => scoreOf(name, sentence, suggestion?.sentences[i] ?? null))
  return [...sentences.keys()]
    .filter((i) => scores[i] !== null && sentences[i].mark === null && !sentences[i].accepted)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
}
