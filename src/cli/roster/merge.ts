// merge.ts: a list of users against the roster that there is: who joined, left, changed, or is not named; rows are ended and added, never deleted.
import { addDays, readCivilDate } from '../../calendar.ts'
import { foldAccount } from '../../identifier.ts'
import type { RosterColumn } from '../../policy/roster.ts'
import type { Said } from '../../policy/schema/forms.ts'
import type { Cells, Listed, Problem } from './listing.ts'
import type { Change, Departure, Merged, MergeOptions } from './merged.ts'
import { withUnsaid } from './unsaid.ts'

const forEver = '9999-12-31'
const endOf = ({ 最後在職日 }: Cells): string => 最後在職日 || forEver
const post = ({ 單位, 職稱 }: Cells): string => `${單位}${職稱 === '' ? '' : `／${職稱}`}`

/** @param roster every row of it, in its order */
export function merge(roster: readonly Cells[], list: readonly Listed[], options: MergeOptions): Merged {
  return new Merging(roster, options).run(list)
}

class Merging {
  readonly #rows: Cells[]
  readonly #options: MergeOptions
  readonly #joined: Change[] = []
  readonly #left: Change[] = []
  readonly #changed: Change[] = []
  readonly #problems: Problem[] = []
  readonly #stopping: Cells[] = []
  readonly #takenBack = new Map<string, Change>()
  #unchanged = 0

  constructor(roster: readonly Cells[], options: MergeOptions) {
    this.#rows = [...roster]
    this.#options = options
  }

