// report.ts: `linkage audit report round|finding|incident <step>`: what happened to an audit, recorded step by step; and what is recorded.
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { findingRules } from '../../audit/findings.ts'
import { incidentRules } from '../../audit/incidents.ts'
import { type CaseKind, recordedSteps } from '../../audit/recorded.ts'
import { roundRules } from '../../audit/rounds.ts'
import { type CivilDate, civilDateOf } from '../../calendar.ts'
import { dayOf } from '../agency-file.ts'
import { type AuditorOptions, commandKeys, withAuditor } from '../auditor.ts'
import type { CommandPlace } from '../command-place.ts'
import { openPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { type Ask, personAt } from '../terminal.ts'
import { freeNumber } from './case-number.ts'
import { listCommand, showCommand } from './cases-shown.ts'
import { recordStep, type StepGiven, takenText, tryStep } from './record-step.ts'
import { type Field, findingCommands, type Given, incidentCommands, readResults, roundCommands, type StepCommand } from './step-fields.ts'
import { wordsGiven } from './words-given.ts'

type Options = AuditorOptions & {
  readonly day?: CivilDate
  readonly number?: string
  readonly dryRun?: boolean
  readonly json?: boolean
} & Readonly<Record<string, Given | undefined>>

interface Kind {
  readonly kind: CaseKind
  /** `about` of a `report`; an `incident` has none. */
  readonly about?: 'finding' | 'round'
  readonly zh: string
  readonly en: string
  readonly steps: Readonly<Record<string, StepCommand>>
  readonly rules: Readonly<Record<string, { readonly document?: true }>>
}

const kinds: Readonly<Record<string, Kind>> = {
  round: { kind: 'rounds', about: 'round', zh: '稽核', en: 'rounds of the audit', steps: roundCommands, rules: roundRules() },
  finding: {
    kind: 'findings',
    about: 'finding',
    zh: '社會局之缺失通知',
    en: 'findings of the department',
    steps: findingCommands,
    rules: findingRules,
  },
  incident: { kind: 'incidents', zh: '違規通報', en: 'breaches', steps: incidentCommands, rules: incidentRules },
}

/** `linkage audit report …`.
 *  @param ask in place of the person at the terminal */
export function reportCommand(output: Output, now: () => number = Date.now, ask: Ask | undefined = personAt()): Command {
  const report = new Command('report').description(
    '稽核、缺失、違規之各步驟記入紀錄，並列出現況 record the steps of audits, findings and breaches, and list how they stand',
  )
  for (const [name, kind] of Object.entries(kinds)) {
    const of = report.command(name).description(`${kind.zh} ${kind.en}`)
    for (const step of Object.keys(kind.steps)) of.addCommand(stepCommand(kind, step, output, now, ask))
  }
  report.addCommand(listCommand(output, now))
  report.addCommand(showCommand(output))
  return report
}

function stepCommand(kind: Kind, step: string, output: Output, now: () => number, ask: Ask | undefined): Command {
  const { begins, en, fields, zh } = stepOf(kind, step)
  const command = new Command(step).description(`${zh} ${en}`)
  if (begins === true) command.option('--number <number>', '編號（預設自動給定） its number; given where it is not')
  else command.argument('<number>', '編號 number')
  command.option('--day <day>', '日期（預設今日） day on which it happened, or of the document (today)', dayOf)
  for (const each of fields) command.addOption(new Option(each.flags, `${each.zh} ${each.en}`))
  command.option('--dry-run', '只試算，不記錄 only say what would come of it').option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action(async (...given: [string | Options, ...unknown[]]) => {
    const [first, second] = given
    const number = typeof first === 'string' ? first : undefined
    const options = (typeof first === 'string' ? second : first) as Options // commander: arguments, then options
    const place = await openPlace(resolve(options.config))
    try {
      await take(place, { kind, step, number, options: await complete(kind, step, options, ask), now: now() }, output)
    } finally {
      await place.close()
    }
  })
}

function stepOf({ steps }: Kind, step: string): StepCommand {
  const found = steps[step]
  if (found === undefined) throw new TypeError(`no step ${step}`)
  return found
}

interface Asked {
  readonly kind: Kind
  readonly step: string
  readonly number: string | undefined
  readonly options: Options
  readonly now: number
}

async function take(place: CommandPlace, { kind, now, number, options, step }: Asked, output: Output): Promise<void> {
  const before = await recordedSteps(place.store.reader)
  const day = options.day ?? civilDateOf(now)
  const members = await membersOf(place, kind, step, options)
  const named = number ?? options.number ?? freeNumber(kind.kind, before, day, members)
  const asked = {
    ...(kind.about !== undefined && { about: kind.about }),
    number: wordsGiven('編號 number', named, 60),
    step,
    day,
    ...members,
  }
  const held = typeof options.results === 'string' ? readResults(options.results).bytes : undefined
  const needsDocument = kind.rules[step]?.document === true
  const given: StepGiven = { kind: kind.kind, asked, needsDocument, ...(held !== undefined && { held }) }
  if (options.dryRun === true) {
    const { state } = await tryStep(place, given, now, options.document)
    output.write(
      options.json === true
        ? `${JSON.stringify({ asked, state, recorded: null }, null, 2)}\n`
        : `${JSON.stringify(asked, null, 2)}\n→ ${state}\n`,
    )
    return
  }
  const taken = await recordStep(place, commandKeys(options), options, given, () => now)
  const { case: of, next, recorded } = taken
  output.write(
    options.json === true
      ? `${JSON.stringify({ asked, state: of.state, next, recorded: { id: recorded.id, index: recorded.index, log: recorded.log } }, null, 2)}\n`
      : takenText(kind.kind, taken),
  )
}

async function membersOf(place: CommandPlace, kind: Kind, step: string, options: Options): Promise<Readonly<Record<string, string>>> {
  const members: Record<string, string> = {}
  for (const field of stepOf(kind, step).fields) {
    const given = options[nameOf(field.flags)]
    if (given !== undefined || field.need === 'flag') Object.assign(members, await field.members(given ?? false, place))
  }
  return members
}

const nameOf = (flags: string): string => new Option(flags).attributeName()

/** What is missing is asked of the person at the terminal; without one it is named, all at once.
 *  @throws UsageError */
async function complete(kind: Kind, step: string, options: Options, ask: Ask | undefined): Promise<Options> {
  const missing = missingOf(kind, step, options)
  if (missing.length === 0) return options
  if (ask === undefined) {
    const lines = missing.map(({ en, flags, zh }) => `  ${flags}  ${zh} ${en}`)
    throw new UsageError([`${step}：尚缺下列各項。 These are missing:`, ...lines].join('\n'))
  }
  const answers: Record<string, Given> = {}
  for (const { en, flags, zh } of missing) answers[nameOf(flags)] = await ask(`${zh} ${en}: `)
  return { ...options, ...answers }
}

const signing: readonly Pick<Field, 'en' | 'flags' | 'zh'>[] = [
  { flags: '--as <account>', zh: '稽核人員之帳號', en: 'your account' },
  { flags: '--reason <text>', zh: '事由', en: 'why' },
]
const document = { flags: '--document <number>', zh: '文號', en: 'number of the document' }

function missingOf(kind: Kind, step: string, options: Options): readonly Pick<Field, 'en' | 'flags' | 'zh'>[] {
  const fields = stepOf(kind, step).fields.filter(({ need }) => need === 'required')
  // An assertion that was signed elsewhere says who, why and under which document.
  const signed = options.assertion !== undefined || options.key === undefined ? [] : signing
  const lettered = kind.rules[step]?.document === true && options.assertion === undefined ? [document] : []
  return [...fields, ...lettered, ...signed].filter(({ flags }) => options[nameOf(flags)] === undefined)
}
