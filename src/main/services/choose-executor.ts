/** Which executor computes where the person named none: the fastest on this machine, found once and remembered. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { EXECUTORS } from '../engine/executors/open-executor.ts'
import type { ExecutorName } from '../engine/executors/open-executor.ts'
import { probeExecutors } from '../engine/executors/probe.ts'
import { tensorFlowAddon } from '../engine/executors/tensorflow-addon.ts'
import { homeFolder } from './places.ts'

const remembered = z.object({ machine: z.string(), chosen: z.enum(EXECUTORS), why: z.string() })

export type ExecutorChoice = Omit<z.infer<typeof remembered>, 'machine'>

/** Where there is only one executor, nothing is probed; else a small training step decides. */
export async function chooseExecutor(named?: ExecutorName): Promise<ExecutorChoice> {
  if (named !== undefined) return { chosen: named, why: `${named} was asked for.` }
  const addon = tensorFlowAddon()
  if (addon === null) return { chosen: 'onnxruntime', why: 'TensorFlow is not installed, so ONNX Runtime computes.' }
  const machine = `${process.platform} ${process.arch} ${cpus()[0]?.model ?? ''} x${cpus().length} ${addon}`
  const known = recall(machine)
  if (known) return known
  const { chosen, why } = await probeExecutors()
  const file = join(homeFolder(), 'executor.json')
  try {
    mkdirSync(homeFolder(), { recursive: true })
    writeFileSync(file, JSON.stringify({ machine, chosen, why }, null, 2) + '\n')
  } catch {
    // A data folder that is full or read-only: it is found again next time.
  }
  return { chosen, why }
}

function recall(machine: string): ExecutorChoice | null {
  let text: string
  try {
    text = readFileSync(join(homeFolder(), 'executor.json'), 'utf8')
  } catch {
    return null // not probed yet
  }
  try {
    const parsed = remembered.safeParse(JSON.parse(text))
    return parsed.success && parsed.data.machine === machine ? parsed.data : null
  } catch {
    return null // a broken note is probed anew
  }
}
