// log-pages.ts: the logs as they are published on the public port: checkpoints, tiles, entries, receipts (C2SP tlog-tiles, tlog-proof).
import type { Caller } from '../credential/authenticate.ts'
import { atCommand, barred, barredFromOwnRecords, type Comer, isAuditors } from '../policy/decide.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { Refused } from '../problems.ts'
import type { CallInHand } from './call-in-hand.ts'
import type { Gateway } from './gateway.ts'
import { type LogPath, readLogPath } from './log-path.ts'
import { answeredByPage, inTurn, leaving, readComer } from './page-answer.ts'
import type { Page } from './release.ts'

const types = {
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  bytes: 'application/octet-stream',
} as const

/** Answers one GET below /log/ or /receipts/. */
export const answerLogPage = answeredByPage(async (gateway, call) => {
  const { at, caller, shape } = await readComer(gateway, call, bar)
  if (shape.query.length > 0) throw new Refused('request-invalid', 'query: a parameter that is not declared')
  const path = readLogPath(shape.path)
  if (path === undefined) return { code: 'not-found' }
  checkAuditor(path, call, caller, at)
  const page = await inTurn(gateway.pageTurns, caller.holder.agency.id, () => read(gateway, path, caller), leaving(call))
  return page === undefined ? { code: 'not-found' } : { code: 'released', page }
})

/** R20, R21: who may download its own records may verify them: its manager, also while it is suspended and after its linkage ended. */
function bar(snapshot: Snapshot, comer: Comer): ReturnType<typeof barred> {
  const { credential, delegate } = comer.holder
  if (credential.role === 'manager' && delegate === undefined) return barredFromOwnRecords(snapshot, comer)
  return barred(snapshot, comer, ['calls', 'self-service'])
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
    case 'receipt':
    case 'completion': {
      const covered = await logs.entry(path.slot, path.index)
      if (covered === undefined || !isOwnCall(covered.entry, caller)) return undefined
      const given = path.page === 'receipt' ? covered : await logs.completionOf(covered)
      return given && { type: types.text, cache: 'no-store', body: Buffer.from(await logs.proof(given)) }
    }
  }
}

/** Whether the entry is of a call that this caller made: an agency's are those of its delegates, too, a delegate's its own. Downloads of
 *  its own records are the agency's, as are their ends. */
function isOwnCall(entry: string, { holder: { agency, delegate } }: Caller): boolean {
  const { kind, agency: of, asked, delegate: by, sha256 }: Stored = JSON.parse(entry) // written by a slot's writer
  if (of !== agency.id) return false
  if (kind === 'query') return delegate === undefined || by === delegate.id
  return delegate === undefined && ((kind === 'export' && asked?.form === 'records') || (kind === 'completion' && sha256 !== undefined))
}

interface Stored {
  readonly [member: string]: unknown
  readonly asked?: { readonly form?: string }
}
