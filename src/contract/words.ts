/** Words that go with a number, wherever one is told: in the window, on the command line, in errors and summaries. */

/**
 * A number with its noun: "1 passage", "2 passages", "1,204 passages".
 * @param many where it is not `one` with an s
 */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${agree(n, one, many)}`
}

/** The one of two words that goes with a number: "is" or "are", "it" or "them". */
export function agree(n: number, one: string, many: string): string {
  return n === 1 ? one : many
}
