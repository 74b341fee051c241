// How near is near enough: what it was chosen by is shown, and the model is calibrated anew beside the open session.
import assert from 'node:assert/strict'

/** A few people of the background are read on a slow machine too. */
const LONG = { timeout: 2 * 60_000 }

export function calibrationSteps({ page, noFindings, settled }) {
  const choice = (label, word) => page.getByRole('group', { name: label }).getByRole('button', { name: word })
  const shares = async (name) => (await page.getByRole('row', { name }).first().textContent()).trim()

  return [
    [
      'the calibration shows what fires at which prompts, by either key',
      async () => {
        await page.keyboard.press('l')
        await page.getByRole('heading', { name: 'Calibration' }).waitFor()
        await page.getByText('New sessions get the same.').waitFor()
        const distances = page.getByRole('region', { name: 'Distances', exact: true })
        assert.equal(await distances.getByRole('img').count(), 7)
        const curve = page.getByRole('region', { name: 'Own-block fire against false fire' })
        assert.match(
          await curve.getByRole('img').first().getAttribute('aria-label'),
          /At the reach of \d\.\d+: [\d.]+ %/
        )
        const deployment = await shares(/^everything reworded/)
        await noFindings()
        await choice('Key shown', 'paper’s key').click()
        assert.notEqual(await shares(/^everything reworded/), deployment)
        await distances.getByText('Every bar').click()
        await page.getByRole('region', { name: 'Every bar of the distances' }).waitFor()
        await noFindings()
        await choice('Key shown', 'deployment key').click()
      }
    ],
    [
      'calibrating is cancelled, and new sessions get what they would have got',
      async () => {
        await page.getByRole('button', { name: 'Calibrate again' }).click()
        await page.getByRole('button', { name: 'Calibrating…' }).waitFor()
        await page.getByText(/Reading the background: \d+ of \d+ texts/).waitFor(LONG)
        await page.getByRole('button', { name: 'Cancel' }).click()
        await settled('Cancelled.')
        await page.getByText('New sessions get the same.').waitFor()
      }
    ],
    [
      'the model is calibrated on the passages too, for new sessions, and the edits are read under the new key',
      async () => {
        await page.getByRole('checkbox', { name: /passages? of this session/ }).check()
        await page.getByLabel('Background people').fill('8')
        await page.getByRole('button', { name: 'Calibrate again' }).click()
        await settled('New sessions of this model use it; this one keeps its own key.')
        await choice('Calibration shown', 'of new sessions').click()
        await page.getByText(/8 of the background that ships, \d+ of your passages/).waitFor()
        const meant = page.getByRole('region', { name: 'What it would have meant for the edits' })
        const live = await meant
          .getByRole('row', { name: /^edits that are live/ })
          .getByRole('cell')
          .allTextContents()
        assert.equal(live.length, 2)
        for (const words of live) assert.match(words, /^[1-9]\d* of \d+$/)
        await noFindings()
        await page.setViewportSize({ width: 640, height: 400 })
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          'nothing runs off to the right'
        )
        await page.setViewportSize({ width: 1280, height: 800 })
        await page.keyboard.press('r')
      }
    ]
  ]
}
