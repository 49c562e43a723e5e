// download.ts: one file of an agency's own records: recorded, let out, and its end recorded.
import { createHash } from 'node:crypto'
import { startOfDay } from '../calendar.ts'
import type { DigestHex } from '../canonical.ts'
import type { Caller } from '../credential/authenticate.ts'
import { readToken, recordedJti } from '../credential/token.ts'
import { foldAccount } from '../identifier.ts'
import { barredFromOwnRecords, type Comer } from '../policy/decide.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { Refused } from '../problems.ts'
import { type ExportFacts, exportEntry, type ReadLog } from '../querylog/act-entries.ts'
import { downloadEndEntry, type RecordsAsked } from '../querylog/own-records.ts'
import { StoreError } from '../querylog/ports.ts'
import { receiptHeader } from '../querylog/receipt.ts'
import { NotRecorded } from '../querylog/refusal.ts'
import type { Recorded } from '../querylog/releaser.ts'
import type { CallInHand } from './call-in-hand.ts'
import { checkLength, checkThere, fromTheBeginning, type Given, goneOnWith } from './download-source.ts'
import type { Gateway } from './gateway.ts'
import { random, uuidv7 } from './ids.ts'
import { Outflow } from './outflow.ts'
import { behindOthers, type InTurn, inTurn, leaving } from './page-answer.ts'
import { RecordsStream } from './records-file.ts'
import type { FilePath } from './records-path.ts'
import { releaseFileHead } from './release.ts'
import { type Cut, holderUnder } from './running-streams.ts'
import { tryingAgain } from './trying-again.ts'

export interface DownloadAsked {
  readonly caller: Caller
  readonly comer: Comer
  readonly path: FilePath
}

/** Gives the file. Whatever is refused is refused before its entry is written; behind that it ends whole, or the connection is reset.
 *  @throws Refused, NotRecorded, StoreError: nothing was let out */
export async function download(gateway: Gateway, call: CallInHand, wanted: DownloadAsked): Promise<void> {
  const { id: agency } = wanted.caller.holder.agency
  if (gateway.downloading.has(agency)) throw new Refused('rate-limited', 'a download of this agency runs: one at a time')
  gateway.downloading.add(agency)
  try {
    const begun = await begin(gateway, call, wanted)
    await letOut(gateway, call, wanted, begun)
  } finally {
    gateway.downloading.delete(agency)
  }
}

/** Milliseconds from the reading of heads to the date of the entry. A day counts as downloaded where the entry is dated a minute behind its
 *  end (quarter-done.ts): so what was read is, too, by more than two clocks differ. */
const datedWithin = 20_000

interface Begun {
  readonly asked: RecordsAsked
  /** What the download that it goes on with gave. */
  readonly given: Given | undefined
  readonly logs: readonly ReadLog[]
  readonly recorded: Recorded
}

async function begin(gateway: Gateway, call: CallInHand, { caller, path }: DownloadAsked): Promise<Begun> {
  const { log } = gateway
  const who = whoAsks(caller)
  if (startOfDay(path.from) > log.now()) throw new Refused('request-invalid', `${path.quarter.name}: expected a quarter that has begun`)
  log.check()
  const { agency } = caller.holder
  const { continues: named, file, from, offset, until } = path
  const asked: RecordsAsked = { agency: agency.id, file, form: 'records', from, ...(offset > 0 && { offset }), until }
  spendDownload(gateway, call, agency.id)
  // A wait for a turn is no reading.
  let readAt = log.now()
  const reads = async () => {
    readAt = log.now()
    if (file === 'ods') await checkLength(gateway, path, agency.id)
    await checkThere(gateway, path)
    return named === undefined
      ? await fromTheBeginning(gateway, path, agency.id)
      : await goneOnWith(gateway, asked, { continues: named, offset })
  }
  const { continues, given: gave, logs } = await inTurn(gateway.recordsTurns, agency.id, reads, leaving(call))
  const sealed = JSON.stringify({ assertion: who.token, ...(who.jwk && { key: who.jwk }) })
  const facts: Omit<ExportFacts, 'sealed'> = {
    ...who.facts,
    id: call.id,
    address: call.address?.text ?? '',
    asked,
    continues,
    logs,
    policy: call.policy.snapshot.digest,
  }
  const recorded = await log.append({
    write: (given) => {
      if (named === undefined && Date.parse(given.at) - readAt > datedWithin) throw new Refused('overloaded')
      return exportEntry({ ...facts, sealed: log.seal(given.at, call.id, sealed) }, given)
    },
  })
  return { asked, given: gave, logs, recorded }
}

