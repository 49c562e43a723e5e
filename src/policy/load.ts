// load.ts: a configuration folder as one snapshot, or everything that is wrong with it at once.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CivilDate } from '../calendar.ts'
import { type Canonical, canonicalJson, type DigestHex, sha256Hex } from '../canonical.ts'
import { agencyOf } from './agencies.ts'
import { callValidator } from './call-validator.ts'
import { readApi } from './catalogue.ts'
import { crossChecks } from './cross-checks.ts'
import type { Finding } from './finding.ts'
import { parseCidr } from './networks.ts'
import { readRestDays } from './rest-days.ts'
import { readRoster } from './roster.ts'
import type { AuditFile } from './schema/audit.ts'
import type { BlocksFile } from './schema/blocks.ts'
import type { GatewayFile } from './schema/gateway.ts'
import type { FileOf, Kind } from './schema/kinds.ts'
import type { PurposesFile } from './schema/purposes.ts'
import type { Agency, Api, Block, Holder, Purpose, RestDays, Snapshot } from './snapshot.ts'
import { readYaml, type YamlFile } from './yaml-file.ts'

export interface Loaded {
  /** Absent where any file has an error: nothing is ever half applied. */
  readonly snapshot?: Snapshot
  readonly gateway?: GatewayFile
  readonly audit?: AuditFile
  readonly findings: readonly Finding[]
}

const defaultRecordedRefusals = 60

/** Reads a folder. States (a range, grant, credential or user past its last day) are no errors. */
export function loadFolder(folder: string): Loaded {
  const reading = new FolderReading(folder)
  const gateway = reading.yaml('gateway.yaml', 'gateway')
  const audit = reading.yaml('audit.yaml', 'audit')
  const purposes = reading.yaml('purposes.yaml', 'purposes')
  const blocks = reading.yaml('blocks.yaml', 'blocks')
  const apis = reading.apis()
  const agencies = reading.agencies()
  const restDays = reading.restDays()
  const purposeMap = purposesOf(purposes.value)
  const blockList = blocksOf(blocks.value, blocks.file, reading.findings)
  reading.findings.push(
    ...crossChecks({
      apis,
      purposes: purposeMap,
      agencies,
      proxies: gateway.value?.trusted_proxies?.cidrs ?? [],
      production: gateway.value?.environment === 'production',
    }),
    ...missingUpstreams(apis, gateway.value, reading.apiFiles),
  )
  const findings = reading.findings
  if (gateway.value === undefined || audit.value === undefined || findings.some((each) => each.severity === 'error')) return { findings }
  const files = new Map(reading.deciding)
  files.set('gateway.yaml', decidingOf(gateway.value))
  const rules = {
    origin: gateway.value.origin,
    recordedRefusalsPerMinute: gateway.value.limits?.recorded_refusals_per_minute ?? defaultRecordedRefusals,
  }
  const snapshot = snapshotOf(
    files,
    rules,
    apis,
    purposeMap,
    agencies.map((each) => each.agency),
    blockList,
    restDays,
  )
  return { snapshot, gateway: gateway.value, audit: audit.value, findings }
}

/** Of gateway.yaml, what decides calls: where things listen and stand does not. */
function decidingOf({ environment, origin, trusted_proxies, limits }: GatewayFile): object {
  return { environment, origin, ...(trusted_proxies !== undefined && { trusted_proxies }), ...(limits !== undefined && { limits }) }
}

function snapshotOf(
  contents: ReadonlyMap<string, unknown>,
  rules: Pick<Snapshot, 'origin' | 'recordedRefusalsPerMinute'>,
  apis: ReadonlyMap<string, Api>,
  purposes: ReadonlyMap<string, Purpose>,
  agencies: readonly Agency[],
  blocks: readonly Block[],
  restDays: RestDays,
): Snapshot {
  const names = [...contents.keys()].sort()
  const bytes: Canonical = canonicalJson({ files: Object.fromEntries(names.map((name) => [name, contents.get(name)])) })
  const files = new Map<string, DigestHex>(names.map((name) => [name, sha256Hex(canonicalJson(contents.get(name)))]))
  return {
    ...rules,
    digest: sha256Hex(bytes),
    bytes,
    files,
    apis,
    purposes,
    agencies: new Map(agencies.map((each) => [each.id, each])),
    blocks,
    restDays,
    ...credentialsOf(agencies),
  }
}

