/** A graph as the bytes of an ONNX model whose weights stay in the user's own files. */
import { basename, dirname } from 'node:path'
import { realpathSync } from 'node:fs'
import { ErratumError } from '../../../../contract/errors.ts'
import type { TensorLocation } from '../../weights/safetensors.ts'
import { graphInputs, type Graph, type GraphNode } from '../graph.ts'
import type { OnnxAttribute, OnnxEmitter } from '../operator.ts'
import { operatorNamed } from '../operators/registry.ts'
import type { ConstantAttributes, InputAttributes, WeightAttributes } from '../operators/sources.ts'
import type { Dim, Shape } from '../shape.ts'
import {
  externalTensor,
  inlineTensor,
  modelBytes,
  nodeMessage,
  ONNX_TYPES,
  valueInfo,
  type OnnxType
} from './messages.ts'
import type { ProtobufWriter } from './protobuf.ts'

export interface OnnxModel {
  bytes: Uint8Array
  /** the one folder that holds all weight files, links resolved; null without weights */
  weightFolder: string | null
  /** of the frozen weights that the graph uses */
  weightBytes: number
}

/** A graph's inputs and outputs may share names; in ONNX all names are one space. */
export const onnxInput = (name: string): string => `in:${name}`
export const onnxOutput = (name: string): string => `out:${name}`

const FILE_TYPES: Readonly<Record<string, OnnxType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }

/**
 * Weights in F32 are used where they lie. F16 and BF16 are cast, which costs the executor an fp32 copy of them.
 * @throws ErratumError BadFile for other types, or for shards that lie in different folders.
 */
export function emitOnnx(graph: Graph): OnnxModel {
  const emitter = new Emitter(graph)
  const names: string[] = []
  for (const node of graph.nodes) names.push(emitter.emitNode(node, names, graph))
  for (const [output, index] of Object.entries(graph.outputs))
    emitter.emitOutput(output, names[index], graph.nodes[index])
  return emitter.model()
}

class Emitter implements OnnxEmitter {
  private readonly nodes: ProtobufWriter[] = []
  private readonly initializers = new Map<string, ProtobufWriter>()
  private readonly inputs: ProtobufWriter[] = []
  private readonly outputs: ProtobufWriter[] = []
  /** computed shapes and sizes, by what they are of */
  private readonly shapes = new Map<string, string>()
  /** where a symbol's size is read: an input's axis */
  private readonly symbols = new Map<string, { input: string; axis: number }>()
  private readonly weights = new Map<string, string>()
  private tensors = 0
  private weightFolder: string | null = null
  private weightBytes = 0

  constructor(graph: Graph) {
    for (const { name, shape, dtype } of graphInputs(graph)) {
      this.inputs.push(valueInfo(onnxInput(name), dtype, shape))
      for (const [axis, dim] of shape.entries())
        if (typeof dim === 'string' && !this.symbols.has(dim)) this.symbols.set(dim, { input: onnxInput(name), axis })
    }
  }

  emitNode(node: GraphNode, names: readonly string[], graph: Graph): string {
    if (node.operator === 'input') return onnxInput((node.attributes as InputAttributes).name)
    if (node.operator === 'constant') return this.floats((node.attributes as ConstantAttributes).value)
    if (node.operator === 'weight') return this.weight(node.attributes as WeightAttributes)
    const rule = operatorNamed(node.operator)
    if (!rule.onnx) throw new ErratumError('Internal', `'${node.operator}' has no ONNX rule.`)
    const inputs = node.inputs.map((index) => graph.nodes[index].shape)
    return rule.onnx(
      this,
      { inputs, shape: node.shape, attributes: node.attributes },
      node.inputs.map((index) => names[index])
    )
  }

  emitOutput(output: string, name: string, { dtype, shape }: GraphNode): void {
    this.nodes.push(nodeMessage('Identity', [name], [onnxOutput(output)]))
    this.outputs.push(valueInfo(onnxOutput(output), dtype, shape))
  }

  model(): OnnxModel {
    const { nodes, inputs, outputs, weightFolder, weightBytes } = this
    const bytes = modelBytes({ nodes, inputs, outputs, initializers: [...this.initializers.values()] })
    return { bytes, weightFolder, weightBytes }
  }

