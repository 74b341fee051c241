import { diffWordsWithSpace } from 'diff'

export interface WordRun {
  text: string
  kind: 'same' | 'added' | 'removed'
}

/** What becomes of the words: runs that stay, go or come. Neighbouring changes are read as one, not word by word. */
export function wordDiff(before: string, after: string): WordRun[] {
  const runs: WordRun[] = []
  let removed = ''
  let added = ''
  let kept = ''
  const keep = (): void => {
    if (kept !== '') runs.push({ text: kept, kind: 'same' })
    kept = ''
  }
  const flush = (): void => {
    if (removed === '' && added === '') return
    keep()
    // White space that both end with stays; it belongs to no change.
    const space = commonSpace(removed, added)
    const [gone, come] = [removed, added].map((text) => text.slice(0, text.length - space.length))
    if (gone !== '') runs.push({ text: gone, kind: 'removed' })
    if (come !== '') runs.push({ text: come, kind: 'added' })
    removed = added = ''
    kept = space
  }
  const changes = diffWordsWithSpace(before, after)
  changes.forEach((change, i) => {
    const isBetween = (removed !== '' || added !== '') && i + 1 < changes.length
    if (change.removed) removed += change.value
    else if (change.added) added += change.value
    else if (isBetween && change.value.trim() === '') {
      removed += change.value
      added += change.value
    } else {
      flush()
      kept += change.value
    }
  })
  flush()
  keep()
  return runs
}

/** The longest white space with which both texts end. */
function commonSpace(a: string, b: string): string {
  let length = 0
  while (
    length < Math.min(a.length, b.length) &&
    a.at(-1 - length) === b.at(-1 - length) &&
    /\s/.test(a.at(-1 - length)!)
  )
    length++
  return length === 0 ? '' : a.slice(-length)
}
