/** When a text ends. One rule for everybody who writes: the end of a text, a number of tokens, the context. */
export type Stop = 'eos' | 'length' | 'context'

export interface StopRule {
  readonly eosId: number
  /** tokens that may be written, `eosId` counted where the model writes it */
  readonly maxNewTokens: number
  /** the model's context: tokens of prompt and continuation together */
  readonly positions: number
}

/**
 * Why writing ends after these tokens; null: it goes on. The end of a text comes before the other reasons, and the
 * length that was asked for before the context that ran out.
 * @param written ids after the prompt
 * @param promptTokens number of tokens before them
 */
export function stopAfter(
  written: readonly number[],
  promptTokens: number,
  { eosId, maxNewTokens, positions }: StopRule
): Stop | null {
  if (written.at(-1) === eosId) return 'eos'
  if (written.length >= maxNewTokens) return 'length'
  return promptTokens + written.length >= positions ? 'context' : null
}
