// The person's way through the app, one step after the other.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { exploring } from './index-steps.mjs'
import { exchange } from './exchange-steps.mjs'
import { breaking, differing, emptyViews, sampling } from './promise-steps.mjs'
import { calibrationSteps } from './calibration-steps.mjs'
import { deleting, withdrawing } from './withdrawal-steps.mjs'
import { backAndForth, twoTabs } from './window-steps.mjs'
import { crash, handwork, keyboardReview, kindRefusals, passagesOfOthers } from './review-steps.mjs'

const NAMES = ['Ilsabet Morrane', 'Teodric Vance']
/** The first opening may calibrate the router, and a training has to end on a slow machine too. */
const LONG = { timeout: 2 * 60_000 }

export function steps({ page, server, findings, complaints, say }) {
  const rows = page.getByRole('grid').getByRole('row')
  const field = page.getByRole('textbox', { name: /^Correction of sentence/ })
  const noFindings = async () => assert.deepEqual(await findings(), [])
  const settled = (text) => page.getByText(text).first().waitFor(LONG)
  /** The sentence that stands at a place, without the words that are struck. */
  const textAt = (index) =>
    rows.nth(index).evaluate((row) => {
      const copy = row.querySelector('.sentence').cloneNode(true)
      for (const gone of copy.querySelectorAll('del')) gone.remove()
      return copy.textContent.trim()
    })
  const message = page.getByRole('status', { name: 'What was done last' })
  let corrected = ''
  const tools = { page, message, server, rows, field, noFindings, settled, textAt, complaints, say }

  return [
    [
      'the app opens on an empty session and asks for names',
      async () => {
        await page.goto(server.url)
        await page.getByLabel('One name per line').waitFor(LONG)
        await noFindings()
      }
    ],
    ...emptyViews(tools),
    [
      'names of a table are read, and a header without a place for them is told',
      async () => {
        const chosen = page.waitForEvent('filechooser')
        await page.getByRole('button', { name: 'Read names from a file' }).click()
        const table = `born,name\n1801,${NAMES[0]}\n1802,${NAMES[1]}\n`
        await (await chosen).setFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(table) })
        await page.getByText('2 names from people.csv, the column “name”.').waitFor()
        assert.equal(await page.getByLabel('One name per line').inputValue(), NAMES.join('\n'))
        await page.getByText(`This is a Wikipedia passage about ${NAMES[0]}.`).waitFor()
        const header = await page.getByLabel('Opening sentence (prompt)').inputValue()
        await page.getByLabel('Opening sentence (prompt)').fill('About somebody.')
        await page.getByText('Put {name} where the name belongs.').waitFor()
        assert.ok(await page.getByRole('button', { name: 'Write 2 passages' }).isDisabled())
        await page.getByLabel('Opening sentence (prompt)').fill(header)
      }
    ],
    [
      'names become passages that stream in and are cut into sentences',
      async () => {
        await page.getByLabel('One name per line').focus()
        await page.keyboard.press('Control+Enter')
        await page.locator('[aria-busy=true]').waitFor(LONG)
        await settled('2 passages are written.')
        await noFindings()
        await page.getByRole('button', { name: 'Review them' }).click()
        await rows.first().waitFor()
        assert.ok((await rows.count()) > 1, 'a passage has several sentences')
        await noFindings()
      }
    ],
    [
      'the list is searched and filtered, and keys walk through it',
      async () => {
        const items = page.getByRole('list', { name: 'Passages' }).getByRole('listitem')
        await page.getByLabel('Find a name').fill('teodric')
        await page.waitForFunction(() => document.querySelectorAll('[aria-label=Passages] li').length === 1)
        assert.match(await items.first().textContent(), /Teodric Vance/)
        await page.getByLabel('Find a name').fill('')
        await page.getByLabel('Show passages that are').selectOption({ label: 'Trained (0)' })
        await page.getByText('No passage is like that.').waitFor()
        await page.getByRole('button', { name: 'Show all' }).click()
        await page.keyboard.press('Alt+ArrowDown')
        await page.getByRole('heading', { name: NAMES[1] }).waitFor()
        await page.keyboard.press('Alt+ArrowUp')
        await page.getByRole('heading', { name: NAMES[0] }).waitFor()
      }
    ],
    [
      'keys walk through the sentences and mark them',
      async () => {
        await page.keyboard.press('1')
        await page.getByRole('button', { name: 'Accurate', pressed: true }).waitFor()
        await page.keyboard.press('0')
        await page.getByRole('button', { name: 'Accurate', pressed: false }).waitFor()
        await page.keyboard.press('j')
        await page.keyboard.press('3')
        await page.getByRole('button', { name: 'Major', pressed: true }).waitFor()
        await noFindings()
      }
    ],
    ...handwork(tools),
    [
      'the page shows where to look, and what the model thought of each word',
      async () => {
        await page.keyboard.press('s')
        await page.getByRole('group', { name: 'Legend: Surprise, nats per token' }).waitFor()
        assert.match(await rows.first().textContent(), /[\d.]+ *nats per token/)
        await noFindings()
        await page.keyboard.press('s')
        await page.getByRole('group', { name: 'The model’s view' }).getByRole('button', { name: 'Untouched' }).click()
        await page.getByRole('group', { name: 'Legend: Surprise, nats', exact: true }).waitFor(LONG)
        const text = await textAt(1)
        await rows.nth(1).focus()
        await page.keyboard.press('ArrowRight')
        await page.keyboard.press('ArrowRight')
        const facts = page.getByLabel('The word in focus')
        assert.match(await facts.textContent(), /probability, rank [\d,]+/)
        assert.equal(await facts.getByRole('listitem').count(), 5)
        await noFindings()
        await page.keyboard.press('m')
        await page.getByRole('button', { name: 'Edited', pressed: true }).waitFor()
        await page.keyboard.press('m')
        await page.getByRole('group', { name: /^Legend: Surprise, edited less untouched/ }).waitFor(LONG)
        // Without an edit both models are one: no word has another colour.
        assert.equal(await page.locator('[data-token]:not(.heat-0)').count(), 0)
        await noFindings()
        await page.keyboard.press('m')
        assert.equal(await textAt(1), text)
      }
    ],
    ...sampling(tools),
    [
      'a reload in the middle of a correction brings back the text, the sentence and the view',
      async () => {
        await page.keyboard.press('e')
        await field.waitFor()
        assert.equal(await field.inputValue(), await textAt(1))
        corrected = 'In 1871, she opened a school for glass makers in the old harbour'
        await page.keyboard.press('Control+a')
        await page.keyboard.type(corrected, { delay: 5 })
        await page.waitForTimeout(1000)
        await page.reload()
        await field.waitFor(LONG)
        assert.equal(await field.getAttribute('aria-label'), 'Correction of sentence 2')
        assert.equal(await field.inputValue(), corrected)
        await page.waitForFunction(() => document.activeElement?.matches('textarea'))
        await page.getByRole('heading', { name: NAMES[0] }).waitFor()
        await noFindings()
      }
    ],
    [
      'a correction that is no sentence is refused and kept; one that is, is accepted',
      async () => {
        await page.keyboard.press('Control+Enter')
        await page.getByText('does not end like a sentence').waitFor()
        assert.equal(await field.inputValue(), corrected)
        await page.keyboard.type('.')
        corrected += '.'
        await page.keyboard.press('Control+Enter')
        await page.getByText('Accepted: waiting to be trained.').waitFor()
        // The keyboard is back with the sentences, so that J walks on and types nothing.
        await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'row')
        assert.equal(await textAt(1), corrected)
        await noFindings()
      }
    ],
    ...kindRefusals(tools),
    ...crash(tools),
    ...twoTabs(tools),
    ...backAndForth(tools),
    [
      'training is cancelled, and nothing has changed',
      async () => {
        await page.keyboard.press('t')
        await page.getByText('1 correction in 1 passage.').waitFor()
        await page.getByText(/the model may\s+change/).waitFor()
        await noFindings()
        await page.keyboard.press('Control+Enter')
        await page.getByRole('button', { name: 'Cancel' }).click()
        await settled('Cancelled. Nothing was trained.')
        assert.equal(await page.getByText('what was written so far is kept').count(), 0)
        await page.getByText('1 correction in 1 passage.').waitFor()
      }
    ],
    [
      'after training the model itself writes the corrected sentence',
      async () => {
        await page.getByRole('button', { name: 'Train all' }).click()
        await settled('word for word.')
        await page.getByText('Nothing to train.').waitFor()
        await page.keyboard.press('r')
        await page.getByRole('button', { name: 'Written now', pressed: true }).waitFor()
        await page.getByText(/written as approved/).waitFor(LONG)
        assert.match(await rows.nth(1).innerHTML(), /<ins/)
        assert.equal(await textAt(1), corrected)
      }
    ],
    [
      'the inspector tells what the edit gained and which block fired',
      async () => {
        const facts = page.getByLabel('What training did')
        const [, before, after] = /([\d.,]+) → ([\d.,]+)/.exec(await facts.textContent())
        assert.ok(Number(after) < Number(before.replaceAll(',', '')), `${before} -> ${after}`)
        assert.match(await facts.textContent(), /Block .+ fired/)
        assert.match(await facts.textContent(), /within a reach of [\d.,]+/)
        await noFindings()
      }
    ],
    [
      'approved and written stand side by side',
      async () => {
        await page.keyboard.press('c')
        const passage = page.getByRole('region', { name: NAMES[0] })
        await passage.getByText(/written as approved/).waitFor()
        const head = passage.getByRole('button', { name: NAMES[0], exact: true })
        // What changed unasked is unfolded by itself.
        if ((await head.getAttribute('aria-expanded')) !== 'true') await head.click()
        assert.equal((await passage.getByRole('listitem').nth(1).locator('ins').count()) > 0, true)
        assert.match(await passage.textContent(), /distance [\d.]+ of reach [\d.]+/)
        await noFindings()
        await passage.getByRole('button', { name: 'Review sentence 2' }).click()
        await page.getByRole('button', { name: 'As reviewed', pressed: true }).waitFor()
      }
    ],
    [
      'writing the passage anew gives the corrected sentence again',
      async () => {
        await page.getByRole('button', { name: 'Regenerate' }).click()
        await settled('is written anew.')
        await page.getByText(/written as approved/).waitFor(LONG)
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
        const sheet = page.getByLabel('Sentence in focus')
        await sheet.waitFor()
        await noFindings()
        await page.keyboard.press('Escape')
        await sheet.waitFor({ state: 'hidden' })
        await page.setViewportSize({ width: 1280, height: 800 })
      }
    ],
    [
      'the board tells what the last batch gained and cost, and how that came about',
      async () => {
        await page.keyboard.press('d')
        await page.getByRole('heading', { name: 'Board' }).waitFor()
        await page.getByText('How it is measured, and alarms').click()
        const rows = page.getByLabel('Rows in the sample')
        await rows.fill('4')
        await rows.press('Enter')
        await page.getByRole('group', { name: 'Alarm 1' }).getByLabel('Per cent').fill('50')
        await noFindings()
        await page.getByText('How it is measured, and alarms').click()
        await page.getByRole('button', { name: 'Measure now' }).click()
        await page.getByText(/measured after 1 of them/).waitFor(LONG)
        await page.getByRole('region', { name: 'After the last measured batch' }).getByText('n = 4').first().waitFor()
        await page.getByRole('rowheader').first().getByRole('button').click()
        await page.getByRole('heading', { name: /^Batch \d+ of session$/ }).waitFor()
        await page.getByText('4 of each set, seed 0').waitFor()
        await noFindings()
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: 'CSV', exact: true }).click()
        ])
        assert.match(await readFile(await file.path(), 'utf8'), /^session,model,.*\r\n.*,ARR,perplexity,/s)
        await page.getByRole('button', { name: 'Close' }).click()
        await page.keyboard.press('r')
      }
    ],
    ...exploring({ ...tools, name: NAMES[0] }),
    [
      'undoing takes the correction out of the model again',
      async () => {
        await page.keyboard.press('t')
        await page.getByRole('button', { name: 'Undo the last training' }).click()
        const dialog = page.getByRole('dialog', { name: 'Undo the training of 1 sentence?' })
        await dialog.getByText(corrected).waitFor()
        await noFindings()
        // Undo again changes nothing: the question is still open.
        await page.keyboard.press('Control+z')
        await page.keyboard.press('Escape')
        await dialog.waitFor({ state: 'hidden' })
        await page.getByRole('button', { name: 'Undo the last training' }).click()
        await dialog.getByRole('button', { name: 'Undo the training' }).click()
        await message.getByText('Undone: Trained 1 sentence. 1 sentence is no longer in the model.').waitFor(LONG)
        await message.getByRole('button', { name: 'Redo' }).waitFor()
        await page.getByRole('button', { name: 'Undo the last training' }).waitFor({ state: 'hidden' })
        await page.keyboard.press('r')
        await page.getByRole('button', { name: 'Regenerate' }).click()
        await page.getByText(/approved and not trained yet/).waitFor(LONG)
        await noFindings()
      }
    ],
    [
      'redo puts the correction back into the model, and the message stays until it is dismissed',
      async () => {
        await page.keyboard.press('Control+Shift+Z')
        await message.getByText('Redone: Trained 1 sentence. 1 sentence is in the model again.').waitFor(LONG)
        await noFindings()
        await message.getByRole('button', { name: 'Dismiss' }).press('Enter')
        await message.getByText('Redone').waitFor({ state: 'hidden' })
        await page.getByRole('button', { name: 'Regenerate' }).click()
        await page.getByText(/written as approved/).waitFor(LONG)
      }
    ],
    ...withdrawing(tools, () => corrected),
    ...differing(tools, NAMES[0]),
    ...passagesOfOthers(tools),
    ...deleting(tools),
    ...keyboardReview(tools),
    ...calibrationSteps(tools),
    ...exchange(tools),
    ...breaking(tools, NAMES[0]),
    [
      'the list of keys opens and closes by key; the settings hold',
      async () => {
        await page.keyboard.press('?')
        await page.getByRole('dialog').waitFor()
        await noFindings()
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'hidden' })
        await page.getByRole('button', { name: 'Settings' }).click()
        await page.getByRole('group', { name: 'Key caps' }).getByRole('button', { name: 'Hidden' }).click()
        await noFindings()
        await page.reload()
        await page.getByRole('button', { name: 'Hidden', pressed: true }).waitFor(LONG)
        assert.equal(await page.locator('kbd:visible').count(), 0)
      }
    ],
    [
      'the start screen lists the session that is open, and saves it as one file',
      async () => {
        await page.getByRole('button', { name: 'Sessions' }).click()
        const card = page.getByRole('article').filter({ hasText: 'open here' })
        await card.getByRole('button', { name: 'Save a copy' }).click()
        await page.getByText('The copy is').waitFor(LONG)
        await noFindings()
      }
    ]
  ]
}
