// admin.ts: the port of operations: alive, ready to append, metrics. On loopback.
import Fastify, { type FastifyInstance } from 'fastify'
import type { QueryLog } from '../querylog/log.ts'
import type { Metrics } from './metrics.ts'

export interface AdminState {
  readonly log: QueryLog
  readonly metrics: Metrics
  readonly policy: () => string
  readonly closing: () => boolean
}

/** Readiness asks one question: could the next call's record be appended? It writes no entry. */
export function adminServer(state: AdminState): FastifyInstance {
  const server = Fastify({ exposeHeadRoutes: false, logger: false })
  server.get('/health/live', async () => ({ live: true }))
  server.get('/health/ready', async (_, reply) => {
    const { ready, why } = state.closing() ? { ready: false, why: 'closing' } : await state.log.ready()
    return reply.code(ready ? 200 : 503).send({ ready, why, slot: state.log.slot, size: state.log.size, policy: state.policy() })
  })
  server.get('/metrics', async (_, reply) => reply.type(state.metrics.registry.contentType).send(await state.metrics.registry.metrics()))
  return server
}
