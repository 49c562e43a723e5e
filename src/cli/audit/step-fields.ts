// step-fields.ts: what each step of a round, a finding or an incident is told by: its options, in the order in which a person is asked.
import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { readCivilDate, readRocDate } from '../../calendar.ts'
import { sha256Hex } from '../../canonical.ts'
import { nearest } from '../../policy/nearest.ts'
import { results } from '../../querylog/report-entry.ts'
import type { CommandPlace } from '../command-place.ts'
import { slotName } from '../log/export-asked.ts'
import { UsageError } from '../log/usage-error.ts'
import { ofSample } from './sampled.ts'
import { wordsGiven } from './words-given.ts'

/** An option, and the members of the step that it gives. */
export interface Field {
  /** As commander reads it: `--deadline <day>`. */
  readonly flags: string
  readonly zh: string
  readonly en: string
  /** `flag`: without a value; one that is not given says no. */
  readonly need: 'required' | 'optional' | 'flag'
  /** @param given the value, the values of an option that may come several times, or whether a flag was given
   *  @throws UsageError */
  members(given: Given, place: CommandPlace): object | Promise<object>
}

export type Given = string | readonly string[] | boolean

const one = (given: Given): string => (Array.isArray(given) ? given.join(' ') : String(given))
const many = (given: Given): readonly string[] => (typeof given === 'string' ? given.split('；') : Array.isArray(given) ? given : [])

/** A text that stands in the step as it is. */
const words = (member: string, flags: string, zh: string, en: string, most: number, need: Field['need'] = 'required'): Field => ({
  flags,
  zh,
  en,
  need,
  members: (given) => ({ [member]: wordsGiven(flags, one(given), most) }),
})

/** A day as officers write it. */
export const dayField = (member: string, zh: string, en: string, need: Field['need'] = 'required'): Field => {
  const flags = `--${member} <day>`
  return {
    flags,
    zh,
    en,
    need,
    members: (given) => {
      const day = readCivilDate(one(given)) ?? readRocDate(one(given))
      if (day === undefined)
        throw new UsageError(
          `${flags}: 應為日期，如 2026-11-24 或 115/11/24。 Expected a day, like 2026-11-24 or 115/11/24, found ${one(given)}.`,
        )
      return { [member]: day }
    },
  }
}

const agency: Field = {
  flags: '--agency <id>',
  zh: '機關代號',
  en: 'the agency that it concerns',
  need: 'required',
  members: (given, { snapshot: { agencies } }) => {
    const id = one(given)
    if (agencies.has(id)) return { agency: id }
    const near = nearest(id, [...agencies.keys()])
    throw new UsageError(
      `--agency：設定中沒有機關 ${id}${near === undefined ? '' : `，是否為 ${near}？`} No agency ${id}${near === undefined ? '.' : `; did you mean ${near}?`}`,
    )
  },
}

const records: Field = {
  flags: '--record <slot/index...>',
  zh: '紀錄（寫入槽/序號）',
  en: 'records that it is about, by slot and index',
  need: 'optional',
  members: async (given, { store }) => {
    const heads = new Map((await store.reader.heads()).map((each) => [each.slot, each]))
    const places = many(given).map((text) => {
      const [, slot = '', index = ''] = /^([^/]+)\/(\d{1,15})$/.exec(text.trim()) ?? []
      const head = slotName.test(slot) ? heads.get(slot) : undefined
      if (head === undefined || Number(index) >= head.head.size)
        throw new UsageError(
          `--record：查無紀錄 ${text}，應為 寫入槽/序號，如 1/4711。 There is no record ${text}: expected slot/index, like 1/4711.`,
        )
      return { index: Number(index), log: head.log }
    })
    if (places.length > 500) throw new UsageError('--record：至多 500 筆，更多請以期間表示。 At most 500 records: name more by their days.')
    return places.length === 0 ? {} : { records: places }
  },
}

