/**
 * A graph whose weights are mapped from files that somebody may write to meanwhile: before and after each run they must
 * be what they were when the model was opened, so that no result of other weights is ever used.
 */
import type { CompiledGraph } from '../executors/executor.ts'

/** @param check throws where the files changed */
export function guardedGraph(graph: CompiledGraph, check: () => void): CompiledGraph {
  const guarded = async <T>(run: () => Promise<T>): Promise<T> => {
    check()
    const result = await run()
    check()
    return result
  }
  return {
    rowMultiple: graph.rowMultiple,
    run: (...args) => guarded(() => graph.run(...args)),
    sequence: (samples) => {
      const sequence = graph.sequence(samples)
      return { run: (...args) => guarded(() => sequence.run(...args)), release: () => sequence.release() }
    },
    release: () => graph.release()
  }
}
