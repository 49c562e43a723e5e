// find.ts: `linkage log find`: which calls came from an address, an agency or an account at a time, and what became of them.
import { Command } from 'commander'
import { showInstant } from '../../calendar.ts'
import { readAddress } from '../../gateway/address.ts'
import { networkOf } from '../../gateway/limits.ts'
import { type AddressRange, overlap } from '../../policy/networks.ts'
import type { Snapshot } from '../../policy/snapshot.ts'
import { type FoundCall, refusalsLate, type Sought } from '../../querylog/find.ts'
import type { RefusalCount } from '../../querylog/refusals-entry.ts'
import { type AuditorOptions, withAuditor } from '../auditor.ts'
import type { Output } from '../output.ts'
import { readCount, type SoughtOptions } from './find-asked.ts'
import { behindText, callsOf, readsRefusals, type Searching, searching } from './searching.ts'
import { tableText } from './terminal-table.ts'

interface Options extends AuditorOptions, SoughtOptions {
  readonly json?: boolean
  readonly most: string
}

/** `linkage log find`. */
export function findCommand(output: Output): Command {
  const command = new Command('find')
    .description(
      '以時間、位址、帳號找出紀錄（先記錄何人、找什麼、為何） find calls by time, address or account, once who looks and why is recorded',
    )
    .requiredOption('--from <time>', '自何時（臺北時間），2026-11-24 或 "115/11/24 14:05" since when, in Taipei')
    .option('--to <time>', '至何時，含該日或該分鐘；不寫則至今 until when, that day or minute included')
    .option('--agency <id>', '機關代號 of this agency')
    .option('--address <ip>', '來源位址 from this address')
    .option('--account <account>', '使用者帳號 of this account')
    .option('--credential <id>', '憑證代號 with this credential')
    .option('--refused', '只列被拒絕者 only what was refused')
    .option('--most <n>', '最多幾筆 at most so many calls', '1000')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action((options: Options) => findCalls(options, output))
}

/** @throws what `searching` throws */
export async function findCalls(options: Options, output: Output): Promise<void> {
  const most = readCount('--most', options.most)
  await searching(options, 'find', async (given) => {
    const calls: FoundCall[] = []
    for await (const call of callsOf(given.find, given.sought, most + 1)) calls.push(call)
    const found: Found = { calls: calls.slice(0, most), more: calls.length > most, refusals: await refusalsOf(given) }
    output.write(options.json === true ? findJson(given, found) : findText(given, found))
  })
}

interface Found {
  readonly calls: readonly FoundCall[]
  /** There are more calls than were asked for. */
  readonly more: boolean
  readonly refusals: readonly FoundRefusals[]
}

/** Refusals of a minute that have no entry of their own. */
type FoundRefusals = RefusalCount & { readonly minute: string; readonly slot: string; readonly index: number }

async function refusalsOf({ find, place: { snapshot }, sought }: Searching): Promise<readonly FoundRefusals[]> {
  if (!readsRefusals('find', sought)) return []
  const { before, since } = sought
  const found: FoundRefusals[] = []
  for await (const { entry, index, slot } of find.refusals(since, before === undefined ? undefined : before + refusalsLate)) {
    const { counts, minute }: { readonly counts: readonly RefusalCount[]; readonly minute: string } = JSON.parse(entry)
    const at = Date.parse(minute)
    if (at + 60_000 <= since || (before !== undefined && at >= before)) continue
    for (const count of counts) if (isSought(count, sought, snapshot)) found.push({ ...count, minute, slot, index })
  }
  return found
}

/** Of an agency also what was refused from its networks before anybody was known. */
function isSought(count: RefusalCount, { address, agency, credential }: Sought, { agencies }: Snapshot): boolean {
  if ('agency' in count)
    return address === undefined && (agency ?? count.agency) === count.agency && (credential ?? count.credential) === count.credential
  const read = address === undefined ? undefined : readAddress(address)
  if (read !== undefined) return networkOf(read) === count.address
  if (credential !== undefined) return false
  if (agency === undefined) return true
  const own = agencies.get(agency)
  const networks = own === undefined ? [] : [own, ...own.delegates].flatMap((each) => each.networks)
  const counted = rangeOf(count.address)
  return counted !== undefined && networks.some((network) => overlap(counted, network))
}

