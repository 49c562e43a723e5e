// states.ts: what has ended by a day, or ends soon: it closes a line and is worth a warning; it never makes a folder invalid.
import { addDays, type CivilDate } from '../calendar.ts'
import { type Finding, Report } from './finding.ts'
import type { Loaded } from './load.ts'
import type { GatewayFile } from './schema/gateway.ts'
import type { Agency, Delegate, Rule } from './snapshot.ts'

/** Days beforehand on which an end is told: a renewal takes letters to and fro. */
const soon = 30

/** Warnings of a day; none for a folder that was not loaded. */
export function states({ gateway, place, snapshot }: Loaded, day: CivilDate): readonly Finding[] {
  const report = new Report()
  const note: Note = (rule, name, until) => {
    const at = place(rule)
    if (until > addDays(day, soon) || at === undefined) return
    report.addAt(at.file, rule.slice(rule.indexOf('#') + 1), at, until < day ? 'ended' : 'ending', { found: `${name} ${until}` })
  }
  for (const agency of snapshot?.agencies.values() ?? []) {
    // A trial ends, too: whoever waits for what it shows is told before.
    const all = agency.onTrial ?? agency
    for (const party of [all, ...all.delegates]) noteParty(party, note)
    for (const grant of all.grants) note(`${grant.rule}/until`, grant.id, grant.until)
    noteUsers(agency, day, place, report)
  }
  noteCalendar(snapshot, day, place, report)
  if (gateway?.environment === 'production') noteRecipients(gateway, day, place, report)
  return report.sorted()
}

type Note = (rule: Rule, name: string, until: CivilDate) => void

function noteParty(party: Agency | Delegate, note: Note): void {
  for (const network of party.networks) note(`${network.rule}/until`, network.cidr, network.until)
  for (const { expires, id, revoked, rule } of party.credentials) if (revoked === undefined) note(`${rule}/expires`, id, expires)
  if ('contract' in party) note(`${party.rule}/contract/until`, party.id, party.contract.until)
}

/** One warning of each kind a roster: people leave all the time. */
function noteUsers({ roster }: Agency, day: CivilDate, place: Loaded['place'], report: Report): void {
  const lasts = [...roster.values()].flatMap((rows) => {
    const last = rows.at(-1)
    return last?.until === undefined || last.until > addDays(day, soon) ? [] : [{ ...last, until: last.until }]
  })
  for (const code of ['users-ended', 'users-ending'] as const) {
    const of = lasts.filter(({ until }) => until < day === (code === 'users-ended'))
    const [first] = of
    const at = first && place(`${first.rule}/最後在職日`)
    if (first === undefined || at === undefined) continue
    report.addAt(at.file, first.rule.slice(first.rule.indexOf('#') + 1), at, code, { found: of.map(({ account }) => account).join(', ') })
  }
}

/** Hours of workdays stay closed in a year without its calendar. */
function noteCalendar(snapshot: Loaded['snapshot'], day: CivilDate, place: Loaded['place'], report: Report): void {
  const year = Number(day.slice(0, 4))
  if (snapshot === undefined || snapshot.restDays.has(year)) return
  for (const agency of snapshot.agencies.values()) {
    for (const grant of agency.grants) {
      const at = place(`${grant.rule}/hours`)
      if (at !== undefined && grant.hours.some(({ days }) => days !== 'all') && day <= grant.until)
        report.addAt(at.file, `${grant.rule.slice(grant.rule.indexOf('#') + 1)}/hours`, at, 'calendar-missing', {
          found: `calendar/${year}.csv`,
        })
    }
  }
}

/** Each year has key pairs of its own: whoever makes them is told a month before. */
function noteRecipients({ recipients }: GatewayFile, day: CivilDate, place: Loaded['place'], report: Report): void {
  const year = addDays(day, soon).slice(0, 4)
  const at = place('gateway.yaml#/recipients')
  if (at !== undefined && !recipients.some((each) => each.year === year))
    report.addAt(at.file, '/recipients', at, 'recipients-missing', {
      found: recipients.map((each) => each.year).join(', '),
      expected: { zh: `year: "${year}"`, en: `one of ${year}` },
    })
}
