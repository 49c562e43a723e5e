// log-event.ts: what a person of operations should know of a slot's log while it is written.

export type LogEvent =
  | { readonly event: 'log-away' | 'log-back' | 'log-refused' | 'log-task-failed'; readonly error?: unknown }
  | { readonly event: 'batch'; readonly entries: number; readonly ms: number }
  /** A `month` entry was committed and signed. */
  | { readonly event: 'month-turned' }
  /** Another slot's log is missing, or holds fewer entries than this one stated of it. */
  | { readonly event: 'other-log-fell-back'; readonly log: string }
