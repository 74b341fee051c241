/**
 * What `JSON.parse` found wrong, without the piece of the text that it quotes: a path that was typed wrong may be that of
 * any file, whose content is nobody's business.
 */
export function jsonReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^Unexpected token .*? is not valid JSON$/su, 'it has an unexpected character')
}
