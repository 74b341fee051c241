/** Figures and text as a study's page shows them. */

/** A number with four significant digits, or as many as a whole one has. */
export function shown(cell: string | number | null): string {
  if (cell === null) return 'not measured'
  if (typeof cell === 'string') return cell
  if (Number.isInteger(cell)) return String(cell)
  return Math.abs(cell) >= 1e5 || Math.abs(cell) < 1e-3 ? cell.toExponential(2) : String(Number(cell.toPrecision(4)))
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
