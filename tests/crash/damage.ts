/**
 * Damages a session in every way a disk can: one bit flipped anywhere in any of its files, and the journal cut at every
 * byte of its last record. Each time it is opened again: the damage has to be named, and all the rest has to be there.
 * Everything random comes from a seed.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ErratumError } from '../../src/contract/errors.ts'
import type { EditSettings } from '../../src/main/editor/edit-settings.ts'
import { EditSession } from '../../src/main/services/edit-session.ts'
import { openModel } from '../../src/main/services/model-library.ts'
import type { OpenedModel } from '../../src/main/services/model-library.ts'
import { verifySession } from '../../src/main/services/verify-session.ts'
import { scanJournal } from '../../src/main/session/journal-format.ts'
import type { JournalRecord } from '../../src/main/session/journal-format.ts'
import type { WithdrawPayload } from '../../src/main/session/batches.ts'
import { openSession } from '../../src/main/session/session-folder.ts'
import type { SessionStore } from '../../src/main/session/session-store.ts'
import { tinyHome } from '../services/tiny-home.ts'
import type { TinyHome } from '../services/tiny-home.ts'
import { randomFrom } from '../session/sample-session.ts'
import { holdingOf, makeSession } from './damaged-session.ts'
import type { Holding } from './damaged-session.ts'
import { checkTables, demand, shared } from './session-check.ts'

const TABLES = ['edits', 'keys', 'scopes', 'clusters'] as const
export const TARGETS = [
  'journal',
  'journal, cut',
  'snapshot',
  'header',
  'calibration',
  'block, weights',
  'block, config',
  'block, keys',
  'block in the trash',
  ...TABLES.map((name) => `table ${name}` as const)
] as const
export type Target = (typeof TARGETS)[number]

export interface DamageCount {
  damages: number
  /** found, and named with its file; tables: found to differ */
  named: number
  /** what the file says is the same with it and without it */
  withoutEffect: number
  /** of those named: the session opens for reading only, since no route could be trusted */
  reading: number
  /** everything else was as before, tables equal to the index included */
  held: number
}

export interface DamageReport {
  seed: number
  counts: Record<Target, DamageCount>
  problems: string[]
}

/** @param flips in each kind of file @param cuts at most so many, spread evenly; absent: every byte */
export async function damageRun(
  { flips, seed, cuts }: { flips: number; seed: number; cuts?: number },
  log: (line: string) => void = () => undefined
): Promise<DamageReport> {
  const home = await tinyHome()
  process.env['ERRATUM_HOME'] = home.root
  const opened = await openModel(home.model, 'onnxruntime')
  try {
    const sessions = { scopes: join(home.root, 'scopes'), clusters: join(home.root, 'clusters') }
    await makeSession(home, sessions.scopes, 'scopes')
    await makeSession(home, sessions.clusters, 'clusters')
    const run = new DamageRun(home, shared(opened), seed)
    for (const target of TARGETS) {
      const dir = target === 'table clusters' ? sessions.clusters : sessions.scopes
      const count = await run.strike(target, dir, { flips, cuts })
      log(`${target}: ${count.held} of ${count.damages} held`)
    }
    return run.report
  } finally {
    await opened.model.release()
    home.remove()
  }
}

interface Damage {
  /** of the session, by its path in it */
  file: string
  /** what it has to become */
  bytes: Buffer
  /** first byte that is another */
  at: number
}

/** A session before it was damaged, with what its batches are, those that were taken out included. */
interface Whole extends Pick<Holding, 'batches' | 'header'> {
  journal: Buffer
  records: readonly JournalRecord[]
}

/** What opening for writing gave: the session's notices, or why it was refused. */
interface Opening {
  notices: readonly { kind: string; message: string; file?: string }[]
  refusal: ErratumError | null
  holding: Holding | null
  journal: Buffer
}

class DamageRun {
  readonly report: DamageReport
  private readonly home: TinyHome
  private readonly opened: OpenedModel
  private readonly random: () => number

  constructor(home: TinyHome, opened: OpenedModel, seed: number) {
    this.home = home
    this.opened = opened
    this.random = randomFrom(seed)
    const none = (): DamageCount => ({ damages: 0, named: 0, withoutEffect: 0, reading: 0, held: 0 })
    const counts = Object.fromEntries(TARGETS.map((target) => [target, none()])) as DamageReport['counts']
    this.report = { seed, counts, problems: [] }
  }

  async strike(target: Target, whole: string, amount: { flips: number; cuts?: number }): Promise<DamageCount> {
    const count = this.report.counts[target]
    const dir = join(this.home.root, 'damaged')
    const before = await this.lookAt(whole)
    for (const damage of this.damagesOf(target, whole, amount)) {
      cpSync(whole, dir, { recursive: true })
      writeFileSync(join(dir, damage.file), damage.bytes)
      count.damages++
      try {
        await this.examine(target, dir, damage, before, count)
        count.held++
      } catch (error) {
        const { file, at } = damage
        this.report.problems.push(
          `${target} (${file}, byte ${at}, seed ${this.report.seed}): ${(error as Error).message}`
        )
      }
      rmSync(dir, { recursive: true, force: true })
    }
    return count
  }

