/** Wire format, against the examples of protobuf's own documentation. */
import { expect, it } from 'vitest'
import { ProtobufWriter } from '../../../../src/main/engine/graph/onnx/protobuf.ts'

const hex = (writer: ProtobufWriter): string => Buffer.from(writer.finish()).toString('hex')

it('writes varints, strings, embedded messages and floats', () => {
  expect(hex(new ProtobufWriter().integer(1, 150))).toBe('089601')
  expect(hex(new ProtobufWriter().string(2, 'testing'))).toBe('120774657374696e67')
  expect(hex(new ProtobufWriter().message(3, new ProtobufWriter().integer(1, 150)))).toBe('1a03089601')
  expect(hex(new ProtobufWriter().float(4, 1))).toBe('250000803f')
})

it("writes negative numbers as 64-bit two's complement, and lengths and offsets beyond 32 bits", () => {
  expect(hex(new ProtobufWriter().integer(1, -2))).toBe('08feffffffffffffffff01')
  expect(hex(new ProtobufWriter().integer(1, 2 ** 35))).toBe('08808080808001')
})

it('writes field numbers above 15 with two bytes', () => {
  expect(hex(new ProtobufWriter().integer(20, 7))).toBe('a00107')
})
