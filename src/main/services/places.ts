/** Where things lie: what ships with the app, and the application's own data. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { ErratumError } from '../../contract/errors.ts'

/** The folder `resources`, found upwards from this file, be it a source or a built one. */
export function resourcesFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const resources = join(folder, 'resources')
    if (existsSync(join(resources, 'models'))) return resources
    if (dirname(folder) === folder)
      throw new ErratumError('NotFound', 'The folder `resources` of this installation is missing.', {
        cure: 'Install Erratum again.'
      })
  }
}

/** The application's data folder; `ERRATUM_HOME` overrides it. */
export function homeFolder(): string {
  if (process.env['ERRATUM_HOME']) return process.env['ERRATUM_HOME']
  if (process.platform === 'win32')
    return join(process.env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Erratum')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Erratum')
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'erratum')
}
