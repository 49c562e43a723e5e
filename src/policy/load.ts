// load.ts: a configuration folder as one snapshot, or everything that is wrong with it at once.
import { agencyOf } from './agencies.ts'
import { blocksOf, checkBlocks } from './blocks.ts'
import { type ApiReading, readApi } from './catalogue/api.ts'
import { callValidator } from './catalogue/call-validator.ts'
import { type AgencyReading, checkAgency, newRegistry } from './checks/agency.ts'
import { checkAudit } from './checks/audit.ts'
import { namesIn } from './checks/entries.ts'
import { checkCredentials, checkGateway, checkUpstreams } from './checks/gateway.ts'
import { checkGrants } from './checks/grants.ts'
import { checkNetworks } from './checks/networks.ts'
import { decidingMembers } from './deciding.ts'
import { type Examined, examine } from './examine.ts'
import { type Finding, type Located, type Place, Report } from './finding.ts'
import { KnownFiles } from './known-files.ts'
import { readRestDays } from './rest-days.ts'
import { type Roster, readRoster } from './roster.ts'
import type { AgencyFile } from './schema/agency.ts'
import type { AuditFile } from './schema/audit.ts'
import type { GatewayFile } from './schema/gateway.ts'
import { type Kind, schemas } from './schema/kinds.ts'
import type { PurposesFile } from './schema/purposes.ts'
import type { Agency, Api, Block, RestDays, Rule, Snapshot } from './snapshot.ts'
import { snapshotOf } from './snapshot-of.ts'
import { SourceFolder } from './source-folder.ts'
import { readYaml, YamlDocument } from './yaml-document.ts'

export interface Loaded {
  /** Absent where any file has an error: nothing is ever half applied. The three come together. */
  readonly snapshot?: Snapshot
  readonly gateway?: GatewayFile
  readonly audit?: AuditFile
  /** These two as far as they have no error of their own, whatever is wrong with other files: who looks at records at night needs no
   *  agency's file for it. */
  readonly sound: { readonly gateway?: GatewayFile; readonly audit?: AuditFile }
  /** By file and place. What depends on the day is not among them: states.ts. */
  readonly findings: readonly Finding[]
  /** Where a rule of the snapshot stands; undefined for a file that was not read. */
  readonly place: (rule: Rule) => (Place & { readonly file: string }) | undefined
}

/** Reads a folder. The same bytes give the same outcome on every day: states (what has ended) are no errors.
 *  @param known what the last load of this folder left, and this one leaves for the next
 *  @param edited texts of files that are about to be saved, by name: what the folder would be with them */
export function loadFolder(folder: string, known = new KnownFiles(), edited?: ReadonlyMap<string, string>): Loaded {
  const report = new Report()
  try {
    return loadFrom(new FolderReading(new SourceFolder(folder, report, edited), report, known))
  } finally {
    known.turn()
  }
}

/** Reads files that lie in no folder, by name: a policy of the past, made again from its bytes. */
export function loadFiles(files: ReadonlyMap<string, string>): Loaded {
  const report = new Report()
  return loadFrom(new FolderReading(new SourceFolder(undefined, report, files), report, new KnownFiles()))
}

function loadFrom(reading: FolderReading): Loaded {
  const { report } = reading
  const gateway = reading.yaml('gateway.yaml', 'gateway')
  const audit = reading.yaml('audit.yaml', 'audit')
  const purposes = reading.yaml('purposes.yaml', 'purposes')
  const blocks = reading.blocks()
  const apis = reading.apis()
  const agencies = reading.agencies()
  const restDays = reading.restDays()
  checkGateway(gateway.file, gateway.value, report)
  checkUpstreams(apis.values(), gateway.value, report)
  checkAudit(audit.file, audit.value, apis, report)
  checkPurposeCodes(purposes.file, purposes.value, report)
  const registry = newRegistry()
  for (const agency of agencies) checkAgency(agency, registry, restDays, report)
  checkCredentials(agencies, gateway.value, report)
  checkNetworks(agencies, gateway.value, report)
  const names = { apis, purposes: purposes.file.value === undefined ? undefined : namesIn(purposes.value.purposes, 'code') }
  for (const agency of agencies) checkGrants(agency, names, report)
  checkBlocks(blocks.file, blocks.blocks, blockable(agencies), report)
  const findings = report.sorted()
  const place = reading.place
  if (report.errors > 0) {
    const failed = new Set(findings.filter(({ severity }) => severity === 'error').map(({ file }) => file))
    const sound = {
      ...(!failed.has('gateway.yaml') && { gateway: gateway.value as GatewayFile }), // whole, by its schema: it has no error
      ...(!failed.has('audit.yaml') && { audit: audit.value as AuditFile }),
    }
    return { findings, place, sound }
  }
  // No file has an error: each value is whole, by its schema.
  const whole = { gateway: gateway.value as GatewayFile, audit: audit.value as AuditFile }
  const parts = { agencies: agencies.map((each) => reading.agency(each)), restDays }
  const catalogue = [...apis.values()].flatMap(({ api }): Api[] => (api === undefined ? [] : [api]))
  reading.contents.set('gateway.yaml', decidingMembers(whole.gateway))
  const snapshot = snapshotOf(reading.contents, whole.gateway, {
    ...parts,
    ...blocks,
    apis: catalogue,
    purposes: purposes.value as PurposesFile,
    asRead: reading.asRead,
  })
  return { snapshot, ...whole, sound: whole, findings, place }
}

function checkPurposeCodes(file: YamlDocument, { purposes }: Examined<'purposes'>, report: Report): void {
  const seen = new Set<string>()
  for (const [index, code] of namesIn(purposes, 'code').entries()) {
    if (seen.has(code)) report.add(file, `/purposes/${index}/code`, 'duplicate-id', { found: code })
    seen.add(code)
  }
}

