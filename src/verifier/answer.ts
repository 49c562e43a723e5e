// answer.ts: an answer that somebody kept, held against its receipt, its entry and the log's signature: no network, no database.
import { createHash, createHmac } from 'node:crypto'
import { type Content, readEntry } from './entry.ts'
import { Invalid } from './invalid.ts'
import { readJson } from './json.ts'
import { isObject, type JsonObject } from './json-value.ts'
import { readCheckpoint, type VerifierKey } from './note.ts'
import { openProof, readProof } from './proof.ts'
import { openReceipt, readReceipt } from './receipt.ts'
import { hashOfLeaf } from './tree.ts'

/** What was kept. Without a proof nothing shows that the entry stands in the log; the receipt shows that the log owes it. */
export interface KeptAnswer {
  /** The Linkage-Receipt header's value. */
  readonly receipt?: string
  /** A C2SP tlog-proof. */
  readonly proof?: string
  /** Of a stream, the proof of its query, beside that of its completion. */
  readonly queryProof?: string
  /** The entry's exact bytes, where there is no proof that holds them. */
  readonly entry?: Buffer
  /** Of the receipt, where the header itself was not kept. */
  readonly salt?: Buffer
  /** The answer's body. */
  readonly body?: Buffer
  /** The body that was sent. */
  readonly request?: Buffer
}

/** What is wrong with an answer that was kept, in Chinese and in English. */
export const answerFaults = {
  'receipt-invalid': ['收據無效', 'the receipt is malformed, of another log, or not signed by a trusted key'],
  'proof-invalid': ['證明無效', 'the proof is malformed, not signed by a trusted key, or does not prove its entry'],
  'entry-invalid': ['紀錄內容有誤', 'the entry is no query in its RFC 8785 form'],
  'entry-mismatch': ['收據與紀錄不符', 'the receipt is of another entry'],
  'query-unproven': ['完成紀錄之查詢未經證明', 'of a completion, no proof shows that the query which it ends stands in the log'],
  'not-compared': ['所給內容未能比對', 'nothing that was shown records what was given'],
  'body-mismatch': ['答覆內容與紀錄不符', 'the body is not the one that the entry records'],
  'request-mismatch': ['請求內容與紀錄不符', 'the request is not the one that the entry records'],
} as const

export interface AnswerFault {
  readonly code: keyof typeof answerFaults
  readonly found: string
  readonly expected: string
}

/** What an answer was shown to be. */
export interface Answer {
  readonly log: string | undefined
  readonly index: number | undefined
  /** How many entries the tree had that was signed. */
  readonly size: number | undefined
  /** `signed`: a trusted key signed a tree that reaches the entry's index. `included`: the entry stands in it. `body`, `request`: it
   *  records just these. */
  readonly shown: readonly ('signed' | 'included' | 'body' | 'request')[]
  readonly faults: readonly AnswerFault[]
  /** The entry, where it could be read. */
  readonly entry: Readonly<Record<string, unknown>> | undefined
}

interface Place {
  readonly log: string
  readonly index: number
  readonly size: number
  readonly leaf: Buffer
}

interface Proven extends Place {
  readonly entry: Buffer
}

const originOf = (note: string): string => readCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1)).origin

/** Verifies what was kept of one answer.
 *  @param trusted keys of the department's logs, as it published them */
export function verifyAnswer(kept: KeptAnswer, trusted: readonly VerifierKey[]): Answer {
  const faults: AnswerFault[] = []
  const shown: Answer['shown'][number][] = []
  const { received, proven, ofQuery } = openKept(kept, trusted, faults)
  if (received !== undefined || proven !== undefined) shown.push('signed')
  if (proven !== undefined) shown.push('included')
  const bytes = proven?.entry ?? kept.entry
  const entry = bytes && readAnswered(bytes, faults)
  // The receipt of a stream is that of its query; what was released stands in the completion that names it. One that nothing proves to stand
  // in the log is anybody's: whoever has the receipt has its salt.
  const isEnd = proven !== undefined && entry?.kind === 'completion' && entry.sha256 === undefined
  const query = ofQuery && readAnswered(ofQuery.entry, faults)
  if (isEnd) holdEnd({ ...proven, entry }, ofQuery && query && { ...ofQuery, entry: query }, received, faults)
  else if (ofQuery !== undefined)
    faults.push({ code: 'entry-mismatch', found: String(entry?.kind ?? 'no proof'), expected: 'the proof of the completion of its query' })
  // What a receipt is of: its leaf is not signed, a proof shows that it stands in the log.
  const named = isEnd ? ofQuery : proven
  if (received !== undefined && named !== undefined) same(received, named, faults)
  else if (received !== undefined && !isEnd && bytes !== undefined && !hashOfLeaf(bytes).equals(received.leaf))
    faults.push({ code: 'entry-mismatch', found: hashOfLeaf(bytes).toString('hex'), expected: received.leaf.toString('hex') })
  if (entry !== undefined) holdBodies(kept, entry, isEnd ? query : undefined, received?.salt ?? kept.salt, shown, faults)
  const place = proven ?? received
  return { log: place?.log, index: place?.index, size: place?.size, shown, faults, entry }
}

