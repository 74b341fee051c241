/**
 * What ends a text: the rule of transformers' `generate()`. The ids are those of `generation_config.json` where the
 * folder has that file, even if it names none; else those of `config.json`. Each of them ends a text.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bad } from './safetensors.ts'

export interface EndOfText {
  readonly eosIds: readonly number[]
  /** the first id named that the model has an embedding for; null: there is none */
  readonly closingId: number | null
  readonly notices: readonly string[]
}

/**
 * @param config what `config.json` holds
 * @param endId what the tokenizer calls its end of text; it closes a text where no file names another
 * @throws ErratumError `BadFile` where an `eos_token_id` is neither an id nor a list of ids
 */
export function endOfText(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  { vocabulary, endId }: { vocabulary: number; endId: number | null }
): EndOfText {
  const configIds = idsOf(join(folder, 'config.json'), config.eos_token_id)
  const generation = join(folder, 'generation_config.json')
  const eosIds = existsSync(generation) ? idsOf(generation, fieldsOf(generation).eos_token_id) : configIds
  const known = [...configIds, ...eosIds, endId].find((id) => id !== null && id >= 0 && id < vocabulary)
  const notices = eosIds.some((id) => id >= 0 && id < vocabulary)
    ? []
    : [
        'No token of the model ends a text (eos_token_id in generation_config.json or config.json): it ends by its length, as in transformers.'
      ]
  return { eosIds, closingId: known ?? null, notices }
}

function idsOf(file: string, value: unknown): number[] {
  if (value === undefined || value === null) return []
  const ids: unknown[] = Array.isArray(value) ? value : [value]
  if (!ids.every((id) => Number.isSafeInteger(id)))
    throw bad(
      file,
      `its eos_token_id is ${JSON.stringify(value)}`,
      'Give eos_token_id as a token id or a list of token ids.'
    )
  return [...new Set(ids as number[])]
}

function fieldsOf(file: string): Record<string, unknown> {
  let fields: unknown
  try {
    fields = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw bad(file, `it is not JSON (${(error as Error).message})`)
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw bad(file, 'it is not a JSON object')
  return fields as Record<string, unknown>
}
