// What is taken out of the model or out of the list, and how it comes back: on the real engine.
import assert from 'node:assert/strict'

/** A model reads and writes on a slow machine too. */
const LONG = { timeout: 2 * 60_000 }

/** On the trained correction of the second sentence of the passage in focus. */
export function withdrawing({ page, message, rows, field, textAt, noFindings }, corrected) {
  const correction = page.getByRole('region', { name: 'Correction' })
  return [
    [
      'Esc on a trained correction that was reopened brings back what was accepted, and redo what was typed',
      async () => {
        await page.getByRole('button', { name: 'As reviewed' }).click()
        await rows.nth(1).focus()
        await correction.getByText('Accepted and trained.').waitFor()
        await page.keyboard.press('e')
        await field.waitFor()
        await page.keyboard.press('Control+a')
        await page.keyboard.type('In 1900, she left the town.')
        await page.getByText('Kept as a draft over the accepted correction.').waitFor()
        await page.keyboard.press('Escape')
        await message.getByText('The accepted correction is back.').waitFor()
        await correction.getByText('Accepted and trained.').waitFor()
        assert.equal(await textAt(1), corrected())
        await noFindings()
        await message.getByRole('button', { name: 'Redo' }).click()
        await correction.getByText('accepted and trained; the model still writes that one').waitFor()
        await noFindings()
        await correction.getByRole('button', { name: 'Back to what was accepted' }).click()
        await correction.getByText('Accepted and trained.').waitFor()
      }
    ],
    [
      'a trained correction that is removed is withdrawn from the model, and undo brings both back',
      async () => {
        await rows.nth(1).focus()
        await correction.getByText('Removing it also withdraws it from the model.').waitFor()
        await correction.getByRole('button', { name: 'Remove and withdraw' }).click()
        await message.getByText('Removed the correction of sentence 2.').waitFor(LONG)
        await message.getByText(`The model no longer writes “${corrected()}”`).waitFor()
        await correction.getByText('None yet.').waitFor()
        await noFindings()
        await page.keyboard.press('Escape')
        await page.getByRole('button', { name: 'Regenerate' }).click()
        const written = page.getByRole('button', { name: 'Written now', pressed: true })
        await written.waitFor(LONG)
        await page.getByText('is written anew.').first().waitFor(LONG)
        assert.notEqual(await textAt(1), corrected())
        await page.keyboard.press('Control+z')
        await message.getByText('Undone: Removed the correction of sentence 2 and withdrew its edit').waitFor(LONG)
        await correction.getByText('Accepted and trained.').waitFor()
        await page.getByRole('button', { name: 'Regenerate' }).click()
        await page
          .getByText(/written as approved/)
          .first()
          .waitFor(LONG)
      }
    ]
  ]
}

/** On the passage that was imported last. */
export function deleting({ page, message, noFindings }) {
  const list = page.getByRole('list', { name: 'Passages' })
  const dialog = page.getByRole('dialog', { name: /^Delete/ })
  return [
    [
      'a passage is deleted by key and comes back with undo; an import is undone too',
      async () => {
        await list.getByRole('button', { name: 'Orla Venn' }).click()
        await page.keyboard.press('Delete')
        await dialog.getByText('It goes to the trash of this session').waitFor()
        await noFindings()
        await dialog.getByRole('button', { name: 'Delete' }).press('Enter')
        await message.getByText('Deleted “Orla Venn”.').waitFor()
        await list.getByRole('button', { name: 'Orla Venn' }).waitFor({ state: 'detached' })
        await noFindings()
        await message.getByRole('button', { name: 'Undo' }).press('Enter')
        await list.getByRole('button', { name: 'Orla Venn' }).waitFor()
      }
    ],
    [
      'several passages are deleted at once, and the person says what becomes of their trained edits',
      async () => {
        await page.getByRole('button', { name: 'Select', exact: true }).click()
        await page.getByRole('checkbox', { name: 'All shown' }).check()
        await noFindings()
        await page.getByRole('button', { name: /^Delete \d+…$/ }).click()
        await dialog.getByText(/in the model:/).waitFor(LONG)
        assert.ok(await dialog.getByRole('button', { name: 'Delete' }).isDisabled(), 'nothing is chosen yet')
        await noFindings()
        await dialog.getByRole('radio', { name: /^Withdraw/ }).check()
        await dialog.getByRole('button', { name: 'Delete' }).click()
        await message.getByText(/^Deleted \d+ passages\.$/).waitFor(LONG)
        await page.getByText('There is nothing to review yet.').waitFor()
        await page.keyboard.press('Control+z')
        await message.getByText(/^Undone: Deleted \d+ passages and withdrew \d+ edits?\.$/).waitFor(LONG)
        await list.getByRole('button', { name: 'Orla Venn' }).click()
        await message.getByRole('button', { name: 'Dismiss' }).click()
      }
    ]
  ]
}
