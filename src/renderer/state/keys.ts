/** The keys: one table for what they do and for the list under `?`. */
import { MARKS } from './marks.ts'
import type { Queue } from './queue.svelte.ts'
import type { PassageDeletion } from './passage-deletion.svelte.ts'
import type { Reading } from './reading.svelte.ts'
import type { Steps } from './steps.svelte.ts'

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
      { keys: ['S'], does: 'likely errors: scores beside the sentences' },
      { keys: ['W'], does: 'the next sentence to look at, by its score' },
      { keys: ['M'], does: 'the model’s view: off, untouched, edited, difference' },
      { keys: ['←', '→'], does: 'walk through the words of the sentence' },
      { keys: ['/'], does: 'find a name' },
      { keys: ['Esc'], does: 'leave the correction, then the sentence; over an accepted correction: bring that back' }
    ]
  },
  {
    title: 'Marking and correcting',
    lines: [
      { keys: ['1', '2', '3'], does: 'mark it accurate, minor, major' },
      { keys: ['0'], does: 'clear the mark' },
      { keys: ['A'], does: 'mark all the rest of the passage accurate' },
      { keys: ['B'], does: 'begin a new sentence at the word in focus' },
      { keys: ['G'], does: 'glue the sentence and the next one together' },
      { keys: ['E'], does: 'edit the correction' },
      { keys: ['Ctrl', 'Enter'], together: true, does: 'accept the correction; in Train: train what is chosen' }
    ]
  },
  {
    title: 'Undoing',
    lines: [
      { keys: ['Ctrl', 'Z'], together: true, does: 'undo the last step; a training asks first' },
      { keys: ['Ctrl', 'Shift', 'Z'], together: true, does: 'redo' },
      { keys: ['Delete'], does: 'delete the passage, or those that are selected' },
      { keys: ['H'], does: 'the history of what was done' }
    ]
  },
  {
    title: 'Views',
    lines: [
      { keys: ['N'], does: 'new passages' },
      { keys: ['R'], does: 'review' },
      { keys: ['T'], does: 'what waits to be trained' },
      { keys: ['C'], does: 'compare approved and written' },
      { keys: ['D'], does: 'board: what the edits gained and cost' },
      { keys: ['I'], does: 'index: the keys of the edits, and what a text would fire' },
      { keys: ['L'], does: 'calibration: how near is near enough' },
      { keys: ['?'], does: 'these shortcuts' }
    ]
  }
]

export interface KeyTargets {
  reading: Reading
  queue: Queue
  steps: Steps
  deletion: PassageDeletion
  showKeys: () => void
  showHistory: () => void
}

/** An open dialog keeps the keys, but undo and redo act where the history is open. */
function isForDialog(event: KeyboardEvent, targets: KeyTargets): boolean {
  // Not where the focus is: a button that was just pressed may be disabled now and have lost it.
  const dialog = document.querySelector('dialog[open]')
  return dialog !== null && !(dialog.id === 'history' && chordOf(event, targets) !== null)
}

/** Acts on a key; what is typed into a field belongs to the field, but for the keys that walk passages. */
export function onKey(event: KeyboardEvent, targets: KeyTargets): void {
  if (event.defaultPrevented || isForDialog(event, targets)) return
  const act = chordOf(event, targets) ?? bareOf(event, targets)
  if (!act) return
  event.preventDefault()
  act()
}

type Act = (() => void) | null

const isField = ({ target }: Event): boolean =>
  target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select') !== null

function chordOf(event: KeyboardEvent, { reading, queue, steps }: KeyTargets): Act {
  // In a field these keys are the field's own.
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !isField(event)) {
    const key = event.key.toLowerCase()
    if (key === 'y' || (key === 'z' && event.shiftKey)) return () => void steps.redo()
    if (key === 'z') return () => void steps.undo()
  }
  if (reading.view === 'train' && event.key === 'Enter' && (event.ctrlKey || event.metaKey))
    return () => void queue.train()
  if (!event.altKey || event.ctrlKey || event.metaKey || reading.view !== 'review') return null
  if (event.key === 'ArrowDown') return () => reading.walkPassages(1)
  if (event.key === 'ArrowUp') return () => reading.walkPassages(-1)
  return null
}

function bareOf(event: KeyboardEvent, targets: KeyTargets): Act {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  if (isField(event)) return null
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
    case 'd':
      return () => reading.go('board')
    case 'i':
      return () => reading.go('index')
    case 'l':
      return () => reading.go('calibration')
    case 'h':
      return targets.showHistory
    default:
      if (reading.view !== 'review') return null
      if (key === 'Delete' && reading.passage) return deletionOf(targets.deletion, reading.passage.id)
      return reviewKey(key, reading)
  }
}

/** Of the passages that are chosen in the list, else of the one that is read. */
function deletionOf(deletion: PassageDeletion, passageId: string): Act {
  return () => void deletion.ask(deletion.chosen.size > 0 ? [...deletion.chosen] : [passageId])
}

function reviewKey(key: string, reading: Reading): Act {
  if (key === 'j') return () => reading.walk(1)
  if (key === 'k') return () => reading.walk(-1)
  if (key === '/') return () => document.getElementById('find-passage')?.focus()
  if (key === 's') return () => reading.toggleScores()
  if (key === 'w') return () => reading.walkSuspects()
  if (key === 'm') return () => reading.nextSight()
  if (key === 'a') return () => void reading.markRestAccurate()
  if (!reading.sentence) return null
  const mark = MARKS.find((m) => m.key === key)
  if (mark) return () => void reading.mark(mark.mark)
  if (key === '0') return () => void reading.mark(null)
  if (key === 'e') return () => reading.edit()
  if (key === 'b') return () => void reading.split()
  if (key === 'g') return () => void reading.join()
  if (key === 'Escape') return () => reading.focus(null)
  return null
}
