/** Figures as they are read: few digits, with their unit. */

/** Three significant digits; large ones whole. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'not measured'
  const magnitude = Math.abs(value)
  if (magnitude >= 1000) return value.toLocaleString('en', { maximumFractionDigits: 0 })
  if (magnitude >= 100) return value.toFixed(0)
  if (magnitude >= 10) return value.toFixed(1)
  return value.toFixed(2)
}

export function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s left`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s left`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min left`
}

/** A duration in its largest units, as `about` would be followed by it. */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.round(whole / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A moment as it is told everywhere in the window: "Nov 27, 2026, 11:14 PM". @param ms since 1970 */
export function moment(ms: number): string {
  return new Date(ms).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })
}
