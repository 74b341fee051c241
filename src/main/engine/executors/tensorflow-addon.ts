/**
 * TensorFlow under tfjs: the native addon that `npm run tensorflow:install` builds in `.tensorflow/`, or the one that
 * @tensorflow/tfjs-node(-gpu) brings where its own download succeeded.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import type * as tfjs from '@tensorflow/tfjs-core'
import { ErratumError } from '../../../contract/errors.ts'

export const TENSORFLOW_BACKEND = 'tensorflow'

export interface LoadedTensorFlow {
  readonly tf: typeof tfjs
  /** TensorFlow's own: "2.21.0" */
  readonly version: string
  readonly gpu: boolean
}

interface Binding {
  readonly TF_Version: string
  isUsingGpuDevice(): boolean
}

interface KernelBackendModule {
  NodeJSKernelBackend: new (binding: Binding, packageName: string) => tfjs.KernelBackend
}

const ADDON = 'lib/napi-v8/tfjs_binding.node'
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']
const CURE = 'Run `npm run tensorflow:install`, or use ONNX Runtime, which is always there.'

let loaded: LoadedTensorFlow | undefined

/**
 * Keeps TensorFlow from writing what it thinks of the processor to standard error. For the main thread: what a worker
 * writes to its environment does not reach native code.
 */
export function quietTensorFlow(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
}

/**
 * Registers TensorFlow as the tfjs backend `tensorflow` and makes it the one in use.
 * @throws ErratumError `Unavailable` with the reason
 */
export async function loadTensorFlow(): Promise<LoadedTensorFlow> {
  const tf = await import('@tensorflow/tfjs-core')
  loaded ??= load(tf)
  await tf.setBackend(TENSORFLOW_BACKEND)
  return loaded
}

/** Where the addon would be loaded from, without loading it; null where there is none. */
export function tensorFlowAddon(): string | null {
  return find()?.addon ?? null
}

function load(tf: typeof tfjs): LoadedTensorFlow {
  const found = find()
  if (found === null) throw new ErratumError('Unavailable', 'TensorFlow is not built on this machine.', { cure: CURE })
  const require = createRequire(import.meta.url)
  quietTensorFlow()
  try {
    restoreUtil(require('node:util') as Record<string, unknown>)
    require(`${found.package}/dist/register_all_kernels`)
    const { NodeJSKernelBackend } = require(`${found.package}/dist/nodejs_kernel_backend`) as KernelBackendModule
    const binding = loadAddon(found.addon)
    tf.registerBackend(TENSORFLOW_BACKEND, () => new NodeJSKernelBackend(binding, found.package))
    return { tf, version: binding.TF_Version, gpu: binding.isUsingGpuDevice() }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ErratumError('Unavailable', `TensorFlow could not be loaded: ${reason}`, {
      file: found.addon,
      cure: CURE
    })
  }
}

/**
 * Node unloads an addon with the worker that loaded it, while TensorFlow's own threads still run: what they call next
 * may then be gone (`undefined symbol`), which ends the process. So it stays loaded, for whoever loads it again too.
 */
function loadAddon(file: string): Binding {
  const loading = { exports: {} }
  process.dlopen(loading, file, constants.dlopen.RTLD_NOW | RTLD_NODELETE)
  return loading.exports as Binding
}

/** `dlopen`'s flag for that, which Node does not name; Windows knows no such flags and ignores them. */
const RTLD_NODELETE = process.platform === 'darwin' ? 0x80 : 0x1000

/** The last release of tfjs-node calls two functions that Node 23 took away. */
function restoreUtil(util: Record<string, unknown>): void {
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  util.isArray = Array.isArray // there still, with a warning
}

function find(): { package: string; addon: string } | null {
  const installed = PACKAGES.flatMap((name) => {
    const folder = packageFolder(name)
    return folder === null ? [] : [{ name, folder }]
  })
  if (installed.length === 0) return null
  // What was built here is newer than what the package downloads, and it serves both packages: their code is the same.
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const addon = join(folder, '.tensorflow/addon', ADDON)
    if (existsSync(addon)) return { package: installed[0].name, addon }
    if (folder === dirname(folder)) break
  }
  for (const { name, folder } of installed)
    if (existsSync(join(folder, ADDON))) return { package: name, addon: join(folder, ADDON) }
  return null
}

function packageFolder(name: string): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  } catch {
    return null // an optional dependency that was not installed
  }
}
