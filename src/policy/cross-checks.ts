// cross-checks.ts: what no single file can know: names that meet, grants against the catalogue, networks against proxies.
import { addDays, type CivilDate } from '../calendar.ts'
import { type Finding, nearest } from './finding.ts'
import { overlap, parseCidr } from './networks.ts'
import type { Agency, Api, Grant, Network, Purpose } from './snapshot.ts'
import { nextActions, standingOn } from './standing.ts'
import type { Place, YamlFile } from './yaml-file.ts'

export interface Whole {
  readonly apis: ReadonlyMap<string, Api>
  readonly purposes: ReadonlyMap<string, Purpose>
  readonly agencies: readonly { readonly agency: Agency; readonly file: YamlFile }[]
  readonly proxies: readonly string[]
  readonly production: boolean
}

type Said = Omit<Place, 'file' | 'pointer'>
const pointerOf = (rule: string): string => rule.slice(rule.indexOf('#') + 1)

/** Every mistake between files, all at once, also where single files have mistakes of their own. */
export function crossChecks(whole: Whole): Finding[] {
  const findings: Finding[] = []
  const owners = new Map<string, string>()
  const keys = new Map<string, string>()
  for (const { agency, file } of whole.agencies) {
    const report = (rule: string, said: Said) => findings.push(file.finding(pointerOf(rule), said))
    const name = /([^/]+)\.yaml$/.exec(file.file)?.[1]
    if (agency.id !== name)
      report(`${agency.rule}/id`, { code: 'file-name', message: `expected ${name}, the file's name`, messageZh: `須與檔名相同（${name}）` })
    for (const party of [agency, ...agency.delegates]) {
      const other = owners.get(party.id)
      if (other !== undefined)
        report(`${party.rule}/id`, {
          code: 'duplicate-id',
          message: `the id ${party.id} stands in ${other} too`,
          messageZh: `代號 ${party.id} 已用於 ${other}`,
        })
      owners.set(party.id, file.file)
      for (const credential of party.credentials) {
        const held = keys.get(credential.id)
        if (held !== undefined)
          report(`${credential.rule}/id`, {
            code: 'duplicate-id',
            message: `the credential ${credential.id} stands in ${held} too`,
            messageZh: `憑證代號 ${credential.id} 已用於 ${held}`,
          })
        keys.set(credential.id, file.file)
        checkCredential(credential, report)
      }
      checkNetworks(party.networks, file, whole, report)
    }
    checkDelegates(agency, report)
    checkStanding(agency, report)
    checkGrants(agency, whole, file, report)
  }
  return findings
}

type Report = (rule: string, said: Said) => void

function checkCredential(credential: Agency['credentials'][number], report: Report): void {
  const { issued, expires, rule, role, mode } = credential
  if (expires > addDays(issued, 364))
    report(`${rule}/expires`, {
      code: 'credential-too-long',
      message: 'a credential lives 365 days at most (R8)',
      messageZh: '憑證效期至多 365 日',
    })
  if (expires < issued) report(`${rule}/expires`, { code: 'order', message: 'stands before issued', messageZh: '早於 issued' })
  if (role === 'system' && mode === undefined)
    report(rule, {
      code: 'missing',
      message: 'mode is missing: it says which grants this credential opens (R3)',
      messageZh: '缺少 mode（提供方式）',
    })
}

function checkNetworks(networks: readonly Network[], file: YamlFile, { proxies, production }: Whole, report: Report): void {
  const total = { 4: 0n, 6: 0n }
  for (const network of networks) {
    const size = network.last - network.first + 1n
    total[network.family] += network.family === 4 ? size : size >> 64n
    if (network.until < network.from)
      report(`${network.rule}/until`, { code: 'order', message: 'stands before from', messageZh: '早於 from' })
    const proxy = proxies.find((each) => {
      const range = parseCidr(each)
      return range.ok && overlap(range, network)
    })
    if (proxy !== undefined)
      report(`${network.rule}/cidr`, {
        code: 'network-is-proxy',
        message: `overlaps the trusted proxy ${proxy}`,
        messageZh: `與信任之代理 ${proxy} 重疊`,
      })
    if (production && documentation.some((each) => overlap(each, network)))
      report(`${network.rule}/cidr`, {
        code: 'documentation-range',
        message: 'a range for documentation is nobody’s network',
        messageZh: '文件專用位址不可用於正式環境',
      })
  }
  const wide = total[4] > 65_536n || total[6] > 1n << 32n
  const allowed = networks.some((each) => Reflect.get(valueAt(file.value, pointerOf(each.rule)), 'allow_any') === true)
  const [first] = networks
  if (wide && !allowed && first !== undefined) {
    report(first.rule, {
      code: 'network-too-wide',
      message: 'more than a /16 (IPv6: a /32) in all needs allow_any on a line with its document',
      messageZh: '合計超過 /16（IPv6 為 /32），須載明 allow_any 及文號',
    })
  }
}

/** RFC 5737, RFC 3849, RFC 9637: nobody's networks. */
const documentation = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'].flatMap((each) => {
  const range = parseCidr(each)
  return range.ok ? [range] : []
})

function valueAt(value: unknown, pointer: string): object {
  const found = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((at, name) => (at !== null && typeof at === 'object' ? Reflect.get(at, name) : undefined), value)
  return found !== null && typeof found === 'object' ? found : {}
}

