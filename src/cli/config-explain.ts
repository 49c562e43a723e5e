// config-explain.ts: `linkage config explain`: whether a call would pass under a configuration, at which step not, and by which line.
import { Command, InvalidArgumentError } from 'commander'
import { type CivilDate, civilDateOf } from '../calendar.ts'
import { lapsed } from '../credential/validity.ts'
import { isProxy, readAddress, resolveOrigin } from '../gateway/address.ts'
import type { Call } from '../policy/decide.ts'
import { explain } from '../policy/explain.ts'
import { harmless } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { nearest } from '../policy/nearest.ts'
import { hostAddress } from '../policy/networks.ts'
import type { Agency, Credential, Delegate, Operation, Snapshot } from '../policy/snapshot.ts'
import { problems, Refused } from '../problems.ts'
import { type AuditorOptions, provingAuditor } from './auditor.ts'
import { explainRecord, recordJson, recordText } from './config-explain-record.ts'
import { EditRefused } from './edited-file.ts'
import { asJson, asText } from './explanation-text.ts'
import type { Output } from './output.ts'
import { trustOf } from './process-settings.ts'
import { isColoured } from './terminal-text.ts'
import { validSnapshot } from './valid-snapshot.ts'

interface Asked extends Omit<AuditorOptions, 'config'> {
  readonly record?: string
  readonly peer?: string
  readonly forwarded?: string
}

/** A call that nobody has made. */
interface AskedCall {
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
}

type Options = Asked & Partial<AskedCall> & { readonly json?: boolean }

export function explainCommand(output: Output): Command {
  const command = new Command('explain')
    .description('一次呼叫在此設定下之准駁、依據之列及其前各步驟 whether a call would pass, and by which line')
    .argument('[folder]', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--record <id>', '已記錄之呼叫（Request-Id）；須證明為稽核人員 a recorded call, by its Request-Id; an auditor asks')
    .option('--agency <id>', '機關 agency')
    .option('--address <address>', '來源位址 client address')
    .option('--peer <address>', '連線之位址，與 --forwarded 併用以推算來源位址 address of the connection, to see which hop is believed')
    .option('--forwarded <value>', '轉送標頭之內容 value of the forwarding header')
    .option('--operation <api/operation>', '作業，例如 low-income/getHouseholdStatus')
    .option('--delegate <id>', '受託者 delegate')
    .option('--credential <id>', '憑證；不寫則為第一個可用於此作業者 credential; absent: the first that could open the operation')
    .option('--user <account>', '使用者帳號 user')
    .option('--purpose <code>', '目的代碼 purpose')
    .option('--case <number>', '案號 case')
    .option('--reason <text>', '查詢事由；與 --record 併用則為調閱事由 reason of the query; beside --record: why it is read')
    .option('--fields <list>', '要求之資料項目，以逗號分隔；不寫則為全部核可者 fields, comma-separated; absent: all that is granted')
    .option('--at <time>', '時間，例如 2026-11-24T10:00+08:00（預設現在） when (now)', instantOf)
    .option('--json', '以 JSON 輸出 print JSON')
  return provingAuditor(command).action(async (folder: string, options: Options) => {
    const coloured = isColoured(output)
    if (options.record !== undefined) {
      const explained = await explainRecord(options.record, { ...options, config: folder })
      output.write(options.json === true ? recordJson(explained) : recordText(explained, coloured))
      return
    }
    const loaded = loadFolder(folder)
    const policy = validSnapshot(folder, loaded)
    const hop = hopOf(options, loaded)
    const call = callOf(policy, { ...options, ...complete(options, hop) })
    const explanation = explain(policy, call, (credential, day) => !lapsed(credential, day))
    const text = options.json === true ? asJson(explanation, loaded) : asText(explanation, loaded, coloured)
    output.write(hop === undefined || options.json === true ? text : `${hop.why}\n${text}`)
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

/** What must be named where no record is.
 *  @throws EditRefused */
function complete({ agency, operation, address }: Options, hop: Hop | undefined): Pick<AskedCall, 'agency' | 'operation' | 'address'> {
  const from = hop?.address ?? address
  if (agency === undefined || operation === undefined || from === undefined)
    throw new EditRefused(
      '請以 --agency、--operation 及 --address（或 --peer、--forwarded）說明呼叫，或以 --record 指明紀錄。 Say which call: --agency, --operation and --address (or --peer and --forwarded), or name a record: --record.',
    )
  return { agency, operation, address: from }
}

interface Hop {
  readonly address: string
  readonly why: string
}

/** Which hop of a forwarding header is the caller’s address, and why. */
function hopOf({ peer, forwarded }: Options, { gateway }: Loaded): Hop | undefined {
  if (peer === undefined) return undefined
  const trust = trustOf(gateway?.trusted_proxies)
  const headers = forwarded === undefined || trust === undefined ? [] : [trust.header, forwarded]
  const address = originOf(peer, headers, trust)
  const read = readAddress(peer)
  const isDeclared = trust !== undefined && read !== undefined && isProxy(read, trust.proxies)
  const why = isDeclared
    ? `來源位址 ${address}：${peer} 為受信任之代理，取 ${trust.header} 由右起第一個非代理之位址 ${peer} is a declared proxy: the rightmost hop that is none`
    : `來源位址 ${address}：${peer} 不是受信任之代理，不看轉送標頭 ${peer} is no declared proxy: forwarding headers are not read`
  return { address, why }
}

/** @throws EditRefused with what the gateway would refuse the call for */
function originOf(...args: Parameters<typeof resolveOrigin>): string {
  try {
    return resolveOrigin(...args)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new EditRefused(`${problems[error.code].titleZh} ${problems[error.code].title} [${error.code}] ${error.detail ?? ''}`)
  }
}

function callOf(snapshot: Snapshot, asked: AskedCall): Call {
  const agency = named('--agency', asked.agency, snapshot.agencies)
  const [apiId = '', operationId = ''] = asked.operation.split('/')
  const operation = named('--operation', operationId, named('--operation', apiId, snapshot.apis).operations)
  const delegate = asked.delegate === undefined ? undefined : named('--delegate', asked.delegate, byId(agency.delegates))
  const at = asked.at ?? Date.now()
  const credential = credentialOf(delegate ?? agency, asked.credential, agency, operation, civilDateOf(at))
  const address = hostAddress(asked.address)
  if (address === undefined) throw new EditRefused('--address：應為 IP 位址，例如 203.0.113.5 expected an IP address, like 203.0.113.5')
  return {
    at,
    address,
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
function credentialOf(party: Agency | Delegate, id: string | undefined, agency: Agency, operation: Operation, day: CivilDate): Credential {
  if (id !== undefined) return named('--credential', id, byId(party.credentials))
  const modes = agency.grants.filter((each) => each.api === operation.api && each.operations.includes(operation.id)).map(({ mode }) => mode)
  const fits = (each: Credential): number =>
    Number(each.role === 'system') +
    4 * Number(!lapsed(each, day)) +
    2 * Number(each.mode !== undefined && modes.includes(each.mode)) +
    Number(!operation.requires.assertion || each.type === 'assertion')
  const [best] = [...party.credentials].sort((one, other) => fits(other) - fits(one))
  if (best === undefined) throw new EditRefused(`${party.id}：沒有任何憑證 holds no credential`)
  return best
}
