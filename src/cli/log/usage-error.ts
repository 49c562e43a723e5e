// usage-error.ts: what was asked of a command cannot be done as it was asked: exit code 2.

/** The message says what was found and what was expected. */
export class UsageError extends Error {
  readonly code = 'usage'
}
