/** What the contract's `sessions.*` methods do: the list of sessions, and what is done to one as a whole. */
import type { Handlers } from '../../contract/contract.ts'
import type { SessionEntry } from '../../contract/types.ts'

/** Where sessions lie; the real one is session-library.ts. */
export interface SessionLibrary {
  listSessions(): Promise<SessionEntry[]>
  newSessionFolder(name: string): Promise<string>
  duplicateHere(dir: string): Promise<string>
  /** Throws where it cannot be called that. */
  renamedPlace(dir: string, name: string): Promise<string>
  renameSession(dir: string, name: string): Promise<string>
  trashSession(dir: string): Promise<string>
  packSession(dir: string, file?: string): Promise<string>
  unpackHere(file: string): Promise<string>
}

type SessionMethod = Extract<keyof Handlers, `sessions.${string}`>

/** @param setFree closes the session where it is the one that is open */
export function sessionHandlers(
  library: SessionLibrary,
  setFree: (dir: string) => Promise<void>
): Pick<Handlers, SessionMethod> {
  return {
    'sessions.list': () => library.listSessions(),
    'sessions.place': async ({ name }) => ({ dir: await library.newSessionFolder(name) }),
    'sessions.duplicate': async ({ dir }) => ({ dir: await library.duplicateHere(dir) }),
    'sessions.rename': async ({ dir, name }) => {
      // An open session is closed only for a name that it can have.
      await library.renamedPlace(dir, name)
      await setFree(dir)
      return { dir: await library.renameSession(dir, name) }
    },
    'sessions.trash': async ({ dir }) => {
      await setFree(dir)
      return { dir: await library.trashSession(dir) }
    },
    'sessions.pack': async ({ dir, file }) => ({ file: await library.packSession(dir, file) }),
    'sessions.unpack': async ({ file }) => ({ dir: await library.unpackHere(file) })
  }
}
