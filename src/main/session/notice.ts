/** Something that was found and dealt with when the session was opened, for the person to read. */
export interface Notice {
  readonly kind:
    | 'stale-lock'
    | 'torn-record'
    | 'damaged-record'
    | 'damaged-snapshot'
    | 'damaged-header'
    | 'restored-header'
    | 'damaged-calibration'
    | 'damaged-block'
    | 'unfinished-batch'
    | 'restored-block'
    | 'migrated'
    | 'link'
  readonly message: string
  readonly file?: string
}
