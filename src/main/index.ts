/** Electron's entry: one instance, one window, one engine process, wired together. No model code is loaded here. */
import { app, dialog, ipcMain, Menu, protocol } from 'electron'
import type { BrowserWindow } from 'electron'
import log from 'electron-log/main'
import { join } from 'node:path'
import { ENGINE_CHANNEL, REQUEST_CHANNEL } from '../contract/channels.ts'
import { errorRecord } from '../contract/errors.ts'
import { appFile } from './shell/app-files.ts'
import { EngineHost } from './shell/engine-host.ts'
import { appMenu } from './shell/menu.ts'
import { engineNode } from './shell/node-runtime.ts'
import { passOn } from './shell/requests.ts'
import { APP_SCHEME, maySend } from './shell/sender-gate.ts'
import { createWindow, refusePermissions } from './shell/window.ts'

const MODEL = 'fictional-biographies'
const out = join(import.meta.dirname, '..')

let window: BrowserWindow | null = null
let engine: EngineHost | null = null
let quitting = false

function start(): void {
  refusePermissions()
  protocol.handle(APP_SCHEME, (request) => appFile(join(out, 'renderer'), request.url))
  Menu.setApplicationMenu(appMenu())
  const sessionDir = process.env['ERRATUM_SESSION'] ?? join(app.getPath('userData'), 'sessions', 'desk')
  engine = new EngineHost({
    command: {
      node: engineNode(app.getAppPath()),
      args: [
        '--no-deprecation',
        join(out, 'main', 'engine.js'),
        '--model',
        process.env['ERRATUM_MODEL'] ?? MODEL,
        '--session',
        sessionDir,
        // One that was named is opened without asking.
        ...(process.env['ERRATUM_SESSION'] === undefined ? ['--ask'] : [])
      ]
    },
    onFrame: tellWindow,
    onLog: (text) => log.warn(text.trimEnd())
  })
  engine.start()
  ipcMain.on(REQUEST_CHANNEL, (event, frame: unknown) => {
    if (!window || !maySend(event, window.webContents.id)) return
    const refusal = passOn(frame, (passed) => engine?.send(passed) ?? false)
    if (refusal) tellWindow(refusal)
  })
  openWindow()
}

function tellWindow(frame: unknown): void {
  try {
    if (window && !window.isDestroyed()) window.webContents.send(ENGINE_CHANNEL, frame)
  } catch (error) {
    // A page that is just being replaced: the next one asks anew.
    log.warn(String(error))
  }
}

function openWindow(): void {
  window = createWindow(join(out, 'preload', 'index.cjs'))
  window.on('closed', () => (window = null))
}

if (!app.requestSingleInstanceLock()) app.quit()
else {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }
  ])
  app.enableSandbox()
  app.on('second-instance', () => {
    if (!window) {
      openWindow()
      return
    }
    if (window.isMinimized()) window.restore()
    window.focus()
  })
  app.on('activate', () => {
    if (!window && app.isReady()) openWindow()
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  // The session is given back whole before the app is gone.
  app.on('before-quit', (event) => {
    if (quitting || !engine) return
    event.preventDefault()
    quitting = true
    void engine.close().finally(() => app.quit())
  })
  app
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      const { message, cure } = errorRecord(error)
      log.error(message)
      dialog.showErrorBox('Erratum cannot start', cure ? `${message}\n\n${cure}` : message)
      app.exit(1)
    })
}
