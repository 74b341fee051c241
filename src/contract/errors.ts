/** Every failure that a person can meet, as a typed record that crosses process borders as itself. */
export type ErrorCode =
  | 'BadInput' // an argument or an option that makes no sense
  | 'BadFile' // a file that cannot be read as what it should be: names the file, the line and the cure
  | 'NotFound'
  | 'DoesNotFit' // a text that is longer than the model's context
  | 'ModelMismatch' // a session that was made with another model
  | 'ModelMissing' // the model that a session was made with is not on this machine
  | 'Locked' // another process writes this session
  | 'Conflict' // somebody else changed it since the caller looked
  | 'Unwritable' // a folder or disk that takes no more bytes
  | 'OutOfMemory'
  | 'Cancelled'
  | 'Unavailable' // an executor or a runtime that is not on this machine
  | 'Internal'

export interface ErrorDetails {
  file?: string
  line?: number
  field?: string
  /** What the person can do about it, as a sentence. */
  cure?: string
  [name: string]: unknown
}

export interface ErrorRecord extends ErrorDetails {
  code: ErrorCode
  message: string
}

export class ErratumError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message)
    this.name = 'ErratumError'
    this.code = code
    this.details = details
  }

  toRecord(): ErrorRecord {
    const details = { ...this.details }
    delete details['stack']
    return { ...details, code: this.code, message: this.message }
  }

  static fromRecord({ code, message, ...details }: ErrorRecord): ErratumError {
    return new ErratumError(code, message, details)
  }
}

/**
 * Anything thrown, as a typed record that may leave the process: it holds no stack, which names folders of this machine
 * and tells a person nothing. System errors of full or unwritable disks get their own code.
 */
export function errorRecord(thrown: unknown): ErrorRecord {
  if (thrown instanceof ErratumError) return thrown.toRecord()
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const system = error as NodeJS.ErrnoException
  if (system.code === 'ENOSPC' || system.code === 'EDQUOT')
    return {
      code: 'Unwritable',
      message: `The disk is full: ${error.message}`,
      file: system.path,
      cure: 'Free some space and try again; nothing that was saved before is lost.'
    }
  if (system.code === 'EACCES' || system.code === 'EROFS' || system.code === 'EPERM')
    return {
      code: 'Unwritable',
      message: error.message,
      file: system.path,
      cure: 'Choose a folder that you may write to.'
    }
  return { code: 'Internal', message: error.message }
}
