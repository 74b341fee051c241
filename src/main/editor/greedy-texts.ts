/**
 * What greedy writing gives for prompts, kept as long as it holds. Between two decisions greedy writing depends on the
 * block and the text alone, and blocks never change; so a text stands as it is, token for token, under any index that
 * decides as the one before did at the same places, by the same keys.
 */
import { GREEDY } from '../engine/generation/sampler.ts'
import type { LanguageModel } from '../engine/models/language-model.ts'
import { writeFrom } from './passage-writer.ts'
import type { Decision, RouteTaken, Routing, WriteLimits, Written } from './passage-writer.ts'

interface KeptText {
  readonly written: Written
  readonly decisions: readonly Decision[]
  /** ids that writing went on from, beyond what is given back too */
  readonly appended: readonly number[]
}

export type GreedyLimits = Pick<WriteLimits, 'sentences' | 'maxNewTokens'>

export class GreedyTexts {
  readonly #model: LanguageModel
  readonly #kept = new Map<string, KeptText>()

  constructor(model: LanguageModel) {
    this.#model = model
  }

  /**
   * What greedy writing gives from a prompt, with the routes as this index decides them.
   * @param again write it although it is known; `onToken` hears of nothing that is known
   */
  async write(
    prompt: string,
    routing: Routing,
    limits: GreedyLimits,
    { again = false, signal, onToken }: { again?: boolean; signal?: AbortSignal; onToken?: WriteLimits['onToken'] } = {}
  ): Promise<Written> {
    const name = nameOf(prompt, limits)
    const known = again ? null : this.#standing(name, routing)
    if (known) return { ...known.written, routes: routesUnder(known, routing) }
    const decisions: Decision[] = []
    const appended: number[] = []
    const hooks = {
      signal,
      onToken,
      onDecision: (decision: Decision) => void decisions.push(decision),
      onAppend: (id: number) => void appended.push(id)
    }
    const written = await writeFrom(this.#model, prompt, routing, GREEDY, { ...limits, ...hooks })
    this.#kept.set(name, { written, decisions, appended })
    return written
  }

  /** The same without writing anything; null: it is not known, or another index decided otherwise. */
  known(prompt: string, routing: Routing, limits: GreedyLimits): Written | null {
    return this.#standing(nameOf(prompt, limits), routing)?.written ?? null
  }

  /** How another index would decide at the places of a text that is known; null: it is not. */
  routesUnder(prompt: string, routing: Routing, limits: GreedyLimits): RouteTaken[] | null {
    const kept = this.#kept.get(nameOf(prompt, limits))
    return kept ? routesUnder(kept, routing) : null
  }

  #standing(name: string, routing: Routing): KeptText | null {
    const kept = this.#kept.get(name)
    return kept && holdsUnder(kept, routing) ? kept : null
  }
}

const nameOf = (prompt: string, { sentences, maxNewTokens }: GreedyLimits): string =>
  JSON.stringify([prompt, sentences ?? null, maxNewTokens ?? null])

function routesUnder({ decisions, written }: KeptText, { index }: Routing): RouteTaken[] {
  const start = decisions[0]?.ids.length ?? 0
  return decisions
    .map(({ key, read, after }) => ({ position: start + after, ...index.route(key, read) }))
    .filter(({ position }) => position < start + written.tokens.length)
}

function holdsUnder({ decisions, appended }: KeptText, { index, isLivePrompt }: Routing): boolean {
  return decisions.every(({ after, ended, ids: asWritten, read, kept, key, block }, d) => {
    if (!ended && !isLivePrompt(asWritten)) return false
    if (index.route(key, read).block !== block) return false
    // No place between this decision and the next one has become the prompt of an edit.
    const until = decisions.at(d + 1)?.after ?? appended.length + 1
    const text = [...kept]
    return appended.slice(after, until - 1).every((id) => {
      text.push(id)
      return !isLivePrompt(text)
    })
  })
}
