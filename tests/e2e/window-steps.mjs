// What concerns the window as a whole: two tabs on one session, and the browser's own ways.
import assert from 'node:assert/strict'

const LONG = { timeout: 2 * 60_000 }

/** Two real tabs type at one sentence. */
export function twoTabs({ page, server, field, rows, noFindings }) {
  return [
    [
      'two tabs that type at one sentence keep both texts, each shows the other one, and nothing is replaced unasked',
      async () => {
        await rows.nth(2).focus()
        await page.keyboard.press('e')
        await field.fill('She left the harbour for the hills.')
        await page.locator('#correction-state').getByText('Draft saved.').waitFor()

        const other = await page.context().newPage()
        await other.goto(server.url)
        const otherField = other.getByRole('textbox', { name: 'Correction of sentence 3' })
        // The session knows where the person was.
        await otherField.waitFor(LONG)
        assert.equal(await otherField.inputValue(), 'She left the harbour for the hills.')
        // Both type before either has saved.
        await Promise.all([
          field.pressSequentially(' First tab.', { delay: 5 }),
          otherField.pressSequentially(' Second tab.', { delay: 5 })
        ])
        const texts = [
          'She left the harbour for the hills. First tab.',
          'She left the harbour for the hills. Second tab.'
        ]
        const refused = await Promise.any([
          page
            .getByText('Not saved: choose a version first.')
            .waitFor(LONG)
            .then(() => page),
          other
            .getByText('Not saved: choose a version first.')
            .waitFor(LONG)
            .then(() => other)
        ])
        assert.equal(await field.inputValue(), texts[0])
        assert.equal(await otherField.inputValue(), texts[1])
        // The one that was refused shows the saved text beside its own.
        const theirs = refused === page ? texts[1] : texts[0]
        await refused.getByRole('alert').getByText(theirs, { exact: true }).waitFor()
        if (refused === page) await noFindings()
        await refused.getByRole('button', { name: 'Keep my text' }).click()
        const kept = refused === page ? other : page
        const mine = refused === page ? texts[0] : texts[1]
        await kept.getByRole('alert').getByText(mine, { exact: true }).waitFor()
        assert.equal(await field.inputValue(), texts[0])
        assert.equal(await otherField.inputValue(), texts[1])
        await kept.getByRole('button', { name: 'Use that one instead' }).click()
        await kept.getByRole('alert').waitFor({ state: 'hidden' })
        const shown = kept === page ? field : otherField
        assert.equal(await shown.inputValue(), mine)
        await other.close()
        await page.keyboard.press('Escape')
        await page.getByRole('button', { name: 'Remove', exact: true }).click()
        await page.getByText('None yet.').waitFor()
        await rows.nth(1).focus()
      }
    ]
  ]
}

/** The browser's Back goes through the views and passages, and never leaves the app. */
export function backAndForth({ page, rows }) {
  const current = (name) =>
    page
      .getByRole('navigation')
      .getByRole('button', { name, exact: false })
      .and(page.locator('[aria-current=page]'))
      .waitFor()
  return [
    [
      'Back goes to the last view and to the last passage, and Forward comes again',
      async () => {
        const passages = page.getByRole('list', { name: 'Passages' }).getByRole('button')
        const first = await page.getByRole('heading', { level: 1 }).textContent()
        await passages.filter({ hasNotText: first }).first().click()
        const second = await page.getByRole('heading', { level: 1 }).textContent()
        assert.notEqual(second, first)
        await page.keyboard.press('t')
        await current('Train')
        await page.keyboard.press('d')
        await current('Board')
        await page.goBack()
        await current('Train')
        await page.goBack()
        await current('Review')
        await page.getByRole('heading', { name: second, level: 1 }).waitFor()
        await page.goBack()
        await page.getByRole('heading', { name: first, level: 1 }).waitFor()
        await page.goForward()
        await page.getByRole('heading', { name: second, level: 1 }).waitFor()
        await page.goBack()
        await page.getByRole('heading', { name: first, level: 1 }).waitFor()
        await rows.nth(1).focus()
      }
    ]
  ]
}
