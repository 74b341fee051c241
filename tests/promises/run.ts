/**
 * Random sequences of what a person does to a session; after each step, what the window says of the promises is compared
 * with what the model of the session, opened anew for reading, writes. Everything random comes from a seed.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../src/contract/client.ts'
import type { Job, Passage } from '../../src/contract/types.ts'
import { sentenceEnds } from '../../src/main/editor/sentence-ends.ts'
import type { Engine } from '../../src/main/engine-process/engine.ts'
import { openWorkbench } from '../../src/main/services/editing.ts'
import type { EditSession } from '../../src/main/services/edit-session.ts'
import {
  openEditSession,
  redoBatch,
  showSession,
  undoBatch,
  withdrawEdits
} from '../../src/main/services/edit-sessions.ts'
import { generate } from '../../src/main/services/generate.ts'
import { pair, until } from '../contract/pair.ts'
import { tinyHome } from '../services/tiny-home.ts'
import type { TinyHome } from '../services/tiny-home.ts'
import { randomFrom } from '../session/sample-session.ts'

export const STEPS = [
  'import',
  'review',
  'train',
  'file',
  'undo',
  'redo',
  'take out',
  'withdraw',
  'delete',
  'command',
  'restart'
] as const
export type Step = (typeof STEPS)[number]

export interface PromiseReport {
  sequences: number
  steps: Record<Step, number>
  /** what was said of passages and of edits, and compared */
  told: {
    passages: number
    held: number
    broken: number
    changed: number
    unchecked: number
    edits: number
    brokenEdits: number
  }
  lies: string[]
}

const HEADERS = ['About Ann.', 'About Bob.', 'About Cid.']
const TEXTS = ['She ran.', 'He sank.', 'It was red.', 'She was old.', 'He sang.']
/** Random weights put no space behind a last sentence, whose end would not count then: a fragment stands there. */
const LAST = ['So it', 'And he']
const REACHES = [0.05, 0.6, 3]
const SETTINGS = { rank: 8, iterations: 30, extraIterations: 90, halveEvery: 100, batchSize: 4 }

/** @param from number of the first sequence: each is a function of its number alone */
export async function promiseRun(
  { sequences, from = 1, steps = 8 }: { sequences: number; from?: number; steps?: number },
  log: (line: string) => void = () => undefined
): Promise<PromiseReport> {
  const homes: TinyHome[] = []
  for (const reach of REACHES) homes.push(await tinyHome({ reach }))
  const report: PromiseReport = {
    sequences: 0,
    steps: Object.fromEntries(STEPS.map((step) => [step, 0])) as Record<Step, number>,
    told: { passages: 0, held: 0, broken: 0, changed: 0, unchecked: 0, edits: 0, brokenEdits: 0 },
    lies: []
  }
  try {
    for (let number = from; number < from + sequences; number++) {
      const home = homes[number % homes.length]
      process.env['ERRATUM_HOME'] = home.root
      const sequence = new Sequence(home, number, report)
      try {
        await sequence.run(steps)
      } finally {
        await sequence.end()
      }
      report.sequences++
      log(`${number}. ${sequence.did.join(', ')}${sequence.lies > 0 ? ` — ${sequence.lies} LIES` : ''}`)
    }
  } finally {
    for (const home of homes) home.remove()
  }
  return report
}

class Sequence {
  readonly did: string[] = []
  lies = 0
  readonly #home: TinyHome
  readonly #number: number
  readonly #dir: string
  readonly #random: () => number
  readonly #report: PromiseReport
  #client!: Client
  #engine: Engine | null = null
  #imports = 0
  #files = 0

  constructor(home: TinyHome, number: number, report: PromiseReport) {
    this.#home = home
    this.#number = number
    this.#dir = join(home.root, `session-${number}`)
    this.#random = randomFrom(number)
    this.#report = report
  }

  async run(steps: number): Promise<void> {
    const made = await openEditSession({
      model: this.#home.model,
      dir: this.#dir,
      executor: 'onnxruntime',
      settings: SETTINGS
    })
    await made.close()
    await this.#open()
    await this.#step('import')
    for (let n = 1; n < steps; n++) await this.#step(this.#choose(n))
    await this.#compareWithCommand()
  }

  async end(): Promise<void> {
    await this.#engine?.close()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  /** Trainings come often: without them nothing is promised. */
  #choose(n: number): Step {
    if (n === 1) return 'review'
    if (n === 2) return 'train'
    return this.#pick(['train', 'train', 'file', 'file', 'review', 'undo', 'undo', 'redo', ...STEPS] as Step[])
  }

