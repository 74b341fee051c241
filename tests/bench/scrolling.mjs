/**
 * How fluid long lists are: 2,000 passages in the list and a passage of 400 sentences, scrolled from end to end and
 * walked through by key in Chromium, with its own tracing as the clock. `npm run build`, then `node tests/bench/scrolling.mjs`. Nothing is asserted:
 * what comes out depends on the machine and on what else it does.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveApp } from '../../src/main/engine-process/web-server.ts'
import { fakeWorkbench, FAKE_MODEL, NO_SESSIONS } from '../contract/fake-workbench.ts'
import { launchChromium } from '../e2e/browser.mjs'
import { framesOf } from './frames.ts'

const PASSAGES = 2000
const SENTENCES = 400
const STEPS = 150
const SAMPLING = { temperature: 0, seed: 1, sentences: 8, maxNewTokens: 320 }

/** The journal of a session in which they were written. */
function journal() {
  const passages = Array.from({ length: PASSAGES }, (_, i) => ({
    id: `p${i}`,
    name: `Person number ${i}`,
    prompt: `This is a Wikipedia passage about person number ${i}.`,
    sampling: SAMPLING
  }))
  const written = passages.map(({ id }, p) => {
    const sentences = Array.from({ length: p === 0 ? SENTENCES : 8 }, (_, i) => ({
      text: `In ${1800 + (i % 150)}, paper ${i} of many told of the river mosses that grew along the harbour of Orrin.`,
      surprise: ((i * 37) % 60) / 10
    }))
    return { type: 'written', passageId: id, state: 'written', text: sentences.map((s) => s.text).join(' '), sentences }
  })
  return [{ type: 'begun', passages }, ...written].map((payload) => ({ kind: 'review', payload }))
}

/** Traces what the page does meanwhile. */
async function traced(browser, page, act) {
  await browser.startTracing(page, {
    categories: [
      'disabled-by-default-devtools.timeline',
      'disabled-by-default-devtools.timeline.frame',
      'devtools.timeline.frame'
    ]
  })
  await act()
  return framesOf(await browser.stopTracing())
}

async function scroll(page, selector) {
  const box = await page.locator(selector).first().boundingBox()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  const length = await page
    .locator(selector)
    .first()
    .evaluate((node) => node.scrollHeight)
  for (let step = 0; step < STEPS; step++) {
    await page.mouse.wheel(0, length / STEPS)
    await page.waitForTimeout(16)
  }
}

async function walk(page, key, steps) {
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press(key)
    await page.waitForTimeout(16)
  }
}

const folder = await mkdtemp(join(tmpdir(), 'erratum-scrolling-'))
const served = await serveApp(
  {
    listModels: async () => [FAKE_MODEL],
    openWorkbench: async () => fakeWorkbench({ journal: journal() }),
    sessions: NO_SESSIONS
  },
  { port: 0, sessionDir: join(folder, 'session'), model: 'fake' }
)
const browser = await launchChromium()
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  /** What is seen, the keys that lead there from the long passage, and what is done then. */
  const cases = [
    [`list of ${PASSAGES} passages, scrolled`, [], () => scroll(page, '.passages .box')],
    [`list of ${PASSAGES} passages, walked by Alt+Down`, [], () => walk(page, 'Alt+ArrowDown', 100)],
    [`passage of ${SENTENCES} sentences, scrolled`, [], () => scroll(page, '.pane')],
    [`passage of ${SENTENCES} sentences, walked by J`, [], () => walk(page, 'j', SENTENCES)],
    ['the same with scores, scrolled', ['s'], () => scroll(page, '.pane')],
    ['the same with scores, walked by W', ['s'], () => walk(page, 'w', SENTENCES - 1)],
    ['the same with the model’s view, scrolled', ['m'], () => scroll(page, '.pane')]
  ]
  for (const [name, keys, act] of cases) {
    await page.goto(`${served.url}&view=review&passage=p0`)
    await page.reload()
    await page.locator(`[data-sentence="${SENTENCES - 1}"]`).waitFor({ state: 'attached', timeout: 60_000 })
    for (const key of keys) await page.keyboard.press(key)
    if (keys.includes('s')) await page.getByRole('region', { name: 'Likely errors' }).waitFor()
    if (keys.includes('m')) await page.locator('[data-token]').first().waitFor({ timeout: 60_000 })
    const { tasks, longestMs, over50, computing, drawn, longestGapMs } = await traced(browser, page, act)
    console.log(
      `${name}: ${tasks} tasks of the page, the longest ${longestMs.toFixed(1)} ms, ${over50} over 50 ms; ` +
        `by its own clock ${computing.longestMs.toFixed(1)} ms, ${computing.over50} over 50 ms; ` +
        `${drawn} frames, the longest gap ${longestGapMs.toFixed(0)} ms`
    )
  }
} finally {
  await browser.close()
  await served.close()
  await rm(folder, { recursive: true, force: true })
}
