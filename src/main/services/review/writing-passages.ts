/** The jobs that write: passages from names, and a passage anew. Tokens are told as they come; what was written stays. */
import { count } from '../../../contract/words.ts'
import { randomUUID } from 'node:crypto'
import type { Emit } from '../../../contract/contract.ts'
import type { Sampling } from '../../../contract/types.ts'
import { splitSentences } from '../../editor/sentence-ends.ts'
import type { SentenceRule } from '../../editor/sentence-ends.ts'
import type { JobContext, Work } from '../jobs.ts'
import { keepSeen, seePassage } from '../promises/check-promises.ts'
import type { Workspace } from '../workspace.ts'
import type { Suggestions } from './suggestions.ts'
import type { Workbench, WriteOptions, Written, WrittenToken } from './workbench.ts'

export interface Desk {
  readonly bench: Workbench
  readonly workspace: Workspace
  readonly suggestions: Suggestions
  readonly emit: Emit
}

export interface NewPassage {
  id: string
  name: string
  prompt: string
  sampling: Sampling
}

export function newPassages(names: readonly string[], template: string, sampling: Sampling): NewPassage[] {
  return names.map((name) => ({
    // Short: ids are read in the names of edits. A slash would part passage and sentence there.
    id: randomUUID().slice(0, 8),
    name,
    prompt: template.replaceAll('{name}', name).trimStart(),
    sampling
  }))
}

/** Writes the passages one after the other. When it ends early, what stands so far is kept as it is. */
export function writePassages(desk: Desk, passages: readonly NewPassage[]): Work {
  return async (context) => {
    let done = 0
    context.ifCancelled('Cancelled. What was written so far is kept.')
    try {
      for (const passage of passages) {
        context.signal.throwIfAborted()
        await writeOne(desk, passage, context, (share) =>
          context.report((done + share) / passages.length, `${passage.name}, ${done + 1} of ${passages.length}`)
        )
        done++
      }
    } finally {
      const unwritten = passages.filter((p) => desk.workspace.passage(p.id).state === 'queued')
      await leaveUnwritten(desk, unwritten)
    }
    return passages.length === 1
      ? `${passages[0].name} is written.`
      : `${count(passages.length, 'passage')} are written.`
  }
}

async function writeOne(
  desk: Desk,
  passage: NewPassage,
  context: JobContext,
  report: (share: number) => void
): Promise<void> {
  const { bench, workspace } = desk
  const tokens: WrittenToken[] = []
  let text = ''
  desk.emit('passages.changed', workspace.stream(passage.id, text))
  const options: WriteOptions = {
    ...writeOptions(passage.sampling),
    signal: context.signal,
    onToken: (token) => {
      tokens.push(token)
      text += token.text
      workspace.stream(passage.id, text)
      desk.emit('passages.token', {
        passageId: passage.id,
        into: 'passage',
        text: token.text,
        logprob: token.logprob,
        rank: token.rank
      })
      report(Math.min(1, tokens.length / passage.sampling.maxNewTokens))
    }
  }
  let state: 'written' | 'stopped' | 'failed' = 'failed'
  try {
    const written: Written = await bench.write(passage.prompt, options)
    text = written.text
    tokens.splice(0, tokens.length, ...written.tokens)
    state = 'written'
  } finally {
    if (context.signal.aborted) state = 'stopped'
    await workspace.record({
      type: 'written',
      passageId: passage.id,
      state,
      text: text.trim(),
      sentences: withSurprise(text, tokens, desk.bench.sentenceRule)
    })
  }
  context.signal.throwIfAborted()
}

/** Passages whose turn never came: their names and headers stay, without a text. */
export async function leaveUnwritten({ workspace }: Desk, passages: readonly NewPassage[]): Promise<void> {
  for (const { id } of passages)
    await workspace.record({ type: 'written', passageId: id, state: 'stopped', text: '', sentences: [] })
}

/** Writes a passage anew from its header alone, greedily, as many sentences as it has. */
export function rewritePassage(desk: Desk, passageId: string): Work {
  return async (context) => {
    const { name } = desk.workspace.passage(passageId)
    context.ifCancelled('Cancelled. What was written before is as it was.')
    const onToken = telling(desk, passageId, 'rewriting', (tokens) =>
      context.report(null, `${name}, ${count(tokens, 'token')}`)
    )
    await keepSeen(desk, await seePassage(desk, passageId, { again: true, signal: context.signal, onToken }))
    return `${name} is written anew.`
  }
}

/** Writes another version of a passage. Cancelled, it leaves the one under review as it is. */
export function writeVersion(desk: Desk, passageId: string, sampling: Sampling): Work {
  return async (context) => {
    const passage = desk.workspace.passage(passageId)
    context.ifCancelled('Cancelled. The version under review is as it was.')
    const report = (tokens: number): void =>
      context.report(Math.min(1, tokens / sampling.maxNewTokens), `${passage.name}, ${count(tokens, 'token')}`)
    const { text, tokens } = await desk.bench.write(passage.prompt, {
      ...writeOptions(sampling),
      signal: context.signal,
      onToken: telling(desk, passageId, 'version', report)
    })
    context.signal.throwIfAborted()
    const sentences = withSurprise(text, tokens, desk.bench.sentenceRule)
    await desk.workspace.record({ type: 'version', passageId, sampling, text: text.trim(), sentences })
    return `Another version of ${passage.name} is written; the one before is kept.`
  }
}

function telling(
  desk: Desk,
  passageId: string,
  into: 'rewriting' | 'version',
  report?: (tokens: number) => void
): (token: WrittenToken) => void {
  let tokens = 0
  return ({ text, logprob, rank }) => {
    desk.emit('passages.token', { passageId, into, text, logprob, rank })
    report?.(++tokens)
  }
}

/** The sentences of a text, each with the mean surprise of its tokens in nats, and the largest. */
export function withSurprise(
  text: string,
  tokens: readonly WrittenToken[],
  rule: SentenceRule
): { text: string; surprise: number | null; worst: number | null }[] {
  const sums = splitSentences(text, rule).map((sentence) => ({ sentence, nats: 0, count: 0, worst: 0 }))
  let at = 0
  for (const token of tokens) {
    // A token belongs to the sentence in which its last character lies: the space before a word is not the last's.
    const end = at + token.text.length
    const owner = sums.find(({ sentence }) => end > sentence.start && end <= sentence.end)
    if (owner) {
      owner.nats -= token.logprob
      owner.count++
      owner.worst = Math.max(owner.worst, -token.logprob)
    }
    at = end
  }
  return sums.map(({ sentence, nats, count, worst }) => ({
    text: sentence.text,
    surprise: count > 0 ? nats / count : null,
    worst: count > 0 ? worst : null
  }))
}

function writeOptions({ temperature, ...rest }: Sampling): WriteOptions {
  const { sentences, maxNewTokens, topK, topP, seed } = rest
  return temperature === 0 ? { sentences, maxNewTokens } : { sentences, maxNewTokens, temperature, topK, topP, seed }
}
