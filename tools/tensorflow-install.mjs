// npm run tensorflow:install [-- --wheel tensorflow-cpu==2.21.0] [-- --library FOLDER] [-- --force]
//
// Builds the native addon of @tensorflow/tfjs-node-gpu on a current TensorFlow. The package's own download is
// TensorFlow 2.9.1 (CUDA 11.2); here the two libraries and the C headers come out of TensorFlow's Python wheel, of
// which nothing is installed into any Python. The result lives in .tensorflow/, so a new `npm install` leaves it alone:
//   .tensorflow/wheel/tensorflow/     the libraries and headers
//   .tensorflow/addon/lib/napi-v8/    tfjs_binding.node, which finds the libraries through ../../deps/lib
//   .tensorflow/built.json            what was built from what
// With an NVIDIA driver on the machine the CUDA wheel is taken, its CUDA libraries along. That path has not been run
// on a machine with a GPU yet. Exit codes: 0 done (or there already), 3 it cannot be built here, with the reason.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { nodeBinary } from './node-binary.mjs'

const VERSION = '2.21.0'
// The libraries do not depend on Python: a wheel for one fixed version serves whatever Python runs pip.
const WHEEL_PYTHON = '3.12'
const CANNOT_BUILD = 3

const root = resolve(import.meta.dirname, '..')
const home = join(root, '.tensorflow')
const addon = join(home, 'addon')
const binding = join(addon, 'lib/napi-v8/tfjs_binding.node')
const record = join(home, 'built.json')

class CannotBuild extends Error {}

function run(command, args, options = {}) {
  return spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options })
}

function say(sentence) {
  console.log(sentence)
}

function hasNvidiaDriver() {
  return existsSync('/proc/driver/nvidia/version') && run('nvidia-smi', ['-L']).status === 0
}

/** The package whose C++ sources are compiled: the plain one serves as well, the sources are the same. */
function addonPackage() {
  const found = ['tfjs-node-gpu', 'tfjs-node']
    .map((name) => join(root, 'node_modules/@tensorflow', name))
    .find((path) => existsSync(path))
  if (!found)
    throw new CannotBuild('@tensorflow/tfjs-node-gpu is not installed: run `npm install --include=optional` first.')
  return found
}

function findPython() {
  for (const python of ['python3', 'python']) if (run(python, ['-m', 'pip', '--version']).status === 0) return python
  throw new CannotBuild(
    'Python with pip is needed to fetch TensorFlow: install python3 and python3-pip, then try again.'
  )
}

function requireCompiler() {
  for (const tool of ['g++', 'make'])
    if (run(tool, ['--version']).status !== 0)
      throw new CannotBuild(
        `${tool} is needed to build the addon: install a C++ compiler and make (Debian: build-essential), then try again.`
      )
}

function lastLines(result) {
  const text = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n').slice(-4).join('\n  ')
  return text || String(result.error?.message ?? `it ended with ${result.status}`)
}

/** Fetches the wheel and unpacks what is needed of it: the folder with the libraries and `include/`. */
function fetchLibraries(python, wheel, withCuda) {
  const target = join(home, 'wheel')
  const marker = join(target, 'unpacked.json')
  if (existsSync(marker) && JSON.parse(readFileSync(marker, 'utf8')).wheel === wheel) return join(target, 'tensorflow')
  const fresh = `${target}.new` // what is there stays until the new one is whole
  rmSync(fresh, { recursive: true, force: true })
  const download = join(fresh, 'download')
  mkdirSync(download, { recursive: true })
  say(`Fetching ${wheel} (about ${withCuda ? '600' : '270'} MB) ...`)
  const fetched = run(python, [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    '--python-version',
    WHEEL_PYTHON,
    '--dest',
    download,
    wheel
  ])
  if (fetched.status !== 0) throw new CannotBuild(`pip could not fetch ${wheel}. It said:\n  ${lastLines(fetched)}`)

  const unpacked = run(python, ['-c', UNPACK, download, fresh])
  if (unpacked.status !== 0)
    throw new CannotBuild(`${wheel} could not be unpacked. Python said:\n  ${lastLines(unpacked)}`)
  rmSync(download, { recursive: true })
  if (withCuda) fetchCuda(python, fresh, JSON.parse(unpacked.stdout))
  writeFileSync(join(fresh, 'unpacked.json'), JSON.stringify({ wheel }))
  rmSync(target, { recursive: true, force: true })
  renameSync(fresh, target)
  return join(target, 'tensorflow')
}

// Prints the wheel's requirements of its extra `and-cuda`.
const UNPACK = `
import glob, json, sys, zipfile
source, target = sys.argv[1:]
keep = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2',
        'tensorflow/include/tensorflow/c/', 'tensorflow/include/tensorflow/core/platform/ctstring',
        'tensorflow/include/tsl/platform/ctstring', 'tensorflow/include/xla/tsl/c/',
        'tensorflow/include/tensorflow/compiler/xla/tsl/c/')
with zipfile.ZipFile(glob.glob(source + '/*.whl')[0]) as wheel:
    names = wheel.namelist()
    wheel.extractall(target, [name for name in names if name.startswith(keep)])
    metadata = wheel.read(next(name for name in names if name.endswith('.dist-info/METADATA'))).decode()
rows = [line.split(':', 1)[1].strip() for line in metadata.splitlines() if line.startswith('Requires-Dist:')]
print(json.dumps([row.split(';')[0].strip() for row in rows if 'and-cuda' in row]))
`

