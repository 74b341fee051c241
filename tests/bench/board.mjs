/**
 * How fast the board draws and how fluid it stays: 348 batches, each measured under both protocols, all curves, in
 * Chromium with its own tracing as the clock: on the clock on the wall, and as the page's thread computed, which other
 * work on the machine does not change. `npm run build`, then `node tests/bench/board.mjs`. Nothing is asserted:
 * what comes out depends on the machine and on what else it does.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveApp } from '../../src/main/engine-process/web-server.ts'
import { fakeWorkbench, FAKE_MODEL } from '../contract/fake-workbench.ts'
import { launchChromium } from '../e2e/browser.mjs'
import { boardBatch, evaluationRecord } from '../renderer/board-records.ts'
import { framesOf } from './frames.ts'

const BATCHES = 348
const ROUNDS = 5

const batches = Array.from({ length: BATCHES }, (_, i) => boardBatch(i + 1))
const journal = batches.map(({ place }) => ({
  kind: 'evaluation',
  payload: evaluationRecord(place, 2 + Math.sin(place / 9) / 5 + place / 400)
}))

const folder = await mkdtemp(join(tmpdir(), 'erratum-board-'))
const served = await serveApp(
  { listModels: async () => [FAKE_MODEL], openWorkbench: async () => fakeWorkbench({ journal, batches }) },
  { port: 0, sessionDir: join(folder, 'session'), model: 'fake' }
)
const browser = await launchChromium()
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(`${served.url}&view=board`)
  await page.getByText(`measured after ${BATCHES} of them`).waitFor({ timeout: 60_000 })
  await page.getByRole('button', { name: 'both' }).click()

  const draw = () =>
    page.evaluate(async () => {
      const button = [...document.querySelectorAll('nav button')].find((b) => b.textContent.includes('Board'))
      const started = performance.now()
      button.click()
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
      if (document.querySelectorAll('figure svg').length < 8) throw new Error('The charts are not there.')
      return performance.now() - started
    })
  const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)].toFixed(0)
  const [walls, computed] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.waitForTimeout(300)
    await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] })
    walls.push(await draw())
    computed.push(framesOf(await browser.stopTracing()).computing.allMs)
  }
  console.log(
    `drawn, from the click to the frame on the screen: median ${middle(walls)} ms (least ${Math.min(...walls).toFixed(0)}), computed ${middle(computed)} ms (n = ${ROUNDS})`
  )

  await page.locator('figure svg').nth(3).scrollIntoViewIfNeeded()
  const box = await page.locator('figure svg').nth(3).boundingBox()
  const traced = async (what, act) => {
    await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] })
    await act()
    const { tasks, longestMs, over50, computing } = framesOf(await browser.stopTracing())
    console.log(
      `${what}: ${tasks} tasks, the longest ${longestMs.toFixed(1)} ms (${computing.longestMs.toFixed(1)} computed), ${over50} over 50 ms (${computing.over50} computed)`
    )
  }
  await traced('pointer over a chart, 120 moves', async () => {
    for (let i = 0; i < 120; i++) await page.mouse.move(box.x + 60 + (i * (box.width - 200)) / 120, box.y + 60)
  })
  await traced('ten stretches drawn and taken back', async () => {
    for (let i = 0; i < 10; i++) {
      await page.mouse.move(box.x + 120 + 8 * i, box.y + 60)
      await page.mouse.down()
      await page.mouse.move(box.x + 260, box.y + 70, { steps: 6 })
      await page.mouse.up()
      await page.evaluate(() => [...document.querySelectorAll('button')].find((b) => b.textContent === 'Whole').click())
    }
  })
  await traced('the table from end to end', async () => {
    await page.locator('.page .box').first().hover()
    for (let i = 0; i < 60; i++) await page.mouse.wheel(0, (BATCHES * 44) / 60)
  })
} finally {
  await browser.close()
  await served.close()
  await rm(folder, { recursive: true, force: true })
}