  node(type: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}): string {
    return this.nodeOutputs(type, inputs, 1, attributes)[0]
  }

  nodeOutputs(
    type: string,
    inputs: readonly string[],
    count: number,
    attributes: Record<string, OnnxAttribute> = {}
  ): string[] {
    const outputs = Array.from({ length: count }, () => `t${this.tensors++}`)
    this.nodes.push(nodeMessage(type, inputs, outputs, attributes))
    return outputs
  }

  integers(values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    return this.initializer(`i:${values.join(',')}`, 'int64', [values.length], bytes)
  }

  floats(values: number | readonly number[]): string {
    const list = typeof values === 'number' ? [values] : values
    const name = typeof values === 'number' ? `f:${values}` : `f:[${list.join(',')}]`
    const bytes = new Uint8Array(Float32Array.from(list).buffer)
    return this.initializer(name, 'float32', typeof values === 'number' ? [] : [list.length], bytes)
  }

  shapeOf(tensor: string): string {
    return this.remember(`shape of ${tensor}`, () => this.node('Shape', [tensor]))
  }

  size(dim: Dim): string {
    if (typeof dim === 'number') return this.integers([dim])
    const source = this.symbols.get(dim)
    if (!source) throw new ErratumError('Internal', `No input tells the size of '${dim}'.`)
    return this.remember(`size of ${dim}`, () =>
      this.node('Slice', [this.shapeOf(source.input), this.integers([source.axis]), this.integers([source.axis + 1])])
    )
  }

  shapeVector(shape: Shape): string {
    const symbols = shape.filter((dim) => typeof dim === 'string').length
    if (symbols <= 1) return this.integers(shape.map((dim) => (typeof dim === 'number' ? dim : -1)))
    return this.remember(`shape [${shape.join(',')}]`, () =>
      this.node(
        'Concat',
        shape.map((dim) => this.size(dim)),
        { axis: 0 }
      )
    )
  }

  /** ONNX reads 0 as "as it is", which keeps most shapes constant and so open to the executor's optimiser. */
  reshape(tensor: string, from: Shape, to: Shape): string {
    const kept = to.map((dim, i) => (typeof dim === 'string' && dim === from[i] ? 0 : dim))
    const symbols = kept.filter((dim) => typeof dim === 'string').length
    if (symbols > 1) return this.node('Reshape', [tensor, this.shapeVector(to)])
    return this.node('Reshape', [tensor, this.integers(kept.map((dim) => (typeof dim === 'number' ? dim : -1)))])
  }

  private weight({ name, location }: WeightAttributes): string {
    const known = this.weights.get(name)
    if (known !== undefined) return known
    const type = FILE_TYPES[location.dtype]
    if (!type)
      throw new ErratumError('BadFile', `Tensor '${name}' is stored as ${location.dtype}.`, {
        file: location.file,
        field: name,
        cure: 'Save the model in F32, F16 or BF16.'
      })
    const tensor = `w:${name}`
    this.initializers.set(tensor, externalTensor(tensor, type, location.shape, this.fileOf(location)))
    this.weightBytes += location.byteLength
    const used = type === 'float32' ? tensor : this.node('Cast', [tensor], { to: ONNX_TYPES.float32 })
    this.weights.set(name, used)
    return used
  }

  /** ONNX Runtime refuses links that leave the folder, so the real path is taken (a hub's cache is all links). */
  private fileOf({ file, offset, byteLength }: TensorLocation): { file: string; offset: number; byteLength: number } {
    const real = realpathSync(file)
    this.weightFolder ??= dirname(real)
    if (this.weightFolder !== dirname(real))
      throw new ErratumError('BadFile', 'The weight files of one model must lie in one folder.', {
        file,
        cure: `Move it to ${this.weightFolder}.`
      })
    return { file: basename(real), offset, byteLength }
  }

  private initializer(name: string, type: OnnxType, shape: readonly number[], bytes: Uint8Array): string {
    if (!this.initializers.has(name)) this.initializers.set(name, inlineTensor(name, type, shape, bytes))
    return name
  }

  private remember(key: string, make: () => string): string {
    const known = this.shapes.get(key)
    if (known !== undefined) return known
    const made = make()
    this.shapes.set(key, made)
    return made
  }
}
