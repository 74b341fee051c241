/** Kullback-Leibler divergence of two distributions over the vocabulary, given as logits. */

/** Sum of p (log p - log q) with p = softmax(untouched) and q = softmax(edited), in float64, nats; [V] each. */
export function divergence(untouched: Float32Array, edited: Float32Array): number {
  const [p, q] = [logNormaliser(untouched), logNormaliser(edited)]
  let sum = 0
  for (let v = 0; v < untouched.length; v++) {
    const logP = untouched[v] - p
    sum += Math.exp(logP) * (logP - (edited[v] - q))
  }
  // Rounding can leave a little less than nothing.
  return Math.max(0, sum)
}

/** log of the sum of exp(logits) */
function logNormaliser(logits: Float32Array): number {
  let max = -Infinity
  for (const logit of logits) if (logit > max) max = logit
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - max)
  return max + Math.log(sum)
}

/** Summed over rows of both models' logits: [rows, V] each. */
export function divergenceOfRows(untouched: Float32Array, edited: Float32Array, vocabulary: number): number {
  let sum = 0
  for (let from = 0; from < untouched.length; from += vocabulary)
    sum += divergence(untouched.subarray(from, from + vocabulary), edited.subarray(from, from + vocabulary))
  return sum
}
