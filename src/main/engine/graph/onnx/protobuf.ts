/** The part of protobuf's wire format that ONNX files need: varints, fixed 32-bit floats, length-delimited fields. */
const VARINT = 0
const DELIMITED = 2
const FIXED32 = 5

const text = new TextEncoder()

export class ProtobufWriter {
  private readonly parts: Uint8Array[] = []
  private byteLength = 0

  integer(field: number, value: number): this {
    this.varint((field << 3) | VARINT)
    return this.varint(value)
  }

  float(field: number, value: number): this {
    this.varint((field << 3) | FIXED32)
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.raw(bytes)
  }

  bytes(field: number, value: Uint8Array): this {
    this.varint((field << 3) | DELIMITED)
    this.varint(value.length)
    return this.raw(value)
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value))
  }

  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish())
  }

  finish(): Uint8Array {
    const joined = new Uint8Array(this.byteLength)
    let offset = 0
    for (const part of this.parts) {
      joined.set(part, offset)
      offset += part.length
    }
    return joined
  }

  /** Negative numbers are written as 64-bit two's complement, as protobuf's int64 is. */
  private varint(value: number): this {
    let rest = BigInt.asUintN(64, BigInt(value))
    const bytes: number[] = []
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    return this.raw(Uint8Array.from(bytes))
  }

  private raw(bytes: Uint8Array): this {
    this.parts.push(bytes)
    this.byteLength += bytes.length
    return this
  }
}
