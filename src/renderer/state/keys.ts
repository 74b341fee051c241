import type { Review } from './review.svelte.ts'
import { MARKS } from './marks.ts'

/** The keys, as the list under `?` shows them. */
export const KEYS: readonly { keys: string[]; does: string }[] = [
  { keys: ['J', 'K'], does: 'next and previous sentence' },
  { keys: ['1', '2', '3'], does: 'mark it accurate, minor, major' },
  { keys: ['0'], does: 'clear the mark' },
  { keys: ['E'], does: 'edit the correction' },
  { keys: ['Ctrl', 'Enter'], does: 'accept the correction' },
  { keys: ['Esc'], does: 'leave the correction, then the sentence' },
  { keys: ['N'], does: 'new passages' },
  { keys: ['?'], does: 'these keys' }
]

/** Acts on a bare key; keys typed into a field, or with a modifier, belong to the field or the system. */
export function onKey(event: KeyboardEvent, review: Review, showKeys: () => void): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  if (event.target instanceof Element && event.target.closest('input, textarea, select, dialog')) return
  const act = actionOf(event.key, review, showKeys)
  if (!act) return
  event.preventDefault()
  act()
}

function actionOf(key: string, review: Review, showKeys: () => void): (() => void) | null {
  const mark = MARKS.find((m) => m.key === key)
  if (mark) return review.sentence ? () => void review.mark(mark.mark) : null
  switch (key) {
    case 'j':
    case 'J':
      return () => review.walk(1)
    case 'k':
    case 'K':
      return () => review.walk(-1)
    case '0':
      return review.sentence ? () => void review.mark(null) : null
    case 'e':
    case 'E':
      return review.sentence ? () => review.edit() : null
    case 'n':
    case 'N':
      return review.phase === 'open' ? () => (review.composing = true) : null
    case 'Escape':
      return review.composing ? () => (review.composing = false) : review.sentence ? () => review.focus(null) : null
    case '?':
      return showKeys
    default:
      return null
  }
}