function checkDelegates(agency: Agency, report: Report): void {
  const above = new Set([agency.id, ...agency.delegates.map((each) => each.id)])
  for (const delegate of agency.delegates) {
    if (!above.has(delegate.under) || delegate.chain.at(-1)?.under !== agency.id) {
      report(`${delegate.rule}/under`, {
        code: 'reference',
        message: `${delegate.under} leads to no agency of this file`,
        messageZh: `${delegate.under} 未連到本檔之機關`,
        nearest: nearest(delegate.under, above),
      })
    }
    for (const [index, id] of delegate.grants.entries()) {
      if (agency.grants.some((each) => each.id === id)) continue
      report(`${delegate.rule}/grants/${index}`, {
        code: 'reference',
        message: `the agency has no grant ${id}`,
        messageZh: `機關沒有核可 ${id}`,
        nearest: nearest(
          id,
          agency.grants.map((each) => each.id),
        ),
      })
    }
  }
}

function checkStanding(agency: Agency, report: Report): void {
  let before: CivilDate | undefined
  for (const [index, line] of agency.standing.entries()) {
    const { standing } = standingOn({ ...agency, standing: agency.standing.slice(0, index) }, line.effective)
    if (!nextActions[standing].includes(line.action))
      report(`${line.rule}/action`, {
        code: 'standing',
        message: `${line.action} does not follow ${standing}`,
        messageZh: `目前狀態 ${standing} 不可接 ${line.action}`,
      })
    if (before !== undefined && line.effective < before)
      report(`${line.rule}/effective`, { code: 'order', message: 'stands before the line above it', messageZh: '早於上一列' })
    before = line.effective
  }
}

function checkGrants(agency: Agency, whole: Whole, file: YamlFile, report: Report): void {
  const ids = new Set<string>()
  for (const grant of agency.grants) {
    if (ids.has(grant.id))
      report(`${grant.rule}/id`, {
        code: 'duplicate-id',
        message: `the grant ${grant.id} stands twice`,
        messageZh: `核可代號 ${grant.id} 重複`,
      })
    ids.add(grant.id)
    if (grant.until < grant.from) report(`${grant.rule}/until`, { code: 'order', message: 'stands before from', messageZh: '早於 from' })
    for (const [index, code] of grant.purposes.entries()) {
      if (!whole.purposes.has(code))
        report(`${grant.rule}/purposes/${index}`, {
          code: 'reference',
          message: `purposes.yaml has no ${code}`,
          messageZh: `purposes.yaml 沒有 ${code}`,
          nearest: nearest(code, whole.purposes.keys()),
        })
    }
    checkGrantedFields(grant, whole.apis.get(grant.api), whole, valueAt(file.value, pointerOf(grant.rule)), report)
  }
  for (const [index, grant] of agency.grants.entries()) {
    const other = agency.grants.slice(0, index).find((each) => ambiguous(each, grant))
    if (other !== undefined)
      report(grant.rule, {
        code: 'overlap',
        message: `matches the same calls as ${other.id}: grants are never united`,
        messageZh: `與核可 ${other.id} 重疊；核可不會合併`,
      })
  }
}

const meet = (a: readonly string[], b: readonly string[]): boolean => a.some((each) => b.includes(each))

/** At most one grant matches (agency, api, operation, mode, purpose, day). */
function ambiguous(a: Grant, b: Grant): boolean {
  return (
    a.api === b.api &&
    a.mode === b.mode &&
    meet(a.operations, b.operations) &&
    meet(a.purposes, b.purposes) &&
    a.from <= b.until &&
    b.from <= a.until
  )
}

function checkGrantedFields(grant: Grant, api: Api | undefined, { apis }: Whole, line: object, report: Report): void {
  if (api === undefined) {
    report(`${grant.rule}/api`, {
      code: 'reference',
      message: `there is no apis/${grant.api}.yaml`,
      messageZh: `沒有 apis/${grant.api}.yaml`,
      nearest: nearest(grant.api, apis.keys()),
    })
    return
  }
  const declared = new Map<string, number>()
  for (const [index, id] of grant.operations.entries()) {
    const operation = api.operations.get(id)
    if (operation === undefined) {
      report(`${grant.rule}/operations/${index}`, {
        code: 'reference',
        message: `${api.id} has no operation ${id}`,
        messageZh: `${api.id} 沒有作業 ${id}`,
        nearest: nearest(id, api.operations.keys()),
      })
      continue
    }
    const { sensitivity } = operation.answer
    for (const [path, level] of sensitivity) declared.set(path, level)
    if (!operation.modes.includes(grant.mode))
      report(`${grant.rule}/operations/${index}`, {
        code: 'mode',
        message: `${id} is not provided in mode ${grant.mode} (R3)`,
        messageZh: `${id} 不提供 ${grant.mode}`,
      })
    if (!grant.fields.some((each) => sensitivity.has(each)))
      report(`${grant.rule}/operations/${index}`, {
        code: 'empty-grant',
        message: `none of the fields is declared by ${id}`,
        messageZh: `所列資料項目都不屬於 ${id}`,
      })
  }
  const reasons = Reflect.get(line, 'reasons')
  for (const [index, path] of grant.fields.entries()) {
    const level = declared.get(path)
    const at = `${grant.rule}/fields/${index}`
    if (grant.fields.indexOf(path) !== index)
      report(at, { code: 'duplicate-key', message: `${path} stands twice`, messageZh: `${path} 重複` })
    if (level === undefined)
      report(at, {
        code: 'field',
        message: `${path} is declared by no operation of this grant`,
        messageZh: `此核可之作業沒有資料項目 ${path}`,
        nearest: nearest(path, declared.keys()),
      })
    const reason = reasons !== null && typeof reasons === 'object' ? Reflect.get(reasons, path) : undefined
    if (level !== undefined && level >= 3 && typeof reason !== 'string')
      report(at, {
        code: 'reason',
        message: `${path} is of sensitivity ${level}: give the reason under reasons (R4)`,
        messageZh: `${path} 敏感程度 ${level}，須於 reasons 寫明理由`,
      })
  }
}
