/**
 * Kills the engine at random moments of what a person does, opens the session again, and counts what held. Everything
 * random comes from a seed, but for the moment itself: that is chosen within the time that the action takes.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Passage } from '../../src/contract/types.ts'
import { openModel } from '../../src/main/services/model-library.ts'
import { randomFrom } from '../session/sample-session.ts'
import { tinyHome } from '../services/tiny-home.ts'
import type { TinyHome } from '../services/tiny-home.ts'
import { lockTaken, startCommand, startEngine } from './engine.ts'
import type { EngineVictim, Victim } from './engine.ts'
import { SessionCheck } from './session-check.ts'
import type { Contents, Known } from './session-check.ts'

export const ACTIONS = [
  'migrate',
  'generate',
  'mark',
  'type',
  'train',
  'undo',
  'redo',
  'withdraw',
  'reinstate',
  'remove',
  'delete',
  'snapshot'
] as const
export type Action = (typeof ACTIONS)[number]

export interface ActionCount {
  kills: number
  /** the action was acknowledged before the kill came */
  acknowledged: number
  /** it was under way, and some of it is there, each part whole */
  kept: number
  /** it was under way, and nothing of it is there */
  absent: number
}

export interface CrashReport {
  seed: number
  kills: number
  /** kills after which everything was as it has to be */
  held: number
  /** acknowledged actions, those between the kills included */
  acknowledged: number
  actions: Record<Action, ActionCount>
  problems: string[]
}

/** The session of the older format that each round begins with; the kill at its migration is the round's first. */
const OLD_SESSION = join(import.meta.dirname, '..', 'session', 'golden', 'schema-1', 'session')
const ROUND = 25
const NAMES = ['Ann', 'Bob', 'Cid', 'Dee']
const CORRECTIONS = ['She was born in May.', 'He wrote two books.', 'It sank.', 'It ran dry.']
const PROBES = NAMES.flatMap((name, i) =>
  [CORRECTIONS[i], CORRECTIONS[(i + 1) % 4]].map((target) => ({
    id: `${name} ${target}`,
    prompt: `About ${name}.`,
    target
  }))
)
/** What a command moves needs something that it can move. */
const NEEDS = { undo: 'batches', redo: 'undone', withdraw: 'edits', reinstate: 'withdrawn' } as const
type Moving = keyof typeof NEEDS
/** How long an action takes until it was seen once, ms. */
const FIRST_GUESS_MS = 40
const LONGEST_MS = 5000
/** Records after which closing takes a snapshot. */
const RECORDS_TO_SNAPSHOT = 32

export async function crashRun(
  { kills, seed }: { kills: number; seed: number },
  log: (line: string) => void = () => undefined
): Promise<CrashReport> {
  const home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  const opened = await openModel(home.model, 'onnxruntime')
  const run = new CrashRun(home, new SessionCheck(opened, home.calibration, PROBES), seed, log)
  try {
    for (let kill = 1; kill <= kills; kill++) await run.kill(kill)
    return run.report
  } finally {
    await opened.model.release()
    home.remove()
  }
}

class CrashRun {
  readonly report: CrashReport
  private readonly home: TinyHome
  private readonly check: SessionCheck
  private readonly random: () => number
  private readonly log: (line: string) => void
  private readonly usualMs = new Map<Action, number>()
  private dir = ''
  private known: Known = { journal: Buffer.alloc(0), passages: new Map() }
  private running: Victim | null = null
  /** the correction that was accepted last, to be trained */
  private corrected: { passageId: string; sentence: number } | null = null
  private contents: Contents = { batches: [], undone: [], edits: [], withdrawn: [] }

  constructor(home: TinyHome, check: SessionCheck, seed: number, log: (line: string) => void) {
    this.home = home
    this.check = check
    this.random = randomFrom(seed)
    this.log = log
    const none = (): ActionCount => ({ kills: 0, acknowledged: 0, kept: 0, absent: 0 })
    const actions = Object.fromEntries(ACTIONS.map((action) => [action, none()])) as CrashReport['actions']
    this.report = { seed, kills: 0, held: 0, acknowledged: 0, actions, problems: [] }
  }

