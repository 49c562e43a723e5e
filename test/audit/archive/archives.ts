// archives.ts: archives of a log that the writer's own code wrote, in memory: what is archived, where it goes, and how it is read again.
import { createHash } from 'node:crypto'
import { actsOf, documentsNamed } from '../../../src/audit/archive/acts.ts'
import type { ArchiveContents, ArchivedLog, ArchiveFacts, ArchiveSink, HandedIn } from '../../../src/audit/archive/archived.ts'
import { type WritingOptions, writeArchive } from '../../../src/audit/archive/writing.ts'
import { canonicalJson, sha256Hex } from '../../../src/canonical.ts'
import type { Draft } from '../../../src/querylog/batch.ts'
import { checkpointText } from '../../../src/querylog/checkpoint.ts'
import type { HashTileName } from '../../../src/querylog/tile.ts'
import { nodeHash, Tree } from '../../../src/querylog/tree.ts'
import { nodeCryptography } from '../../../src/verifier/archive/disk.ts'
import type { ArchiveFinding } from '../../../src/verifier/archive/finding.ts'
import type { ArchiveFile } from '../../../src/verifier/archive/place.ts'
import { type ArchiveOptions, type ArchiveSummary, verifyArchive } from '../../../src/verifier/archive/verify.ts'
import { education, log, newId, police, policies, slot, WritingLog } from '../../verifier/written-log.ts'

export const facts: ArchiveFacts = {
  agency: { id: education, code: '379110000E', name: '臺北市政府教育局' },
  period: { from: '2026-11', until: '2026-12' },
  fileNumber: undefined,
  archivedOn: undefined,
  retention: { years: 5, plus_years: 1 },
  encryption: 'per-agency',
}

const [firstPolicy] = policies

/** What was drawn, as `document` would hold it. */
export const drawn = '[["linkage.example/log/1",1],["linkage.example/log/1",7]]'

/** The roster of the freeze. */
export const roster = '帳號,姓名\r\nedu-chang,張三\r\n'

const draft = (members: object): Draft => ({ write: (given) => canonicalJson({ ...members, at: given.at, v: 1 }) })
const sample = (id: string, asked: object, more: object = {}): Draft => draft({ asked, id, kind: 'sample', ...more })
const report = (asked: object): Draft => draft({ asked: { about: 'round', ...asked }, id: newId(), kind: 'report' })
const heldOf = (text: string) => ({ count: 2, digest: sha256Hex(text) })

/** Acts of a department: the audits of two agencies by one seed, one unannounced, and steps of two rounds. */
export function auditActs(): readonly Draft[] {
  const [own, others, hidden, seed] = [newId(), newId(), newId(), newId()]
  const period = { from: facts.period.from, until: facts.period.until }
  const freeze = (agency: string, round: string) => ({ act: 'freeze', agency, ...period, round })
  return [
    sample(others, freeze(police, 'self-audit'), { roster: heldOf('another roster') }),
    sample(own, freeze(education, 'self-audit'), { roster: heldOf(roster) }),
    sample(hidden, freeze(education, 'unannounced'), { roster: heldOf('a hidden roster') }),
    sample(seed, { act: 'seed', freezes: [others, own], method: 'dice', randomness: '123456' }),
    sample(newId(), { act: 'draw', freeze: own }, { sample: heldOf(drawn), seed: { id: seed } }),
    sample(newId(), { act: 'draw', freeze: others }, { sample: heldOf('not theirs'), seed: { id: seed } }),
    report({ agency: education, audit: 'self-audit', ...period, number: '115H2-1', step: 'sampled' }),
    report({ agency: police, audit: 'self-audit', ...period, number: '115H2-2', step: 'sampled' }),
    report({ agency: education, audit: 'unannounced', ...period, number: '115H2-3', step: 'sampled' }),
    report({ number: '115H2-1', step: 'approved' }),
    report({ number: '115H2-2', step: 'approved' }),
    report({ number: '115H2-1', step: 'archived' }),
  ]
}

