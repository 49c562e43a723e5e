// invalid.ts: what cannot be read or does not verify, whoever handed it in.

export type InvalidCode = 'key-compromised' | 'note-invalid' | 'proof-invalid' | 'receipt-invalid'

/** The message says what was expected, and what was found where that is no secret. */
export class Invalid extends Error {
  readonly code: InvalidCode
  constructor(code: InvalidCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Invalid'
    this.code = code
  }
}

/** What reading gives; undefined where it refuses with Invalid. */
export function ifValid<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Invalid) return undefined
    throw error
  }
}
