// frozen-population.ts: a frozen population as it is read for a draw: its roster, how far search is, and whether entries say what search says.
import type { DrawnRecord } from '../../audit/draw.ts'
import type { Drawing, Earlier } from '../../audit/drawing.ts'
import { frozenRoster } from '../../audit/frozen-roster.ts'
import { Persons } from '../../audit/persons.ts'
import type { Only } from '../../audit/ports.ts'
import { readSampleDocument, type SampleList } from '../../audit/sample-document.ts'
import { drawnBefore, type Freeze, type RecordedDraw, type Samples } from '../../audit/samples.ts'
import { sha256Hex } from '../../canonical.ts'
import type { LogReaderStore, PublishedStore } from '../../querylog/ports.ts'
import type { Store } from '../../store/open.ts'
import type { ProvenHeads } from '../../verifier/draws/proven.ts'
import { UsageError } from '../log/usage-error.ts'
import { SignedEntries } from './signed-entries.ts'

type Documents = Pick<LogReaderStore, 'document'>

/** Bytes that an entry names.
 *  @throws UsageError where the database does not hold them, or holds others */
export async function documentOf(reader: Documents, { digest }: { readonly digest: string }): Promise<Buffer> {
  const bytes = await reader.document(digest)
  if (bytes !== undefined && sha256Hex(bytes) === digest) return bytes
  throw new UsageError(
    `資料庫所存之文件 ${digest} 不存在或與摘要不符，請先 linkage log verify。 The database does not hold the document ${digest}, or holds another: linkage log verify.`,
  )
}

/** What an earlier draw drew.
 *  @throws as `documentOf` */
export const listOf = async (reader: Documents, { sample }: RecordedDraw): Promise<SampleList> =>
  readSampleDocument(await documentOf(reader, sample))

/** @throws as `documentOf` */
export async function drawingOf(
  reader: Documents,
  { asked, logs, parameters, roster }: Freeze,
  more: Drawing['more'],
  earlier: Earlier | undefined,
): Promise<Drawing> {
  const rows = frozenRoster(await documentOf(reader, roster))
  const { agency, from, subject, until, user } = asked
  const only: Only = {
    ...(user !== undefined && { accounts: accountsOf(user, new Persons(rows, undefined)) }),
    ...(subject !== undefined && { subject }),
  }
  return { agency, logs, parameters, only, period: { from, until }, roster: rows, more, earlier }
}

/** All accounts of the person whose account it is. */
const accountsOf = (user: string, persons: Persons): readonly string[] => [...new Set([user, ...persons.of(user).accounts])]

/** Of a population of late records: what was drawn before it.
 *  @throws UsageError where that was not drawn */
export async function earlierOf(reader: Documents, samples: Samples, freeze: Freeze): Promise<Earlier | undefined> {
  if (freeze.supplements === undefined) return undefined
  const before = drawnBefore(samples, freeze)
  const populations = new Map<string, number>()
  const accounts: string[] = []
  let users = 0
  for (const { drawn, freeze: each } of before) {
    if (drawn === undefined)
      throw new UsageError(
        `${each.ref.id} 尚未抽樣，請先 linkage audit sample draw --freeze ${each.ref.id}。 It was frozen before, and is not drawn yet: draw it first.`,
      )
    const list = await listOf(reader, drawn)
    for (const { month, population } of drawn.months) populations.set(month, (populations.get(month) ?? 0) + population)
    accounts.push(...list.drawn.map(({ user }) => user), ...list.reviews.flatMap((review) => review.accounts.slice(0, 1)))
    users = Math.max(users, drawn.coverage.users)
  }
  return { populations, accounts, logs: before.flatMap(({ freeze: { logs } }) => logs), users }
}

/** What search has not read would be missing from the draw.
 *  @throws UsageError */
export async function requireSearched({ search }: Pick<Store, 'search'>, { logs }: Freeze): Promise<void> {
  const progress = new Map((await search.progress()).map((each) => [each.slot, each.next]))
  const behind = logs.filter(({ months, size, slot }) => months.length > 0 && (progress.get(slot) ?? 0) < size)
  if (behind.length === 0) return
  throw new UsageError(
    `查詢欄位尚未讀到封存點（槽 ${behind.map(({ slot }) => slot).join('、')}），請稍後再試。 Search has not read up to the frozen heads yet: try again in a minute (linkage log status).`,
  )
}

/** Search columns are derived; what was drawn is held against the entries themselves, and those against the signed trees.
 *  @param heads what the logs were proven by
 *  @throws UsageError where an entry says otherwise, is not the one that was signed, or is not signed */
export async function holdToEntries(
  reader: PublishedStore,
  { asked: { agency }, logs }: Freeze,
  drawn: readonly DrawnRecord[],
  heads: ProvenHeads,
): Promise<void> {
  const slots = new Map(logs.map(({ log, slot }) => [log, slot]))
  const signed = new SignedEntries(reader, heads)
  for (const { countedSeq, index, log, user } of drawn) {
    const slot = slots.get(log) ?? ''
    if (index >= signed.sizeOf(slot))
      throw new UsageError(
        `${log} 第 ${index} 筆不在已簽章之封存點內（簽章至 ${signed.sizeOf(slot)} 筆），不得抽樣：請先 linkage log verify --slot ${slot}，查明回復後再執行。 No signed head covers entry ${index} of ${log} (${signed.sizeOf(slot)} entries are signed): it is not drawn. Run linkage log verify --slot ${slot}, and come back once it finds nothing.`,
      )
    const says: Says = JSON.parse((await signed.at(slot, index)) ?? '{}')
    if (says.agency === agency && says.counted_seq === countedSeq && (says.user ?? '') === user) continue
    throw new UsageError(
      `${log} 第 ${index} 筆與查詢欄位或已簽章之紀錄不符，請先 linkage log verify。 Entry ${index} of ${log} is not what search says, or not what was signed: run linkage log verify.`,
    )
  }
}

interface Says {
  readonly agency?: string
  readonly counted_seq?: number
  readonly user?: string
}