/** Each is read out of the logs and stands in one for ever: an agency begins so many in a day. Refused ones count, too.
 *  @throws Refused daily-limit-reached */
function spendDownload({ limits }: Gateway, call: CallInHand, agency: string): void {
  const { downloadsPerDay } = call.policy.snapshot
  const { exceeded, resets } = limits.download(agency, downloadsPerDay)
  if (!exceeded) return
  call.retryAfter = resets
  throw new Refused('daily-limit-reached', `an agency may begin ${downloadsPerDay} downloads of its records in a day`)
}

type Who = Pick<ExportFacts, 'agency' | 'auth' | 'credential' | 'document' | 'reason' | 'user'>

/** Who asks, by an assertion, and why: what the entry says of it.
 *  @throws Refused */
function whoAsks({ auth, claims, holder: { agency, credential } }: Caller): { facts: Who; token: string; jwk?: object | undefined } {
  if (auth.type !== 'assertion') throw new Refused('operation-not-granted')
  if (claims.user === undefined) throw new Refused('user-missing')
  if (claims.reason === undefined) throw new Refused('reason-missing')
  const jti = recordedJti(readToken(auth.token))
  if (jti instanceof Refused) throw jti
  const { certificate, jwk, kid, token, tokenDigest } = auth
  const facts: Who = {
    agency: agency.id,
    auth: { ...(certificate !== undefined && { certificate }), jti, kid, token: tokenDigest, type: 'assertion' },
    credential: credential.id,
    document: claims.case,
    reason: claims.reason,
    user: agency.roster.get(foldAccount(claims.user))?.[0]?.account ?? claims.user,
  }
  return { facts, token, jwk }
}

const types: Readonly<Record<RecordsAsked['file'], string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
}

async function letOut(gateway: Gateway, call: CallInHand, { comer, path }: DownloadAsked, begun: Begun): Promise<void> {
  const { asked, recorded } = begun
  const leaving = new Leaving(gateway, call, begun)
  // As every receipt has: there is no digest of a body that it keys.
  const receipt = receiptHeader(gateway.log.slot, recorded, random(32))
  const head = { id: call.id, receipt, allowance: undefined }
  const whole = asked.from === path.quarter.from && asked.until === path.quarter.until
  const name = `${asked.agency}-${path.quarter.name}${whole ? '' : `-${asked.from}-${asked.until}`}.${asked.file}`
  const stands = !call.departure.left && releaseFileHead(call.response, head, types[asked.file], name, gateway.closing)
  const ended = leaving.run(stands)
  gateway.streams.enter({ refusedBy: (next, at) => refusalUnder(next, comer, at), cut: (why) => leaving.cut(why), ended })
  if (gateway.policy !== call.policy) gateway.streams.judge(gateway.policy.snapshot, gateway.log.now())
  await ended
}

/** Why other rules would refuse a download that runs. */
function refusalUnder(next: Snapshot, comer: Comer, at: number): Pick<Cut, 'code' | 'rule'> | undefined {
  const holder = holderUnder(next, comer.holder, at)
  if ('code' in holder) return holder
  const denied = barredFromOwnRecords(next, { ...comer, at, holder })
  return denied && { code: denied.code, rule: denied.rule }
}

const otherFile = (bytes: number, given: Given): Error =>
  new Error(`the first ${bytes} bytes are not the ${given.bytes} that were given before: begin anew, and verify the logs`)