  /** Reads a session that is whole; its batch that was taken out is put back for that in a copy. */
  private async lookAt(dir: string): Promise<Whole> {
    const copy = join(this.home.root, 'whole')
    cpSync(dir, copy, { recursive: true })
    const store = await openSession(copy)
    demand(store.notices.length === 0, store.notices.map(({ message }) => message).join(' '))
    const journal = readFileSync(join(dir, 'journal.jsonl'))
    await store.redo()
    const { batches, header } = holdingOf(store)
    await store.close()
    rmSync(copy, { recursive: true })
    return { journal, records: scanJournal(journal).records, batches, header }
  }

  private *damagesOf(
    target: Target,
    dir: string,
    { flips, cuts }: { flips: number; cuts?: number }
  ): Generator<Damage> {
    if (target === 'journal, cut') {
      const bytes = readFileSync(join(dir, 'journal.jsonl'))
      const [start, end] = [...scanJournal(bytes).spans.values()].at(-1)!
      const step = cuts === undefined ? 1 : Math.ceil((end - start - 1) / cuts)
      for (let at = start + 1; at < end; at += step) yield { file: 'journal.jsonl', bytes: bytes.subarray(0, at), at }
      return
    }
    const files = filesOf(target, dir)
    for (let flip = 0; flip < flips; flip++) {
      const file = files[Math.floor(this.random() * files.length)]
      const bytes = readFileSync(join(dir, file))
      const at = Math.floor(this.random() * bytes.length)
      bytes[at] ^= 1 << Math.floor(this.random() * 8)
      yield { file, bytes, at }
    }
  }

  private async examine(target: Target, dir: string, damage: Damage, before: Whole, count: DamageCount): Promise<void> {
    const path = join(dir, damage.file)
    const { records } = before
    const verified = await verifySession(dir).catch((error: unknown) => error as ErratumError)
    const after = await this.open(dir)
    if (after.refusal) {
      demand(target === 'calibration', `refused: ${after.refusal.message}`)
      demand(
        after.refusal.code === 'BadFile' && after.refusal.details.file === path,
        `not named: ${after.refusal.message}`
      )
      count.named++
      await this.checkReading(dir, before, count)
      return
    }
    const messages = after.notices.map(({ message }) => message).join(' ')
    if (target.startsWith('table ')) {
      demand(after.notices.length === 0, `a derived table was worth a notice: ${messages}`)
      demand(!(verified instanceof Error), 'verifying failed')
      if (Object.values(verified.tables).every((state) => state === 'agrees')) count.withoutEffect++
      else count.named++
      checkHolding(after, records, before)
      return
    }
    if (target === 'header' && after.notices.length > 0) {
      demand(after.notices[0].kind === 'restored-header' && after.notices[0].file === path, `not named: ${messages}`)
      demand(readFileSync(path).equals(readFileSync(join(dir, 'backup', 'session.json'))), 'it was not put back')
      demand(verified instanceof Error || !verified.ok, 'verify calls it whole')
      checkHolding(after, records, before)
      count.named++
      return
    }
    if (target === 'header') {
      demand(after.notices.length === 0 && after.holding!.header === before.header, `another header, unnamed`)
      count.withoutEffect++
      checkHolding(after, records, before)
      return
    }
    demand(verified instanceof Error || !verified.ok, 'verify calls it whole')
    if (target === 'block in the trash') {
      await this.checkPutBack(dir, path)
      checkHolding(after, records, before)
    } else if (target === 'snapshot') {
      const named = after.notices.find(({ kind }) => kind === 'damaged-snapshot')
      demand(named?.file === path && after.notices.length === 1, `not named: ${messages}`)
      checkHolding(after, records, before)
    } else if (target.startsWith('journal')) {
      const hit = checkJournalNotice(dir, damage, before, after)
      checkHolding(
        after,
        records.filter(({ seq }) => seq !== hit),
        before
      )
    } else {
      const [, block, name] = damage.file.split('/')
      const named = after.notices.find(({ kind }) => kind === 'damaged-block')
      const isNamed = named?.file === join(dir, 'blocks', block) && named.message.includes(name)
      demand(isNamed && after.notices.length === 1, `not named: ${messages}`)
      checkHolding(after, records, before, block)
    }
    count.named++
  }

  /** Opens it for writing as the app does, tables and all. */
  private async open(dir: string): Promise<Opening> {
    let store: SessionStore
    try {
      store = await openSession(dir)
    } catch (error) {
      if (!(error instanceof ErratumError)) throw error
      return { notices: [], refusal: error, holding: null, journal: Buffer.alloc(0) }
    }
    try {
      const settings = store.header.settings as unknown as EditSettings
      const session = new EditSession(this.opened, store, this.home.calibration, settings)
      await session.storeIndices()
      await checkTables(session)
      const journal = readFileSync(join(dir, 'journal.jsonl'))
      const look = { notices: store.notices, refusal: null, holding: holdingOf(store), journal }
      await session.close()
      return look
    } finally {
      await store.close()
    }
  }

