// What axe finds on the page as it is, in light and in dark.
import { AxeBuilder } from '@axe-core/playwright'

export async function findingsOf(page) {
  const findings = []
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, colorScheme)
    const { violations } = await new AxeBuilder({ page }).analyze()
    for (const { id, help, nodes } of violations)
      findings.push(`${colorScheme}: ${id} (${help}): ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
  return findings
}
