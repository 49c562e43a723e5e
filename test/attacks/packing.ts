// packing.ts: answers that an upstream sends packed, in parts: each can be unpacked as soon as it is there.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { brotliCompressSync, constants, createBrotliCompress, createGzip, gzipSync } from 'node:zlib'
import { identifierOf, line, payeeColumns, releasedLine } from '../end-to-end/files.ts'

export const encodings = ['gzip', 'br'] as const
export type Encoding = (typeof encodings)[number]

/** Fast, and still a hundred thousand to one where there is nothing but one letter. */
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
export const packWhole = (encoding: Encoding, bytes: Buffer): Buffer =>
  encoding === 'gzip' ? gzipSync(bytes) : brotliCompressSync(bytes, quick)

/** One packed stream, cut where its parts end; what ends the stream stands alone at the end. */
export async function pack(encoding: Encoding, parts: readonly Buffer[]): Promise<Buffer[]> {
  const packer = encoding === 'gzip' ? createGzip() : createBrotliCompress(quick)
  const pieces: Buffer[] = []
  packer.on('data', (piece: Buffer) => pieces.push(piece))
  const ready: Buffer[] = []
  for (const part of parts) {
    await new Promise<void>((written) => packer.write(part, () => packer.flush(() => written())))
    ready.push(Buffer.concat(pieces.splice(0)))
  }
  packer.end()
  await once(packer, 'end')
  return [...ready, Buffer.concat(pieces)]
}

/** A chunk of RFC 9112 §7.1. */
export const chunk = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

/** An answer in rows, as the upstream sends it and as it is released. */
export interface Rows {
  readonly type: 'application/x-ndjson' | 'text/csv' | 'application/json'
  /** Behind it stand whole rows. */
  readonly honest: Buffer
  readonly released: Buffer
  /** One more row, and what is released of it. */
  readonly row: string
  readonly releasedRow: string
  /** The beginning of a row, within a value that nobody may have. */
  readonly opened: string
  /** What is said of such a value that does not end. */
  readonly withoutEnd: string
}

export const expansion = 'an expansion beyond its bound'

/** @param notes of the households, which nobody may have: as far as they can be packed, so can the answer */
export function ndjson(notes: readonly string[]): Rows {
  return {
    type: 'application/x-ndjson',
    honest: Buffer.from(notes.map((note, at) => line(at, { note })).join('')),
    released: Buffer.from(notes.map((_, at) => releasedLine(at)).join('')),
    row: line(1),
    releasedRow: releasedLine(1),
    opened: '{"householdId":"',
    withoutEnd: expansion,
  }
}

/** @param accounts of the payees, which nobody may have: as `ndjson` */
export function csv(accounts: readonly string[]): Rows {
  const row = (account: string, at: number): string =>
    `${identifierOf(at)},"王\n小",兒童及少年生活扶助,2026-11,3000,004,${account},撥付\r\n`
  const releasedRow = (at: number): string => `${identifierOf(at)},"王\n小",2026-11,3000,撥付\r\n`
  return {
    type: 'text/csv',
    honest: Buffer.from(`nationalId,name,type,month,amount,bankCode,account,status\r\n${accounts.map(row).join('')}`),
    released: Buffer.from(`${payeeColumns.join()}\r\n${accounts.map((_, at) => releasedRow(at)).join('')}`),
    row: row('00012345', 1),
    releasedRow: releasedRow(1),
    opened: `${identifierOf(1)},王,"`,
    withoutEnd: 'field-too-long',
  }
}

/** @param names of the members, which are released: as `ndjson` */
export function json(names: readonly string[]): Rows {
  const member = (name: string, at: number): string => JSON.stringify({ name, nationalId: identifierOf(at), studentStatus: '國小三年級' })
  const releasedMember = (name: string): string => JSON.stringify({ name, studentStatus: '國小三年級' })
  const status = { category: '低收入戶第2類', validUntil: '2026-12-31' }
  const begun = (household: object, members: readonly string[]): Buffer =>
    Buffer.from(`${JSON.stringify(household).slice(0, -1)},"members":[${members.join()}`)
  return {
    type: 'application/json',
    honest: begun({ householdId: 'H-1', status }, names.map(member)),
    released: begun({ status }, names.map(releasedMember)),
    row: `,${member('王小測', 1)}`,
    releasedRow: `,${releasedMember('王小測')}`,
    opened: ',{"note":"',
    withoutEnd: expansion,
  }
}

/** Texts that can hardly be packed. */
export const random = (count: number): string[] => Array.from({ length: count }, () => randomBytes(1_000).toString('hex'))

/** A text again and again: as often as it goes whole into so many bytes. */
export const times = (text: string, bytes: number): Buffer => Buffer.alloc(bytes - (bytes % Buffer.byteLength(text)), text)

/** The head of an answer in chunks, behind which its connection ends. */
export const headOf = ({ type }: Rows, encoding: Encoding): string =>
  [
    'HTTP/1.1 200 OK',
    `Content-Type: ${type}`,
    `Content-Encoding: ${encoding}`,
    'Transfer-Encoding: chunked',
    'Connection: close',
    '',
    '',
  ].join('\r\n')
