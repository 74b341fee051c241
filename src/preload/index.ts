/** The bridge of the desktop app: frames of the contract, and nothing else, between the window and the engine. */
import { contextBridge, ipcRenderer } from 'electron'
import type { Transport } from '../contract/client.ts'
import { ENGINE_CHANNEL, REQUEST_CHANNEL } from '../contract/channels.ts'

const bridge: Transport = {
  send: (frame) => ipcRenderer.send(REQUEST_CHANNEL, frame),
  onFrame: (listener) => {
    // The event object would hand the sender to the page: only the frame passes.
    ipcRenderer.on(ENGINE_CHANNEL, (_event, frame: unknown) => listener(frame))
  }
}

contextBridge.exposeInMainWorld('erratum', bridge)