const auditors: Field = {
  flags: '--auditor <name/unit/account...>',
  zh: '稽核人員（姓名/單位，有帳號者加 /帳號）',
  en: 'who audits: name/unit, and /account of who has one',
  need: 'required',
  members: (given) => ({
    auditors: many(given).map((text) => {
      const [name = '', unit = '', account, ...more] = text.split('/').map((each) => each.trim())
      if (unit === '' || more.length > 0)
        throw new UsageError(`--auditor：應為 姓名/單位 或 姓名/單位/帳號。 Expected name/unit or name/unit/account, found ${text}.`)
      const who = { name: wordsGiven('--auditor', name, 64), unit: wordsGiven('--auditor', unit, 64) }
      return account === undefined ? who : { ...who, account: wordsGiven('--auditor', account, 64) }
    }),
  }),
}

const resultsFile: Field = {
  flags: '--results <file>',
  zh: '稽核結果檔（JSON）',
  en: 'the results, as audit import made them',
  need: 'required',
  members: (given) => ({ results: readResults(one(given)).summary }),
}

/** The results of a round: what the step says of them, and the bytes that it names.
 *  @throws UsageError */
export function readResults(file: string): { readonly summary: object; readonly bytes: Buffer } {
  try {
    const bytes = readFileSync(file)
    const { months, open, outcomes, users } = JSON.parse(bytes.toString('utf8'))
    const counts = open === undefined ? {} : { open: { items: open.items?.length, reviews: open.reviews?.length } }
    const summary = { document: sha256Hex(bytes), months, outcomes, users, ...counts }
    if (Value.Check(results, summary)) return { summary, bytes }
    const [fault] = Value.Errors(results, summary)
    throw new Error(`${fault?.instancePath ?? ''} ${fault?.message ?? ''}`.trim())
  } catch (error) {
    throw new UsageError(
      `--results ${file}：應為稽核結果檔（months、outcomes、users）。 Expected results of a round: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

const fileNumber = words('file_number', '--file-number <number>', '檔號', 'archive number', 100)
const discs: Field = {
  flags: '--discs <count>',
  zh: '光碟片數',
  en: 'how many discs',
  need: 'required',
  members: (given) => {
    if (!/^[1-9]\d{0,2}$/.test(one(given))) throw new UsageError(`--discs：應為 1 至 999。 Expected 1 to 999, found ${one(given)}.`)
    return { discs: Number(one(given)) }
  },
}
const manifest: Field = {
  flags: '--manifest <sha256>',
  zh: '歸檔清單之雜湊值',
  en: 'SHA-256 of the archive’s manifest',
  need: 'optional',
  members: (given) => {
    if (!/^[0-9a-f]{64}$/.test(one(given)))
      throw new UsageError('--manifest：應為 64 位十六進位小寫字。 Expected 64 lower-case hex digits.')
    return { manifest: one(given) }
  },
}
const flag = (flags: string, zh: string, en: string, members: (given: boolean) => object): Field => ({
  flags,
  zh,
  en,
  need: 'flag',
  members: (given) => members(given === true),
})

const notified: Field = {
  flags: '--to <office...>',
  zh: '通報對象 ethics-office（政風）及 it-office（資訊），須會同',
  en: 'who was told: ethics-office and it-office, both',
  need: 'required',
  members: (given) => ({
    to: many(given)
      .flatMap((each) => each.split(/[\s,、]+/))
      .map((office) => {
        if (office === 'ethics-office' || office === 'it-office') return office
        throw new UsageError(`--to：應為 ethics-office、it-office。 Expected ethics-office and it-office, found ${office}.`)
      }),
  }),
}

const sample: Field = {
  flags: '--sample <id>',
  zh: '抽樣紀錄之編號（audit sample 所示）',
  en: 'id of the sample entry that drew it',
  need: 'required',
  members: (given, place) => ofSample(place, one(given)),
}
const onlySample: Field = { ...sample, members: async (given, place) => ({ sample: (await ofSample(place, one(given))).sample }) }

const matter = words('matter', '--matter <text>', '事項（不得載查詢對象）', 'what it is about; name nobody who was queried', 500)
const span: readonly Field[] = [
  records,
  dayField('from', '涉及期間之起日', 'first day of the records concerned', 'optional'),
  dayField('until', '涉及期間之迄日', 'last day of the records concerned', 'optional'),
]

/** A step as a command. `begins`: it gives the case its number. */
export interface StepCommand {
  readonly zh: string
  readonly en: string
  readonly fields: readonly Field[]
  readonly begins?: true
}

export const roundCommands = {
  sampled: { zh: '開始一輪稽核：已抽樣', en: 'begin a round: what is audited was drawn', fields: [sample], begins: true },
  enlarged: { zh: '擴大或補充抽樣', en: 'a further draw', fields: [onlySample] },
  started: { zh: '稽核中：由何人稽核', en: 'the audit has begun: who audits', fields: [auditors] },
  audited: { zh: '已稽核：結果', en: 'results', fields: [resultsFile] },
  approved: {
    zh: '機關首長核定（未達應抽查件數或半數使用者則拒絕）',
    en: 'approved by the head: refused while quota or coverage is not met',
    fields: [
      words('name', '--by <name>', '核定者姓名', 'who approved', 64),
      words('title', '--title <title>', '核定者職稱', 'their title', 64),
      flag('--acting', '代理首長', 'as acting head', (acting) => ({ acting })),
    ],
  },
  sent: {
    zh: '報送社會局（--day 為發文日）',
    en: 'sent for the record: --day is that of the dispatch',
    fields: [dayField('received', '收文日', 'day of receipt', 'optional')],
  },
  received: { zh: '收文（--day 為收文日）', en: 'received on --day', fields: [] },
  returned: {
    zh: '退請補正',
    en: 'returned to be corrected',
    fields: [dayField('deadline', '補正期限', 'deadline of the correction', 'optional')],
  },
  'on-record': { zh: '備查', en: 'taken on record', fields: [] },
  archived: {
    zh: '歸檔：檔號及光碟',
    en: 'archived: archive number and discs',
    fields: [
      fileNumber,
      discs,
      manifest,
      flag('--by-department', '由社會局歸檔（機關已裁撤）', 'by the department: the agency is gone', (given) => ({
        by: given ? 'department' : 'agency',
      })),
    ],
  },
  released: { zh: '不定期稽核告知機關', en: 'an unannounced audit is made known to the agency', fields: [] },
  withdrawn: { zh: '作廢', en: 'void', fields: [] },
} as const satisfies Record<string, StepCommand>

export const findingCommands = {
  opened: {
    zh: '通知限期說明改善',
    en: 'notice to explain and improve by a deadline',
    fields: [
      agency,
      dayField('deadline', '改善期限', 'last day'),
      matter,
      words('round', '--round <number>', '所屬稽核編號', 'round that it came of', 60, 'optional'),
      records,
    ],
    begins: true,
  },
  explained: {
    zh: '機關說明',
    en: 'the agency explained',
    fields: [
      flag('--nothing-to-improve', '說明後無須改善', 'the explanation leaves nothing to improve', (nothing) => ({ improvement: !nothing })),
    ],
  },
  improved: {
    zh: '機關改善',
    en: 'the agency improved',
    fields: [words('measures', '--measures <text>', '改善措施', 'what was done', 500)],
  },
  visited: { zh: '實地稽核', en: 'audited on site', fields: [] },
  extended: { zh: '展期', en: 'a later deadline', fields: [dayField('deadline', '展期至', 'the later deadline')] },
  returned: { zh: '改善不足，退回', en: 'not enough: another deadline', fields: [dayField('deadline', '改善期限', 'last day')] },
  closed: { zh: '結案', en: 'closed', fields: [] },
} as const satisfies Record<string, StepCommand>

export const incidentCommands = {
  found: {
    zh: '發現違規（即保全紀錄）',
    en: 'a breach was found: its records are held from now on',
    fields: [agency, words('found_by', '--found-by <whom>', '發現者', 'who found it', 100), matter, ...span],
    begins: true,
  },
  notified: { zh: '通報政風會同資訊單位', en: 'ethics office and IT office were told', fields: [notified] },
  widened: { zh: '擴大範圍', en: 'more is concerned', fields: span },
  closed: { zh: '結案，解除保全', en: 'closed: the hold is lifted', fields: [] },
} as const satisfies Record<string, StepCommand>
