/** `erratum serve`: the app in a browser, on the real engine. */
import { listModels, openWorkbench } from '../services/editing.ts'
import * as sessions from '../services/session-library.ts'
import { homeFolder } from '../services/places.ts'
import { KeptAddresses } from './kept-address.ts'
import { serveApp } from './web-server.ts'
import type { Served, ServeOptions } from './web-server.ts'

export type { Served, ServeOptions } from './web-server.ts'

/** @throws ErratumError NotFound if the renderer is not built, Unavailable if the port is taken */
export function serve(options: ServeOptions): Promise<Served> {
  return serveApp({ listModels, openWorkbench, sessions }, { ...options, addresses: new KeptAddresses(homeFolder()) })
}
