/** Frozen weights as tfjs tensors: each is read from its file once, whatever the number of graphs that use it. */
import type * as tfjs from '@tensorflow/tfjs-core'
import { readTensor, type TensorLocation } from '../weights/safetensors.ts'

interface Held {
  readonly tensor: tfjs.Tensor
  users: number
}

export class TensorFlowWeights {
  private readonly tf: typeof tfjs
  private readonly held = new Map<string, Held>()

  constructor(tf: typeof tfjs) {
    this.tf = tf
  }

  /** The weight's tensor, until `release` was called as often as this. */
  take(location: TensorLocation): tfjs.Tensor {
    const key = keyOf(location)
    let entry = this.held.get(key)
    if (!entry) {
      const { data, shape, dtype } = readTensor(location)
      entry = { tensor: this.tf.tensor(data, [...shape], dtype), users: 0 }
      this.held.set(key, entry)
    }
    entry.users++
    return entry.tensor
  }

  release(location: TensorLocation): void {
    const key = keyOf(location)
    const entry = this.held.get(key)
    if (!entry || --entry.users > 0) return
    entry.tensor.dispose()
    this.held.delete(key)
  }
}

const keyOf = ({ file, offset }: TensorLocation): string => `${offset} ${file}`
