// call-in-hand.ts: one call while it is being answered: what is known of it so far, for its record.
import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../credential/authenticate.ts'
import type { Call, Decision } from '../policy/decide.ts'
import type { Address } from '../policy/networks.ts'
import type { EntryId, SubjectTag } from '../querylog/entry.ts'
import type { BatchPlace } from '../querylog/query-entry.ts'
import type { Departure } from '../upstream/exchange.ts'
import type { AnswerSubjects } from './answer-subjects.ts'
import type { Breach, RequestBody } from './body.ts'
import type { Connection } from './connection.ts'
import { traceId, uuidv7 } from './ids.ts'
import type { Allowance } from './limits.ts'
import type { PreparedPolicy, Route } from './prepared.ts'
import type { Shape } from './shape.ts'
import type { WithheldSubjects } from './withheld-subjects.ts'

/** Whom a call asks about. */
export interface Subject {
  readonly kind: string
  /** Folded to half-width upper case. */
  readonly identifier: string
}

/** A `query` entry in the log. */
export interface RecordPlace {
  readonly id: EntryId
  readonly index: number
}

/** One record of a call: of one of the people whom it asks about, or of nobody. */
export interface RecordOfCall {
  readonly id: EntryId
  readonly subject: Subject | undefined
  readonly tag: SubjectTag | undefined
  readonly batch: BatchPlace | undefined
}

/** How the upstream took it: for the sealed part of the record alone. */
export interface UpstreamFacts {
  readonly status?: number
  readonly bytes?: number
  readonly ms: number
  readonly problem?: string
}

/** Members are set once, in the order of the line that call.ts draws; what is not set was not reached. */
export class CallInHand {
  readonly id: string
  readonly trace = traceId()
  readonly started = performance.now()
  /** One snapshot decides a call from first to last. */
  readonly policy: PreparedPolicy
  readonly request: FastifyRequest
  readonly response: ServerResponse
  /** Its caller may leave at any time: whoever waits for something is told. */
  readonly departure: Departure = { left: false, leave: undefined }
  /** What follows its head may be no body: whoever reads that is told. */
  readonly breach: Breach = { why: undefined, tell: undefined }
  address: Address | undefined = undefined
  shape: Shape | undefined = undefined
  caller: Caller | undefined = undefined
  body: RequestBody | undefined = undefined
  route: Route | undefined = undefined
  /** Each once; of an operation that is no batch at most one. */
  subjects: readonly Subject[] = []
  /** Their tags, in the same order, as limits count them and the records hold them. */
  tags: readonly SubjectTag[] = []
  /** What was decided upon, and what came of it. */
  asked: Call | undefined = undefined
  decision: Decision | undefined = undefined
  /** What would have been decided with the lines on trial, where that is another. */
  trial: Decision | undefined = undefined
  /** Whom its answer identifies to the caller. */
  named: AnswerSubjects | undefined = undefined
  /** Whom it is about without naming them. */
  withheld: WithheldSubjects | undefined = undefined
  allowance: Allowance | undefined = undefined
  /** Set once nothing of ours refuses: from here on only the upstream, the log or the caller can fail it. */
  permitted = false
  upstream: UpstreamFacts | undefined = undefined
  /** Seconds; known where the upstream is left alone. */
  retryAfter: number | undefined = undefined
  #noTurn: (() => void) | undefined = undefined

  /** @param now milliseconds since 1970 UTC */
  constructor(policy: PreparedPolicy, request: FastifyRequest, response: ServerResponse, connection: Connection, now: number) {
    this.id = uuidv7(now)
    this.policy = policy
    this.request = request
    this.response = response
    connection.waiting.push(this)
    response.once('close', () => {
      const at = connection.waiting.indexOf(this)
      if (at >= 0) connection.waiting.splice(at, 1)
      if (!response.writableFinished) this.left()
    })
  }

  /** Whether its answer got its turn on the connection: one that waits behind others (RFC 9112 §9.3.2) may never. */
  wentOut(): Promise<boolean> | boolean {
    const { response, departure } = this
    if (response.socket !== null || response.writableFinished) return true
    if (departure.left) return false
    return new Promise((resolve) => {
      response.once('socket', () => resolve(true))
      this.#noTurn = () => resolve(false)
    })
  }

  /** What it leaves in the log: a record for each of its subjects, and one where it has none. The first has the call's own id. */
  records(): readonly [RecordOfCall, ...RecordOfCall[]] {
    const { id: first, subjects, tags } = this
    const isBatch = this.route?.operation.maxSubjects !== undefined && subjects.length > 0
    const recordOf = (id: EntryId, at: number): RecordOfCall => ({
      id,
      subject: subjects[at],
      tag: tags[at],
      batch: isBatch ? { at: at + 1, first, of: subjects.length } : undefined,
    })
    return [recordOf(first, 0), ...subjects.slice(1).map((_, at) => recordOf(uuidv7(Date.now()), at + 1))]
  }

  /** Its caller is gone. */
  left(): void {
    if (this.departure.left) return
    this.departure.left = true
    this.departure.leave?.()
    this.#noTurn?.()
  }
}