  async kill(number: number): Promise<void> {
    if (number % ROUND === 1) this.newRound(number)
    const action = number % ROUND === 1 ? 'migrate' : this.chooseAction()
    const count = this.report.actions[action]
    this.report.kills++
    count.kills++
    try {
      const acknowledged = await this.strike(action)
      const later = await this.check.afterKill(this.dir, this.known)
      // What the killed action came to was told by nobody; the next engine tells all passages anew.
      if (later.length > 0) this.known.passages.clear()
      if (acknowledged) count.acknowledged++
      else if (later.length > 0) count.kept++
      else count.absent++
      this.report.held++
      this.log(`${number}. ${action}: ${acknowledged ? 'acknowledged' : later.length > 0 ? 'kept' : 'absent'}, held`)
    } catch (error) {
      await this.running?.kill()
      const problem = `${number}. ${action} (seed ${this.report.seed}): ${(error as Error).message}`
      this.report.problems.push(problem)
      this.log(problem)
    }
    await this.look()
  }

  private newRound(number: number): void {
    this.dir = join(this.home.root, `session-${number}`)
    cpSync(OLD_SESSION, this.dir, { recursive: true })
    // Short trainings of several batches: there is more to be killed in than in one that succeeds.
    const file = join(this.dir, 'session.json')
    const header = JSON.parse(readFileSync(file, 'utf8')) as { settings: Record<string, unknown> }
    Object.assign(header.settings, { iterations: 6, extraIterations: 0, batchSize: 2 })
    writeFileSync(file, JSON.stringify(header))
    this.known = { journal: this.journal(), passages: new Map() }
  }

  private chooseAction(): Action {
    const possible = ACTIONS.filter(
      (action) => action !== 'migrate' && (!(action in NEEDS) || this.contents[NEEDS[action as Moving]].length > 0)
    )
    return this.pick(possible)
  }

  /** Begins the action and kills the process that does it; returns whether it was acknowledged before. */
  private async strike(action: Action): Promise<boolean> {
    if (action === 'migrate') return this.strikeOpening()
    if (action === 'withdraw' || action === 'reinstate') return this.strikeCommand(action)
    if ((action === 'redo' || action === 'undo') && this.random() < 0.5) return this.strikeCommand(action)
    const engine = startEngine(this.home.model, this.dir)
    this.running = engine
    await engine.client.call('session.open', {})
    await this.acknowledge(engine)
    for (let extra = Math.floor(this.random() * 3); extra > 0; extra--) await this.quick(engine)
    if (action === 'snapshot') return this.strikeClosing(engine)
    if (action === 'train') await this.prepareTraining(engine)
    if (action === 'redo') await this.prepareRedo(engine)
    if (action === 'remove') await this.prepareRemoval(engine)
    if (action === 'delete') await this.prepareDeletion(engine)
    const started = performance.now()
    let done = false
    const acting = this.act(engine, action).then(
      () => (done = true),
      () => false
    )
    await Promise.race([acting, wait(this.random() * 1.2 * this.usual(action))])
    this.learn(action, done ? performance.now() - started : null)
    if (done) {
      await this.acknowledge(engine)
      await this.check.remember(this.dir)
    }
    await engine.kill()
    await acting
    return done
  }

  private async strikeOpening(): Promise<boolean> {
    const engine = startEngine(this.home.model, this.dir)
    this.running = engine
    let done = false
    const opening = engine.client.call('session.open', {}).then(
      () => (done = true),
      () => false
    )
    await lockTaken(this.dir, engine)
    await Promise.race([opening, wait(this.random() * 30)])
    await engine.kill()
    await opening
    return done
  }

  private async strikeCommand(action: Moving): Promise<boolean> {
    const what = this.pick(this.contents[NEEDS[action]])
    const command = startCommand(['sessions', action, this.dir, what])
    this.running = command
    await lockTaken(this.dir, command)
    await Promise.race([command.ended, wait(this.random() * 25)])
    await command.kill()
    const done = command.code() === 0
    if (done) {
      this.report.acknowledged++
      this.known.journal = this.journal()
    }
    return done
  }

  /** Asked to end, the engine takes a snapshot. */
  private async strikeClosing(engine: EngineVictim): Promise<boolean> {
    for (let record = 0; record < RECORDS_TO_SNAPSHOT; record++) await this.quick(engine, 'type')
    const started = performance.now()
    engine.askToEnd()
    await Promise.race([engine.ended, wait(this.random() * 1.2 * this.usual('snapshot'))])
    const ms = performance.now() - started
    await engine.kill()
    this.learn('snapshot', engine.endedByItself() ? ms : null)
    return engine.endedByItself()
  }

