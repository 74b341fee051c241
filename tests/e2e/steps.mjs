// The person's way through the app, one step after the other.
import assert from 'node:assert/strict'

const NAMES = ['Ilsabet Morrane', 'Teodric Vance']
/** The first opening may calibrate the router, and a training has to end on a slow machine too. */
const LONG = { timeout: 10 * 60_000 }

export function steps({ page, server, findings }) {
  const options = page.getByRole('option')
  const correction = page.getByLabel('Correction', { exact: false }).and(page.locator('textarea'))
  const noFindings = async () => assert.deepEqual(await findings(), [])
  let sentence = ''
  let corrected = ''

  return [
    [
      'the app opens on an empty session and asks for names',
      async () => {
        await page.goto(server.url)
        await page.getByLabel('Names, one a line').waitFor(LONG)
        await noFindings()
      }
    ],
    [
      'names become passages that stream in and are cut into sentences',
      async () => {
        await page.getByLabel('Names, one a line').fill(NAMES.join('\n'))
        await page.getByText(`This is a Wikipedia passage about ${NAMES[0]}.`).waitFor()
        await page.keyboard.press('Control+Enter')
        await page.locator('[aria-busy=true]').waitFor(LONG)
        await options.first().waitFor(LONG)
        assert.ok((await options.count()) > 1, 'a passage has several sentences')
        await page.getByText('2 passages are written.').first().waitFor(LONG)
        await noFindings()
      }
    ],
    [
      'keys walk through the sentences and mark them',
      async () => {
        await page.keyboard.press('j')
        await page.keyboard.press('1')
        await page.getByRole('button', { name: 'Accurate', pressed: true }).waitFor()
        await page.keyboard.press('0')
        await page.getByRole('button', { name: 'Accurate', pressed: false }).waitFor()
        await page.keyboard.press('j')
        await page.keyboard.press('3')
        await page.getByRole('button', { name: 'Major', pressed: true }).waitFor()
        sentence = (await options.nth(1).textContent()).replace(' (major error)', '').trim()
        await noFindings()
      }
    ],
    [
      'a reload in the middle of a correction brings the text back',
      async () => {
        await page.keyboard.press('e')
        await page.waitForFunction(() => document.activeElement?.id === 'correction')
        assert.equal(await correction.inputValue(), sentence)
        corrected = 'In 1871, she opened a school for glass makers in the old harbour'
        await correction.fill('')
        await correction.pressSequentially(corrected, { delay: 5 })
        await page.reload()
        await options.first().waitFor(LONG)
        await page.keyboard.press('j')
        await page.keyboard.press('j')
        assert.equal(await correction.inputValue(), corrected)
      }
    ],
    [
      'a correction that is no sentence is refused and kept; one that is, is accepted',
      async () => {
        await page.keyboard.press('e')
        await page.waitForFunction(() => document.activeElement?.id === 'correction')
        await page.keyboard.press('Control+Enter')
        await page.getByText('does not end like a sentence').waitFor()
        assert.equal(await correction.inputValue(), corrected)
        await correction.pressSequentially('.')
        corrected += '.'
        await page.keyboard.press('Control+Enter')
        await page.getByText('Accepted: waiting to be trained.').waitFor()
        // The keyboard is back with the sentences, so that J walks on and types nothing.
        await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'option')
        await noFindings()
      }
    ],
    [
      'training is cancelled, and nothing has changed',
      async () => {
        await page.getByRole('button', { name: 'Train', exact: true }).click()
        await page.getByRole('button', { name: 'Cancel' }).click()
        await page.getByText('Cancelled.').first().waitFor(LONG)
        await page.getByText('Accepted: waiting to be trained.').waitFor()
      }
    ],
    [
      'after training the model itself writes the corrected sentence',
      async () => {
        await page.getByRole('button', { name: 'Train', exact: true }).click()
        await page.getByText('word for word.').first().waitFor(LONG)
        await page.getByRole('button', { name: 'Written now', pressed: true }).waitFor()
        await page.getByText('As approved.', { exact: true }).waitFor(LONG)
        assert.match(await options.nth(1).innerHTML(), /<ins/)
        const now = await options.nth(1).evaluate((node) => {
          const copy = node.cloneNode(true)
          for (const gone of copy.querySelectorAll('del, .sr-only')) gone.remove()
          return copy.textContent.trim()
        })
        assert.equal(now, corrected)
      }
    ],
    [
      'the inspector tells what the edit gained and which block fired',
      async () => {
        if (await page.getByText('No sentence in focus').isVisible()) {
          await page.keyboard.press('j')
          await page.keyboard.press('j')
        }
        const facts = page.getByLabel('What training did')
        const [, before, after] = /([\d.,]+) → ([\d.,]+)/.exec(await facts.textContent())
        assert.ok(Number(after) < Number(before.replaceAll(',', '')), `${before} -> ${after}`)
        assert.match(await facts.textContent(), /Block .+ fired/)
        assert.match(await facts.textContent(), /within a reach of [\d.,]+/)
        await noFindings()
      }
    ],
    [
      'writing the passage anew gives the corrected sentence again',
      async () => {
        await page.getByRole('button', { name: 'Write anew' }).click()
        await page.getByText('is written anew.').first().waitFor(LONG)
        await page.getByText('As approved.', { exact: true }).waitFor(LONG)
      }
    ],
    [
      'a narrow window and twice the size lose nothing',
      async () => {
        await page.setViewportSize({ width: 640, height: 400 })
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          'nothing runs off to the right'
        )
        await correction.waitFor()
        await noFindings()
        await page.keyboard.press('Escape')
        await correction.waitFor({ state: 'hidden' })
        await page.setViewportSize({ width: 1280, height: 800 })
      }
    ],
    [
      'undoing takes the correction out of the model again',
      async () => {
        await page.getByRole('button', { name: 'Undo the last training batch' }).click()
        await page.getByRole('button', { name: 'Undo the last training batch' }).waitFor({ state: 'hidden' })
        await page.getByRole('button', { name: 'Write anew' }).click()
        await page.getByText('Not yet as approved.').waitFor(LONG)
        await noFindings()
      }
    ],
    [
      'the list of keys opens and closes by key',
      async () => {
        await page.keyboard.press('?')
        await page.getByRole('dialog').waitFor()
        await noFindings()
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'hidden' })
      }
    ]
  ]
}
