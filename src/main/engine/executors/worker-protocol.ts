/** What passes between the compute worker and the thread that asks it. Ids are chosen by the asking side. */
import type { ErrorRecord } from '../../../contract/errors.ts'
import type { Graph } from '../graph/graph.ts'
import type { Tensors } from './executor.ts'

export type WorkerTask =
  | { kind: 'compile'; graphId: number; graph: Graph }
  | { kind: 'run'; graphId: number; inputs: Tensors; wanted?: readonly string[] }
  | {
      kind: 'advance'
      graphId: number
      sequenceId: number
      /** of the sequence; only the first run of it asks */
      samples: number
      inputs: Tensors
      rows: number
      wanted?: readonly string[]
    }
  | { kind: 'releaseSequence'; sequenceId: number }
  | { kind: 'releaseGraph'; graphId: number }
  | { kind: 'close' }

export interface WorkerRequest {
  id: number
  task: WorkerTask
}

export type WorkerAnswer =
  { kind: 'compiled'; rowMultiple: number } | { kind: 'tensors'; tensors: Tensors } | { kind: 'done' }

export type WorkerMessage = { kind: 'ready'; name: string } | { kind: 'unavailable'; error: ErrorRecord } | WorkerReply

export interface WorkerReply {
  kind: 'reply'
  id: number
  answer: WorkerAnswer | { kind: 'failed'; error: ErrorRecord }
}