/** What a trusted key signed of it. */
function openKept({ proof, queryProof, receipt: header }: KeptAnswer, trusted: readonly VerifierKey[], faults: AnswerFault[]) {
  const attempt = <T>(code: 'receipt-invalid' | 'proof-invalid', expected: string, open: () => T): T | undefined => {
    try {
      return open()
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      faults.push({ code, found: error.message, expected })
      return undefined
    }
  }
  const received =
    header === undefined
      ? undefined
      : attempt('receipt-invalid', 'a Linkage-Receipt of a trusted log', () => {
          const log = originOf(readReceipt(header).checkpoint)
          const { receipt, checkpoint } = openReceipt(header, log, ofLog(trusted, log))
          return { log, index: receipt.index, leaf: receipt.leaf, size: checkpoint.size, salt: receipt.salt }
        })
  const prove = (text: string | undefined): Proven | undefined =>
    text === undefined
      ? undefined
      : attempt('proof-invalid', 'a tlog-proof of a trusted log, with its entry', () => {
          const log = originOf(readProof(text).checkpoint)
          const { entry, index, leaf, checkpoint } = openProof(text, log, ofLog(trusted, log))
          return { log, index, leaf, size: checkpoint.size, entry }
        })
  return { received, proven: prove(proof), ofQuery: prove(queryProof) }
}

const ofLog = (trusted: readonly VerifierKey[], log: string): readonly VerifierKey[] => trusted.filter(({ name }) => name === log)

function same(received: Place, proven: Place, faults: AnswerFault[]): void {
  const words = ({ log, index, leaf }: Place) => `${log}, index ${index}, leaf ${leaf.toString('hex')}`
  if (words(received) !== words(proven)) faults.push({ code: 'entry-mismatch', found: words(proven), expected: words(received) })
}

interface Read extends Place {
  readonly entry: JsonObject
}

/** Holds a completion to the query that it names, and to a receipt of that. */
function holdEnd(end: Read, query: Read | undefined, received: Place | undefined, faults: AnswerFault[]): void {
  const { id, index }: JsonObject = isObject(end.entry.of) ? end.entry.of : {}
  const words = (log: string, at: unknown, of: unknown): string => `${log}, query at index ${at}, id ${of}`
  const found = words(end.log, index, id)
  const expected = query !== undefined ? words(query.log, query.index, query.entry.id) : received && words(received.log, received.index, id)
  if (expected !== undefined && found !== expected) faults.push({ code: 'entry-mismatch', found, expected })
  if (query === undefined)
    faults.push({ code: 'query-unproven', found: 'no valid proof of the query', expected: `a tlog-proof of ${words(end.log, index, id)}` })
}

/** What was kept of answer and request, against what the entry says of them. What nothing was held against is told, too.
 *  @param query of a stream: its completion says nothing of the request */
function holdBodies(
  { body, request }: KeptAnswer,
  entry: JsonObject,
  query: JsonObject | undefined,
  salt: Buffer | undefined,
  shown: Answer['shown'][number][],
  faults: AnswerFault[],
): void {
  const salted = entry.kind === 'query' || entry.kind === 'completion'
  for (const [name, member, bytes, of] of [
    ['body', entry.sha256 === undefined ? 'released_hmac' : 'sha256', body, entry],
    ['request', 'request_hmac', request, query ?? entry],
  ] as const) {
    if (bytes === undefined) continue
    const file = member === 'sha256'
    const hash = file ? createHash('sha256') : salted && salt !== undefined ? createHmac('sha256', salt) : undefined
    const expected = hash?.update(bytes).digest('hex')
    // Of a stream the query holds no digest, and the completion none of the request.
    if (expected === undefined || (of[member] === undefined && (of.kind !== 'query' || of.code === 'released'))) {
      const where = of.kind === 'query' ? 'the completion of this query' : 'another entry'
      faults.push({ code: 'not-compared', found: `no ${member} in this entry`, expected: `${where}, or its salt` })
    } else if (of[member] === expected) shown.push(name)
    else
      faults.push({
        code: `${name}-mismatch`,
        found: `${member} ${of[member] ?? 'absent'}`,
        expected: `${expected}, of ${bytes.length} bytes`,
      })
  }
}

/** A query, or the end of its stream; a download of own records, or the end of one. */
function readAnswered(bytes: Buffer, faults: AnswerFault[]): JsonObject | undefined {
  const wrong: string[] = []
  const content: Content | undefined = readEntry(bytes, ({ code, found }) => wrong.push(`${code}: ${found}`))?.content
  const kind = content?.kind
  const isDownload = kind === 'download-end' || (content?.kind === 'act' && content.download !== undefined)
  const isAnswer = kind === 'query' || kind === 'completion' || isDownload
  if (kind !== undefined && !isAnswer) wrong.push(`kind ${kind}`)
  for (const found of wrong) faults.push({ code: 'entry-invalid', found, expected: 'a query in its RFC 8785 form' })
  if (kind === undefined) return undefined
  const { value } = readJson(bytes)
  return isObject(value) ? value : undefined
}
