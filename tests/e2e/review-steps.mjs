// What the review workspace does beyond the main way: each flow on the real engine.
import assert from 'node:assert/strict'

/** A training has to end on a slow machine too. */
const LONG = { timeout: 2 * 60_000 }

/** Splitting, joining and undoing, on the passage in focus. */
export function handwork({ page, rows, textAt, noFindings }) {
  return [
    [
      'a sentence is split at a word and joined again, and every step is undone and redone',
      async () => {
        const count = await rows.count()
        const text = await textAt(1)
        await rows.nth(1).focus()
        for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowRight')
        const word = text.split(/\s+/)[2]
        await page.getByText(`A sentence can begin at “${word}”.`).waitFor()
        await noFindings()
        await page.keyboard.press('b')
        await rows.nth(count).waitFor()
        assert.ok((await textAt(2)).startsWith(word))
        await page.keyboard.press('Control+z')
        await rows.nth(count).waitFor({ state: 'detached' })
        assert.equal(await textAt(1), text)
        await page.keyboard.press('Control+Shift+Z')
        await rows.nth(count).waitFor()
        await rows.nth(1).focus()
        await page.keyboard.press('g')
        await rows.nth(count).waitFor({ state: 'detached' })
        assert.equal(await textAt(1), text)
      }
    ],
    [
      'the history tells what was done, and its keys work on it',
      async () => {
        await page.keyboard.press('h')
        const dialog = page.getByRole('dialog', { name: 'History' })
        await dialog.getByText('Joined sentence 2 with the next one').waitFor()
        await dialog.getByText('Split sentence 2').waitFor()
        await noFindings()
        await page.keyboard.press('Control+z')
        await dialog.getByText('Undone', { exact: true }).waitFor()
        await dialog.getByRole('button', { name: 'Redo' }).click()
        await dialog.getByText('Undone', { exact: true }).waitFor({ state: 'hidden' })
        await page.keyboard.press('Escape')
        await dialog.waitFor({ state: 'hidden' })
        await rows.nth(1).focus()
      }
    ]
  ]
}

/** The engine dies while the person types. */
export function crash({ page, server, field, rows, complaints, noFindings }) {
  return [
    [
      'a tab finds its server again after SIGKILL and a restart, and sends what was typed meanwhile',
      async () => {
        await rows.nth(2).focus()
        await page.keyboard.press('e')
        await field.waitFor()
        const typed = 'In 1902, she left the harbour for the hills'
        await page.keyboard.press('Control+a')
        await page.keyboard.type(typed)
        await page.waitForTimeout(1000)
        const before = complaints.length
        await server.crash()
        await page.getByText('This tab connects again by itself').waitFor()
        // What is typed while there is no server is sent to the next one, at another sentence too.
        await page.keyboard.type(' of Tarn')
        await page.getByText('Not saved yet: the server does not answer.').waitFor()
        await noFindings()
        const address = server.url
        await server.restart()
        assert.equal(server.url, address)
        await page.getByText('This tab connects again by itself').waitFor({ state: 'hidden', ...LONG })
        await page.locator('#correction-state').getByText('Draft saved.').waitFor()
        // What the browser says of the lost connection is what was asked for.
        complaints.splice(before)
        assert.equal(await field.inputValue(), `${typed} of Tarn`)
        await page.reload()
        await field.waitFor(LONG)
        assert.equal(await field.getAttribute('aria-label'), 'Correction of sentence 3')
        assert.equal(await field.inputValue(), `${typed} of Tarn`)
        await page.keyboard.press('Escape')
        await page.getByRole('button', { name: 'Remove', exact: true }).click()
        await page.getByText('None yet.').waitFor()
        await rows.nth(1).focus()
      }
    ]
  ]
}

/** What a correction may not be, told while it is typed. */
export function kindRefusals({ page, field, rows, textAt }) {
  return [
    [
      'a correction that is empty, the same or too long is told at once',
      async () => {
        await rows.nth(2).focus()
        const same = await textAt(2)
        await page.keyboard.press('e')
        await field.fill('')
        await page.getByText('Empty: the sentence stays as it is').waitFor()
        await field.fill(same)
        await page.getByText('This is the sentence as it stands.').waitFor()
        await field.fill(`${'moss '.repeat(700)}grows.`)
        await page.getByText(/tokens too long: the model reads \d+ in all/).waitFor()
        assert.ok(await page.getByRole('button', { name: 'Accept' }).isDisabled())
        await field.fill('')
        await page.keyboard.press('Escape')
        await rows.nth(1).focus()
      }
    ]
  ]
}

