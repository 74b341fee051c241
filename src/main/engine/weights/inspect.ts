/** One pass over a weight file: its sha256, and whether every float32 in it is a number. */
import { createHash } from 'node:crypto'
import { closeSync } from 'node:fs'
import { bad, fill, openToRead } from './safetensors.ts'
import type { SafetensorsHeader } from './safetensors.ts'

const CHUNK_BYTES = 4 << 20
/** All exponent bits set: NaN or an infinity. */
const EXPONENT = 0x7f800000

/**
 * @param isUsed which tensors must be finite (an old mask of -Infinity that nobody reads does no harm)
 * @returns the file's sha256 in hex
 * @throws ErratumError `BadFile` naming the first tensor that holds a NaN or an infinity
 */
export async function inspectWeights(
  { file, byteLength, tensors }: SafetensorsHeader,
  isUsed: (name: string) => boolean
): Promise<string> {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(CHUNK_BYTES)
  const words = new Uint32Array(buffer.buffer)
  const handle = openToRead(file)
  try {
    const pass = async (from: number, to: number, tensor: string | null): Promise<void> => {
      for (let position = from; position < to; position += CHUNK_BYTES) {
        const chunk = buffer.subarray(0, Math.min(CHUNK_BYTES, to - position))
        fill(handle, file, position, chunk)
        hash.update(chunk)
        // Each chunk starts at a value's first byte, wherever in the file that lies: the view is aligned.
        if (tensor !== null && hasNonFinite(words, chunk.length / 4))
          throw bad(file, `tensor ${tensor} holds values that are not finite numbers`)
        await new Promise(setImmediate) // gigabytes pass here: whoever shares this thread gets its turn
      }
    }
    let position = 0
    for (const [name, tensor] of [...tensors].sort(([, a], [, b]) => a.offset - b.offset)) {
      await pass(position, tensor.offset, null)
      position = tensor.offset + tensor.byteLength
      await pass(tensor.offset, position, tensor.dtype === 'F32' && isUsed(name) ? name : null)
    }
    await pass(position, byteLength, null)
  } finally {
    closeSync(handle)
  }
  return hash.digest('hex')
}

function hasNonFinite(words: Uint32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if ((words[i] & EXPONENT) === EXPONENT) return true
  return false
}