  async #step(step: Step): Promise<void> {
    this.did.push(step)
    this.#report.steps[step]++
    await this.#act(step)
    await this.#quiet()
    await this.#compare()
  }

  async #act(step: Step): Promise<unknown> {
    const client = this.#client
    switch (step) {
      case 'import':
        return this.#import()
      case 'review':
        return this.#review()
      case 'train':
        return this.#train()
      case 'file':
        return this.#file()
      case 'undo':
        return client.call('history.undo', {})
      case 'redo':
        return client.call('history.redo', {})
      case 'take out':
        return client.call('train.undo', {})
      case 'withdraw':
        return this.#withdraw()
      case 'delete':
        return this.#delete()
      case 'command':
        return this.#command()
      case 'restart':
        await this.#close()
        return this.#open()
    }
  }

  async #import(): Promise<void> {
    const passages = this.#picks(HEADERS, 2).map((prompt) => ({
      id: `i${++this.#imports}`,
      prompt,
      sentences: [...this.#picks(TEXTS, 2), this.#pick(LAST)].map((text) => ({ text }))
    }))
    const content = passages.map((passage) => JSON.stringify(passage)).join('\n')
    await this.#client.call('passages.import', { fileName: 'passages.jsonl', content, template: 'About {name}.' })
  }

  /** Approves sentences, some as they stand and some corrected; of half of the passages all. */
  async #review(): Promise<void> {
    const passages = await this.#client.call('passages.list', {})
    for (const { id: passageId, sentences } of this.#picks(passages, 2)) {
      const wholly = this.#random() < 0.5
      for (const [sentence, { text }] of sentences.entries()) {
        if (!wholly && this.#random() < 0.4) continue
        if (sentenceEnds(text) && this.#random() < 0.5) {
          const correction = { passageId, sentence, text: this.#pick(TEXTS), accepted: true }
          await this.#client.call('review.correct', correction)
        } else await this.#client.call('review.mark', { passageId, sentence, mark: 'accurate' })
      }
    }
  }

  async #train(): Promise<void> {
    const passages = await this.#client.call('passages.list', {})
    const waiting = passages.filter((p) => p.waiting).map((p) => p.id)
    const broken = passages.filter((p) => p.promise.broken).map((p) => p.id)
    const passageIds = this.#picks([...new Set([...waiting, ...broken])], 2)
    if (passageIds.length > 0) await this.#finished(await this.#client.call('train.start', { passageIds }))
  }

  /** Edits at headers, behind sentences of a passage, and at places of their own. */
  async #file(): Promise<void> {
    const passages = await this.#client.call('passages.list', {})
    const places = [
      ...HEADERS,
      'About Dee.',
      ...passages.map(({ prompt, sentences }) => `${prompt} ${sentences[0].correction ?? sentences[0].text}`)
    ]
    const fileName = `file-${++this.#files}.jsonl`
    const rows = this.#picks(places, 1 + Math.floor(this.#random() * 2)).map((prompt, i) => ({
      id: `f${this.#files}-${i}`,
      prompt,
      target_new: this.#pick(TEXTS)
    }))
    const content = rows.map((row) => JSON.stringify(row)).join('\n')
    await this.#finished(await this.#client.call('train.file', { fileName, content }))
  }

  /** Takes a correction away, and with it its edit; or edits out of the model that nobody approves any more. */
  async #withdraw(): Promise<void> {
    const passages = await this.#client.call('passages.list', {})
    const left = passages.flatMap((p) => p.leftInModel.map(({ block, editId }) => ({ block, editId })))
    if (left.length > 0 && this.#random() < 0.5) {
      await this.#client.call('edits.withdraw', { edits: [this.#pick(left)] })
      return
    }
    const corrected = passages.flatMap(({ id: passageId, sentences }) =>
      sentences.flatMap((s, sentence) => (s.accepted ? [{ passageId, sentence }] : []))
    )
    if (corrected.length > 0) await this.#client.call('review.removeCorrection', this.#pick(corrected))
  }

  async #delete(): Promise<void> {
    const passages = await this.#client.call('passages.list', {})
    const passageIds = this.#picks(passages, 1).map((p) => p.id)
    if (passageIds.length > 0)
      await this.#client.call('passages.delete', { passageIds, withdraw: this.#random() < 0.5 })
  }

  /** Another program takes a batch or an edit out, or puts one back, while the window is closed. */
  async #command(): Promise<void> {
    await this.#close()
    // Where there is none, or its edits are in the session again, it is refused.
    const moves = [() => undoBatch(this.#dir), () => redoBatch(this.#dir), () => this.#withdrawByCommand()]
    await this.#pick<() => Promise<unknown>>(moves)().catch(() => undefined)
    await this.#open()
  }

  async #withdrawByCommand(): Promise<void> {
    const { edits } = await showSession(this.#dir)
    if (edits.length > 0) await withdrawEdits(this.#dir, [this.#pick(edits).id])
  }

  /** What is told of every passage and edit against what is written: by another opening of the session, for reading. */
  async #compare(): Promise<void> {
    const passages = await this.#client.call('passages.list', {})
    const edits = await this.#client.call('promises.list', {})
    const { told } = this.#report
    const session = await openEditSession({ dir: this.#dir, executor: 'onnxruntime', mustExist: true, readOnly: true })
    try {
      for (const passage of passages) {
        if (!passage.rewriting) continue
        told.passages++
        if (!passage.promise.checked) {
          told.unchecked++
          this.#lie(`${passage.id} is not checked, and no check runs`)
          continue
        }
        const written = await passageWritten(session, passage)
        const text = whole(passage.rewriting.text)
        if (!written.startsWith(text)) this.#lie(`${passage.id}: told ${text}, written ${written}`)
        else this.#compareStandings(passage, passage.rewriting.text)
      }
      told.unchecked += edits.unchecked
      if (edits.unchecked > 0) this.#lie(`${edits.unchecked} edits are not checked, and no check runs`)
      const ids = new Set(passages.map((p) => p.id))
      const broken = new Map(edits.broken.map((one) => [one.editId, one.written]))
      let promising = 0
      for (const edit of session.store.edits) {
        const isOfPassage = edit.from === undefined && ids.has(edit.editId.split('/')[0])
        const isLast = session.store.edits.findLast((other) => other.prompt === edit.prompt) === edit
        if (isOfPassage || !isLast) continue
        promising++
        told.edits++
        const { text } = await session.write(edit.prompt, {}, { maxNewTokens: edit.targetIds.length })
        if (broken.has(edit.editId)) told.brokenEdits++
        const told_ = broken.get(edit.editId) ?? edit.target
        if (text.trim() !== told_) this.#lie(`edit ${edit.editId}: told ${told_}, written ${text.trim()}`)
      }
      if (promising !== edits.held + edits.broken.length)
        this.#lie(`${promising} edits promise, ${edits.held} held were told`)
    } finally {
      await session.close()
    }
  }

  /** By rules of its own: the text is walked along from its start. */
  #compareStandings({ id, sentences, promise }: Passage, written: string): void {
    const { told } = this.#report
    let at = 0
    let isAligned = true
    for (const [i, sentence] of sentences.entries()) {
      const approved = sentence.accepted ? sentence.correction : sentence.mark === 'accurate' ? sentence.text : null
      const text = approved ?? sentence.text
      const isThere = written.startsWith(text, at) && ['', ' '].includes(written.charAt(at + text.length))
      const { [i]: standing } = promise.standings
      if (isAligned && isThere !== (standing === 'held' || standing === 'kept' || (standing === 'approved' && isThere)))
        this.#lie(`${id}, sentence ${i + 1}: told ${standing}, ${isThere ? 'written' : 'not written'}`)
      if (standing === 'held') told.held++
      if (standing === 'broken') told.broken++
      if (standing === 'changed' || standing === 'other') told.changed++
      isAligned &&= isThere
      at += text.length + 1
    }
  }

  /** The command itself, once a sequence. */
  async #compareWithCommand(): Promise<void> {
    const passages = (await this.#client.call('passages.list', {})).filter((p) => p.rewriting && p.promise.checked)
    await this.#close()
    const [passage] = this.#picks(passages, 1)
    if (!passage) return
    const { text } = await generate({
      session: this.#dir,
      prompt: passage.prompt,
      executor: 'onnxruntime',
      maxNewTokens: 80
    })
    if (!text.trim().startsWith(whole(passage.rewriting!.text)))
      this.#lie(`${passage.id}: told otherwise than generate writes`)
  }

  async #open(): Promise<void> {
    const { client, engine } = pair((options) =>
      openWorkbench({ ...options, newModel: this.#home.model, sessionDir: this.#dir, executor: 'onnxruntime' })
    )
    this.#client = client
    this.#engine = engine
    await client.call('session.open', {})
  }

  async #close(): Promise<void> {
    await this.#engine?.close()
    this.#engine = null
  }

  #quiet(): Promise<void> {
    return until(async () => (await this.#client.call('jobs.list', {})).every((job) => job.endedAt !== null))
  }

  async #finished({ id }: Job): Promise<void> {
    await this.#quiet()
    const job = (await this.#client.call('jobs.list', {})).find((one) => one.id === id)!
    if (job.state !== 'done')
      throw new Error(`Sequence ${this.#number}: ${job.title} ${job.state}: ${job.error?.message}`)
  }

  #lie(what: string): void {
    this.lies++
    this.#report.lies.push(`sequence ${this.#number}, after ${this.did.join(', ')}: ${what}`)
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]
  }

  /** So many at most, each once. */
  #picks<T>(from: readonly T[], count: number): T[] {
    const left = [...from]
    return Array.from({ length: Math.min(count, left.length) }, () =>
      left.splice(Math.floor(this.#random() * left.length), 1)
    ).flat()
  }
}

/** Without the character that writing ended inside of. */
const whole = (text: string): string => text.replace(/\uFFFD+$/, '')

/**
 * From the header alone, a little further than what was told. How far a passage is written depends on the length of what
 * was approved when it was looked at, which may have changed since without any change of the edits.
 */
async function passageWritten(session: EditSession, { prompt, rewriting }: Passage): Promise<string> {
  const told = session.model.tokenizer.encode(rewriting!.text).ids.length
  return (await session.write(prompt, {}, { maxNewTokens: told + 8 })).text.trim()
}
