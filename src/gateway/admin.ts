// admin.ts: the port of operations: alive, ready to append, metrics. On loopback, or behind TLS and a token.
import { createHash, timingSafeEqual } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import { findingLine } from '../policy/finding.ts'
import { problemDocument, problems } from '../problems.ts'
import type { QueryLog } from '../querylog/log.ts'
import { uuidv7 } from './ids.ts'
import type { Metrics } from './metrics.ts'
import type { RulesInForce } from './rules-in-force.ts'
import { type Tls, tlsOptions } from './tls.ts'

export interface AdminState {
  readonly log: QueryLog
  readonly metrics: Metrics
  readonly rules: Pick<RulesInForce, 'snapshot' | 'since' | 'findings' | 'unjudged'>
  readonly closing: () => boolean
  /** Copies of checkpoints; where they are required, stale ones make it unready. */
  readonly copies: { readonly stale: boolean; readonly required: boolean }
}

export interface AdminAccess {
  readonly tls?: Tls
  /** Where it is set, every request shows it as a bearer token (RFC 6750 §2.1). */
  readonly token?: string
}

/** Findings that readiness shows; all of them are `config check`'s. */
const shown = 20

/** What is in force, and what keeps the folder, as it stands, from being it. */
const configurationOf = ({ snapshot, since, findings, unjudged }: AdminState['rules']) => ({
  in_force: snapshot.digest,
  since: new Date(since).toISOString(),
  errors: findings.length + (unjudged ? 1 : 0),
  findings: [...(unjudged ? [notJudged] : []), ...findings.slice(0, shown).map(findingLine)],
})

const notJudged =
  '設定資料夾無法讀取或核對，線上仍為先前版本；原因見運作紀錄 the folder could not be read or judged: the rules before it serve on, and the operational log says why'

/** Readiness asks one question: could the next call's record be appended? It writes no entry. A folder that is not in force makes
 *  nobody unready: the last good one serves. */
export function adminServer(state: AdminState, { tls, token }: AdminAccess): FastifyInstance {
  const options = { exposeHeadRoutes: false, logger: false }
  // Types of the two servers differ; what is served is the same.
  const server = (tls === undefined ? Fastify(options) : Fastify({ ...options, https: tlsOptions(tls) })) as FastifyInstance
  // Whoever reaches it needs no token to connect: connections are descriptors that the public port needs, too.
  server.server.maxConnections = 64
  if (token !== undefined) askFor(server, token)
  server.get('/health/live', async () => ({ live: true }))
  server.get('/health/ready', async (_, reply) => {
    const { ready, why } = await readiness(state)
    const { copies, log, rules } = state
    const seen = {
      log: log.log,
      slot: log.slot,
      size: log.size,
      copies: copies.stale ? 'stale' : 'fresh',
      policy: rules.snapshot.digest,
      configuration: configurationOf(rules),
    }
    return reply.code(ready ? 200 : 503).send({ ready, why, ...seen })
  })
  server.get('/metrics', async (_, reply) => reply.type(state.metrics.registry.contentType).send(await state.metrics.registry.metrics()))
  return server
}

async function readiness({ closing, copies, log }: AdminState): Promise<{ readonly ready: boolean; readonly why?: string }> {
  if (closing()) return { ready: false, why: 'closing' }
  if (copies.stale && copies.required) return { ready: false, why: 'copies-stale' }
  return log.ready()
}

/** Before any route, so that without the token nothing tells which there are. */
function askFor(server: FastifyInstance, token: string): void {
  const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()
  const expected = digestOf(token)
  server.addHook('onRequest', async ({ headers }, reply) => {
    const shown = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    // Digests: of one length whatever was shown, and compared in constant time.
    if (shown !== undefined && timingSafeEqual(digestOf(shown), expected)) return
    const code = shown === undefined ? 'credentials-missing' : 'credentials-invalid'
    reply.code(problems[code].status).header('WWW-Authenticate', 'Bearer').type('application/problem+json; charset=utf-8')
    await reply.send(problemDocument(code, uuidv7(Date.now()), undefined))
  })
}
