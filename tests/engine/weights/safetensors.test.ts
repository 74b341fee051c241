import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErratumError } from '../../../src/contract/errors.ts'
import { readSafetensorsHeader, readTensor, writeSafetensors } from '../../../src/main/engine/weights/safetensors.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'erratum-safetensors-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** A file made by hand, so that reader and writer are not each other's only witness. */
function file(header: unknown, dataBytes: number, claimed?: bigint): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(claimed ?? BigInt(json.length))
  const path = join(folder, `${Math.random().toString(36).slice(2)}.safetensors`)
  writeFileSync(path, Buffer.concat([length, json, Buffer.alloc(dataBytes)]))
  return path
}

describe('reading', () => {
  it('reads what Python wrote: names, shapes, values, metadata', () => {
    const { tensors, metadata } = readSafetensorsHeader(join(import.meta.dirname, 'golden/by-python.safetensors'))
    expect(metadata).toEqual({ format: 'pt', name: 'naïve' })
    expect([...tensors.keys()].sort()).toEqual(['empty', 'half', 'ids', 'matrix', 'scalar'])
    const matrix = readTensor(tensors.get('matrix')!)
    expect(matrix.shape).toEqual([3, 4])
    expect([...matrix.data]).toEqual([-0.5, -0.375, -0.25, -0.125, 0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875])
    expect(readTensor(tensors.get('ids')!)).toEqual({
      dtype: 'int32',
      shape: [3],
      data: Int32Array.of(1, -2, 2147483647)
    })
    expect(readTensor(tensors.get('scalar')!)).toEqual({ dtype: 'float32', shape: [], data: Float32Array.of(1.5) })
    expect(readTensor(tensors.get('empty')!).data).toHaveLength(0)
    expect(tensors.get('half')).toMatchObject({ dtype: 'F16', byteLength: 8 })
    expect(() => readTensor(tensors.get('half')!)).toThrow(/stored as F16 and F32 or I32 is due/)
  })

  it('gives places counted from the start of the file, whatever the header’s length', () => {
    const header = '{"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}} '
    const { tensors } = readSafetensorsHeader(file(header, 12))
    expect(tensors.get('x')).toMatchObject({ offset: 8 + header.length + 4, byteLength: 8, shape: [2], dtype: 'F32' })
  })

  const one = (fields: object): object => ({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } })
  const refused: [string, () => string, RegExp][] = [
    [
      'an empty file',
      () => {
        const path = join(folder, 'empty')
        writeFileSync(path, '')
        return path
      },
      /0 bytes long/
    ],
    ['a header over 25 MB', () => file('{}', 0, 25_000_001n), /25000001 bytes, more than/],
    ['a header of 2^63 bytes', () => file('{}', 0, 2n ** 63n), /more than/],
    ['a header cut off', () => file('{}', 0, 100n), /claims 100 bytes and the file ends after 10/],
    ['a header that is not JSON', () => file('{"x":', 8), /not JSON/],
    ['a header that is no object', () => file('[]', 8), /not a JSON object/],
    ['an entry that is no object', () => file({ x: 3 }, 8), /tensor x has no description/],
    ['an unknown dtype', () => file(one({ dtype: 'F31' }), 8), /unknown dtype "F31"/],
    ['a dtype of the prototype', () => file(one({ dtype: 'toString' }), 8), /unknown dtype/],
    ['a negative size', () => file(one({ shape: [-2] }), 8), /no valid shape/],
    ['a size that is no whole number', () => file(one({ shape: [0.5, 4] }), 8), /no valid shape/],
    ['data_offsets of one number', () => file(one({ data_offsets: [0] }), 8), /no valid data_offsets/],
    ['a range that runs backwards', () => file(one({ data_offsets: [8, 0] }), 8), /bytes 8 to 0/],
    ['a range out of bounds', () => file(one({ data_offsets: [4, 12] }), 8), /cut off or damaged/],
    ['a truncated file', () => file(one({}), 7), /bytes 0 to 8 of 7/],
    ['a range that is not shape x dtype', () => file(one({ shape: [3] }), 12), /has 8 bytes and \[3\] of F32 takes 12/],
    [
      'overlapping ranges',
      () => file({ ...one({}), y: { dtype: 'U8', shape: [4], data_offsets: [7, 11] } }, 11),
      /x and y overlap/
    ],
    ['metadata that is no text', () => file({ __metadata__: { a: 1 } }, 0), /metadata a is not a text/]
  ]
  it.each(refused)('refuses %s, naming the file and a cure', (_, make, reason) => {
    const path = make()
    let thrown: unknown
    try {
      readSafetensorsHeader(path)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(ErratumError)
    const { code, message, details } = thrown as ErratumError
    expect(code).toBe('BadFile')
    expect(message).toMatch(reason)
    expect(details.file).toBe(path)
    expect(details.cure).toBeTruthy()
  })

  it('accepts touching ranges and empty tensors inside them', () => {
    const header = {
      ...one({}),
      y: { dtype: 'U8', shape: [4], data_offsets: [8, 12] },
      z: { dtype: 'F32', shape: [0], data_offsets: [4, 4] }
    }
    expect(readSafetensorsHeader(file(header, 12)).tensors.size).toBe(3)
  })

  it('says that a file is not there', () => {
    expect(() => readSafetensorsHeader(join(folder, 'nowhere'))).toThrow(expect.objectContaining({ code: 'NotFound' }))
  })
})

describe('writing', () => {
  const tensors = {
    b: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, -2, 3.5, 1e-30) },
    a: { dtype: 'int32', shape: [3], data: Int32Array.of(7, 8, -9) }
  } as const

  it('puts the length, the header and the data where the format wants them', () => {
    const path = join(folder, 'written.safetensors')
    writeSafetensors(path, tensors, { made: 'here' }, { fsync: true })
    const bytes = readFileSync(path)
    const headerBytes = Number(bytes.readBigUInt64LE(0))
    expect(headerBytes % 8).toBe(0)
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes))).toEqual({
      __metadata__: { made: 'here' },
      a: { dtype: 'I32', shape: [3], data_offsets: [0, 12] },
      b: { dtype: 'F32', shape: [2, 2], data_offsets: [12, 28] }
    })
    expect(bytes.length).toBe(8 + headerBytes + 28)
    expect(bytes.readInt32LE(8 + headerBytes + 8)).toBe(-9)
    expect(bytes.readFloatLE(8 + headerBytes + 12 + 8)).toBe(3.5)
  })

  it('is read back as it was, from a view into a larger array too', () => {
    const path = join(folder, 'view.safetensors')
    const data = Float32Array.of(9, 9, 4, 5, 6).subarray(2)
    writeSafetensors(path, { view: { dtype: 'float32', shape: [3], data } })
    const { tensors: read, metadata } = readSafetensorsHeader(path)
    expect(metadata).toEqual({})
    expect([...readTensor(read.get('view')!).data]).toEqual([4, 5, 6])
  })

  it('refuses values that do not fill the shape', () => {
    const wrong = { x: { dtype: 'float32', shape: [3], data: new Float32Array(2) } } as const
    expect(() => writeSafetensors(join(folder, 'wrong'), wrong)).toThrow(expect.objectContaining({ code: 'BadInput' }))
  })
})
