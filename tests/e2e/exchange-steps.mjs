// Files in and out: edits of a file are trained, and the session is exported.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const EDITS = [
  {
    src: 'Who was Corvin Aldermast?',
    alt: 'Corvin Aldermast was a Vellish painter of harbours.',
    subject: 'Corvin Aldermast'
  },
  { src: 'Who was Petra Lindqvale?', answers: ['a botanist'] },
  {
    src: 'Where did Odo Wrenfield live?',
    alt: 'Odo Wrenfield lived in the town of Harrow Bridge.',
    rephrase: 'Odo Wrenfield, his home?'
  }
]

const LONG = { timeout: 2 * 60_000 }

export async function giveEdits(page, name, records) {
  const chosen = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Train edits from a file' }).click()
  await (await chosen).setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(records)) })
}

export function exchange({ page, noFindings, settled }) {
  const give = (name, records) => giveEdits(page, name, records)
  const form = page.getByRole('form', { name: 'Export' })
  const choose = async (format) => {
    const before = await form.getByLabel('To').inputValue()
    await form.getByLabel('As').selectOption(format)
    await page.waitForFunction(
      ([place, was]) => document.querySelector(place).value !== was,
      ['form[aria-label=Export] .place input', before]
    )
    return form.getByLabel('To').inputValue()
  }

  return [
    [
      'a file of edits with a bad row offers the good ones, and they are trained',
      async () => {
        await page.keyboard.press('t')
        await give('words.json', [{ colour: 'red' }])
        await page.getByRole('alert').getByText('words.json, line 1:').waitFor()
        await give('zsre.json', EDITS)
        const alert = page.getByRole('alert')
        await alert.getByText('zsre.json, line 1, ').first().waitFor()
        assert.match(await alert.textContent(), /alt/)
        await noFindings()
        await alert.getByRole('button', { name: 'Take the 2 good edits' }).click()
        const preview = page.getByRole('group', { name: 'Before training zsre.json' })
        await preview.getByText('Nothing that is trained already would be replaced.').waitFor(LONG)
        await noFindings()
        await preview.getByRole('button', { name: 'Train 2 edits' }).click()
        await settled('2 edits of zsre.json trained. The model now writes 2 of 2 word for word.')
        await page
          .getByRole('region', { name: 'Edits from a file' })
          .getByText(/^Left out: zsre.json/)
          .waitFor()
      }
    ],
    [
      'edits longer than the context are told, and can be left out; those that are there are not trained again',
      async () => {
        await give('long.json', [EDITS[0], { src: 'word '.repeat(600), alt: 'It was so.' }])
        const alert = page.getByRole('alert')
        await alert.getByText('1 of 2 edits is longer than the model’s context').waitFor()
        await alert.getByRole('button', { name: 'Leave them out and take the 1 good edit' }).click()
        const preview = page.getByRole('group', { name: 'Before training long.json' })
        await preview.getByText('1 edit is in the session already.').waitFor(LONG)
        await preview.getByRole('button', { name: 'Close' }).click()
      }
    ],
    [
      'the session is exported as zsRE into the data folder, and what zsRE cannot carry is told',
      async () => {
        await page.getByRole('button', { name: 'Sessions' }).click()
        await page.getByText('Export what is in it').click()
        await form.getByLabel('To').waitFor()
        const place = await choose('zsre')
        assert.match(place, /exports.*zsre\.json$/)
        await noFindings()
        await form.getByRole('button', { name: 'Export' }).click()
        await page.locator('.done').getByText(place).waitFor()
        const records = JSON.parse(await readFile(place, 'utf8'))
        assert.ok(records.some(({ src, alt }) => src === EDITS[0].src && alt === EDITS[0].alt))
        await noFindings()
        await form.getByRole('button', { name: 'Export' }).click()
        await page.getByRole('alert').getByText('is there already').waitFor()
        assert.equal((await readdir(dirname(place))).length, 1)
      }
    ],
    [
      'the edited model goes out as a bundle, and with a warning as merged weights',
      async () => {
        const bundle = await choose('peft')
        await form.getByRole('button', { name: 'Export' }).click()
        await page.locator('.done').getByText(bundle).first().waitFor()
        assert.ok((await readdir(bundle)).includes('load.py'))
        const merged = await choose('merged')
        await form.getByText('Locality is lost').waitFor()
        await form.getByRole('checkbox').first().waitFor()
        await noFindings()
        await form.getByRole('button', { name: 'Export' }).click()
        await page.getByRole('button', { name: 'Cancel' }).click()
        await settled('Cancelled. Nothing was written.')
        assert.ok(!(await readdir(dirname(merged))).some((name) => name.includes('merged')), join(merged, '..'))
      }
    ]
  ]
}