  /** For reading, all is there that the file does not say. */
  private async checkReading(dir: string, before: Whole, count: DamageCount): Promise<void> {
    const { records } = before
    const store = await openSession(dir, { readOnly: true })
    demand(store.problem !== null && store.notices.length === 1, 'it reads as if nothing were wrong')
    const journal = readFileSync(join(dir, 'journal.jsonl'))
    checkHolding({ notices: [], refusal: null, holding: holdingOf(store), journal }, records, before)
    await store.close()
    count.reading++
  }

  /** A block that was taken out is looked at when it is put back. */
  private async checkPutBack(dir: string, path: string): Promise<void> {
    const store = await openSession(dir)
    const refusal = await store.redo().catch((error: unknown) => error as ErratumError)
    await store.close()
    const isNamed =
      refusal instanceof ErratumError && refusal.code === 'BadFile' && path.startsWith(refusal.details.file!)
    demand(isNamed && refusal.message.includes(path.split('/').at(-1)!), 'it was put back')
  }
}

function filesOf(target: Target, dir: string): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(dir, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
      .sort()
  const ofBlocks = (name: string): string[] => below('blocks').filter((file) => file.endsWith(`/${name}`))
  switch (target) {
    case 'journal':
    case 'journal, cut':
      return ['journal.jsonl']
    case 'snapshot':
      return ['snapshot.json']
    case 'header':
      return ['session.json']
    case 'calibration':
      return ['calibration.safetensors']
    case 'block, weights':
      return ofBlocks('adapter_model.safetensors')
    case 'block, config':
      return ofBlocks('adapter_config.json')
    case 'block, keys':
      return ofBlocks('keys.safetensors')
    case 'block in the trash':
      return below('trash')
    default:
      return below('index.lance').filter((file) => file.includes(`/${target.slice('table '.length)}.lance/`))
  }
}

/**
 * The line and the kind of damage have to be told, and the damaged bytes be kept.
 * @returns the number of the record that was hit
 */
function checkJournalNotice(dir: string, { at, bytes }: Damage, before: Whole, after: Opening): number {
  const spans = [...scanJournal(before.journal).spans]
  const line = spans.findIndex(([, [start, end]]) => start <= at && at < end)
  const [seq, [start, end]] = spans[line]
  const [first, ...others] = after.notices.filter(({ kind }) => kind === 'damaged-record' || kind === 'torn-record')
  demand(first !== undefined, 'not named')
  const isNamed = first.file?.startsWith(join(dir, 'set-aside')) && first.message.includes(`ine ${line + 1}`)
  demand(isNamed === true, `named otherwise: ${first.message}`)
  demand(readFileSync(first.file!).equals(bytes.subarray(start, end)), 'the damaged bytes were not kept')
  // An undo of a batch that is lost speaks of something that is not there.
  const odd = others.filter(({ message }) => !message.includes('speaks of a batch'))
  demand(odd.length === 0, odd.map(({ message }) => message).join(' '))
  return seq
}

/** @param due the records that have to be there @param damaged a block that is left out */
function checkHolding(after: Opening, due: readonly JournalRecord[], before: Whole, damaged?: string): void {
  demand(JSON.stringify(scanJournal(after.journal).records) === JSON.stringify(due), 'records of the journal are gone')
  const present = new Set<string>()
  const undone = new Set<string>()
  const withdrawn = new Set<string>()
  for (const { kind, payload } of due) {
    const moved = kind === 'withdraw' || kind === 'reinstate' ? (payload as WithdrawPayload).edits : []
    for (const { block, editId } of moved) {
      const name = `${block} ${editId}`
      withdrawn.delete(name)
      if (kind === 'withdraw' && (present.has(block) || undone.has(block))) withdrawn.add(name)
    }
    const { block } = payload as { block: string }
    const known = present.has(block) || undone.has(block)
    if (kind !== 'batch' && !(kind === 'undo' && known)) continue
    ;(kind === 'batch' ? present : undone).add(block)
    ;(kind === 'batch' ? undone : present).delete(block)
  }
  if (damaged !== undefined) present.delete(damaged)
  const { batches, undone: out, withdrawn: edits, header } = after.holding!
  const dueEdits = [...withdrawn].filter((name) => present.has(name.split(' ')[0]))
  demand(edits.join() === dueEdits.join(), `withdrawn: ${edits.join()}`)
  demand([...batches.keys()].join() === [...present].join(), `batches ${[...batches.keys()].join()}`)
  for (const [block, digest] of batches)
    demand(before.batches.get(block) === digest, `block ${block} is another than before`)
  demand(out.join() === [...undone].join(), `taken out: ${out.join()}`)
  demand(header === before.header, 'the header is another than before')
}