/** The addresses that are counted as one: as `networkOf` names them. */
function rangeOf(counted: string): AddressRange | undefined {
  const [, prefix] = /^([0-9a-f]{16})::\/64$/.exec(counted) ?? []
  if (prefix !== undefined) return { family: 6, first: BigInt(`0x${prefix}`) << 64n, last: ((BigInt(`0x${prefix}`) + 1n) << 64n) - 1n }
  const address = readAddress(counted)
  return address && { family: address.family, first: address.value, last: address.value }
}

/** Civil time of Taipei. */
const timeOf = (at: string | number): string =>
  showInstant(typeof at === 'string' ? Date.parse(at) : at)
    .slice(0, 19)
    .replace('T', ' ')

const outcomes: Readonly<Record<string, string>> = { 'not-released': '未放行 not released', lost: '中斷 lost', cut: '截斷 cut' }

function findText({ asked, behind, recorded }: Searching, { calls, more, refusals }: Found): string {
  const rows = calls.map(({ completion, entry, index, slot }) => {
    const { address, agency, api, at, code, delegate, id, operation, status, user } = JSON.parse(entry)
    const outcome = completion === undefined ? undefined : outcomes[JSON.parse(completion).outcome]
    return [
      timeOf(at),
      delegate === undefined ? agency : `${agency}/${delegate}`,
      user ?? '–',
      address,
      operation === undefined ? '–' : `${api} ${operation}`,
      `${status} ${code}${outcome === undefined ? '' : `，${outcome}`}`,
      `${slot}/${index}`,
      id,
    ]
  })
  const counted = refusals.map((each) => [
    timeOf(each.minute).slice(0, 16),
    'address' in each ? each.address : `${each.agency} ${each.credential}`,
    each.code,
    String(each.count),
  ])
  return [
    `${timeOf(asked.since)} 起 since${asked.before === undefined ? '' : `，${timeOf(asked.before)} 前 before`}（臺北時間 Taipei）\n`,
    rows.length === 0 ? '沒有符合之紀錄 no call was found\n' : tableText(callHeadings, rows),
    ...(more ? [`    還有更多，請縮小範圍或以 --most 放寬 there are more: narrow it, or give --most\n`] : []),
    ...(counted.length === 0 ? [] : ['\n彙計之拒絕 refusals that were only counted\n', tableText(refusalHeadings, counted)]),
    ...behindText(behind).map((line) => `${line}\n`),
    `已記入 recorded: ${recorded.log} 第 ${recorded.index} 筆\n`,
  ].join('')
}

const callHeadings = [
  ['時間', 'time'],
  ['機關', 'agency'],
  ['使用者', 'user'],
  ['來源位址', 'address'],
  ['作業', 'operation'],
  ['結果', 'result'],
  ['槽/序號', 'slot/index'],
  ['紀錄編號', 'Request-Id'],
] as const
const refusalHeadings = [
  ['分鐘', 'minute'],
  ['來源位址或憑證', 'address or credential'],
  ['理由', 'code'],
  ['次數', 'count'],
] as const

/** Members of an entry but its sealed part, which is of use to whoever opens it alone. */
function clear(entry: string): Readonly<Record<string, unknown>> {
  const { sealed: _sealed, ...members } = JSON.parse(entry)
  return members
}

/** The document of `--json`. Members are only ever added. */
function findJson({ asked, behind, recorded }: Searching, { calls, more, refusals }: Found): string {
  const { id, index, log } = recorded
  const found = calls.map(({ completion, entry, index: at, slot }) => ({
    slot,
    index: at,
    entry: clear(entry),
    completion: completion === undefined ? null : clear(completion),
  }))
  return `${JSON.stringify({ asked, entries: [{ id, index, log }], behind, calls: found, more, refusals }, null, 2)}\n`
}