/** Files with passages, good and bad; versions of a passage. */
export function passagesOfOthers({ page, rows, settled, noFindings }) {
  return [
    [
      'a file of passages is shown before it is imported: its bad rows named, what is there already left out',
      async () => {
        await page.keyboard.press('n')
        const give = async (name, content) => {
          const chosen = page.waitForEvent('filechooser')
          await page.getByRole('button', { name: 'Import passages' }).click()
          await (await chosen).setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) })
        }
        const good = {
          prompt: 'This is a Wikipedia passage about Orla Venn.',
          sentences: [
            { text: 'Orla Venn was a weaver.', label: 'accurate' },
            { text: 'She was born in Tarn.', label: 'minor_inaccurate' }
          ]
        }
        const dialog = page.getByRole('dialog', { name: 'Import people.jsonl' })
        const content = `${JSON.stringify(good)}\n{"prompt": "About nobody."}\n`
        await give('people.jsonl', content)
        await dialog.getByText('Read as passages: it has prompt').waitFor()
        await dialog.getByText('1 row cannot be read and is left out').click()
        await dialog.getByText('people.jsonl, line 2').waitFor()
        await noFindings()
        await dialog.getByRole('button', { name: 'Import 1 passage' }).click()
        await page.getByRole('heading', { name: 'Orla Venn' }).waitFor()
        assert.equal(await rows.count(), 2)
        await rows.nth(1).focus()
        await page.getByRole('button', { name: 'Minor', pressed: true }).waitFor()

        await page.keyboard.press('n')
        await give('people.jsonl', content)
        await dialog.getByText('1 already in this session').waitFor()
        assert.ok(await dialog.getByRole('button', { name: 'Import 0 passages' }).isDisabled())
        await dialog.getByRole('button', { name: 'Close' }).click()

        await give('life.docx', Buffer.from([0x50, 0x4b, 3, 4, 0xff, 0xfe]))
        await page.getByText('life.docx is a word processor document, not plain text.').waitFor()

        // Edits belong elsewhere, and get there.
        await give('edits.csv', 'prompt,target_new\nWho was Orla Venn?,\n')
        const edits = page.getByRole('dialog', { name: 'Import edits.csv' })
        await edits.getByText('This is a file of edits').waitFor()
        await edits.getByRole('button', { name: 'Train it instead' }).click()
        await page.getByRole('alert').getByText('edits.csv').first().waitFor()
        await page.keyboard.press('r')
        await page.getByRole('heading', { name: 'Orla Venn' }).waitFor()
      }
    ],
    [
      'a file that is dropped anywhere is shown; its name is corrected, and its first sentence can be reviewed',
      async () => {
        await page.keyboard.press('d')
        const text = 'He was Bram Oller, a mason. He built the mill.'
        const data = await page.evaluateHandle((content) => {
          const held = new DataTransfer()
          held.items.add(new File([content], 'life.txt', { type: 'text/plain' }))
          return held
        }, text)
        await page.dispatchEvent('main', 'dragenter', { dataTransfer: data })
        await page.getByText('Drop the file to see what is in it.').waitFor()
        await noFindings()
        await page.dispatchEvent('main', 'drop', { dataTransfer: data })
        const dialog = page.getByRole('dialog', { name: 'Import life.txt' })
        await dialog.getByLabel('Name of passage 1').fill('Bram Oller')
        await dialog.getByText('This is a Wikipedia passage about Bram Oller.').waitFor()
        await noFindings()
        await dialog.getByRole('button', { name: 'Import 1 passage' }).click()
        await page.getByRole('heading', { name: 'Bram Oller' }).waitFor()
        assert.equal(await rows.count(), 2)
        await page.keyboard.press('1')
        await page.getByRole('button', { name: 'Accurate', pressed: true }).waitFor()
        await page.keyboard.press('Control+z')
        // Undoing leads to the sentence, so Back waits for it.
        await page.getByText('Undone: Marked sentence 1 accurate (Bram Oller).').first().waitFor()
        await page.goBack()
        await page.goBack()
        await page.getByRole('heading', { name: 'Orla Venn' }).waitFor()
        await rows.nth(1).focus()
      }
    ],
    [
      'another version is written beside the one under review, which is looked at and brought back',
      async () => {
        await page.locator('summary', { hasText: 'Write another version' }).click()
        await page.getByRole('button', { name: 'Write another version' }).click()
        await settled('Another version of Orla Venn is written')
        const summary = page.locator('summary', { hasText: 'Version 2 of 2' })
        await summary.waitFor()
        // The text was replaced while it was written, and the fold with it.
        await page.locator('details.versions').evaluate((fold) => (fold.open = true))
        await page.getByRole('button', { name: 'Show', exact: true }).click()
        await page.getByRole('list', { name: 'Version 1' }).getByText('She was born in Tarn.').waitFor()
        await noFindings()
        await page.getByRole('button', { name: 'Bring back' }).click()
        await page.locator('summary', { hasText: 'Version 1 of 2' }).waitFor()
        assert.equal(await rows.count(), 2)
      }
    ]
  ]
}

