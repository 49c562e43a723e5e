// config-explain.ts: `linkage config explain`: whether a call would pass under a configuration, at which step not, and by which line.
import { styleText } from 'node:util'
import { Command, InvalidArgumentError } from 'commander'
import type { Call } from '../policy/decide.ts'
import { type Explanation, explain, steps } from '../policy/explain.ts'
import { harmless } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { nearest } from '../policy/nearest.ts'
import { parseCidr } from '../policy/networks.ts'
import type { Agency, Credential, Delegate, Operation, Snapshot } from '../policy/snapshot.ts'
import { problems } from '../problems.ts'
import type { Output } from './config.ts'
import { validSnapshot } from './config-diff.ts'
import { EditRefused } from './edited-file.ts'

interface Asked {
  readonly agency: string
  readonly delegate?: string
  readonly credential?: string
  readonly address: string
  readonly operation: string
  readonly user?: string
  readonly purpose?: string
  readonly case?: string
  readonly reason?: string
  readonly fields?: string
  readonly at?: number
  readonly json?: boolean
}

export function explainCommand(output: Output): Command {
  return new Command('explain')
    .description('一次呼叫在此設定下之准駁、依據之列及其前各步驟 whether a call would pass, and by which line')
    .argument('[folder]', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .requiredOption('--agency <id>', '機關 agency')
    .requiredOption('--address <address>', '來源位址 client address')
    .requiredOption('--operation <api/operation>', '作業，例如 low-income/getHouseholdStatus')
    .option('--delegate <id>', '受託者 delegate')
    .option('--credential <id>', '憑證；不寫則為第一個可用於此作業者 credential; absent: the first that could open the operation')
    .option('--user <account>', '使用者帳號 user')
    .option('--purpose <code>', '目的代碼 purpose')
    .option('--case <number>', '案號 case')
    .option('--reason <text>', '查詢事由 reason')
    .option('--fields <list>', '要求之資料項目，以逗號分隔；不寫則為全部核可者 fields, comma-separated; absent: all that is granted')
    .option('--at <time>', '時間，例如 2026-11-24T10:00+08:00（預設現在） when (now)', instantOf)
    .option('--json', '以 JSON 輸出 print JSON')
    .action((folder: string, asked: Asked) => {
      const loaded = loadFolder(folder)
      const explanation = explain(validSnapshot(folder, loaded), callOf(validSnapshot(folder, loaded), asked))
      const coloured = output.isTTY === true && process.env.NO_COLOR === undefined
      output.write(asked.json === true ? asJson(explanation, loaded) : asText(explanation, loaded, coloured))
    })
}

function instantOf(text: string): number {
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/
  const at = form.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at))
    throw new InvalidArgumentError(
      '時間須附時區，例如 2026-11-24T10:00+08:00。 Expected a time with its zone, like 2026-11-24T10:00+08:00.',
    )
  return at
}

/** @throws EditRefused naming the nearest name that there is */
function named<T>(what: string, name: string, all: ReadonlyMap<string, T>): T {
  const found = all.get(name)
  if (found !== undefined) return found
  const near = nearest(name, [...all.keys()])
  throw new EditRefused(
    harmless(
      `${what}：沒有 ${name}${near === undefined ? '' : `，是否為 ${near}？`} there is no ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
    ),
  )
}

function callOf(snapshot: Snapshot, asked: Asked): Call {
  const agency = named('--agency', asked.agency, snapshot.agencies)
  const [apiId = '', operationId = ''] = asked.operation.split('/')
  const operation = named('--operation', operationId, named('--operation', apiId, snapshot.apis).operations)
  const delegate = asked.delegate === undefined ? undefined : named('--delegate', asked.delegate, byId(agency.delegates))
  const credential = credentialOf(delegate ?? agency, asked.credential, agency, operation)
  const range = parseCidr(`${asked.address}/${asked.address.includes(':') ? 128 : 32}`)
  if (!range.ok) throw new EditRefused('--address：應為 IP 位址，例如 203.0.113.5 expected an IP address, like 203.0.113.5')
  return {
    at: asked.at ?? Date.now(),
    address: { text: asked.address, family: range.family, value: range.first },
    holder: { agency, credential, ...(delegate !== undefined && { delegate }) },
    operation,
    user: asked.user,
    purpose: asked.purpose,
    case: asked.case,
    reason: asked.reason,
    fields: asked.fields?.split(',').map((each) => each.trim()),
    supplied: [],
  }
}

const byId = <T extends { readonly id: string }>(all: readonly T[]): ReadonlyMap<string, T> => new Map(all.map((each) => [each.id, each]))

/** The credential that is named, or the one with which the call would get furthest. */
function credentialOf(party: Agency | Delegate, id: string | undefined, agency: Agency, operation: Operation): Credential {
  if (id !== undefined) return named('--credential', id, byId(party.credentials))
  const modes = agency.grants.filter((each) => each.api === operation.api && each.operations.includes(operation.id)).map(({ mode }) => mode)
  const fits = (each: Credential): number =>
    Number(each.role === 'system') +
    2 * Number(each.mode !== undefined && modes.includes(each.mode)) +
    Number(!operation.requires.assertion || each.type === 'assertion')
  const [best] = [...party.credentials].sort((one, other) => fits(other) - fits(one))
  if (best === undefined) throw new EditRefused(`${party.id}：沒有任何憑證 holds no credential`)
  return best
}

const placeOf = (rule: string | undefined, { place }: Loaded): string | undefined => {
  const at = rule === undefined ? undefined : place(rule)
  return at === undefined ? rule : `${at.file}:${at.line}:${at.column}`
}

function asJson({ decision, ended, passed }: Explanation, loaded: Loaded): string {
  const { effect, rule } = decision
  const code = decision.effect === 'deny' ? decision.code : 'released'
  const shown = {
    effect,
    code,
    rule,
    place: placeOf(rule, loaded),
    detail: decision.effect === 'deny' ? decision.detail : undefined,
    fields: decision.effect === 'permit' ? decision.fields : undefined,
    passed: passed.map((each) => ({ ...each, place: placeOf(each.rule, loaded) })),
    ended,
  }
  return `${JSON.stringify(shown, null, 2)}\n`
}

function asText({ decision, ended, passed }: Explanation, loaded: Loaded, coloured: boolean): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    coloured ? styleText(format, text, { validateStream: false }) : text
  const lines = passed.map(
    ({ rule, step }) =>
      `${paint('green', '✔')} ${steps[step].zh} ${steps[step].en}${rule === undefined ? '' : `  ${paint('dim', placeOf(rule, loaded) ?? '')}`}`,
  )
  if (decision.effect === 'permit') {
    return `${[...lines, paint('green', `准予 permitted  ${placeOf(decision.rule, loaded)}`), `資料項目 fields: ${decision.fields.join(', ')}`].join('\n')}\n`
  }
  const { title, titleZh, remedy, remedyZh } = problems[decision.code]
  if (ended !== undefined) lines.push(`${paint('red', '✘')} ${steps[ended].zh} ${steps[ended].en}  ${placeOf(decision.rule, loaded)}`)
  lines.push(paint('red', `拒絕 refused：${titleZh} ${title} [${decision.code}]`))
  if (decision.detail !== undefined) lines.push(`  ${harmless(decision.detail)}`)
  return `${[...lines, `  ${remedyZh}`, `  ${paint('dim', remedy)}`].join('\n')}\n`
}
