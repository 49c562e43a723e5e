// own-environment.ts: the environment of a `linkage` that a test starts: that of a person’s shell, without what measures the tests.
import { join } from 'node:path'

const compiled = join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled')

/** Coverage doubles the time that a process takes to start, and what it says of one that is killed is lost: what commands and
 *  the gateway do is covered by the tests that run them within their own process. What Node compiled once is kept for the next. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, NODE_V8_COVERAGE, ...own } = process.env
  // Empty, not absent: Node hands its own setting on to children that say nothing of it.
  return { ...own, NODE_V8_COVERAGE: '', NODE_COMPILE_CACHE: compiled }
}
