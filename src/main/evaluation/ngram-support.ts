/**
 * How little other passages, sampled from the same header, support a sentence: the n-gram score of SelfCheckGPT
 * (Manakul, Liusie and Gales, EMNLP 2023). What a model knows it says again and again; what it makes up differs from one
 * sample to the next. It is counting alone: the words of the passage and of its samples make an n-gram model, and a
 * sentence's score is how unlikely that model finds its words.
 *
 * p(g) = (count(g) + 1) / (N + V + 1): N n-grams counted, V different ones, and one more for all that never occurred.
 */
export interface NgramScore {
  /** mean of -ln p over the words of the sentence, nats */
  readonly average: number
  /** the largest -ln p among them, nats */
  readonly max: number
}

/** Stands before the first word of a sentence where an n-gram reaches beyond it; no word is spelled so. */
const START = '<s>'
/** parts the words of a gram; no word has white space in it */
const GAP = ' '

/** In small letters: each run of letters, marks, digits and underscores, and each other character that is no white space. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu) ?? []
}

/**
 * The scores of a passage's sentences; null for one without a word.
 * @param n words of a gram, from 1 on
 * @param sampled the sentences of other passages written from the same header; without any, the passage alone is counted
 */
export function ngramScores(
  n: number,
  sentences: readonly string[],
  sampled: readonly string[]
): (NgramScore | null)[] {
  const counts = new Map<string, number>()
  let total = 0
  for (const sentence of [...sentences, ...sampled])
    for (const gram of gramsOf(sentence, n)) {
      counts.set(gram, (counts.get(gram) ?? 0) + 1)
      total++
    }
  const possible = Math.log(total + counts.size + 1)
  return sentences.map((sentence) => {
    const surprises = gramsOf(sentence, n).map((gram) => possible - Math.log((counts.get(gram) ?? 0) + 1))
    if (surprises.length === 0) return null
    return { average: surprises.reduce((a, b) => a + b) / surprises.length, max: Math.max(...surprises) }
  })
}

/** As many grams as words: the first ones reach back before the sentence. */
function gramsOf(sentence: string, n: number): string[] {
  const words = wordsOf(sentence)
  const padded = [...Array<string>(n - 1).fill(START), ...words]
  return words.map((_, i) => padded.slice(i, i + n).join(GAP))
}
