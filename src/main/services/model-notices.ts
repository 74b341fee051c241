/** Says what a person should know of a model that is opened, each sentence once in a process. */
type Listener = (line: string) => void

const said = new Set<string>()
let listener: Listener = () => undefined

/** @param listen gets a line for each notice: the command line writes it to standard error */
export function onModelNotice(listen: Listener): void {
  listener = listen
}

export function sayNotices({ id, path, notices }: { id: string; path: string; notices: readonly string[] }): void {
  for (const notice of notices) {
    const key = `${path}\n${notice}`
    if (said.has(key)) continue
    said.add(key)
    listener(`${id}: ${notice}`)
  }
}
