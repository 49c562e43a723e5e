// release-stream.ts: an answer that is let out while it comes, and what the log holds of how it ended.
import { createHmac } from 'node:crypto'
import type { DigestHex } from '../canonical.ts'
import type { Caller } from '../credential/authenticate.ts'
import type { Permit } from '../policy/decide.ts'
import { Refused } from '../problems.ts'
import { AnswerMalformed } from '../projection/malformed.ts'
import type { Given } from '../querylog/entry.ts'
import { NotRecorded } from '../querylog/refusal.ts'
import { sealedText } from '../querylog/seal.ts'
import { streamCompletionEntry } from '../querylog/stream-entry.ts'
import { mostTags } from '../querylog/subjects-entry.ts'
import { type AnswerStream, blockBytes } from './answer-stream.ts'
import type { CallInHand, RecordPlace } from './call-in-hand.ts'
import type { Gateway } from './gateway.ts'
import { uuidv7 } from './ids.ts'
import { missingOf } from './inference-limits.ts'
import { Outflow } from './outflow.ts'
import { kib } from './record.ts'
import { recordNamed } from './record-named.ts'
import { releaseHead } from './release.ts'
import { ReleasedRows } from './released-rows.ts'
import type { Cut } from './running-streams.ts'
import { tryingAgain } from './trying-again.ts'

/** What a stream is let out with. */
export interface Letting {
  readonly receipt: string
  /** The call's first record. */
  readonly record: RecordPlace
  /** All of them: of a batch one for each of its subjects. */
  readonly records: readonly RecordPlace[]
  readonly permit: Permit
  readonly caller: Caller
  /** The record's. */
  readonly salt: Buffer
}

/** Lets a recorded answer out, and records its end. The receipt of a stream is that of its query. From here on rules that would refuse it
 *  end it, whatever it waits for.
 *  @returns whether its end is recorded; it is not where nothing was let out because the caller had left */
export async function releaseStream(gateway: Gateway, call: CallInHand, stream: AnswerStream, letting: Letting): Promise<boolean> {
  const { asked, response } = call
  const { mediaType } = letting.permit.operation.answer
  if (asked === undefined) throw new Error('a stream answers a call that was decided')
  const head = { id: call.id, receipt: letting.receipt, allowance: call.allowance }
  if (call.departure.left || !releaseHead(response, head, mediaType, gateway.closing)) {
    stream.cancel(new Refused('client-left'))
    return false
  }
  const running = new StreamRelease(gateway, call, stream, letting)
  const ended = running.run().then(async (end) => {
    if (end !== undefined) await complete(gateway, call, letting, end)
    return end !== undefined
  })
  gateway.streams.enter({ asked, fields: letting.permit.fields, cut: (why) => running.cut(why), ended })
  // Other rules may have come since it was decided: while the upstream was asked, the first block gathered, the query recorded.
  if (gateway.policy !== call.policy) gateway.streams.judge(gateway.policy.snapshot, gateway.log.now())
  return await ended
}

/** What became of a stream. */
interface StreamEnd {
  readonly why: Cut | undefined
  /** An error of ours. */
  readonly error?: unknown
  /** What was wrong with the upstream's answer: for the sealed part alone. */
  readonly problem?: string
  readonly bytes: number
  readonly rows: number | undefined
  readonly digest: DigestHex
  readonly stream: AnswerStream
}

/** One stream on its way out: block by block, no faster than the caller takes them. */
class StreamRelease {
  readonly #gateway: Gateway
  readonly #letting: Letting
  readonly #call: CallInHand
  readonly #stream: AnswerStream
  readonly #out: Outflow
  readonly #digest
  /** Of JSON a part has no rows. */
  readonly #rows: ReleasedRows | undefined
  #bytes = 0

  constructor(gateway: Gateway, call: CallInHand, stream: AnswerStream, letting: Letting) {
    const { mediaType } = letting.permit.operation.answer
    this.#gateway = gateway
    this.#letting = letting
    this.#call = call
    this.#stream = stream
    this.#out = new Outflow(call, () => stream.cancel(new Refused('client-left')))
    this.#digest = createHmac('sha256', letting.salt)
    this.#rows = mediaType === 'application/json' ? undefined : new ReleasedRows(mediaType)
  }

  cut(why: Cut): void {
    this.#out.cut(why)
  }

