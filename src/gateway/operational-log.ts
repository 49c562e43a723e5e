// operational-log.ts: what operations staff read of the process itself. Built from an allowlist: no value of a call can enter it.
import { writeSync } from 'node:fs'
import { type DestinationStream, pino } from 'pino'

/** Members that an event may have. Everything else is left out, whatever it is called. */
interface Members {
  readonly address?: string
  readonly port?: number
  readonly slot?: string
  readonly log?: string
  readonly size?: number
  readonly policy?: string
  readonly code?: string
  readonly request?: string
  readonly upstream?: string
  readonly file?: string
  readonly line?: number
  readonly finding?: string
  readonly signal?: string
  readonly listener?: string
  readonly until?: string
  readonly version?: string
  readonly api?: string
  /** A declared field path. */
  readonly parent?: string
  readonly count?: number
  readonly error?: unknown
}

export interface OperationalLog {
  info(event: string, members?: Members): void
  warn(event: string, members?: Members): void
  error(event: string, members?: Members): void
}

const allowed = [
  'address',
  'port',
  'slot',
  'log',
  'size',
  'policy',
  'code',
  'request',
  'upstream',
  'file',
  'line',
  'finding',
  'signal',
  'listener',
  'until',
  'version',
  'api',
  'parent',
  'count',
] as const

/** Name, code and where it was thrown. Messages of errors that are not ours may quote what they choked on: they stay out. */
function described(error: unknown): object | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const ours = 'remedy' in error
  const cause = described(error.cause)
  return {
    name: error.name,
    code,
    message: ours ? error.message : undefined,
    at: error.stack
      ?.split('\n')
      .find((line) => line.startsWith('    at '))
      ?.trim(),
    cause,
  }
}

function chosen(members: Members): object {
  const out: Record<string, unknown> = {}
  for (const name of allowed) if (members[name] !== undefined) out[name] = members[name]
  if (members.error !== undefined) out.error = described(members.error)
  return out
}

/** Standard output. A line that cannot be written is lost, and the gateway serves on. BUG pinojs/sonic-boom: its own destination throws
 *  on a full disk, and its flush at exit then tries again for ever, with the port still listening. */
const standardOutput: DestinationStream = {
  write(line) {
    try {
      writeSync(1, line)
    } catch {
      // It is not the query log: nothing is released on the strength of it.
    }
  },
}

/** JSON lines through pino. It is never the query log. */
export function operationalLog(destination?: DestinationStream, level = 'info'): OperationalLog {
  const options = { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, serializers: {} }
  const logger = pino(options, destination ?? standardOutput)
  return {
    info: (event, members = {}) => logger.info(chosen(members), event),
    warn: (event, members = {}) => logger.warn(chosen(members), event),
    error: (event, members = {}) => logger.error(chosen(members), event),
  }
}
