/**
 * Sweeps that can be stopped and gone on with: each finished point is one JSON file in the output folder, and a point
 * whose file is there is not measured again. After each point the result and the page are written anew.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ErratumError } from '../../../contract/errors.ts'
import { asUnwritable } from '../../session/durable.ts'
import { partialName } from '../../session/names.ts'
import { sha256 } from '../evaluation/about.ts'
import { studyPage } from './study-page.ts'
import type { Page } from './study-page.ts'

/** A measured point: plain JSON. */
export interface Point<R> {
  /** also the name of its file: letters, digits, dots and dashes */
  readonly id: string
  readonly result: R
}

export interface Sweep<R, F = undefined> {
  readonly name: string
  /** everything that decides about the results: points of another identity are never mixed with these */
  readonly identity: Readonly<Record<string, unknown>>
  readonly points: readonly string[]
  readonly measure: (id: string) => Promise<R>
  /** what all points together come to, where that is more than the points */
  readonly figures?: (points: readonly Point<R>[]) => F
  readonly page: (points: readonly Point<R>[], figures: F) => Page
}

export interface SweepHooks {
  signal?: AbortSignal
  onPoint?: (id: string, done: number, of: number, known: boolean) => void
}

export interface SweepResult<R, F = undefined> {
  readonly study: string
  readonly identity: Readonly<Record<string, unknown>>
  readonly figures?: F
  readonly points: readonly Point<R>[]
  /** the files that were written */
  readonly files: { readonly json: string; readonly page: string }
}

const pointFile = z.object({ identity: z.string(), id: z.string(), result: z.unknown() })
const studyFile = z.object({ study: z.string(), identity: z.record(z.string(), z.unknown()) })

/** @throws ErratumError BadInput where the folder holds a study of another identity; Cancelled; Unwritable */
export async function runSweep<R, F = undefined>(
  out: string,
  sweep: Sweep<R, F>,
  hooks: SweepHooks = {}
): Promise<SweepResult<R, F>> {
  const { name: study, identity } = sweep
  const files = { json: join(out, 'study.json'), page: join(out, 'index.html') }
  const folder = join(out, 'points')
  const seal = sha256(JSON.stringify([study, identity]))
  refusingDisk(folder, () => mkdirSync(folder, { recursive: true }))
  checkSame(files.json, seal)
  const known = knownPoints<R>(folder, seal)
  const points: Point<R>[] = []
  const publish = (): F => {
    // A sweep without figures has `undefined` for F.
    const figures = sweep.figures?.(points) as F
    write(files.json, JSON.stringify({ study, identity, figures, points }, null, 2))
    write(files.page, studyPage(sweep.page(points, figures), identity, points.length, sweep.points.length))
    return figures
  }
  let figures = publish()
  for (const id of sweep.points) {
    if (hooks.signal?.aborted)
      throw new ErratumError('Cancelled', 'The study was stopped; run again, it goes on where it was.')
    const found = known.get(id)
    const point = found ?? { id, result: await sweep.measure(id) }
    if (!found) write(join(folder, `${id}.json`), JSON.stringify({ identity: seal, ...point }))
    points.push(point)
    figures = publish()
    hooks.onPoint?.(id, points.length, sweep.points.length, found !== undefined)
  }
  return { study, identity, ...(figures === undefined ? {} : { figures }), points, files }
}

function checkSame(file: string, seal: string): void {
  if (!existsSync(file)) return
  const read = studyFile.safeParse(parsed(readFileSync(file, 'utf8')))
  if (read.success && sha256(JSON.stringify([read.data.study, read.data.identity])) === seal) return
  throw new ErratumError('BadInput', `${file} is a study of another kind, model, data or setting.`, {
    file,
    field: 'out',
    cure: 'Give another folder, or empty this one.'
  })
}

/** A point that was being written when the machine stopped, or was measured under another identity, is measured again. */
function knownPoints<R>(folder: string, seal: string): Map<string, Point<R>> {
  const known = new Map<string, Point<R>>()
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.json'))) {
    const point = pointFile.safeParse(parsed(readFileSync(join(folder, name), 'utf8')))
    if (!point.success || point.data.identity !== seal) continue
    known.set(point.data.id, { id: point.data.id, result: point.data.result as R })
  }
  return known
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whole or not at all. */
function write(file: string, text: string): void {
  refusingDisk(file, () => {
    const partial = partialName(file)
    writeFileSync(partial, text + '\n', { flag: 'wx' })
    renameSync(partial, file)
  })
}

function refusingDisk(place: string, action: () => void): void {
  try {
    action()
  } catch (error) {
    throw asUnwritable(place, error)
  }
}