  /** @returns undefined where its caller left before its turn on the connection came */
  async run(): Promise<StreamEnd | undefined> {
    const out = this.#out
    const went = await out.turn()
    const failed = went ? await this.#pass().catch((error: unknown) => this.#failed(error)) : undefined
    out.over()
    this.#stream.cancel(new Refused('client-left'))
    if (!went && out.why === undefined) return undefined
    const rows = out.why === undefined ? this.#stream.rows : this.#rows?.rows
    const digest = this.#digest.digest('hex') as DigestHex // 64 hex digits by definition
    return { ...failed, why: out.why, bytes: this.#bytes, rows, digest, stream: this.#stream }
  }

  async #pass(): Promise<undefined> {
    const { route, started } = this.#call
    const out = this.#out
    this.#gateway.metrics.called('released', route?.operation.api, (performance.now() - started) / 1000)
    out.begin()
    while (out.why === undefined && !this.#stream.done) {
      await this.#stream.gather(blockBytes)
      // What came in between, a cut foremost, comes before what was gathered.
      if (out.why !== undefined) break
      const block = this.#stream.take(blockBytes)
      await this.#name(block)
      if (out.why !== undefined) break
      this.#digest.update(block)
      this.#rows?.add(block)
      this.#bytes += block.length
      await out.write(block)
    }
    if (out.why === undefined) await out.end()
  }

  /** Whom the block identifies is recorded before it leaves, as soon as they fill an entry; the last before the completion. */
  async #name(block: Buffer): Promise<void> {
    const { named } = this.#call
    if (named === undefined) return
    named.push(block)
    if (this.#stream.done) named.end()
    const { caller, record } = this.#letting
    await recordNamed(this.#gateway, caller, named, record, mostTags)
  }

  /** What the upstream, or we, came to grief with. A stream that was cut has its reason already. */
  #failed(error: unknown): Pick<StreamEnd, 'error' | 'problem'> {
    if (this.#out.why !== undefined) return {}
    if (error instanceof AnswerMalformed) {
      this.cut({ code: 'upstream-malformed' })
      return { problem: error.problem }
    }
    if (error instanceof NotRecorded) {
      this.cut({ code: error.code })
      return {}
    }
    if (error instanceof Refused) {
      this.cut({ code: error.code })
      return error.detail === undefined ? {} : { problem: error.detail }
    }
    this.cut({ code: 'internal-error' })
    return { error }
  }
}

/** Who leaves before the end knows by then what the rows that came say, and of whom they say nothing. */
const endedByCaller: ReadonlySet<Cut['code']> = new Set(['client-left', 'client-stalled', 'too-long'])

/** Records how it ended, of each record of the call. While the log is away the end waits, as long as the process runs: after that it is
 *  `lost`. */
async function complete(gateway: Gateway, call: CallInHand, letting: Letting, end: StreamEnd): Promise<void> {
  const { log, operational } = gateway
  const { caller, record, records } = letting
  const { why, stream } = end
  gateway.undeclared.saw(call.route?.operation.api ?? '', stream.undeclaredAt())
  if (end.error !== undefined) operational.error('a stream failed', { request: call.id, error: end.error })
  const upstream = { ...call.upstream, bytes: stream.received, ms: Math.round(performance.now() - call.started), problem: end.problem }
  // An entry names only rules that stand before it; those that never came into force have no entry.
  const by = (await why?.inForce) === false ? undefined : why
  const sealed = sealedText({ answer_subjects: call.withheld?.sealed, bytes: end.bytes }, { beyond: stream.beyond, upstream })
  const facts = {
    agency: caller.holder.agency.id,
    outcome: why === undefined ? ('whole' as const) : ('cut' as const),
    code: why?.code,
    policy: by?.policy,
    rule: by?.rule,
    bytes: kib(end.bytes),
    releasedHmac: end.digest,
    rows: end.rows,
  }
  const completions = records.map((of) => {
    const id = uuidv7(Date.now())
    const sealing = ({ at }: Given) => (of === record ? log.seal(at, id, sealed) : undefined)
    return { once: id, write: (given: Given) => streamCompletionEntry({ ...facts, id, of, sealed: sealing(given) }, given) }
  })
  if (why === undefined || endedByCaller.has(why.code)) countMissing(gateway, call, letting, stream.rows)
  const again = tryingAgain(gateway, call.id)
  try {
    if (why !== undefined) call.named?.cut()
    if (call.named !== undefined) await recordNamed(gateway, caller, call.named, record, 1, (draft) => log.insist([draft], again))
    await log.insist(completions, again)
  } catch (error) {
    // That it is not recorded was told already: the process ends.
    if (!(error instanceof NotRecorded)) operational.error('the end of a stream failed', { request: call.id, error })
  }
}

/** Of a batch, whom its rows say nothing of counts as not found. */
function countMissing({ inference }: Gateway, { subjects }: CallInHand, { caller, permit }: Letting, rows: number): void {
  const { fields, operation, user } = permit
  if (operation.maxSubjects === undefined) return
  const missing = missingOf(subjects.length, rows, fields, operation.answer.rows)
  inference.notFound({ agency: caller.holder.agency.id, user: user.account }, missing)
}
