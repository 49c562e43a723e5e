// table.ts: the tables that people open, held row by row against the records that they were made of.
import { isObject, type JsonObject } from '../json-value.ts'
import { base64Of } from '../octets.ts'
import { taipei } from '../taipei.ts'
import { csvRows } from './csv-rows.ts'
import { objectAt, readArchivedEntry, textAt } from './entry.ts'
import type { Tell } from './finding.ts'
import { indexedLines } from './indexed-lines.ts'
import type { VerifiedLog } from './log.ts'
import type { ArchiveFile } from './place.ts'
import { hashOfLeaf } from './tiles.ts'

const tableName = /^records-\d{3}\.csv$/

interface Row {
  readonly slot: string
  readonly index: number
  readonly members: JsonObject
  /** Base64. */
  readonly leaf: string
  /** How it ended; absent where no completion here says so. */
  readonly outcome: string | undefined
  /** Whether all completions of the log are here, and could be read. */
  readonly outcomesKnown: boolean
}

const member =
  (name: string) =>
  (row: Row): string =>
    shown(row.members[name])
const listed =
  (name: string) =>
  ({ members }: Row): string => {
    const value = members[name]
    return Array.isArray(value) ? value.join(' ') : ''
  }
const shown = (value: unknown): string => (value === undefined ? '' : String(value))
const worded =
  (name: string, words: Readonly<Record<string, string>>) =>
  ({ members }: Row): string => {
    const value = shown(members[name])
    return words[value] ?? value
  }

/** `115/11/24 09:15:02.123`: civil time of Taipei, of the ROC calendar. */
function timeOf({ members }: Row): string {
  const at = new Date(Date.parse(textAt(members, 'at') ?? '') + taipei).toISOString()
  return `${Number(at.slice(0, 4)) - 1911}/${at.slice(5, 7)}/${at.slice(8, 10)} ${at.slice(11, 23)}`
}

function batchOf({ members }: Row): string {
  const batch = objectAt(members, 'batch')
  return batch === undefined ? '' : `第 ${shown(batch.at)} 人，共 ${shown(batch.of)} 人`
}

/** Of a whole answer, which of a call about several people its first record states. */
function ofAnswer(name: string): (row: Row) => string {
  return ({ members }) => {
    const value = shown(members[name])
    const at = objectAt(members, 'batch')?.at
    return value === '' || at === undefined || at === 1 ? value : '同第 1 人'
  }
}

function releasedOf({ members, outcome }: Row): string {
  if (outcome === undefined) return members.fields_released === undefined ? '' : '是'
  return { 'not-released': '未放行', lost: '中斷' }[outcome] ?? outcome
}

/** By heading: what stands in the column. */
const columns: ReadonlyMap<string, (row: Row) => string> = new Map([
  ['槽', ({ slot }: Row) => slot],
  ['紀錄序號', ({ index }: Row) => String(index)],
  ['查詢日期時間', timeOf],
  ['機關', member('agency')],
  ['機關流水號', member('agency_seq')],
  ['計次號', member('counted_seq')],
  ['受委託者', member('delegate')],
  ['使用者帳號', member('user')],
  ['使用者經簽章', ({ members }: Row) => (objectAt(members, 'auth')?.type === 'assertion' ? '是' : '否，機關系統所稱')],
  ['提供方式', worded('mode', { api: 'API系統介接', file: '檔案傳輸', online: '線上資料查詢' })],
  ['API', member('api')],
  ['作業', member('operation')],
  ['使用目的', member('purpose')],
  ['案號／文號', member('case')],
  ['查詢事由', member('reason')],
  ['決定', worded('decision', { permit: '核准', deny: '拒絕' })],
  ['理由碼', member('code')],
  ['狀態碼', member('status')],
  ['是否放行', releasedOf],
  ['回傳筆數', ofAnswer('rows')],
  ['回傳位元組（1 KiB 進位）', ofAnswer('bytes')],
  ['放行之資料項目', listed('fields_released')],
  ['要求之資料項目', listed('fields_asked')],
  ['查詢對象標籤', ({ members }: Row) => shown(objectAt(members, 'subject')?.tag)],
  ['來源IP', member('address')],
  ['憑證', member('credential')],
  ['核可', member('grant')],
  ['申請文號', member('application')],
  ['紀錄編號', member('id')],
  ['批次', batchOf],
  ['設定雜湊值', member('policy')],
  ['紀錄雜湊值', ({ leaf }: Row) => leaf],
])

/** What spreadsheets take for the beginning of a formula stands behind an apostrophe. */
const escaped = (value: string): string => (/^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value)

/** Records of all logs one after another, of which the next can be looked at. */
class Records {
  readonly #rows: AsyncGenerator<Row, undefined>
  readonly #order: ReadonlyMap<string, number>
  #next: Row | undefined