/** One file on its way out. */
class Leaving {
  readonly #gateway: Gateway
  readonly #call: CallInHand
  readonly #begun: Begun
  readonly #out: Outflow
  readonly #reads: InTurn
  readonly #stream: RecordsStream
  readonly #digest = createHash('sha256')
  /** Bytes of the file so far, those that the caller had already included. */
  #bytes = 0

  constructor(gateway: Gateway, call: CallInHand, begun: Begun) {
    const { asked, logs } = begun
    this.#gateway = gateway
    this.#call = call
    this.#begun = begun
    const stop = new AbortController()
    this.#out = new Outflow(call, () => stop.abort())
    this.#reads = (read) => behindOthers(gateway.recordsTurns, asked.agency, read, stop.signal)
    this.#stream = new RecordsStream(gateway.ownRecords, asked, logs, this.#reads)
  }

  cut(why: Cut): void {
    this.#out.cut(why)
  }

  /** Resolves once its end is recorded, or cannot be.
   *  @param stands whether its head was let out */
  async run(stands: boolean): Promise<void> {
    const out = this.#out
    if (stands && (await out.turn())) await this.#pass().catch((error: unknown) => this.#failed(error))
    else out.cut({ code: 'client-left' })
    out.over()
    await this.#complete()
  }

  async #pass(): Promise<void> {
    const out = this.#out
    const { asked, given } = this.#begun
    const { offset = 0 } = asked
    out.begin()
    for await (const piece of this.#stream.bytes()) {
      if (out.why !== undefined) return
      if (given !== undefined && given.bytes > this.#bytes) this.#holdAgainst(given, piece)
      const had = Math.max(0, offset - this.#bytes)
      this.#digest.update(piece)
      this.#bytes += piece.length
      await out.write(piece.subarray(Math.min(had, piece.length)))
      if (out.why !== undefined) return
    }
    if (given !== undefined && this.#bytes < given.bytes) throw otherFile(this.#bytes, given)
    if (this.#bytes < offset) throw new Refused('request-invalid') // where nobody recorded how many there were
    // Asked once everything is read: what was taken out meanwhile may be missing at an end of it, where no gap shows it.
    await this.#reads(() => checkThere(this.#gateway, asked))
    await out.end()
  }

  /** What was given before has to come again: a file that is gone on with is one file.
   *  @param piece the next of it
   *  @throws Error */
  #holdAgainst(given: Given, piece: Buffer): void {
    const end = given.bytes - this.#bytes
    if (end > piece.length) return
    const found = this.#digest.copy().update(piece.subarray(0, end)).digest('hex')
    if (found !== given.sha256) throw otherFile(given.bytes, given)
  }

  #failed(error: unknown): void {
    if (this.#out.why !== undefined) return
    if (!(error instanceof Refused)) this.#gateway.operational.error('a download failed', { request: this.#call.id, error })
    if (error instanceof Refused) this.cut({ code: error.code })
    else this.cut({ code: error instanceof StoreError ? 'query-log-unavailable' : 'internal-error' })
  }

  /** While the log is away the end waits, as long as the process runs: after that nothing says that the file left whole. */
  async #complete(): Promise<void> {
    const { log, operational } = this.#gateway
    const { asked, recorded } = this.#begun
    const once = uuidv7(Date.now())
    const facts = {
      id: once,
      agency: asked.agency,
      of: { id: this.#call.id, index: recorded.index },
      outcome: this.#out.why === undefined ? ('whole' as const) : ('cut' as const),
      code: this.#out.why?.code,
      bytes: this.#bytes,
      sha256: this.#digest.digest('hex') as DigestHex, // 64 hex digits by definition
      records: this.#stream.records,
    }
    try {
      await log.insist([{ once, write: (given) => downloadEndEntry(facts, given) }], tryingAgain(this.#gateway, this.#call.id))
    } catch (error) {
      if (!(error instanceof NotRecorded)) operational.error('the end of a download failed', { request: this.#call.id, error })
    }
  }
}