function credentialsOf(agencies: readonly Agency[]): Pick<Snapshot, 'apiKeys' | 'assertionKeys'> {
  const apiKeys = new Map<string, Snapshot['apiKeys'] extends ReadonlyMap<string, infer H> ? H : never>()
  const assertionKeys = new Map<string, Snapshot['assertionKeys'] extends ReadonlyMap<string, readonly (infer H)[]> ? H[] : never>()
  const add = (holder: Holder, issuer: string): void => {
    const { credential, ...whose } = holder
    if (credential.type === 'api-key') apiKeys.set(credential.sha256, { ...whose, credential })
    else assertionKeys.set(issuer, [...(assertionKeys.get(issuer) ?? []), { ...whose, credential }])
  }
  for (const agency of agencies) {
    for (const credential of agency.credentials) add({ agency, credential }, agency.id)
    for (const delegate of agency.delegates)
      for (const credential of delegate.credentials) add({ agency, delegate, credential }, delegate.id)
  }
  return { apiKeys, assertionKeys }
}

function purposesOf(file: PurposesFile | undefined): Map<string, Purpose> {
  const map = new Map<string, Purpose>()
  for (const [index, each] of (file?.purposes ?? []).entries()) {
    const { code, title, legal_basis, statutory_duty, specific_purpose } = each
    map.set(code, {
      code,
      title,
      legalBasis: legal_basis,
      statutoryDuty: statutory_duty,
      specificPurpose: specific_purpose,
      rule: `purposes.yaml#/purposes/${index}`,
    })
  }
  return map
}

/** 緊急封鎖. Exactly one target a line; an account stands beside its agency. */
function blocksOf(file: BlocksFile | undefined, at: YamlFile, findings: Finding[]): Block[] {
  return (file?.blocks ?? []).flatMap((line, index) => {
    const rule = `blocks.yaml#/blocks/${index}`
    const target = targetOf(line)
    if (target === undefined) {
      findings.push(
        at.finding(`/blocks/${index}`, {
          code: 'block-target',
          message: 'expected exactly one of agency, delegate, credential, network, or account beside its agency',
          messageZh: '須恰有一個封鎖對象：agency、delegate、credential、network，或 account 及其 agency',
        }),
      )
      return []
    }
    const { at: when, by, reason, document } = line
    return [{ target, at: when, by, reason, ...(document !== undefined && { document }), rule }]
  })
}

function targetOf({ account, agency, credential, delegate, network }: BlocksFile['blocks'][number]): Block['target'] | undefined {
  const given = [account ?? agency, credential, delegate, network].filter((each) => each !== undefined)
  if (given.length !== 1) return undefined
  if (account !== undefined) return agency === undefined ? undefined : { kind: 'account', agency, account }
  if (agency !== undefined) return { kind: 'agency', id: agency }
  if (credential !== undefined) return { kind: 'credential', id: credential }
  if (delegate !== undefined) return { kind: 'delegate', id: delegate }
  const range = parseCidr(network ?? '')
  return range.ok ? { kind: 'network', cidr: network ?? '', family: range.family, first: range.first, last: range.last } : undefined
}

function missingUpstreams(
  apis: ReadonlyMap<string, Api>,
  gateway: GatewayFile | undefined,
  files: ReadonlyMap<string, YamlFile>,
): Finding[] {
  if (gateway === undefined) return []
  return [...apis.values()].flatMap((api) => {
    const file = files.get(api.id)
    if (file === undefined || api.upstream in gateway.upstreams) return []
    return [
      file.finding('/x-linkage/upstream', {
        code: 'reference',
        message: `gateway.yaml has no upstream ${api.upstream}`,
        messageZh: `gateway.yaml 沒有上游 ${api.upstream}`,
      }),
    ]
  })
}

