// The index explorer after a first training: the map by pointer and by keyboard, a key's facts, and texts laid among them.
import assert from 'node:assert/strict'

const LONG = { timeout: 2 * 60_000 }

/** @param name of the passage whose second sentence was corrected and trained */
export function exploring({ page, textAt, noFindings, name }) {
  const map = page.getByRole('application', { name: /^Map of \d+ keys?$/ })
  const inFocus = page.getByRole('heading', { name: /^Key in focus/ })
  const text = page.getByRole('textbox', { name: /^Text so far/ })
  const ask = page.getByRole('button', { name: 'Ask' })
  let prompt = ''

  return [
    [
      'the index shows the keys of the edits, and leads to the text and the batch of each',
      async () => {
        prompt = `This is a Wikipedia passage about ${name}. ${await textAt(0)}`
        await page.keyboard.press('i')
        await map.waitFor(LONG)
        await page.getByText(/^\d+ keys? of \d+ edits?, all live\.$/).waitFor()
        await page.getByText('the scopes follow').waitFor({ state: 'hidden', ...LONG })
        await noFindings()
        await page.getByRole('list', { name: 'Edits found' }).getByRole('button').first().click()
        await inFocus.waitFor()
        assert.match(
          await page.getByRole('region', { name: /^Key in focus/ }).textContent(),
          /Reach.*Nearest rival.*Sure within/s
        )
        await noFindings()
        await page.getByRole('button', { name: 'Its batch on the board' }).click()
        await page.getByRole('heading', { name: /^Batch \d+ of session$/ }).waitFor()
        await page.getByRole('button', { name: 'Close' }).click()
        await page.keyboard.press('i')
        await inFocus.waitFor()
        await page.getByRole('button', { name: 'Open the passage' }).click()
        await page.getByRole('heading', { name }).waitFor()
      }
    ],
    [
      'a text is laid among the keys, and the decision is told in words with its figures',
      async () => {
        await page.keyboard.press('i')
        await text.fill(prompt)
        await ask.click()
        await page.getByText(/^Block \S+ fires: its edit is at [\d.e-]+, within its reach of [\d.]+/).waitFor(LONG)
        await page.getByRole('heading', { name: 'Nearest edits' }).waitFor()
        await noFindings()
        await text.fill('The weather in the hills was fine for most of that week.')
        await ask.click()
        await page
          .getByText(/^No block fires: the nearest edit is at [\d.]+, beyond its reach of [\d.]+\.$/)
          .waitFor(LONG)
        await page.getByRole('group', { name: 'Protocol shown' }).getByRole('button', { name: 'paper' }).click()
        await page.getByRole('textbox', { name: /^Target/ }).fill('She left.')
        await ask.click()
        await page.getByText(/^No block fires|^Block \S+ fires/).waitFor(LONG)
        await noFindings()
        await page.getByRole('group', { name: 'Protocol shown' }).getByRole('button', { name: 'deployment' }).click()
      }
    ],
    [
      'the map is walked by keyboard, also at twice the size in a narrow window',
      async () => {
        await page.getByRole('button', { name: 'Whole' }).focus()
        await map.focus()
        for (const key of ['+', 'ArrowLeft', 'ArrowDown', '-', '0', 'Enter']) await page.keyboard.press(key)
        await inFocus.waitFor()
        await page.waitForFunction(() => document.activeElement?.textContent.includes('Key in focus'))
        await page.setViewportSize({ width: 640, height: 400 })
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          'nothing runs off to the right'
        )
        await noFindings()
        await page.setViewportSize({ width: 1280, height: 800 })
        await page.getByRole('button', { name: 'Close' }).click()
        await page.keyboard.press('r')
      }
    ]
  ]
}
