/** The index of a session for the command line: what is on its map, and what a text would fire. */
import { RECORD_STATES } from '../../../contract/index-map.ts'
import type { IndexAnswer, IndexMap } from '../../../contract/index-map.ts'
import { openWorkbench } from '../editing.ts'
import { EMBEDDED_MODEL } from '../model-library.ts'

export interface ShownIndex {
  map: IndexMap
  /** records by what became of them */
  standing: Record<string, number>
  /** null: no text was given */
  answer: IndexAnswer | null
}

/** Under protocol `deployment`. A text needs the session's model, the map does not. */
export async function showIndex(dir: string, text?: string): Promise<ShownIndex> {
  const bench = await openWorkbench({ newModel: EMBEDDED_MODEL, sessionDir: dir, readOnly: true })
  try {
    const map = (await bench.index.map('deployment'))!
    const standing = Object.fromEntries(
      RECORD_STATES.map(
        (name, place) => [name, map.records.standing.filter((s) => s === place).length] as const
      ).filter(([, count]) => count > 0)
    )
    return { map, standing, answer: text === undefined ? null : await bench.index.query('deployment', text, '') }
  } finally {
    await bench.close()
  }
}
