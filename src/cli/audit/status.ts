// status.ts: `linkage audit status`: who has downloaded, what is due and overdue per agency; as a table, JSON, a calendar feed, reminders.
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { owesLate, type StatusFacts, statusOf } from '../../audit/agency-status.ts'
import { calendarFeed } from '../../audit/calendar-feed.ts'
import { dueItems, itemsToCome } from '../../audit/due-items.ts'
import { type Addressee, remindersOf } from '../../audit/reminders.ts'
import { type CivilDate, civilDateOf, startOfDay } from '../../calendar.ts'
import { contentOf } from '../../policy/deciding.ts'
import type { AuditFile } from '../../policy/schema/audit.ts'
import type { Snapshot } from '../../policy/snapshot.ts'
import { dayOf } from '../agency-file.ts'
import { openPlace } from '../command-place.ts'
import { FINDINGS } from '../exit-code.ts'
import { UsageError } from '../log/usage-error.ts'
import { replaceWhole, writeWhole } from '../log/write-whole.ts'
import type { Output } from '../output.ts'
import { isColoured } from '../terminal-text.ts'
import { statusFacts } from './status-facts.ts'
import { statusText, type Told } from './status-text.ts'

interface Options {
  readonly config: string
  readonly agency?: string
  readonly at?: CivilDate
  readonly ics?: string
  readonly json?: boolean
  readonly remind?: string
}

/** `linkage audit status`. What is overdue, and unlawful steps of the log, set exit code 1. */
export function statusCommand(output: Output, now: () => number = Date.now): Command {
  return new Command('status')
    .description('各機關下載、報送、改善之現況及期限 what each agency has downloaded, what is due and overdue')
    .option('--config <folder>', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--agency <id>', '只列此機關，且不列保全（可交付該機關） only this agency, without holds: fit to be handed to it')
    .option('--at <date>', '以哪一日為準（預設今日） the day (today)', dayOf)
    .option('--ics <file>', '另存期限行事曆（iCalendar） write a calendar feed of the due dates')
    .option('--remind <folder>', '另存提醒信：期限前後 14、7、3 日 write ready messages, 14, 7 and 3 days before and after')
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (options: Options) => {
      const place = await openPlace(resolve(options.config))
      try {
        const { audit, snapshot, store } = place
        const day = options.at ?? civilDateOf(now())
        const at = options.at === undefined ? now() : startOfDay(options.at)
        if (options.agency !== undefined && !snapshot.agencies.has(options.agency))
          throw new UsageError(`--agency：設定中沒有機關 ${options.agency}。 There is no agency ${options.agency}.`)
        const facts = await statusFacts(store, snapshot, audit, day)
        const told = toldOf(snapshot, facts, options.agency)
        const written = await writeBeside(options, { told, snapshot, at, facts, host: new URL(place.gateway.origin).hostname })
        output.write(options.json === true ? statusJson(told, audit) : statusText(told, { audit, written, coloured: isColoured(output) }))
        if (told.agencies.some((each) => owesLate(each.status, day)) || told.refused > 0) process.exitCode = FINDINGS
      } finally {
        await place.close()
      }
    })
}

function toldOf(snapshot: Snapshot, facts: StatusFacts, only: string | undefined): Told {
  const { cases, day } = facts
  const agencies = [...snapshot.agencies.values()].flatMap((agency) => {
    const status = (only ?? agency.id) === agency.id ? statusOf(agency, facts) : undefined
    if (status === undefined) return []
    return [{ status: only === undefined ? status : { ...status, holds: [] }, items: dueItems(status, day) }]
  })
  const refused =
    only === undefined
      ? [cases.rounds, cases.findings, cases.incidents].reduce((sum, each) => sum + each.refused.length, cases.unread.length)
      : 0
  return { day, agencies, refused }
}

interface Beside {
  readonly told: Told
  readonly snapshot: Snapshot
  readonly facts: StatusFacts
  readonly host: string
  readonly at: number
}

/** @returns the files that were written */
async function writeBeside({ ics, remind }: Options, { at, facts, host, snapshot, told }: Beside): Promise<readonly string[]> {
  const written: string[] = []
  if (ics !== undefined) {
    const items = told.agencies.flatMap(({ items, status }) => [
      ...items,
      ...itemsToCome(status, facts.day, facts.downloadRule, facts.restDays),
    ])
    const names = new Map(told.agencies.map(({ status }) => [status.agency, status.name]))
    written.push(await replaceWhole(resolve(ics), calendarFeed({ items, names, host, at })))
  }
  if (remind !== undefined) {
    mkdirSync(resolve(remind), { recursive: true })
    for (const { items, status } of told.agencies) {
      for (const { file, text } of remindersOf(status, items, managerOf(snapshot, status.agency), told.day)) {
        const path = join(resolve(remind), file)
        if (!existsSync(path)) written.push(await writeWhole(path, text))
      }
    }
  }
  return written
}

function managerOf({ texts }: Snapshot, agency: string): Addressee | undefined {
  const content = contentOf(texts.get(`agencies/${agency}.yaml`)) as { readonly manager?: Addressee } | undefined // by the schema of the file
  return content?.manager
}

/** The document of `--json`. Members are only ever added. */
function statusJson({ agencies, day, refused }: Told, audit: AuditFile): string {
  const { 'D-4': d4, 'D-5': d5, 'D-15': d15, 'D-21': d21 } = audit
  const defaults = { 'D-4': d4, 'D-5': d5, 'D-15': d15, 'D-21': d21 }
  const of = agencies.map(({ items, status }) => ({ ...status, items: items.map(({ agency: _, ...item }) => item) }))
  return `${JSON.stringify({ day, defaults, agencies: of, refused_steps: refused }, null, 2)}\n`
}