  private usual(action: Action): number {
    return this.usualMs.get(action) ?? FIRST_GUESS_MS
  }

  /** @param ms how long the action took; null: longer than it was given */
  private learn(action: Action, ms: number | null): void {
    this.usualMs.set(action, ms ?? Math.min(1.4 * this.usual(action), LONGEST_MS))
  }

  private act(engine: EngineVictim, action: Action): Promise<unknown> {
    if (action === 'generate') return this.generate(engine)
    if (action === 'train') return engine.client.call('train.start', {}).then((job) => engine.finished(job))
    if (action === 'undo') return engine.client.call('train.undo', {})
    if (action === 'redo') return engine.client.call('history.undo', {})
    if (action === 'remove') return engine.client.call('review.removeCorrection', this.corrected!)
    if (action === 'delete') {
      const passageIds = [this.pick([...this.known.passages.keys()])]
      return engine.client.call('passages.delete', { passageIds, withdraw: this.random() < 0.5 })
    }
    return this.quick(engine, action)
  }

  private async generate(engine: EngineVictim): Promise<void> {
    const sampling = { sentences: 2, maxNewTokens: 12, temperature: 1, seed: Math.floor(this.random() * 1e6) }
    const names = [this.pick(NAMES)]
    const job = await engine.client.call('passages.generate', { names, template: 'About {name}.', sampling })
    await engine.finished(job)
  }

  /** Marks a sentence or types a correction, acknowledged by its answer. */
  private async quick(engine: EngineVictim, which?: Action): Promise<void> {
    const passage = this.pick([...this.known.passages.values()].filter(({ sentences }) => sentences.length > 0))
    const sentence = Math.floor(this.random() * passage.sentences.length)
    const at = { passageId: passage.id, sentence }
    const isMark = which === undefined ? this.random() < 0.5 : which === 'mark'
    const told = isMark
      ? await engine.client.call('review.mark', {
          ...at,
          mark: this.pick(['minor_inaccurate', 'major_inaccurate', null])
        })
      : await engine.client.call('review.correct', { ...at, text: this.correction(), accepted: this.random() < 0.5 })
    this.take([told])
  }

  /** Something that is approved and was never trained before. */
  private async prepareTraining(engine: EngineVictim): Promise<void> {
    const passage = this.pick([...this.known.passages.values()].filter(({ sentences }) => sentences.length > 0))
    const text = this.correction()
    this.take([
      await engine.client.call('review.correct', { passageId: passage.id, sentence: 0, text, accepted: true })
    ])
    this.corrected = { passageId: passage.id, sentence: 0 }
  }

  /** A correction that was trained: removing it withdraws its edit. */
  private async prepareRemoval(engine: EngineVictim): Promise<void> {
    await this.prepareTraining(engine)
    await engine.finished(await engine.client.call('train.start', {}))
    await this.acknowledge(engine)
    await this.check.remember(this.dir)
  }

  /** Some passages are left for what comes later. */
  private async prepareDeletion(engine: EngineVictim): Promise<void> {
    for (let missing = 3 - this.known.passages.size; missing > 0; missing--) await this.generate(engine)
    await this.acknowledge(engine)
  }

  /** A training that was taken out: taking that step back puts its blocks back. */
  private async prepareRedo(engine: EngineVictim): Promise<void> {
    await engine.client.call('train.undo', {})
    await this.acknowledge(engine)
  }

  private correction(): string {
    return `${this.pick(CORRECTIONS).slice(0, -1)} ${Math.floor(this.random() * 1000)}.`
  }

  /** What the engine says of its passages now was acknowledged. */
  private async acknowledge(engine: EngineVictim): Promise<void> {
    const passages = await engine.client.call('passages.list', {})
    this.known.passages.clear()
    this.take(passages)
  }

  private take(passages: readonly Passage[]): void {
    this.report.acknowledged++
    for (const passage of passages) this.known.passages.set(passage.id, passage)
    this.known.journal = this.journal()
  }

  /** What the session holds now is what the next kill starts from. */
  private async look(): Promise<void> {
    this.contents = await this.check.contents(this.dir)
    this.known.journal = this.journal()
  }

  private journal(): Buffer {
    return readFileSync(join(this.dir, 'journal.jsonl'))
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]
  }
}
