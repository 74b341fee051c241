// Likely errors, and what is promised: before training, and where the model writes something else afterwards.
import assert from 'node:assert/strict'
import { giveEdits } from './exchange-steps.mjs'

/** A training has to end on a slow machine too. */
const LONG = { timeout: 2 * 60_000 }

/** What each view says before anything is there. */
export function emptyViews({ page, noFindings }) {
  const views = [
    ['Review', 'There is nothing to review yet.'],
    ['Train', 'Nothing to train.'],
    ['Compare', 'Nothing to compare yet.'],
    ['Board', 'Nothing to follow yet.']
  ]
  return [
    [
      'every view says what belongs there before anything does',
      async () => {
        const rail = page.getByRole('navigation')
        for (const [view, text] of views) {
          await rail.getByRole('button', { name: view }).click()
          await page.getByText(text).waitFor()
          await noFindings()
        }
        await rail.getByRole('button', { name: 'Write' }).click()
        await page.getByLabel('One name per line').waitFor()
      }
    ]
  ]
}

/** Scores by sampled passages, and the key that walks from one place to look at to the next. */
export function sampling({ page, rows, settled, noFindings }) {
  const focusedSentence = () => page.evaluate(() => Number(document.activeElement?.dataset.sentence ?? NaN))
  return [
    [
      'passages are sampled to compare with, and a key walks from one place to look at to the next',
      async () => {
        await page.keyboard.press('s')
        await page.getByRole('group', { name: 'Score' }).getByRole('button', { name: 'Unsupported' }).click()
        await page.getByText('Nothing is sampled yet.').waitFor()
        await page.getByLabel('Number').fill('2')
        await page.getByRole('button', { name: 'Sample', exact: true }).click()
        await settled('Compared with 2 samples.')
        await page.getByText('It says where to look first, not what is wrong.').waitFor()
        await noFindings()
        const read = await rows.evaluateAll((all) =>
          all.map((row, index) => ({
            index,
            score: Number(row.querySelector('.score .step').textContent),
            judged: row.querySelector('.major_inaccurate, .accurate, .minor_inaccurate') !== null
          }))
        )
        assert.ok(read.every(({ score }) => score > 0))
        // The highest of those that nobody has judged, then the next one.
        const [first, second] = read.filter((s) => !s.judged).sort((a, b) => b.score - a.score || a.index - b.index)
        await rows.nth(1).focus()
        await page.keyboard.press('Escape')
        for (const { index } of [first, second]) {
          await page.keyboard.press('w')
          await page.waitForFunction((i) => document.activeElement?.dataset.sentence === String(i), index)
        }
        assert.notEqual(await focusedSentence(), first.index)
        await page.getByRole('group', { name: 'Score' }).getByRole('button', { name: 'Surprise' }).click()
        await rows.nth(1).focus()
        await page.keyboard.press('s')
        await page.getByRole('region', { name: 'Likely errors' }).waitFor({ state: 'detached' })
      }
    ]
  ]
}

/** What is approved and not written stands first and is trained again; what would undo a training is told before. */
export function differing({ page, rows, field, settled, noFindings }, name) {
  const passages = page.getByRole('list', { name: 'Passages' })
  const correct = async (index, text) => {
    await rows.nth(index).focus()
    await page.keyboard.press('e')
    await field.fill(text)
    await page.keyboard.press('Control+Enter')
    await field.waitFor({ state: 'detached' })
  }
  return [
    [
      'what is approved and not written stands first in Compare, and one click trains it again',
      async () => {
        await correct(0, `${name} was a mender of church bells.`)
        await page.keyboard.press('c')
        const passage = page.getByRole('region', { name })
        await passage.getByText('1 approved and not trained yet').waitFor()
        await passage.getByText(/Approved, not trained yet/).waitFor()
        await passage.getByText(/^Before: /).waitFor()
        await noFindings()
        await passage.getByRole('button', { name: 'Train', exact: true }).click()
        await passage.getByText(/written as approved/).waitFor(LONG)
        await settled('word for word.')
        const [first] = await passage.getByRole('listitem').all()
        await first.getByText(/^Edit /).click()
        await first.getByText(`This is a Wikipedia passage about ${name}.`).waitFor()
        await noFindings()
      }
    ],
    [
      'a correction that would take the place of a trained one is told before it is trained',
      async () => {
        await page.keyboard.press('n')
        await page.getByLabel('One name per line').fill(name)
        await page.keyboard.press('Control+Enter')
        await settled(`${name} is written.`)
        await page.keyboard.press('Escape')
        await page.keyboard.press('r')
        await passages.getByRole('button', { name }).nth(1).click()
        await rows.first().waitFor()
        await correct(0, `${name} was a keeper of bees.`)
        await page.keyboard.press('t')
        const warning = page.getByRole('alert').filter({ hasText: 'trained to say something else at the same place' })
        await warning.getByText(`“${name} was a mender of church bells.”`).waitFor(LONG)
        await noFindings()
        // Left out, it takes nothing's place, and nothing is left to train.
        await page.getByRole('checkbox', { name }).uncheck()
        await warning.waitFor({ state: 'detached' })
        await page.getByText('Nothing is chosen: 1 passage waits.').waitFor()
        assert.ok(await page.getByRole('button', { name: 'Train 0' }).isDisabled())
        await page.keyboard.press('Control+z')
        // Undoing leads to what it changed.
        await page.getByText('None yet.').waitFor()
        await rows.first().focus()
      }
    ]
  ]
}

/** A file that says something else where a passage is promised: asked before, and told at once afterwards. */
export function breaking({ page, noFindings }, name) {
  return [
    [
      'a file that would break a promise is asked about, and a broken promise is told with what broke it',
      async () => {
        await page.keyboard.press('t')
        const prompt = `This is a Wikipedia passage about ${name}.`
        await giveEdits(page, 'other.json', [{ id: 'other', prompt, target_new: `${name} was a painter of signs.` }])
        const preview = page.getByRole('group', { name: 'Before training other.json' })
        await preview.getByText('1 promise would be broken').waitFor(LONG)
        await preview.getByText(`(sentence 1 of ${name}, which is promised)`).waitFor()
        await noFindings()
        await preview.getByRole('button', { name: 'Train all 1' }).click()
        const alert = page.getByRole('alert').filter({ hasText: 'no longer writes what was approved' })
        await alert.getByText('Edit other from other.json applies there instead.').waitFor(LONG)
        await noFindings()
        await alert.getByRole('button', { name: 'See in Compare' }).click()
        const passage = page.getByRole('region', { name, exact: true }).first()
        await passage.getByText(/promised sentences? broken/).waitFor()
        await passage.getByText('Promised, and the model writes something else').first().waitFor()
        await page.reload()
        await passage.getByText(/promised sentences? broken/).waitFor(LONG)
        await noFindings()
      }
    ]
  ]
}
