// log-pages.ts: the logs as they are published on the public port: checkpoints, tiles, entries, receipts (C2SP tlog-tiles, tlog-proof).
import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { checkBody } from '../credential/assertion.ts'
import type { Caller } from '../credential/authenticate.ts'
import { atCommand, barred, isAuditors } from '../policy/decide.ts'
import { type Refusal, Refused } from '../problems.ts'
import { StoreError } from '../querylog/ports.ts'
import { CallInHand } from './call-in-hand.ts'
import { connectionOf } from './connection.ts'
import { countStranger, identify, raise, readRequest } from './entrance.ts'
import type { Gateway } from './gateway.ts'
import { type LogPath, readLogPath } from './log-path.ts'
import { type Page, releaseNothing, releasePage, releaseProblem } from './release.ts'

interface NotGiven {
  readonly code: Refusal
  readonly detail?: string | undefined
}
type Given = { readonly code: 'released'; readonly page: Page }

const nothing = Buffer.alloc(0)
const types = {
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  bytes: 'application/octet-stream',
} as const

/** Answers one GET below /log/ or /receipts/. It asks about nobody, so it leaves no record of its own: what is refused is counted, by
 *  address or, once the caller is known, by credential. */
export async function answerLogPage(gateway: Gateway, request: FastifyRequest, response: ServerResponse): Promise<void> {
  const connection = connectionOf(request.raw.socket)
  if (connection.condemned) return
  const call = new CallInHand(gateway.policy, request, response, connection, Date.now())
  const line = pageOf(gateway, call)
  // As in call.ts: read before anything is waited for, and so before what was sent behind this request is looked at.
  if (call.shape === undefined) connection.condemned = true
  const outcome = await line.catch((error) => notGiven(gateway, call, error))
  if (call.caller === undefined) return answer(gateway, call, await countStranger(gateway, call, outcome))
  if (outcome.code !== 'released') {
    const { agency, credential } = call.caller.holder
    gateway.log.refusals.countCredential(gateway.log.now(), agency.id, credential.id, outcome.code)
  }
  answer(gateway, call, outcome)
}

/** The steps of a call as far as they concern who comes. No user, purpose, case or reason is asked for: nothing is queried. */
async function pageOf(gateway: Gateway, call: CallInHand): Promise<Given | NotGiven> {
  const { address, shape } = readRequest(gateway, call)
  const caller = await identify(gateway, call)
  // A GET has no body (shape.ts); what was signed for must say so, too.
  if (caller.auth.type === 'assertion') raise(checkBody(caller.auth, nothing))
  const { holder, claims } = caller
  const comer = { at: gateway.log.now(), address, holder, user: claims.user }
  const denied = barred(call.policy.snapshot, comer, ['calls', 'self-service'])
  if (denied !== undefined) throw new Refused(denied.code, denied.detail)
  const counted = await gateway.limits.page(call.request, holder.credential.id)
  if (counted.exceeded) {
    call.retryAfter = counted.resets
    throw new Refused('rate-limited')
  }
  if (shape.query.length > 0) throw new Refused('request-invalid', 'query: a parameter that is not declared')
  const path = readLogPath(shape.path)
  if (path === undefined) return { code: 'not-found' }
  checkAuditor(path, call, caller, comer.at)
  const page = await inTurn(gateway, holder.agency.id, () => read(gateway, path, caller))
  return page === undefined ? { code: 'not-found' } : { code: 'released', page }
}

/** Entries are for auditors, as at a command: whose credential is an auditor's, and who is on the department's roster today. Credentials of
 *  auditors are assertions of their own: API keys are of the role `system` only.
 *  @throws Refused */
function checkAuditor(path: LogPath, { policy }: CallInHand, { holder, claims }: Caller, at: number): void {
  if (path.page !== 'tile' || path.name.level !== 'entries') return
  if (!isAuditors(holder)) throw new Refused('operation-not-granted')
  const row = atCommand(policy.snapshot, { at, holder, user: claims.user })
  if ('effect' in row) throw new Refused(row.code, row.detail)
}

/** The database is the calls' first: of the pages only so many read at once, and of one agency fewer.
 *  @throws Refused overloaded */
async function inTurn<Read>({ pageTurns }: Gateway, agency: string, read: () => Promise<Read>): Promise<Read> {
  pageTurns.check(agency)
  await new Promise<void>((go) => pageTurns.enter(agency, go))
  try {
    return await read()
  } finally {
    pageTurns.leave(agency)
  }
}

async function read({ logs, operational }: Gateway, path: LogPath, caller: Caller): Promise<Page | undefined> {
  switch (path.page) {
    case 'list': {
      const listed = await logs.list()
      for (const { slot } of listed.filter(({ unreadable }) => unreadable))
        operational.error('what the database holds as the newest checkpoint of a log is none', { log: slot })
      const lines = listed.map(({ log, size, slot, verifierKey }) => ({ log, size, slot, verifier_key: verifierKey }))
      return { type: types.json, cache: 'private', body: Buffer.from(JSON.stringify({ logs: lines })) }
    }
    case 'checkpoint': {
      const head = await logs.head(path.slot)
      return head && { type: types.text, cache: 'private', body: Buffer.from(head.checkpoint) }
    }
    case 'tile': {
      const body = await logs.tile(path.slot, path.name)
      return body && { type: types.bytes, cache: path.name.level === 'entries' ? 'no-store' : 'private', body }
    }
    case 'receipt': {
      const covered = await logs.entry(path.slot, path.index)
      if (covered === undefined || !isOwnCall(covered.entry, caller)) return undefined
      return { type: types.text, cache: 'no-store', body: Buffer.from(await logs.proof(covered)) }
    }
  }
}

/** Whether the entry is of a call that this caller made: an agency's are those of its delegates, too, a delegate's its own. */
function isOwnCall(entry: string, { holder: { agency, delegate } }: Caller): boolean {
  const { kind, agency: of, delegate: by }: Record<string, unknown> = JSON.parse(entry)
  return kind === 'query' && of === agency.id && (delegate === undefined || by === delegate.id)
}

function notGiven(gateway: Gateway, call: CallInHand, error: unknown): NotGiven {
  if (error instanceof Refused) return { code: error.code, detail: error.detail }
  gateway.operational.error('a page of the logs failed', { request: call.id, error })
  return { code: error instanceof StoreError ? 'query-log-unavailable' : 'internal-error' }
}

function answer(gateway: Gateway, call: CallInHand, outcome: Given | NotGiven): void {
  const { response } = call
  gateway.metrics.page(outcome.code)
  if (outcome.code === 'released') {
    releasePage(response, outcome.page, gateway.closing)
    return
  }
  if (outcome.code === 'not-found') {
    releaseNothing(response, gateway.closing)
    return
  }
  const release = { id: call.id, receipt: undefined, allowance: undefined }
  const refusing = {
    code: outcome.code,
    detail: outcome.detail,
    ...(call.retryAfter !== undefined && { retryAfter: call.retryAfter }),
    close: call.caller === undefined || !call.request.raw.complete,
  }
  releaseProblem(response, release, refusing, gateway.closing)
}
