// agency-file.ts: the parts of an agency's file that commands change: lists at the root, or within one of its delegates.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml'
import { type CivilDate, readCivilDate, readRocDate } from '../calendar.ts'
import { harmless } from '../policy/finding.ts'
import { nearest } from '../policy/nearest.ts'
import { EditedFile, EditRefused } from './edited-file.ts'

/** What every command that edits a folder takes. */
export interface Editing {
  readonly config: string
  readonly yes?: boolean
}

export const editing = (command: Command): Command =>
  command
    .option('--config <folder>', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--yes', '開放前不詢問 do not ask before opening')

/** A day as officers write it: `2026-11-24`, `1151124`, `115/11/24`. */
export function dayOf(text: string): CivilDate {
  const day = readCivilDate(text) ?? readRocDate(text)
  if (day === undefined) throw new InvalidArgumentError('日期須為 2026-11-24 或 1151124。 Expected a day, like 2026-11-24.')
  return day
}

/** @throws EditRefused naming the nearest agency that there is */
export function openAgency(folder: string, id: string): EditedFile {
  const name = `agencies/${id}.yaml`
  if (/^[a-z0-9-]+$/.test(id) && existsSync(join(folder, name))) return new EditedFile(folder, name)
  const known = existsSync(join(folder, 'agencies')) ? readdirSync(join(folder, 'agencies')).map((each) => each.replace(/\.yaml$/, '')) : []
  throw notThere('agency', id, known)
}

export function notThere(what: string, id: string, known: readonly string[]): EditRefused {
  const near = nearest(id, known)
  const [zh, en] = near === undefined ? ['', ''] : [`，是否為 ${near}？`, `; did you mean ${near}?`]
  return new EditRefused(harmless(`${what}：沒有 ${id}${zh} there is no ${id}${en}`))
}

/** A list of the agency, or of one of its delegates; made where it is missing.
 *  @throws EditRefused where there is no such delegate */
export function listOf({ document, name }: EditedFile, member: string, delegate?: string): YAMLSeq {
  const at = delegate === undefined ? [] : ['delegates', indexOf(document.get('delegates'), 'id', delegate, '--delegate')]
  const found = document.getIn([...at, member])
  if (isSeq(found)) return found
  if (found !== undefined) throw new EditRefused(`${name}：${member} 應為一列清單 expected a list`)
  document.setIn([...at, member], document.createNode([]))
  const made = document.getIn([...at, member])
  if (!isSeq(made)) throw new Error('a list that was set is a list')
  return made
}

/** Adds to a list; `[]` becomes a block, as people write it. */
export function append(list: YAMLSeq, entry: ReturnType<EditedFile['document']['createNode']>): void {
  if (list.items.length === 0) list.flow = false
  list.items.push(entry)
}

/** The one item of a list whose member has this value.
 *  @throws EditRefused naming the nearest that there is, or where there are several: which was meant is not for us to choose */
export function itemOf(list: unknown, member: string, value: string, what: string): YAMLMap {
  const index = indexOf(list, member, value, what)
  const item = isSeq(list) ? list.items[index] : undefined
  if (!isMap(item)) throw notThere(what, value, [])
  return item
}

function indexOf(list: unknown, member: string, value: string, what: string): number {
  const items = isSeq(list) ? list.items : []
  const index = items.findIndex((each) => isMap(each) && each.get(member) === value)
  const known = items.flatMap((each) => (isMap(each) ? [String(each.get(member))] : []))
  if (index < 0) throw notThere(what, value, known)
  if (known.filter((each) => each === value).length > 1)
    throw new EditRefused(harmless(`${what}：${value} 不只一項，請先更正 there is more than one ${value}, to be mended first`))
  return index
}

/** The next id that a list has not: `edu-key` → `edu-key-2`, `edu-key-2` → `edu-key-3`. */
export function freeId(list: YAMLSeq, id: string): string {
  const [, stem = id, number] = /^(.*?)(?:-(\d{1,3}))?$/.exec(id) ?? []
  const known = new Set(list.items.map((each) => (isMap(each) ? String(each.get('id')) : '')))
  for (let next = Number(number ?? 1) + 1; ; next++) if (!known.has(`${stem}-${next}`)) return `${stem}-${next}`
}
