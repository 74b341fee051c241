/** The messages of onnx.proto that a graph needs; the numbers are its field numbers. */
import type { OnnxAttribute } from '../operator.ts'
import type { Shape } from '../shape.ts'
import { ProtobufWriter } from './protobuf.ts'

/** TensorProto.DataType */
export const ONNX_TYPES = { float32: 1, int32: 6, int64: 7, float16: 10, bfloat16: 16 } as const
export type OnnxType = keyof typeof ONNX_TYPES

const IR_VERSION = 9
/** Gelu came with 20. */
const OPSET = 20

export function attributeMessage(name: string, value: OnnxAttribute): ProtobufWriter {
  const message = new ProtobufWriter().string(1, name)
  if (typeof value === 'string') return message.string(4, value).integer(20, 3)
  if (typeof value === 'number') return message.integer(3, value).integer(20, 2)
  if ('float' in value) return message.float(2, value.float).integer(20, 1)
  for (const item of value) message.integer(8, item)
  return message.integer(20, 7)
}

export function nodeMessage(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, OnnxAttribute>> = {}
): ProtobufWriter {
  const message = new ProtobufWriter()
  for (const name of inputs) message.string(1, name)
  for (const name of outputs) message.string(2, name)
  message.string(3, `${type}:${outputs[0] ?? ''}`).string(4, type)
  for (const [name, value] of Object.entries(attributes)) message.message(5, attributeMessage(name, value))
  return message
}

function tensorHead(name: string, type: OnnxType, shape: readonly number[]): ProtobufWriter {
  const message = new ProtobufWriter()
  for (const size of shape) message.integer(1, size)
  return message.integer(2, ONNX_TYPES[type]).string(8, name)
}

/** A tensor whose bytes (little-endian) stand in the model itself. */
export const inlineTensor = (
  name: string,
  type: OnnxType,
  shape: readonly number[],
  bytes: Uint8Array
): ProtobufWriter => tensorHead(name, type, shape).bytes(9, bytes)

/** A tensor whose bytes stand in a file beside: `file` is relative to the folder that the session is told. */
export function externalTensor(
  name: string,
  type: OnnxType,
  shape: readonly number[],
  where: { file: string; offset: number; byteLength: number }
): ProtobufWriter {
  const message = tensorHead(name, type, shape)
  const entries = { location: where.file, offset: String(where.offset), length: String(where.byteLength) }
  for (const [key, value] of Object.entries(entries))
    message.message(13, new ProtobufWriter().string(1, key).string(2, value))
  return message.integer(14, 1) // data_location = EXTERNAL
}

/** The declaration of an input or output; symbolic sizes go by name. */
export function valueInfo(name: string, type: OnnxType, shape: Shape): ProtobufWriter {
  const dims = new ProtobufWriter()
  for (const dim of shape)
    dims.message(
      1,
      typeof dim === 'number' ? new ProtobufWriter().integer(1, dim) : new ProtobufWriter().string(2, dim)
    )
  const tensor = new ProtobufWriter().integer(1, ONNX_TYPES[type]).message(2, dims)
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensor))
}

export interface ModelParts {
  nodes: readonly ProtobufWriter[]
  initializers: readonly ProtobufWriter[]
  inputs: readonly ProtobufWriter[]
  outputs: readonly ProtobufWriter[]
}

/** The bytes of a whole ONNX model. */
export function modelBytes({ nodes, initializers, inputs, outputs }: ModelParts): Uint8Array {
  const graph = new ProtobufWriter()
  for (const node of nodes) graph.message(1, node)
  graph.string(2, 'erratum')
  for (const tensor of initializers) graph.message(5, tensor)
  for (const info of inputs) graph.message(11, info)
  for (const info of outputs) graph.message(12, info)
  const opset = new ProtobufWriter().string(1, '').integer(2, OPSET)
  return new ProtobufWriter().integer(1, IR_VERSION).message(7, graph).message(8, opset).finish()
}