/** Two agencies from November to February, among them so many queries; in December the data key changes. */
export async function writeMonths(queries = 600): Promise<WritingLog> {
  const writing = new WritingLog({ heads: [] })
  const many = (count: number) => {
    // Every third is the agency's own.
    for (let at = 0; at < count; at += 1) pending.push(writing.query(at % 3 === 0 ? education : police, at % 5 !== 0))
  }
  let pending: Draft[] = []
  const flush = (at: string) => {
    for (let from = 0; from < pending.length; from += 1000) writing.batch(at, ...pending.slice(from, from + 1000))
    pending = []
  }
  writing.batch('2026-10-24T02:00:00.000Z', writing.opening())
  writing.batch('2026-10-24T02:00:00.010Z', await writing.key(), writing.policy(firstPolicy ?? (newId() as never)))
  many(5)
  flush('2026-10-25T02:00:00.000Z')
  many(Math.floor(queries / 2))
  flush('2026-11-05T02:00:00.000Z')
  const unreleased = newId()
  const index = writing.size
  writing.batch('2026-11-06T02:00:00.000Z', writing.query(education, true, unreleased), writing.query(education, false))
  writing.batch('2026-11-06T02:00:01.000Z', writing.completion(education, { id: unreleased, index }))
  writing.batch('2026-11-06T02:00:02.000Z', writing.several(education, 3))
  many(Math.ceil(queries / 2))
  flush('2026-11-07T02:00:00.000Z')
  // 2026-12-01 in Taipei.
  writing.batch('2026-11-30T16:00:00.000Z', writing.query(police), await writing.key(), writing.query(education))
  many(40)
  flush('2026-12-10T02:00:00.000Z')
  // Nothing happened in January.
  writing.batch('2027-02-03T02:00:00.000Z', writing.query(education), ...auditActs(), writing.query(police))
  writing.batch('2027-02-04T02:00:00.000Z', writing.query(police))
  return writing
}

interface Read {
  readonly index: number
  readonly entry: string
}

/** Hashes of whole subtrees by level, from the leaves up. */
function levelsOf(leaves: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const levels: Buffer[][] = [[...leaves]]
  for (let below = levels[0] ?? []; below.length >= 256; ) {
    const above: Buffer[] = []
    for (let at = 0; at + 256 <= below.length; at += 256) {
      let nodes: Buffer[] = below.slice(at, at + 256)
      while (nodes.length > 1)
        nodes = Array.from({ length: nodes.length / 2 }, (_, pair) =>
          nodeHash((nodes[2 * pair] ?? nodes) as never, (nodes[2 * pair + 1] ?? nodes) as never),
        )
      above.push(nodes[0] ?? Buffer.alloc(0))
    }
    levels.push(above)
    below = above
  }
  return levels
}

/** What is archived of a written log, as its database would give it. */
export function archivedLog(writing: WritingLog, { agency, period }: ArchiveFacts = facts): ArchivedLog {
  const { entries, leaves } = writing.written
  const read: readonly Read[] = entries.map((each, index) => ({ index, entry: each.toString() }))
  // biome-ignore lint/suspicious/noExplicitAny: entries of every kind, read member by member
  const parsed: readonly any[] = read.map(({ entry }) => JSON.parse(entry))
  const levels = levelsOf(leaves)
  const which = (pick: (entry: (typeof parsed)[number], index: number) => boolean) => read.filter(({ index }) => pick(parsed[index], index))
  const inPeriod = (at: string): boolean => {
    const month = new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 7)
    return month >= period.from && month <= period.until
  }
  const queries = new Set(
    which(({ agency: of, at, kind }) => kind === 'query' && of === agency.id && inPeriod(at)).map(({ index }) => index),
  )
  const acts = which(({ kind }) => kind === 'sample' || kind === 'report').map((each) => ({ ...each, slot }))
  const outcomes = new Map(parsed.filter(({ kind }) => kind === 'completion').map(({ of, outcome }) => [of.index, outcome]))
  return {
    slot,
    log,
    size: entries.length,
    checkpoint: writing.signer.sign(checkpointText(log, new Tree().extended(leaves as never))),
    verifierKeys: [writing.signer.verifierKey],
    frame: which(({ begins, ended, kind }) => kind === 'opening' || (kind === 'month' && ended <= period.until && begins >= period.from)),
    acts: actsOf(acts, { agency, period }),
    async *records() {
      yield* which(({ of }, index) => queries.has(index) || queries.has(of?.index))
    },
    outcomeOf: (index) => outcomes.get(index),
    keys: async (ids) => which(({ id, kind }) => kind === 'key' && ids.has(id)),
    tile: async ({ index, level, width }: HashTileName) => Buffer.concat((levels[level] ?? []).slice(index * 256, index * 256 + width)),
  }
}

