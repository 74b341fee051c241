/**
 * GPT-2's byte alphabet: every byte has one printable character that stands for it in the vocabulary. Bytes that are
 * printable in Latin-1 stand for themselves; the other 68 take the code points from 256 on, in order.
 */
function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
}

/** [256]: the character that stands for each byte */
export const CHARACTER_OF_BYTE: readonly string[] = (() => {
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++))
})()

const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(
  CHARACTER_OF_BYTE.map((character, byte) => [character, byte])
)

/** The bytes that a vocabulary entry stands for; null where it holds a character outside the alphabet. */
export function bytesOfEntry(entry: string): Uint8Array | null {
  const bytes = new Uint8Array(entry.length)
  for (let i = 0; i < entry.length; i++) {
    const byte = BYTE_OF_CHARACTER.get(entry[i])
    if (byte === undefined) return null
    bytes[i] = byte
  }
  return bytes
}
