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
  const flush = (): void => {
    if (removed !== '') runs.push({ text: removed, kind: 'removed' })
    if (added !== '') runs.push({ text: added, kind: 'added' })
    removed = added = ''
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
      runs.push({ text: change.value, kind: 'same' })
    }
  })
  flush()
  return runs
}
