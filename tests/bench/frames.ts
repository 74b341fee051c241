/**
 * What a trace of Chromium says of a page's main thread: a task that takes long holds up every frame behind it.
 *
 * Two clocks: the wall's, which is what a person sees and counts whatever else the machine does meanwhile, and the
 * thread's own, which counts what the page itself computes.
 */
interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  /** microseconds */
  ts: number
  dur?: number
  /** of the thread's own clock */
  tdur?: number
  args?: { name?: string }
}

export interface Frames {
  tasks: number
  longestMs: number
  /** tasks over 50 ms */
  over50: number
  /** the same by the thread's own clock, and all tasks together */
  computing: { longestMs: number; over50: number; allMs: number }
  /** frames that were drawn, and the longest time from one to the next */
  drawn: number
  longestGapMs: number
}

const LIMIT_MS = 50

export function framesOf(trace: Buffer): Frames {
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { traceEvents: TraceEvent[] }
  const threads = new Set(
    traceEvents
      .filter((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain')
      .map((e) => `${e.pid}/${e.tid}`)
  )
  const tasks = traceEvents.filter((e) => e.name === 'RunTask' && e.ph === 'X' && threads.has(`${e.pid}/${e.tid}`))
  const wall = tasks.map((e) => (e.dur ?? 0) / 1000)
  const own = tasks.map((e) => (e.tdur ?? 0) / 1000)
  const drawn = traceEvents
    .filter((e) => e.name === 'DrawFrame')
    .map((e) => e.ts / 1000)
    .sort((a, b) => a - b)
  const gaps = drawn.slice(1).map((at, i) => at - drawn[i])
  return {
    tasks: tasks.length,
    longestMs: Math.max(0, ...wall),
    over50: wall.filter((ms) => ms > LIMIT_MS).length,
    computing: {
      longestMs: Math.max(0, ...own),
      over50: own.filter((ms) => ms > LIMIT_MS).length,
      allMs: own.reduce((sum, ms) => sum + ms, 0)
    },
    drawn: drawn.length,
    longestGapMs: Math.max(0, ...gaps)
  }
}