function blockable(readings: readonly AgencyReading[]) {
  const delegates = readings.flatMap(({ value }) => (Array.isArray(value.delegates) ? value.delegates : []))
  return {
    agencies: readings.map(({ id }) => id),
    delegates: namesIn(delegates, 'id'),
    credentials: [...readings.map(({ value }) => value), ...delegates].flatMap((each) => namesIn(each?.credentials, 'id')),
  }
}

/** One pass over a folder: what each file holds, by name, for the digest. */
class FolderReading {
  readonly report: Report
  readonly contents = new Map<string, unknown>()
  readonly #source: SourceFolder
  readonly #located = new Map<string, Located>()

  readonly #known: KnownFiles

  constructor(source: SourceFolder, report: Report, known: KnownFiles) {
    this.report = report
    this.#known = known
    this.#source = source
    source.noteStrangers()
  }

  get asRead(): Snapshot['asRead'] {
    return this.#source.asRead
  }

  readonly place: Loaded['place'] = (rule) => {
    const [file = '', pointer = ''] = rule.split('#')
    const located = this.#located.get(file)
    return located && { file, ...located.place(pointer) }
  }

  yaml<K extends Exclude<Kind, 'api'>>(name: string, kind: K): { readonly file: YamlDocument; readonly value: Examined<K> } {
    const text = this.#source.text(name)
    const read = (report: Report) => {
      const file = readYaml(name, text ?? '', schemas[kind], report)
      return { file, value: examine(file, kind, report) }
    }
    const document = text === undefined ? { file: unread(name), value: {} } : this.#known.documents.read(name, text, this.report, read)
    this.#keep(document.file)
    return { file: document.file, value: document.value as Examined<K> } // a name is of one kind: it was read as that
  }

  blocks(): { readonly file: YamlDocument; readonly blocks: readonly Block[] } {
    const text = this.#source.text('blocks.yaml')
    const read = text === undefined ? { file: unread('blocks.yaml'), blocks: [] } : blocksOf(text, this.report)
    this.#keep(read.file)
    return read
  }

  apis(): ReadonlyMap<string, ApiReading> {
    let made: ReturnType<typeof callValidator> | undefined
    // Where no API has changed there is nothing to validate with it.
    const ajv = () => {
      made ??= callValidator()
      return made
    }
    const readings = this.#source.names('apis').map((name) => {
      const text = this.#source.text(name)
      const read = (report: Report) => readApi(readYaml(name, text ?? '', undefined, report), idOf(name), ajv(), report)
      const reading =
        text === undefined ? readApi(unread(name), idOf(name), ajv(), this.report) : this.#known.apis.read(name, text, this.report, read)
      this.#keep(reading.file)
      return reading
    })
    return new Map(readings.map((each) => [each.id, each]))
  }

  agencies(): (AgencyReading & { readonly roster: Roster })[] {
    const names = this.#source.names('agencies')
    const rosters = this.#source.names('rosters')
    for (const name of rosters) {
      const agency = `agencies/${idOf(name)}.yaml`
      if (!names.includes(agency))
        this.report.addAt(name, '', { line: 1, column: 1, length: 1 }, 'unknown-name', {
          found: idOf(name),
          expected: { zh: agency, en: agency },
        })
    }
    return names.map((name) => {
      const { file, value } = this.yaml(name, 'agency')
      return { file, id: idOf(name), value, roster: this.#roster(file, `rosters/${idOf(name)}.csv`, rosters, value) }
    })
  }

  /** An agency of files without an error. What neither of its files changed is the same agency as before. */
  agency({ file, roster: { rows }, value }: AgencyReading & { readonly roster: Roster }): Agency {
    const known = this.#known.agencies.get(value)
    if (known?.rows === rows) return known.agency
    const agency = agencyOf(value as AgencyFile, rows, `${file.name}#`) // whole, by its schema
    this.#known.agencies.set(value, { rows, agency })
    return agency
  }

  restDays(): RestDays {
    const years = this.#source.names('calendar').flatMap((name) => {
      const text = this.#source.text(name, true)
      const read = (report: Report) => {
        const days = readRestDays(name, text ?? '', Number(idOf(name)), report)
        return days && { days, content: [...days] }
      }
      const calendar = text === undefined ? undefined : this.#known.calendars.read(name, text, this.report, read)
      if (calendar === undefined) return []
      this.contents.set(name, calendar.content)
      return [[Number(idOf(name)), calendar.days] as const]
    })
    return new Map(years)
  }

  #roster(agency: YamlDocument, name: string, known: readonly string[], { delegates }: Examined<'agency'>): Roster {
    const none = { rows: new Map(), content: [], table: undefined }
    if (!known.includes(name)) {
      this.report.add(agency, '', 'roster-missing', { expected: { zh: name, en: name } })
      return none
    }
    const text = this.#source.text(name)
    if (text === undefined) return none
    const ids = agency.value === undefined ? undefined : namesIn(delegates, 'id')
    const depends = `${JSON.stringify(ids)}\n${text}`
    const roster = this.#known.rosters.read(name, depends, this.report, (report) => readRoster(name, text, ids, report))
    this.contents.set(name, roster.content)
    if (roster.table !== undefined) this.#located.set(name, roster.table)
    return roster
  }

  #keep(file: YamlDocument): void {
    this.#located.set(file.name, file)
    this.contents.set(file.name, file.value)
  }
}

const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1, name.lastIndexOf('.'))
/** A file without a value: why, is reported. */
const unread = (name: string): YamlDocument => new YamlDocument(name, '', undefined, new Map())