export const handedIn = (name: string, text: string): HandedIn => ({
  name,
  size: Buffer.byteLength(text),
  async *read() {
    yield Buffer.from(text)
  },
})

export function contentsOf(writing: WritingLog, of = facts): ArchiveContents {
  const log = archivedLog(writing, of)
  const named = documentsNamed(log.acts)
  return {
    logs: [log],
    files: [handedIn('115H2_稽核紀錄表.ods', 'a form'), handedIn('簽核.pdf', 'a signed approval')],
    documents: new Map(
      [roster, drawn].filter((each) => named.includes(sha256Hex(each))).map((each) => [sha256Hex(each), Buffer.from(each)]),
    ),
    page: Buffer.from('<!doctype html>'),
  }
}

/** Files by path. */
export type Files = Map<string, Buffer>

/** Keeps what is written. */
export class MemorySink implements ArchiveSink {
  readonly #files = new Map<string, Buffer[]>()

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const parts = this.#files.get(path) ?? []
    this.#files.set(path, parts)
    parts.push(Buffer.from(bytes))
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    this.#files.set(path, [Buffer.from(bytes)])
  }

  /** Files of one disc. */
  disc(at: number): Files {
    const folder = `disc-${at}/`
    const own = [...this.#files].filter(([path]) => path.startsWith(folder))
    return new Map(own.map(([path, parts]) => [path.slice(folder.length), Buffer.concat(parts)]))
  }
}

export async function archived(contents: ArchiveContents, of = facts, options: WritingOptions = { bytesOfDisc: 4.3e9 }) {
  const sink = new MemorySink()
  const discs = await writeArchive(sink, of, contents, options)
  return { discs, sink, files: sink.disc(1) }
}

/** The list made anew: what somebody does who changes a file and knows of it. */
export function relisted(files: Files): Files {
  const titles = new Map(
    (files.get('MANIFEST.csv')?.toString() ?? '').split('\r\n').map((row) => [row.split(',')[0] ?? '', row.split(',')[1] ?? '']),
  )
  const rows = [...files]
    .filter(([path]) => path !== 'MANIFEST.csv')
    .map(([path, bytes]) => [path, titles.get(path) ?? '', bytes.length, createHash('sha256').update(bytes).digest('hex')].join(','))
  const list = `\ufeff${['檔名 path,中文名稱 title,位元組 bytes,SHA-256', ...rows].join('\r\n')}\r\n`
  return new Map(files).set('MANIFEST.csv', Buffer.from(list))
}

export const inMemory = (files: Files): readonly ArchiveFile[] =>
  [...files].map(([path, bytes]) => ({ path, size: bytes.length, read: async (from, to) => new Uint8Array(bytes.subarray(from, to)) }))

/** What verification finds. */
export async function verified(
  files: Files,
  options: Partial<ArchiveOptions> = {},
): Promise<{ readonly summary: ArchiveSummary; readonly findings: readonly ArchiveFinding[]; readonly inShort: readonly string[] }> {
  const findings: ArchiveFinding[] = []
  const summary = await verifyArchive(inMemory(files), { crypto: nodeCryptography, onFinding: (each) => findings.push(each), ...options })
  const inShort = findings.map(({ at, code, file }) => `${code} ${file}${at === undefined ? '' : ` ${at}`}`)
  return { summary, findings, inShort }
}