  run(list: readonly Listed[]): Merged {
    const inOrder = list.toSorted((one, other) => (one.cells.啟用日 < other.cells.啟用日 ? -1 : 1))
    for (const each of inOrder) this.#take(each)
    const named = new Set(list.map(({ cells }) => foldAccount(cells.帳號)))
    for (const [account, departure] of this.#options.departures) this.#depart(account, departure, named)
    for (const account of this.#options.takeBack ?? [])
      if (!this.#takenBack.has(account))
        this.#refuseAccount(
          account,
          '沒有未到期之最後在職日可撤回，或不在名單上、名單另載日期',
          'no last day to take back that the list leaves open',
        )
    const accounts = [...new Set(this.#rows.map(({ 帳號 }) => foldAccount(帳號)))]
    const absent = accounts
      .filter((account) => !named.has(account) && !this.#options.departures.has(account))
      .flatMap((account) => this.#of(account).filter((row) => row.啟用日 <= this.#options.today && endOf(row) >= this.#options.today))
    return {
      rows: this.#rows,
      joined: this.#joined,
      left: this.#left,
      changed: this.#changed,
      unchanged: this.#unchanged,
      stopping: this.#stopping,
      takenBack: [...this.#takenBack.values()],
      absent,
      problems: this.#problems,
    }
  }

  /** Rows of an account, by their first days. */
  #of(account: string): readonly Cells[] {
    return this.#rows.filter((row) => foldAccount(row.帳號) === account).toSorted((one, other) => (one.啟用日 < other.啟用日 ? -1 : 1))
  }

  #replace(row: Cells, changes: Partial<Record<RosterColumn, string>>): Cells {
    const now = { ...row, ...changes }
    this.#rows[this.#rows.indexOf(row)] = now
    return now
  }

  #refuse({ row }: Listed, header: RosterColumn, zh: string, en: string): void {
    this.#problems.push({ row, header, said: { zh, en } satisfies Said })
  }

  #refuseAccount(account: string, zh: string, en: string): void {
    this.#problems.push({ row: 0, header: '帳號', said: { zh: `${account}：${zh}`, en: `${account}: ${en}` } })
  }

  #take(listed: Listed): void {
    const own = this.#of(foldAccount(listed.cells.帳號))
    const last = own.at(-1)
    const from = listed.cells.啟用日 || last?.啟用日 || this.#options.from
    if (from === undefined) {
      this.#refuse(listed, '啟用日', '新使用者須有啟用日（或以 --from 指定）', 'a new user needs a first day (or say --from)')
      return
    }
    const same = own.find((row) => row.啟用日 === from)
    const known = same ?? last
    const comes = same === undefined && (last === undefined || from > endOf(last))
    const takenBack = known === last && this.#options.takeBack?.has(foldAccount(listed.cells.帳號)) === true
    const stop = comes ? 'over' : takenBack ? 'back' : 'stands'
    const cells: Cells = {
      ...withUnsaid(listed.cells, known, { columns: this.#options.columns, stop }),
      啟用日: from,
      帳號: last?.帳號 ?? listed.cells.帳號,
    }
    if (last !== undefined && last.人員代號 !== cells.人員代號) {
      this.#refuse(
        listed,
        '人員代號',
        `清冊之 ${last.帳號} 為 ${last.人員代號}，一帳號只屬一人`,
        `the account is ${last.人員代號}’s: one account is one person’s`,
      )
      return
    }
    if (known === undefined || comes) this.#join(listed, cells, last)
    else if (!this.#tellsPastAnew(listed, known)) this.#tell(listed, known, cells)
  }

  /** Somebody in service, or about to be. */
  #tell(listed: Listed, row: Cells, cells: Cells): void {
    this.#noteStop(listed, row, cells)
    if (cells.啟用日 === row.啟用日) this.#same(listed, row, cells)
    else if (cells.啟用日 > row.啟用日) this.#move(listed, row, cells)
    else
      this.#refuse(
        listed,
        '啟用日',
        `早於清冊所載之 ${row.啟用日}；已發生之期間不可補寫`,
        `before ${row.啟用日}, as the roster has it: what has begun is not rewritten`,
      )
  }

  /** A last day that has passed is history, whatever the list says or does not say. */
  #tellsPastAnew(listed: Listed, row: Cells): boolean {
    const { today } = this.#options
    if (row.最後在職日 === '' || row.最後在職日 >= today || row.最後在職日 === listed.cells.最後在職日) return false
    this.#refuse(
      listed,
      '最後在職日',
      `清冊已載 ${row.最後在職日}；已過之最後在職日不可更改，復職請另列新啟用日`,
      `the roster has ${row.最後在職日}: a last day that has passed stays; who came back has a first day of its own`,
    )
    return true
  }

