// End to end: the served app in Chromium, on the real engine and the embedded model, from names to a corrected sentence.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchChromium } from './browser.mjs'
import { startServer } from './server.mjs'
import { findingsOf } from './accessibility.mjs'
import { steps } from './steps.mjs'

const folder = await mkdtemp(join(tmpdir(), 'erratum-e2e-'))
const server = await startServer(folder)
const browser = await launchChromium()
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' })
const page = await context.newPage()
const complaints = []
page.on('pageerror', (error) => complaints.push(error.message))
page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))

let passed = 0
let failed = 0
async function check(name, act) {
  try {
    await act()
    passed++
    console.log(`  ok    ${name}`)
  } catch (error) {
    failed++
    console.log(`  FAIL  ${name}\n        ${String(error.message).replaceAll('\n', '\n        ')}`)
  }
}

try {
  const say = (figure) => console.log(`        ${figure}`)
  for (const [name, act] of steps({ page, server, findings: () => findingsOf(page), complaints, say })) {
    await check(name, act)
    // Each step stands on the one before: after a failure the rest would tell nothing.
    if (failed > 0) break
  }
  await check('the page complained about nothing', () => {
    if (complaints.length > 0) throw new Error(complaints.join('\n'))
  })
  if (failed > 0) {
    await page.screenshot({ path: join(tmpdir(), 'erratum-e2e-failure.png') }).catch(() => undefined)
    console.log(`A picture of the failure: ${join(tmpdir(), 'erratum-e2e-failure.png')}\n${server.log()}`)
  }
} finally {
  await browser.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
// `npm test` adds these to its own count.
const result = process.env['ERRATUM_E2E_RESULT']
if (result) await writeFile(result, JSON.stringify({ passed, failed }))
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
