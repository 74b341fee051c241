/** What memory gives when all cores read or copy at once: the bound of decoding, which reads every weight once a token. */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { median } from './statistics.ts'

type Stream = 'read' | 'copy'

/** far above what caches hold */
const BYTES = 128 * 2 ** 20
const ROUNDS = 5

/** GB/s over all cores; of a copy, what is read and what is written are counted. */
export async function memoryStreams(): Promise<Record<Stream, number>> {
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(new URL(import.meta.url)))
  const rate = async (stream: Stream): Promise<number> => {
    const rates: number[] = []
    for (let round = 0; round <= ROUNDS; round++) {
      const started = performance.now()
      await Promise.all(
        workers.map(
          (worker) =>
            new Promise((resolve, reject) => {
              worker.once('message', resolve)
              worker.once('error', reject)
              worker.postMessage(stream)
            })
        )
      )
      rates.push((workers.length * 2 * BYTES) / (performance.now() - started) / 1e6)
    }
    return median(rates.slice(1)) // the first round touches the pages
  }
  const rates = { read: await rate('read'), copy: await rate('copy') }
  await Promise.all(workers.map((worker) => worker.terminate()))
  return rates
}

if (!isMainThread) {
  const [one, other] = [Buffer.alloc(BYTES, 1), Buffer.alloc(BYTES, 1)]
  parentPort!.on('message', (stream: Stream) => {
    // Equal buffers are compared to their end: two streams of reads, by the C library's fastest loop.
    if (stream === 'read') one.equals(other)
    else one.copy(other)
    parentPort!.postMessage(stream)
  })
}
