// refusal.ts: why the log is not written: for operations, each reason with its remedy; for callers, what they may know.

const remedies = {
  'key-directory-locked': 'Stop the process that holds the key directory; one slot has one writer.',
  'no-mark': 'Bring the key directory back, or take a new slot and make its keys: linkage keys init --slot N.',
  'database-behind': 'Restore a newer database, or supersede the slot: linkage log supersede <slot> --document.',
  'other-history': 'Restore the database that this slot wrote, or supersede the slot: linkage log supersede <slot> --document.',
  'head-moved': 'Find the other process that writes this slot and stop it; then start this one again.',
  'database-not-durable': 'Set fsync, full_page_writes and synchronous_commit to on, and the encoding to UTF8.',
  'clock-unsound': 'Synchronise the clock of this machine and of the database server.',
  'mark-unwritable': 'Make the key directory writable and give its disk room; then start again.',
  'keys-unreadable': 'Make the keys readable by this user only (mode 0600), or make them: linkage keys init --slot N.',
} as const

export type LogRefusalCode = keyof typeof remedies

/** The log is not written, and so nothing is released, until the remedy is done. */
export class LogRefusal extends Error {
  readonly code: LogRefusalCode
  readonly remedy: string
  constructor(code: LogRefusalCode, found: string, options?: ErrorOptions) {
    super(`${code}: ${found} ${remedies[code]}`, options)
    this.name = 'LogRefusal'
    this.code = code
    this.remedy = remedies[code]
  }
}

/** Why an entry was not recorded, as far as a caller needs to know. */
export class NotRecorded extends Error {
  readonly code: 'query-log-unavailable' | 'clock-unsound' | 'overloaded'
  constructor(code: NotRecorded['code'], options?: ErrorOptions) {
    super(code, options)
    this.name = 'NotRecorded'
    this.code = code
  }
}