function fetchCuda(python, target, requirements) {
  if (requirements.length === 0) return
  say(`Fetching CUDA's libraries (${requirements.length} packages, some 3 GB) ...`)
  const fetched = run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    '--target',
    target,
    ...requirements
  ])
  if (fetched.status !== 0)
    throw new CannotBuild(`pip could not fetch CUDA's libraries. It said:\n  ${lastLines(fetched)}`)
}

/** The addon's sources with `deps/` as its binding.gyp wants it. Links are relative: the project may be moved. */
function layOut(source, libraries) {
  rmSync(addon, { recursive: true, force: true })
  mkdirSync(join(addon, 'deps/lib'), { recursive: true })
  for (const name of ['binding.gyp', 'binding', 'package.json'])
    cpSync(join(source, name), join(addon, name), { recursive: true })
  const link = (to, path) => symlinkSync(relative(dirname(path), to), path)
  link(join(libraries, 'include'), join(addon, 'deps/include'))
  for (const [library, plain] of [
    ['tensorflow_cc', 'tensorflow'],
    ['tensorflow_framework', 'tensorflow_framework']
  ]) {
    const file = readdirSync(libraries).find((name) => name.startsWith(`lib${library}.so.`))
    if (!file) throw new CannotBuild(`${libraries} has no lib${library}.so: it is no TensorFlow for Linux.`)
    link(join(libraries, file), join(addon, 'deps/lib', file))
    symlinkSync(file, join(addon, 'deps/lib', `lib${plain}.so`))
  }
  const cuda = resolve(libraries, '../nvidia') // the libraries look for it beside the folder that they are opened from
  if (existsSync(cuda)) link(cuda, join(addon, 'deps/nvidia'))
}

function compile() {
  const nodeFolder = resolve(nodeBinary(root), '../..')
  const headers = existsSync(join(nodeFolder, 'include/node/node_api.h')) ? [`--nodedir=${nodeFolder}`] : []
  say('Building the addon ...')
  const gyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js')
  const built = run(
    nodeBinary(root),
    [
      gyp,
      'rebuild',
      '--loglevel=error',
      ...headers,
      '--module_name=tfjs_binding',
      `--module_path=${dirname(binding)}`,
      '--napi_build_version=8'
    ],
    { cwd: addon }
  )
  if (built.status !== 0 || !existsSync(binding))
    throw new CannotBuild(`The addon could not be built. node-gyp said:\n  ${lastLines(built)}`)
  rmSync(join(addon, 'build'), { recursive: true, force: true })
}

/** Loads it as the product does, in a process of its own, and multiplies two matrices: {version, gpu} or {failure}. */
function tryOut() {
  const loader = join(root, 'src/main/engine/executors/tensorflow-addon.ts')
  const script = `
    const { loadTensorFlow } = await import(${JSON.stringify(loader)})
    const { tf, version, gpu } = await loadTensorFlow()
    const [value] = tf.tidy(() => tf.matMul(tf.ones([1, 4]), tf.ones([4, 1]))).dataSync()
    if (value !== 4) throw new Error('4 was due and ' + value + ' came')
    console.log(JSON.stringify({ version, gpu }))`
  const tried = run(nodeBinary(root), ['--no-warnings', '--input-type=module', '-e', script], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' }
  })
  if (tried.status !== 0) return { failure: lastLines(tried) }
  return JSON.parse(tried.stdout.trim().split('\n').at(-1))
}

function install() {
  const { values } = parseArgs({
    options: { wheel: { type: 'string' }, library: { type: 'string' }, force: { type: 'boolean' } }
  })
  if (process.platform !== 'linux')
    throw new CannotBuild(
      `TensorFlow can be built into Erratum on Linux only so far, and this is ${process.platform}. Everything works without it: ONNX Runtime is the default.`
    )
  const source = addonPackage()
  const withCuda =
    !values.library &&
    (values.wheel ? /^tensorflow(?!-cpu)/.test(values.wheel) && hasNvidiaDriver() : hasNvidiaDriver())
  const wheel = values.wheel ?? `${withCuda || process.arch !== 'x64' ? 'tensorflow' : 'tensorflow-cpu'}==${VERSION}`
  const wanted = JSON.stringify({
    from: values.library ? resolve(values.library) : wheel,
    addon: JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')).version,
    machine: `${process.platform}-${process.arch}`
  })
  const isThere = !values.force && existsSync(binding) && existsSync(record) && readFileSync(record, 'utf8') === wanted
  const running = isThere ? tryOut() : null
  if (running?.version) return say(ready(running, 'there already'))

  requireCompiler()
  const python = findPython() // node-gyp needs it too
  const libraries = values.library ? resolve(values.library) : fetchLibraries(python, wheel, withCuda)
  if (!existsSync(libraries) || !lstatSync(libraries).isDirectory())
    throw new CannotBuild(`There is no folder ${libraries}.`)
  rmSync(record, { force: true })
  layOut(source, libraries)
  compile()
  const tried = tryOut()
  if (!tried.version) throw new CannotBuild(`The addon was built and does not run here. It said:\n  ${tried.failure}`)
  writeFileSync(record, wanted)
  say(ready(tried, 'ready'))
}

function ready({ version, gpu }, state) {
  return `TensorFlow ${version} is ${state} (${gpu ? 'with a GPU' : 'on the CPU'}): choose it with --executor tensorflow.`
}

try {
  install()
} catch (error) {
  if (!(error instanceof CannotBuild)) throw error
  console.error(error.message)
  process.exitCode = CANNOT_BUILD
}
