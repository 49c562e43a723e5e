// call-in-hand.ts: one call while it is being answered: what is known of it so far, for its record.
import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../credential/authenticate.ts'
import type { Decision } from '../policy/decide.ts'
import type { Departure } from '../upstream/upstream.ts'
import type { Address } from './address.ts'
import type { RequestBody } from './body.ts'
import { traceId, uuidv7 } from './ids.ts'
import type { Allowance } from './limits.ts'
import type { PreparedPolicy, Route } from './prepared.ts'
import type { Shape } from './shape.ts'

/** Whom a call asks about. */
export interface Subject {
  readonly kind: string
  /** Folded to half-width upper case. */
  readonly identifier: string
}

/** How the upstream took it: for the sealed part of the record alone. */
export interface UpstreamFacts {
  readonly status?: number
  readonly bytes?: number
  readonly ms: number
  readonly problem?: string
}

/** Members are set once, in the order of the line that call.ts draws; what is not set was not reached. */
export interface CallInHand {
  readonly id: string
  readonly trace: string
  readonly started: number
  /** One snapshot decides a call from first to last. */
  readonly policy: PreparedPolicy
  readonly request: FastifyRequest
  readonly response: ServerResponse
  readonly departure: Departure
  address?: Address | undefined
  shape?: Shape
  caller?: Caller
  body?: RequestBody
  route?: Route | undefined
  subject?: Subject | undefined
  decision?: Decision
  allowance?: Allowance
  /** Set once nothing of ours refuses: from here on only the upstream, the log or the caller can fail it. */
  permitted?: boolean
  upstream?: UpstreamFacts
}

/** Takes a call in hand. Its caller may leave at any time: `departure` tells whoever waits for something. */
export function takeInHand(policy: PreparedPolicy, request: FastifyRequest, response: ServerResponse, now: number): CallInHand {
  const departure: Departure = { left: false, leave: undefined }
  response.once('close', () => {
    if (response.writableFinished) return
    departure.left = true
    departure.leave?.()
  })
  return { id: uuidv7(now), trace: traceId(), started: performance.now(), policy, request, response, departure }
}
