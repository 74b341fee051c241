/**
 * How fast the map of an index is made and how fluid it stays: 10,000 keys, drawn, moved and zoomed in Chromium with its
 * own tracing as the clock, and made by the engine for keys of both protocols' widths.
 * `npm run build`, then `node tests/bench/index-map.mjs`. Nothing is asserted: what comes out depends on the machine and
 * on what else it does.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveApp } from '../../src/main/engine-process/web-server.ts'
import { IndexExplorer } from '../../src/main/services/index-explorer/index-explorer.ts'
import { fakeWorkbench, FAKE_MODEL, NO_SESSIONS } from '../contract/fake-workbench.ts'
import { launchChromium } from '../e2e/browser.mjs'
import { boardBatch } from '../renderer/board-records.ts'
import { manyKeys } from '../services/index-explorer/many-keys.ts'
import { framesOf } from './frames.ts'

const KEYS = 10_000
const WIDTHS = [64, 1024]

/** The work, with the longest time that the thread answered nobody: on the wall's clock and on the thread's own. */
async function timed(act) {
  const own = () => process.threadCpuUsage().user / 1000
  let [last, lastOwn, longest, longestOwn] = [performance.now(), own(), 0, 0]
  const look = () => {
    const [now, nowOwn] = [performance.now(), own()]
    longest = Math.max(longest, now - last)
    longestOwn = Math.max(longestOwn, nowOwn - lastOwn)
    last = now
    lastOwn = nowOwn
  }
  const timer = setInterval(look, 1)
  const started = performance.now()
  const startedOwn = own()
  const result = await act()
  look()
  clearInterval(timer)
  const words = `${(performance.now() - started).toFixed(0)} ms (${(own() - startedOwn).toFixed(0)} computed), at most ${longest.toFixed(0)} (${longestOwn.toFixed(0)}) without an answer to others`
  return { result, words }
}

for (const width of WIDTHS) {
  const explorer = new IndexExplorer(manyKeys({ count: KEYS, width }))
  const map = await timed(() => explorer.map('deployment'))
  console.log(`${KEYS} keys of ${width}: map ${map.words}; ${JSON.stringify(map.result).length} bytes`)
  const { state } = map.result
  console.log(`  rivals and scopes of all: ${(await timed(() => explorer.scopes('deployment', state))).words}`)
  console.log(`  a query: ${(await timed(() => explorer.query('deployment', 'Any text.', ''))).words}`)
  console.log(`  an edit: ${(await timed(() => explorer.record('deployment', state, KEYS / 2))).words}`)
}

const folder = await mkdtemp(join(tmpdir(), 'erratum-index-map-'))
const served = await serveApp(
  {
    listModels: async () => [FAKE_MODEL],
    openWorkbench: async () =>
      fakeWorkbench({ batches: [boardBatch(1)], explored: manyKeys({ count: KEYS, width: WIDTHS[0] }) }),
    sessions: NO_SESSIONS
  },
  { port: 0, sessionDir: join(folder, 'session'), model: 'fake' }
)
const browser = await launchChromium()
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(`${served.url}&view=board`)
  await page.getByRole('heading', { name: 'Board' }).waitFor({ timeout: 60_000 })

  const traced = async (what, act) => {
    await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] })
    await act()
    const { tasks, longestMs, over50, computing } = framesOf(await browser.stopTracing())
    console.log(
      `${what}: ${tasks} tasks, the longest ${longestMs.toFixed(1)} ms (${computing.longestMs.toFixed(1)} computed), ${over50} over 50 ms (${computing.over50} computed)`
    )
  }
  const pause = () => page.waitForTimeout(16)
  const map = page.getByRole('application')
  await traced('opened, until the scopes are there', async () => {
    await page.getByRole('button', { name: 'Index' }).click()
    await map.waitFor({ timeout: 60_000 })
    await page.getByText('the scopes follow').waitFor({ state: 'hidden', timeout: 60_000 })
    await page.waitForTimeout(300)
  })
  const box = await map.boundingBox()
  const middle = [box.x + box.width / 2, box.y + box.height / 2]
  await traced('pointer over the map, 120 moves', async () => {
    for (let i = 0; i < 120; i++) {
      await page.mouse.move(box.x + 20 + ((box.width - 40) * i) / 120, middle[1] + 40 * Math.sin(i / 9))
      await pause()
    }
  })
  for (const scopes of ['with', 'without']) {
    await traced(`dragged, 120 moves, ${scopes} scopes`, async () => {
      await page.mouse.move(...middle)
      await page.mouse.down()
      for (let i = 0; i < 120; i++) {
        await page.mouse.move(middle[0] + 120 * Math.sin(i / 10), middle[1] + 80 * Math.sin(i / 17))
        await pause()
      }
      await page.mouse.up()
    })
    await traced(`zoomed by the wheel, 100 steps in and 100 out, ${scopes} scopes`, async () => {
      await page.mouse.move(...middle)
      for (let i = 0; i < 200; i++) {
        await page.mouse.wheel(0, i < 100 ? -40 : 40)
        await pause()
      }
    })
    await page.getByRole('checkbox', { name: 'Sure scopes' }).uncheck()
  }
  await page.getByRole('checkbox', { name: 'Sure scopes' }).check()
  await traced('a key selected 20 times', async () => {
    for (let i = 0; i < 20; i++) {
      await page.mouse.click(middle[0] + 9 * (i - 10), middle[1])
      await page.waitForTimeout(60)
    }
  })
  await traced('a text laid among them', async () => {
    await page.getByRole('textbox', { name: /^Text so far/ }).fill('This is a Wikipedia passage about somebody.')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByText('Nearest edits').waitFor()
  })
} finally {
  await browser.close()
  await served.close()
  await rm(folder, { recursive: true, force: true })
}