/** One pass over a folder's files; what decides is kept by name for the digest. */
class FolderReading {
  readonly findings: Finding[] = []
  readonly deciding = new Map<string, unknown>()
  readonly apiFiles = new Map<string, YamlFile>()
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  #bytes(file: string): Buffer | undefined {
    try {
      return readFileSync(join(this.#folder, file))
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      this.findings.push({
        severity: 'error',
        file,
        line: 1,
        column: 1,
        pointer: '',
        code: 'unreadable',
        message: `the file cannot be read (${why})`,
        messageZh: `無法讀取檔案（${why}）`,
      })
      return undefined
    }
  }

  #names(folder: string, ending: string): string[] {
    try {
      return readdirSync(join(this.#folder, folder))
        .filter((name) => name.endsWith(ending) && !name.startsWith('.'))
        .sort()
    } catch {
      this.findings.push({
        severity: 'error',
        file: folder,
        line: 1,
        column: 1,
        pointer: '',
        code: 'unreadable',
        message: 'the folder cannot be read',
        messageZh: '無法讀取資料夾',
      })
      return []
    }
  }

  yaml<K extends Kind>(file: string, kind: K): { readonly value: FileOf[K] | undefined; readonly file: YamlFile } {
    const read = readYaml(file, this.#bytes(file) ?? Buffer.alloc(0), kind)
    this.findings.push(...read.findings)
    const whole = read.findings.every((each) => each.severity !== 'error')
    if (whole && kind !== 'gateway' && kind !== 'audit') this.deciding.set(file, read.value)
    return { value: whole ? (read.value as FileOf[K]) : undefined, file: read } // its schema accepted it
  }

  apis(): Map<string, Api> {
    const apis = new Map<string, Api>()
    const validator = callValidator()
    for (const name of this.#names('apis', '.yaml')) {
      const id = name.slice(0, -'.yaml'.length)
      const { file } = this.yaml(`apis/${name}`, 'api')
      this.apiFiles.set(id, file)
      if (file.value === undefined) continue
      const seen = new Set<string>()
      const api = readApi(file.value, id, `apis/${name}#`, validator, (pointer, code, message, messageZh, near) => {
        const key = `${pointer} ${code} ${message}`
        if (!seen.has(key)) this.findings.push(file.finding(pointer, { code, message, messageZh, nearest: near }))
        seen.add(key)
      })
      if (api !== undefined) apis.set(id, api)
    }
    return apis
  }

  agencies(): { agency: Agency; file: YamlFile }[] {
    return this.#names('agencies', '.yaml').flatMap((name) => {
      const { value, file } = this.yaml(`agencies/${name}`, 'agency')
      const rosterName = `rosters/${name.slice(0, -'.yaml'.length)}.csv`
      const bytes = this.#bytes(rosterName)
      const roster = bytes === undefined ? undefined : readRoster(rosterName, bytes)
      this.findings.push(...(roster?.findings ?? []))
      if (roster !== undefined) this.deciding.set(rosterName, roster.lines)
      return value === undefined ? [] : [{ agency: agencyOf(value, roster?.rows ?? new Map(), `agencies/${name}#`), file }]
    })
  }

  restDays(): RestDays {
    const years = new Map<number, ReadonlySet<CivilDate>>()
    for (const name of this.#names('calendar', '.csv')) {
      const { year, days, findings } = readRestDays(`calendar/${name}`, this.#bytes(`calendar/${name}`) ?? Buffer.alloc(0))
      this.findings.push(...findings)
      if (days === undefined) continue
      years.set(year, days)
      this.deciding.set(`calendar/${name}`, [...days])
    }
    return years
  }
}
