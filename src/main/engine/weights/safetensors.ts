/**
 * The safetensors format: u64 little-endian length of the header, the header as JSON, the data. A header is read and
 * checked without touching the data, so that weights can be mapped straight from the user's own file.
 */
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { ErratumError } from '../../../contract/errors.ts'
import { jsonReason } from '../../../contract/json-reason.ts'
import type { Tensor } from '../tensor.ts'

const LARGEST_HEADER_BYTES = 25_000_000
const LENGTH_BYTES = 8
const CHUNK_BYTES = 4 << 20

const BYTES_OF = {
  F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1,
  I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1
} as const // prettier-ignore

export type StoredDType = keyof typeof BYTES_OF

/** Where a tensor's bytes lie: `byteLength` bytes from `offset` on, counted from the start of `file`. */
export interface TensorLocation {
  readonly file: string
  readonly dtype: StoredDType
  readonly shape: readonly number[]
  readonly offset: number
  readonly byteLength: number
}

export interface SafetensorsHeader {
  readonly file: string
  readonly byteLength: number
  readonly tensors: ReadonlyMap<string, TensorLocation>
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Reads and checks the header of a safetensors file.
 * @throws ErratumError `BadFile` where the file cannot be what it says, `NotFound` where there is none
 */
export function readSafetensorsHeader(file: string): SafetensorsHeader {
  const handle = openToRead(file)
  try {
    const fileBytes = fstatSync(handle).size
    if (fileBytes < LENGTH_BYTES) throw bad(file, `it is ${fileBytes} bytes long, too short for a header`)
    const headerBytes = Number(readBytes(handle, file, 0, LENGTH_BYTES).readBigUInt64LE(0))
    if (headerBytes > LARGEST_HEADER_BYTES)
      throw bad(file, `its header claims ${headerBytes} bytes, more than the ${LARGEST_HEADER_BYTES} allowed`)
    const dataStart = LENGTH_BYTES + headerBytes
    if (dataStart > fileBytes)
      throw bad(file, `its header claims ${headerBytes} bytes and the file ends after ${fileBytes}`)
    const header = parseHeader(file, readBytes(handle, file, LENGTH_BYTES, headerBytes))
    const tensors = new Map<string, TensorLocation>()
    for (const [name, entry] of Object.entries(header))
      if (name !== '__metadata__') tensors.set(name, locate(file, name, entry, dataStart, fileBytes))
    refuseOverlaps(file, tensors)
    return { file, byteLength: fileBytes, tensors, metadata: parseMetadata(file, header.__metadata__) }
  } finally {
    closeSync(handle)
  }
}

/**
 * Reads one tensor into memory, in the shape of its location.
 * @throws ErratumError `BadFile` for a dtype other than F32 and I32, or a file that has become shorter
 */
export function readTensor(location: TensorLocation): Tensor {
  const { file, dtype, shape, offset, byteLength } = location
  if (dtype !== 'F32' && dtype !== 'I32') throw bad(file, `a tensor is stored as ${dtype} and F32 or I32 is due`)
  const bytes = new Uint8Array(byteLength)
  const handle = openToRead(file)
  try {
    fill(handle, file, offset, bytes)
  } finally {
    closeSync(handle)
  }
  return dtype === 'F32'
    ? { dtype: 'float32', shape, data: new Float32Array(bytes.buffer) }
    : { dtype: 'int32', shape, data: new Int32Array(bytes.buffer) }
}

export interface WriteOptions {
  /** Returns only when the disk has the bytes (default: false; the caller decides what is a commit). */
  fsync?: boolean
}

/** Writes tensors by name; the same tensors always give the same bytes. The data begin at a multiple of 8 bytes. */
export function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
  { fsync = false }: WriteOptions = {}
): void {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  const named = Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1))
  let end = 0
  for (const [name, { dtype, shape, data }] of named) {
    if (data.length !== elements(shape))
      throw new ErratumError(
        'BadInput',
        `Tensor ${name} has ${data.length} values and its shape is [${shape.join(', ')}].`
      )
    const begin = end
    end += data.byteLength
    header[name] = { dtype: dtype === 'float32' ? 'F32' : 'I32', shape, data_offsets: [begin, end] }
  }
  const text = headerOf(header)
  const handle = openSync(file, 'w')
  try {
    let position = 0
    for (const part of [lengthOf(text), text, ...named.map(([, { data }]) => data)])
      position = writeAt(handle, part, position)
    if (fsync) fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/**
 * Copies a file with other names for its tensors: what the header says else, and every byte of the data, stays.
 * @returns by how many bytes the data begin later in the copy
 */
export function copyRenamed(from: string, to: string, rename: (name: string) => string): number {
  const source = openToRead(from)
  try {
    const fileBytes = fstatSync(source).size
    const headerBytes = Number(readBytes(source, from, 0, LENGTH_BYTES).readBigUInt64LE(0))
    const written = readBytes(source, from, LENGTH_BYTES, headerBytes)
    const header = parseHeader(from, written)
    const renamed = Object.keys(header).every((name) => name === '__metadata__' || rename(name) === name)
      ? written
      : headerOf(Object.fromEntries(Object.entries(header).map(([name, entry]) => [name === '__metadata__' ? name : rename(name), entry]))) // prettier-ignore
    const target = openSync(to, 'wx')
    try {
      let end = 0
      for (const part of [lengthOf(renamed), renamed]) end = writeAt(target, part, end)
      const shift = renamed.length - headerBytes
      const chunk = new Uint8Array(CHUNK_BYTES)
      for (let position = LENGTH_BYTES + headerBytes; position < fileBytes; position += CHUNK_BYTES) {
        const bytes = chunk.subarray(0, Math.min(CHUNK_BYTES, fileBytes - position))
        fill(source, from, position, bytes)
        writeAt(target, bytes, position + shift)
      }
      return shift
    } finally {
      closeSync(target)
    }
  } finally {
    closeSync(source)
  }
}

/** The error of a file that is not what it should be: names the file, the reason and what to do. */
export function bad(file: string, reason: string, cure = 'Download or export the file again.'): ErratumError {
  return new ErratumError('BadFile', `${file} cannot be used: ${reason}.`, { file, cure })
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

function parseHeader(file: string, bytes: Buffer): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw bad(file, `its header is not JSON (${jsonReason(error)})`, 'Check that it is a safetensors file.')
  }
  if (!isRecord(header)) throw bad(file, 'its header is not a JSON object', 'Check that it is a safetensors file.')
  return header
}

