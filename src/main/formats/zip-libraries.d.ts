/** Of the two zip libraries, which come without types, what is used here. */
declare module 'yazl' {
  import type { Readable } from 'node:stream'
  interface EntryOptions {
    mtime?: Date
    mode?: number
    compress?: boolean
    size?: number
  }
  export class ZipFile {
    readonly outputStream: Readable
    /** The stream is asked for only when the entry's turn has come. */
    addReadStreamLazy(
      path: string,
      options: EntryOptions,
      open: (give: (error: unknown, stream?: Readable) => void) => void
    ): void
    end(): void
    on(event: 'error', listener: (error: Error) => void): this
  }
}

declare module 'yauzl' {
  import type { Readable } from 'node:stream'
  export interface Entry {
    readonly fileName: string
    readonly uncompressedSize: number
  }
  export interface ZipFile {
    readEntry(): void
    openReadStream(entry: Entry, give: (error: Error | null, stream: Readable) => void): void
    close(): void
    on(event: 'entry', listener: (entry: Entry) => void): this
    on(event: 'end', listener: () => void): this
    on(event: 'error', listener: (error: Error) => void): this
  }
  export function open(
    path: string,
    options: { lazyEntries: boolean; autoClose: boolean },
    give: (error: Error | null, file: ZipFile) => void
  ): void
}
