/** The keys: one table for what they do and for the list under `?`. */
import { MARKS } from './marks.ts'
import type { Queue } from './queue.svelte.ts'
import type { Reading } from './reading.svelte.ts'

export interface KeyHelp {
  keys: readonly string[]
  /** keys of one line are alternatives, or are pressed together */
  together?: boolean
  does: string
}

export const KEY_GROUPS: readonly { title: string; lines: readonly KeyHelp[] }[] = [
  {
    title: 'Reading',
    lines: [
      { keys: ['J', 'K'], does: 'next and previous sentence' },
      { keys: ['Alt', '↓'], together: true, does: 'next passage' },
      { keys: ['Alt', '↑'], together: true, does: 'previous passage' },
      { keys: ['S'], does: 'show where to look: scores beside the sentences' },
      { keys: ['M'], does: 'the model’s view: off, untouched, edited, difference' },
      { keys: ['←', '→'], does: 'in the model’s view: walk through the words' },
      { keys: ['/'], does: 'find a name' },
      { keys: ['Esc'], does: 'leave the correction, then the sentence' }
    ]
  },
  {
    title: 'Marking and correcting',
    lines: [
      { keys: ['1', '2', '3'], does: 'mark it accurate, minor, major' },
      { keys: ['0'], does: 'clear the mark' },
      { keys: ['A'], does: 'mark all the rest of the passage accurate' },
      { keys: ['E'], does: 'edit the correction' },
      { keys: ['Ctrl', 'Enter'], together: true, does: 'accept the correction; in Train: train what is chosen' }
    ]
  },
  {
    title: 'Views',
    lines: [
      { keys: ['N'], does: 'new passages' },
      { keys: ['R'], does: 'review' },
      { keys: ['T'], does: 'what waits to be trained' },
      { keys: ['C'], does: 'compare approved and written' },
      { keys: ['?'], does: 'these keys' }
    ]
  }
]

export interface KeyTargets {
  reading: Reading
  queue: Queue
  showKeys: () => void
}

/** Acts on a key; what is typed into a field belongs to the field, but for the keys that walk passages. */
export function onKey(event: KeyboardEvent, targets: KeyTargets): void {
  if (event.defaultPrevented || (event.target instanceof Element && event.target.closest('dialog'))) return
  const act = chordOf(event, targets) ?? bareOf(event, targets)
  if (!act) return
  event.preventDefault()
  act()
}

type Act = (() => void) | null

function chordOf(event: KeyboardEvent, { reading, queue }: KeyTargets): Act {
  if (reading.view === 'train' && event.key === 'Enter' && (event.ctrlKey || event.metaKey))
    return () => void queue.train()
  if (!event.altKey || event.ctrlKey || event.metaKey || reading.view !== 'review') return null
  if (event.key === 'ArrowDown') return () => reading.walkPassages(1)
  if (event.key === 'ArrowUp') return () => reading.walkPassages(-1)
  return null
}

function bareOf(event: KeyboardEvent, targets: KeyTargets): Act {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  if (event.target instanceof Element && event.target.closest('input, textarea, select')) return null
  const { reading } = targets
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  switch (key) {
    case '?':
      return targets.showKeys
    case 'n':
      return () => reading.go('write')
    case 'r':
      return () => reading.go('review')
    case 't':
      return () => reading.go('train')
    case 'c':
      return () => reading.go('compare')
    default:
      return reading.view === 'review' ? reviewKey(key, reading) : null
  }
}

function reviewKey(key: string, reading: Reading): Act {
  if (key === 'j') return () => reading.walk(1)
  if (key === 'k') return () => reading.walk(-1)
  if (key === '/') return () => document.getElementById('find-passage')?.focus()
  if (key === 's') return () => (reading.showsScores = !reading.showsScores)
  if (key === 'm') return () => reading.model.next()
  if (key === 'a') return () => void reading.markRestAccurate()
  if (!reading.sentence) return null
  const mark = MARKS.find((m) => m.key === key)
  if (mark) return () => void reading.mark(mark.mark)
  if (key === '0') return () => void reading.mark(null)
  if (key === 'e') return () => reading.edit()
  if (key === 'Escape') return () => reading.focus(null)
  return null
}