const PEOPLE = ['Sunniva Karlow', 'Edric Maunder', 'Perrin Halvane', 'Ottoline Brasker']

/** One passage from its name to "as approved" by keyboard alone; every key that is no letter of a text counts. */
export function keyboardReview({ page, rows, field, settled, noFindings, say }) {
  let keys = 0
  const press = async (key) => {
    keys++
    await page.keyboard.press(key)
  }
  const focusedRow = (index) =>
    page.waitForFunction((i) => document.activeElement?.dataset.sentence === String(i), index)

  return [
    [
      'a whole passage is reviewed, trained and written as approved by keyboard alone',
      async () => {
        await page.keyboard.press('n')
        await page.getByLabel('One name per line').fill(PEOPLE.join('\n'))
        await page.keyboard.press('Control+Enter')
        await settled(`${PEOPLE.length} passages are written.`)
        await page.keyboard.press('Escape')
        await page.keyboard.press('r')
        // The longest of them: as a rule one has eight sentences.
        let best = { name: '', count: 0 }
        for (const name of PEOPLE) {
          await page.getByRole('list', { name: 'Passages' }).getByRole('button', { name }).click()
          await page.getByRole('heading', { name }).waitFor()
          const count = await rows.count()
          if (count > best.count) best = { name, count }
        }
        assert.ok(best.count >= 5, `the longest passage has ${best.count} sentences`)
        await page.getByRole('list', { name: 'Passages' }).getByRole('button', { name: best.name }).click()
        await page.getByRole('heading', { name: best.name }).waitFor()
        await page.keyboard.press('n')
        await page.keyboard.press('Escape')

        keys = 0
        await press('r')
        await focusedRow(0)
        const wrong = [1, 3, best.count - 1]
        let at = 0
        for (const [n, index] of wrong.entries()) {
          for (; at < index; at++) await press('j')
          await focusedRow(index)
          await press('e')
          await field.waitFor()
          await press('Control+a')
          await page.keyboard.type(`In 19${n + 10}, the town of Harrow Bridge gave its silver medal to the family.`)
          await press('Control+Enter')
          await field.waitFor({ state: 'detached' })
        }
        await press('a')
        await page.waitForFunction(
          (count) => document.querySelectorAll('.sentence.accurate').length === count - 3,
          best.count
        )
        await press('t')
        const group = page.getByRole('region', { name: best.name })
        await group.waitFor()
        await group.getByText('Reading what the model would write').waitFor({ state: 'hidden', ...LONG })
        await noFindings()
        await press('Control+Enter')
        await settled('word for word.')
        await press('r')
        await page.getByText(/written as approved/).waitFor(LONG)
        say(`${best.count} sentences, 3 corrections, ${keys} keystrokes besides typing`)
        assert.ok(keys <= 25, `${keys} keystrokes`)
      }
    ]
  ]
}
