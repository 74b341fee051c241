/** Who may send requests: the main frame of our own window, showing our own page. */
export const APP_SCHEME = 'app'
export const APP_ORIGIN = `${APP_SCHEME}://erratum`

/** What the gate looks at in Electron's `IpcMainEvent`. */
export interface Sender {
  /** null once the frame is gone */
  senderFrame: { url: string; parent: unknown } | null
  sender: { id: number }
}

export function maySend({ senderFrame, sender }: Sender, windowContentsId: number): boolean {
  return (
    senderFrame !== null && senderFrame.parent === null && sender.id === windowContentsId && isOurPage(senderFrame.url)
  )
}

/** The page itself, whatever its fragment; no other origin and no other scheme. */
export function isOurPage(url: string): boolean {
  try {
    const { protocol, host } = new URL(url)
    return `${protocol}//${host}` === APP_ORIGIN
  } catch {
    return false
  }
}
