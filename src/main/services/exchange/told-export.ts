/** What an export came to, in words: a sentence, and what else there is to know of it. */
import { count } from '../../../contract/words.ts'
import type { NotCarried } from '../../formats/loss.ts'
import type { ExportResult } from './export-session.ts'
import type { MergeResult } from './merged-readme.ts'

export interface Told {
  readonly summary: string
  readonly notes: readonly string[]
}

export function toldExport(result: ExportResult): Told {
  const { out } = result
  switch (result.format) {
    case 'peft':
      return {
        summary: `${count(result.blocks, 'block')} and ${count(result.records, 'key')} (${result.index}) of ${count(result.edits, 'edit')} in ${out}.`,
        notes: [`Run it: python ${out}/load.py BASE_MODEL "prompt" [sentences]`]
      }
    case 'merged':
      return {
        summary: `${count(result.blocks.length, 'block')} merged in ${out}.`,
        notes: [result.warning, ...Object.entries(result.perplexity).map(([set, figures]) => ofSet(set, figures))]
      }
    case 'report':
      return {
        summary: `${count(result.edits, 'edit')}, ${result.measured} with figures, in ${out}.`,
        notes: []
      }
    default: {
      const states = Object.entries(result.notInForce).map(([state, n]) => `${n} ${state}`)
      return {
        summary: `${count(result.rows, 'row')} as ${result.format} in ${out}.`,
        notes: [
          ...(states.length > 0 ? [`Of them not in force: ${states.join(', ')}.`] : []),
          ...lossLines(result.notCarried)
        ]
      }
    }
  }
}

/** Ids that are named; the JSON answer of the command line has all. */
const NAMED = 5

export function lossLines(notCarried: readonly NotCarried[]): string[] {
  return notCarried.map(({ field, why, ids }) => {
    const named = ids.slice(0, NAMED).join(', ')
    return `Not carried: ${field} of ${ids.length} (${why}): ${named}${ids.length > NAMED ? ', …' : ''}`
  })
}

function ofSet(set: string, figures: MergeResult['perplexity']['edits']): string {
  if (figures === null) return `${set}: not measured`
  const { n, untouched, routed, merged } = figures
  return `Perplexity of ${set} (${n}): untouched ${shown(untouched)}, routed ${shown(routed)}, merged ${shown(merged)}`
}

const shown = (x: number | null): string => (x === null ? 'not measured' : x >= 100 ? x.toFixed(1) : x.toFixed(3))
