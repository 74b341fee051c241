/** What the contract's export methods do: what the open session holds, written in the formats of the field as a job. */
import { existsSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import type { Handlers } from '../../../contract/contract.ts'
import { ErratumError } from '../../../contract/errors.ts'
import type { ExportFormat } from '../../../contract/types.ts'
import type { Jobs } from '../jobs.ts'
import { homeFolder } from '../places.ts'
import type { Desk } from '../review/writing-passages.ts'
import { exportSession } from './export-session.ts'
import { refuseTaken } from './new-output.ts'
import { toldExport } from './told-export.ts'

/** What the name of an export ends with, so that several of a session lie side by side. */
const ENDINGS: Record<ExportFormat, string> = {
  edits: ' edits.jsonl',
  pairs: ' pairs.json',
  easyedit: ' easyedit.json',
  'easyedit-records': ' easyedit-records.json',
  zsre: ' zsre.json',
  'zsre-structured': ' zsre-structured.jsonl',
  counterfact: ' counterfact.json',
  mquake: ' mquake.json',
  rome: ' rome.json',
  passages: ' passages.jsonl',
  wiki_bio: ' wiki_bio.json',
  'label-studio': ' label-studio.json',
  argilla: ' argilla.json',
  doccano: ' doccano.jsonl',
  marks: ' marks.jsonl',
  peft: ' peft',
  merged: ' merged',
  report: ' report.html'
}

export function exchangeHandlers(
  requireDesk: () => Desk,
  begin: Jobs['start']
): Pick<Handlers, 'export.place' | 'export.start'> {
  return {
    'export.place': ({ format }) => ({ out: freePlace(requireDesk().bench.sessionDir, ENDINGS[format]) }),
    'export.start': ({ format, out, live, measure, blocks }) => {
      const session = requireDesk().bench.sessionDir
      const place = isAbsolute(out) ? out : resolve(exportsFolder(), out)
      refuseTaken(place)
      const options = { session, format, out: place, live, measure, blocks }
      return begin('export', `Exporting ${basename(session)} as ${format}`, async (context) => {
        context.ifCancelled('Cancelled. Nothing was written.')
        const result = await exportSession({ ...options, signal: context.signal }, (what) => context.report(null, what))
        return toldExport(result)
      })
    }
  }
}

const exportsFolder = (): string => join(homeFolder(), 'exports')

/** A place of the session's name in the data folder where nothing lies yet. */
function freePlace(session: string, ending: string): string {
  for (let count = 1; count < 10_000; count++) {
    const place = join(exportsFolder(), `${basename(session)}${count === 1 ? '' : ` ${count}`}${ending}`)
    if (!existsSync(place)) return place
  }
  throw new ErratumError('BadInput', `${exportsFolder()} is full of exports of this session.`, {
    cure: 'Move some of them elsewhere.'
  })
}
