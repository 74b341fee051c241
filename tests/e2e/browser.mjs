// A Chromium for the end-to-end tests, wherever there is one.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]
const INSTALLED = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** Order: ERRATUM_CHROMIUM, Playwright's own, the one inside @sparticuz/chromium, an installed one. */
export async function launchChromium() {
  const refusals = []
  for (const candidate of [fromEnvironment, playwrightsOwn, packaged, installed]) {
    const executablePath = await candidate().catch((error) => void refusals.push(error.message))
    if (!executablePath) continue
    try {
      return await chromium.launch({ executablePath, args: FLAGS, headless: true })
    } catch (error) {
      refusals.push(`${executablePath}: ${error.message.split('\n')[0]}`)
    }
  }
  throw new Error(
    `No Chromium could be started. Set ERRATUM_CHROMIUM to one, or run \`npx playwright-core install chromium\`.\n${refusals.join('\n')}`
  )
}

async function fromEnvironment() {
  return process.env.ERRATUM_CHROMIUM
}

async function playwrightsOwn() {
  const path = chromium.executablePath()
  return existsSync(path) ? path : undefined
}

async function packaged() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const { default: sparticuz } = await import('@sparticuz/chromium')
  return sparticuz.executablePath()
}

async function installed() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return INSTALLED.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}
