/** A dense array in row-major order: the only kind of value that enters or leaves a graph. */
export type DType = 'float32' | 'int32'

export interface Tensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array
}