function parseMetadata(file: string, metadata: unknown): Record<string, string> {
  if (metadata === undefined || metadata === null) return {}
  if (!isRecord(metadata)) throw bad(file, 'its __metadata__ is not a record of texts')
  for (const [name, value] of Object.entries(metadata))
    if (typeof value !== 'string') throw bad(file, `its metadata ${name} is not a text`)
  return metadata as Record<string, string>
}

function locate(file: string, name: string, entry: unknown, dataStart: number, fileBytes: number): TensorLocation {
  if (!isRecord(entry)) throw bad(file, `tensor ${name} has no description`)
  const { dtype, shape, data_offsets: range } = entry
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES_OF, dtype))
    throw bad(file, `tensor ${name} has the unknown dtype ${JSON.stringify(dtype)}`, 'Export the model as float32.')
  if (!isSizes(shape)) throw bad(file, `tensor ${name} has no valid shape`)
  if (!isSizes(range) || range.length !== 2) throw bad(file, `tensor ${name} has no valid data_offsets`)
  const [begin, end] = range as [number, number]
  if (begin > end || dataStart + end > fileBytes)
    throw bad(
      file,
      `tensor ${name} lies at bytes ${begin} to ${end} of ${fileBytes - dataStart}; the file is cut off or damaged`
    )
  const due = elements(shape) * BYTES_OF[dtype as StoredDType]
  if (end - begin !== due)
    throw bad(file, `tensor ${name} has ${end - begin} bytes and [${shape.join(', ')}] of ${dtype} takes ${due}`)
  return { file, dtype: dtype as StoredDType, shape, offset: dataStart + begin, byteLength: due }
}

function refuseOverlaps(file: string, tensors: ReadonlyMap<string, TensorLocation>): void {
  const byOffset = [...tensors].filter(([, t]) => t.byteLength > 0).sort(([, a], [, b]) => a.offset - b.offset)
  for (let i = 1; i < byOffset.length; i++) {
    const [left, { offset, byteLength }] = byOffset[i - 1]
    const [right, next] = byOffset[i]
    if (offset + byteLength > next.offset) throw bad(file, `tensors ${left} and ${right} overlap`)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)
}

/** @throws ErratumError `NotFound`, or `BadFile` for what is no regular file */
export function openToRead(file: string): number {
  let handle: number
  try {
    // Without O_NONBLOCK (Windows has none), opening a pipe waits for whoever writes into it.
    handle = openSync(file, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new ErratumError('NotFound', `There is no file ${file}.`, { file, cure: 'Check the path of the folder.' })
  }
  if (fstatSync(handle).isFile()) return handle
  closeSync(handle)
  throw bad(file, 'it is not a regular file')
}

function readBytes(handle: number, file: string, position: number, count: number): Buffer {
  const bytes = Buffer.alloc(count)
  fill(handle, file, position, bytes)
  return bytes
}

/** Fills `bytes` from `position` on; one read call gives 2 GB at most. */
export function fill(handle: number, file: string, position: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const count = readSync(handle, bytes, done, Math.min(bytes.length - done, 1 << 30), position + done)
    if (count === 0) throw bad(file, `it ends after ${position + done} bytes`)
    done += count
  }
}

/** Writes all of `part` from `position` on; one write call takes 2 GB at most. @returns where it ends */
export function writeAt(handle: number, part: NodeJS.ArrayBufferView, position: number): number {
  const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
  for (let done = 0; done < bytes.length;)
    done += writeSync(handle, bytes, done, Math.min(bytes.length - done, 1 << 30), position + done)
  return position + bytes.length
}

/** As bytes, filled up with spaces to a multiple of 8. */
function headerOf(header: Readonly<Record<string, unknown>>): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ')
  json.copy(padded)
  return padded
}

function lengthOf(header: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeBigUInt64LE(BigInt(header.length))
  return length
}
