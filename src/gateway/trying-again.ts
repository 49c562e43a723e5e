// trying-again.ts: how long the log is pressed for what it must hold of a call that is over: as long as the process runs.
import type { Again } from '../querylog/log.ts'
import type { Gateway } from './gateway.ts'

/** After that a stream is `lost`, and what was not released counts as released. */
export const tryingAgain =
  (gateway: Gateway, call: string): Again =>
  (error) => {
    gateway.operational.warn('the end of a call is not recorded yet', { request: call, error })
    return !gateway.closing
  }
