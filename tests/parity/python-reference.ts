/** Runs a Python script of this folder and reads the safetensors file that it writes. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSafetensorsHeader, readTensor } from '../../src/main/engine/weights/safetensors.ts'
import type { FoundPython } from '../python/find-python.ts'

export type Reference = (name: string) => Float32Array

/** The script's last argument is the file that it writes. */
export function runReference(python: FoundPython, script: string, args: readonly string[], out: string): Reference {
  execFileSync(python.command, [join(import.meta.dirname, script), ...args, out], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' }
  })
  const { tensors } = readSafetensorsHeader(out)
  return (name) => {
    const location = tensors.get(name)
    if (!location) throw new Error(`${script} gave no ${name}.`)
    return readTensor(location).data as Float32Array
  }
}

export function writeJson(file: string, value: unknown): string {
  writeFileSync(file, JSON.stringify(value))
  return file
}
