/** What a trace of Chromium says of a page's main thread: a task that takes long holds up every frame behind it. */
interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  /** microseconds */
  dur?: number
  args?: { name?: string }
}

export interface Frames {
  tasks: number
  longestMs: number
  /** tasks over 50 ms */
  over50: number
}

export function framesOf(trace: Buffer): Frames {
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { traceEvents: TraceEvent[] }
  const threads = new Set(
    traceEvents
      .filter((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain')
      .map((e) => `${e.pid}/${e.tid}`)
  )
  const durations = traceEvents
    .filter((e) => e.name === 'RunTask' && e.ph === 'X' && threads.has(`${e.pid}/${e.tid}`))
    .map((e) => (e.dur ?? 0) / 1000)
  return {
    tasks: durations.length,
    longestMs: Math.max(0, ...durations),
    over50: durations.filter((ms) => ms > 50).length
  }
}
