/** Where the person was when they were last seen, beside the journal: nothing is lost with it but the way back. */
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { placeSchema } from '../../contract/types.ts'
import type { PlaceRecord } from '../../contract/types.ts'

export const PLACE_FILE = 'place.json'

/** Null where there is none, or one that cannot be read. */
export function readPlace(folder: string): PlaceRecord | null {
  const file = join(folder, PLACE_FILE)
  try {
    if (!lstatSync(file).isFile()) return null
    return placeSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? null
  } catch {
    return null
  }
}

/** Not waited for by the disk: it is written at every step of the person. */
export async function writePlace(folder: string, place: PlaceRecord): Promise<void> {
  await writeFileAtomic(join(folder, PLACE_FILE), JSON.stringify(place), { fsync: false })
}