  private constructor(rows: AsyncGenerator<Row, undefined>, order: ReadonlyMap<string, number>) {
    this.#rows = rows
    this.#order = order
  }

  static async open(verified: readonly VerifiedLog[], onBytes: (bytes: number) => void): Promise<Records> {
    const records = new Records(queries(verified, onBytes), new Map(verified.map(({ slot }, at) => [slot, at])))
    await records.advance()
    return records
  }

  get next(): Row | undefined {
    return this.#next
  }

  async advance(): Promise<void> {
    const { value } = await this.#rows.next()
    this.#next = value
  }

  /** Whether the next record comes before that of a slot and an index. */
  isBefore(slot: string, index: number): boolean {
    if (this.#next === undefined) return false
    const [own, other] = [this.#order.get(this.#next.slot) ?? 0, this.#order.get(slot) ?? Number.POSITIVE_INFINITY]
    return own < other || (own === other && this.#next.index < index)
  }

  close(): Promise<unknown> {
    return this.#rows.return(undefined)
  }
}

/** Holds `records-001.csv` … against the records, in order: each record its row, each row its record.
 *  @param isLast whether no disc follows: a record's completion may stand on the next */
export async function checkTables(
  files: ReadonlyMap<string, ArchiveFile>,
  verified: readonly VerifiedLog[],
  isLast: boolean,
  tell: Tell,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const records = await Records.open(verified, onBytes)
  const tables = [...files.values()].filter(({ path }) => tableName.test(path)).sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const table of tables) await checkTable(table, records, isLast, tell)
  const { next } = records
  await records.close()
  if (next === undefined) return
  const found = `no row for entry ${next.index} of slot ${next.slot}, nor for what follows it`
  tell({ code: 'table-mismatch', file: tables.at(-1)?.path ?? 'records-001.csv', found, expected: 'a row for each record' })
}

async function checkTable(file: ArchiveFile, records: Records, isLast: boolean, tell: Tell): Promise<void> {
  let headings: readonly string[] | undefined
  let at = 0
  for await (const values of csvRows(file)) {
    at += 1
    const wrong = (found: string, expected: string): void => tell({ code: 'table-mismatch', file: file.path, at, found, expected })
    if (values === undefined) return wrong('what is no row', 'values in UTF-8, parted by commas')
    if (headings === undefined) {
      const unknown = values.find((each) => !columns.has(each))
      if (unknown !== undefined || values.length !== columns.size)
        return wrong(unknown ?? `${values.length} columns`, [...columns.keys()].join('、'))
      headings = values
    } else await checkRow(headings, values, records, isLast, wrong)
  }
}

type Wrong = (found: string, expected: string) => void

async function checkRow(
  headings: readonly string[],
  values: readonly string[],
  records: Records,
  isLast: boolean,
  wrong: Wrong,
): Promise<void> {
  const cell = (heading: string): string => values[headings.indexOf(heading)] ?? ''
  const [slot, index] = [cell('槽'), Number(cell('紀錄序號'))]
  for (; records.isBefore(slot, index); await records.advance())
    wrong(`no row for entry ${records.next?.index} of slot ${records.next?.slot}`, 'a row for each record')
  const row = records.next
  if (row?.slot !== slot || row.index !== index) return wrong(`slot ${slot}, index ${cell('紀錄序號')}`, 'a row of a record that is here')
  await records.advance()
  const differing = headings.find((heading, nth) => !agrees(heading, values[nth], row, isLast))
  if (differing !== undefined) wrong(`${differing}: ${cell(differing)}`, `${differing}: ${expectedOf(differing, row)}`)
  else if (values.length !== headings.length) wrong(`${values.length} values`, `${headings.length} values`)
}

const expectedOf = (heading: string, row: Row): string => escaped(columns.get(heading)?.(row) ?? '')

function agrees(heading: string, found: string | undefined, row: Row, isLast: boolean): boolean {
  if (heading === '是否放行' && row.outcome === undefined && (!isLast || !row.outcomesKnown)) return true
  return found === expectedOf(heading, row)
}

/** Queries of all logs, read once more. */
async function* queries(verified: readonly VerifiedLog[], onBytes: (bytes: number) => void): AsyncGenerator<Row, undefined> {
  for (const { place, records, slot } of verified) {
    for await (const { bytes, index } of indexedLines({ ...place, tell: () => undefined }, 'records')) {
      onBytes(bytes.length + 1)
      const entry = readArchivedEntry(bytes)
      if (entry?.kind !== 'query' || !isObject(entry.members)) continue
      const leaf = base64Of(hashOfLeaf(bytes, place.crypto.sha256))
      yield { slot, index, members: entry.members, leaf, outcome: records.outcomes.get(index), outcomesKnown: !records.anyLost }
    }
  }
  return undefined
}