  /** Where the list says no last day and the roster does: whether it stands is told, either way. */
  #noteStop(listed: Listed, row: Cells, cells: Cells): void {
    if (row.最後在職日 === '' || listed.cells.最後在職日 !== '') return
    if (cells.最後在職日 !== '') this.#stopping.push(cells)
    else this.#takenBack.set(foldAccount(row.帳號), { cells, what: `最後在職日 ${row.最後在職日} ${row.停用原因} → 無 none` })
  }

  #join(listed: Listed, given: Cells, before: Cells | undefined): void {
    const cells = { ...given, 核准文號: given.核准文號 || (this.#options.document ?? '') }
    if (cells.核准文號 === '') {
      this.#refuse(
        listed,
        '核准文號',
        '新使用者須有核准文號（或以 --document 指定）',
        'a new user needs the document of the approval (or say --document)',
      )
      return
    }
    this.#rows.push(cells)
    this.#joined.push({ cells, what: `${cells.啟用日}–${cells.最後在職日}${before === undefined ? '' : ' 復職 again'}` })
  }

  /** The same person in the same period: what may be told anew of it. */
  #same(listed: Listed, row: Cells, cells: Cells): void {
    for (const column of ['受託單位', '類別'] as const) {
      if (row[column] === cells[column]) continue
      this.#refuse(
        listed,
        column,
        `清冊為「${row[column]}」；已生效之列不可改寫，請另列新啟用日`,
        `the roster has "${row[column]}": a row that began is not rewritten, a new one is added`,
      )
      return
    }
    const { changesFrom } = this.#options
    if (post(row) !== post(cells) && changesFrom === undefined) {
      this.#refuse(
        listed,
        '單位',
        `由 ${post(row)} 改為 ${post(cells)}：自何日起？請另列新啟用日，或以 --changes-from 指定`,
        'another unit or title: from which day? Give it a first day of its own, or say --changes-from',
      )
      return
    }
    if (post(row) !== post(cells) && changesFrom !== undefined && changesFrom > row.啟用日) {
      this.#move(listed, row, { ...cells, 啟用日: changesFrom })
      return
    }
    this.#retell(row, cells)
  }

  /** A name corrected, a document that followed, a last day. */
  #retell(row: Cells, cells: Cells): void {
    const told = (['姓名', '單位', '職稱', '核准文號'] as const).filter((column) => cells[column] !== '' && cells[column] !== row[column])
    const corrected = Object.fromEntries(told.map((column) => [column, cells[column]]))
    const now = this.#replace(row, { ...corrected, 最後在職日: cells.最後在職日, 停用原因: cells.停用原因 })
    const ended = cells.最後在職日 !== row.最後在職日
    if (told.length > 0)
      this.#changed.push({ cells: now, what: told.map((column) => `${column} ${row[column]} → ${cells[column]}`).join('；') })
    if (ended && cells.最後在職日 !== '') this.#leave(now)
    else if (!ended && told.length === 0) this.#unchanged += 1
  }

  #leave(cells: Cells): void {
    const { 停用原因, 最後在職日 } = cells
    this.#left.push({ cells, what: `${最後在職日} ${停用原因 || '原因待補 reason to follow'}` })
  }

  /** Another unit or title from a day on: the row before ends, so that the unit of any day is known. */
  #move(listed: Listed, row: Cells, cells: Cells): void {
    if (post(row) === post(cells) && row.受託單位 === cells.受託單位) {
      this.#refuse(
        listed,
        '啟用日',
        `清冊為 ${row.啟用日}，單位及職稱均未變`,
        `the roster has ${row.啟用日}, and neither unit nor title is another`,
      )
      return
    }
    if (endOf(cells) < cells.啟用日) {
      this.#refuse(
        listed,
        '最後在職日',
        `於 ${cells.最後在職日} 離任，早於異動之 ${cells.啟用日}`,
        `the last day, ${cells.最後在職日}, comes before the change of ${cells.啟用日}`,
      )
      return
    }
    const document = listed.cells.核准文號 || this.#options.document || row.核准文號
    const last = addDays(readCivilDate(cells.啟用日) ?? this.#options.today, -1)
    this.#replace(row, { 最後在職日: last, 停用原因: '職務調動' })
    const now = { ...cells, 核准文號: document }
    this.#rows.push(now)
    this.#changed.push({ cells: now, what: `${post(row)} → ${post(now)}，自 ${now.啟用日} 起 from ${now.啟用日}` })
  }

  /** Somebody whom the list does not name has left: a person has said so, with day and reason. */
  #depart(account: string, { day, reason }: Departure, named: ReadonlySet<string>): void {
    const row = this.#of(account).at(-1)
    const refuse = (zh: string, en: string): void => this.#refuseAccount(account, zh, en)
    if (row === undefined) refuse('清冊沒有這個帳號', 'not on the roster')
    else if (named.has(account)) refuse('名單有此人，請在名單上填最後在職日', 'the list names them: give the last day there')
    else if (endOf(row) < this.#options.today) refuse(`早已於 ${row.最後在職日} 停用`, `ended on ${row.最後在職日} already`)
    else if (day < row.啟用日) refuse(`${row.啟用日} 才啟用`, `began on ${row.啟用日} only`)
    else this.#leave(this.#replace(row, { 最後在職日: day, 停用原因: reason }))
  }
}
