// good-folder.ts: a small configuration without a mistake, and the same with one change: what tests of the loader start from.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { addDays, type CivilDate, civilDate, weekdayOf } from '../../src/calendar.ts'
import type { Finding } from '../../src/policy/finding.ts'
import { KnownFiles } from '../../src/policy/known-files.ts'
import { type Loaded, loadFolder } from '../../src/policy/load.ts'
import type { Snapshot } from '../../src/policy/snapshot.ts'

/** A change: a file's new text, or undefined where it goes. */
export type Files = Readonly<Record<string, string | Uint8Array | undefined>>

export const AGENCY = 'agencies/education.yaml'
export const ROSTER = 'rosters/education.csv'
export const API = 'apis/benefits.yaml'

function calendarOf(year: number): string {
  const rows = ['西元日期,星期,是否放假,備註']
  for (let day: CivilDate = civilDate(`${year}-01-01`); day < `${year + 1}`; day = addDays(day, 1)) {
    const weekday = weekdayOf(day)
    rows.push(`${day.replaceAll('-', '')},${'日一二三四五六'.charAt(weekday)},${weekday % 6 === 0 ? 2 : 0},`)
  }
  return `\ufeff${rows.join('\r\n')}\r\n`
}

const agency = `id: education
code: 379110000E
name: 教育局
kind: linked-agency
manager: {name: 王小明, title: 股長, phone: 02-0000-0000, email: x@example.gov.tw, from: 2026-01-05, document: 北市教字第1150000045號}
standing:
  - {effective: 2026-01-05, action: approve, document: 北市社資字第1150000123號}
networks:
  - {cidr: 203.0.113.0/28, note: 機房出口, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號}
  - {cidr: 2001:db8:1::/48, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號}
  - {cidr: 198.51.100.16/29, for: self-service, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號}
credentials:
  - id: edu-key
    type: api-key
    mode: api
    sha256: 91eb3e941e0d8d1359feebff5f7eac3a18a3ae0e0e921ae2a4123d5f1ddc326c
    issued: 2026-02-01
    expires: 2027-01-31
  - id: edu-jwt
    type: assertion
    mode: api
    jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}
    issued: 2026-02-01
    expires: 2027-01-31
  - {id: edu-chen, type: assertion, role: manager, jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: chen-1, x: WpIoU8m_wlX6bwg77rRMXWTF3GBtmp5WPZausjKrb1E}]}, issued: 2026-02-01, expires: 2027-01-31}
delegates:
  - id: edu-vendor
    name: 某資訊公司
    under: education
    document: 北市教字第1150000077號
    contract: {from: 2026-02-01, until: 2026-12-31}
    grants: [fee-waiver]
    networks:
      - {cidr: 203.0.113.32/28, from: 2026-02-01, until: 2026-12-31, document: 北市社資字第1150000130號}
    credentials: []
  - id: edu-sub
    name: 某下包公司
    under: edu-vendor
    document: 北市教字第1150000078號
    contract: {from: 2026-02-01, until: 2026-12-31}
    grants: []
    networks: []
    credentials: []
grants:
  - id: fee-waiver
    application: {document: 北市教字第1150000045號, date: 2025-12-20, through: 社會救助科}
    approval: {document: 北市社資字第1150000123號, date: 2026-01-05}
    api: benefits
    operations: [getStatus]
    mode: api
    purposes: [fee-waiver]
    fields:
      - category
      - members[].name
    from: 2026-01-05
    until: 2027-12-31
    hours: ["08:00-18:00 workdays"]
    limits: {per_minute: 600, per_day: 20000, per_user_per_day: 300, concurrent: 64}
  - id: review
    application: {document: 北市教字第1150000046號, date: 2025-12-20, through: 社會救助科}
    approval: {document: 北市社資字第1150000124號, date: 2026-01-05}
    api: benefits
    operations: [getIncome]
    mode: api
    purposes: [review]
    fields:
      - income
    reasons:
      income: 審核之依據
    from: 2026-01-05
    until: 2027-12-31
    limits: {per_minute: 60, per_day: 200, per_user_per_day: 30, concurrent: 4}
`

const api = `openapi: 3.1.0
info: {title: 福利資格, version: 1.0.0}
x-linkage: {upstream: welfare, data_owner: 社會救助科, officer: 周宜蓁, version: "115-1", approved_by: 科長, document: 北市社資字第1150000101號}
paths:
  /status:
    post:
      operationId: getStatus
      summary: 查詢資格
      x-linkage:
        modes: [api, online]
        requires: [case]
        case_pattern: "^[0-9A-Z-]{4,20}$"
        subject: $request.body#/nationalId
        answerSubjects: ["members[].nationalId"]
        rows: members
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [nationalId]
              properties:
                nationalId: {$ref: "#/components/schemas/NationalId"}
                asOf: {type: string, format: date, x-reveals: [category]}
                filter:
                  type: object
                  additionalProperties: false
                  x-reveals: []
                  properties:
                    kinds:
                      type: array
                      maxItems: 4
                      x-reveals: [category]
                      items: {type: string, maxLength: 10}
      responses:
        "200":
          description: 資格
          content:
            application/json:
              schema:
                type: object
                properties:
                  category: {title: 類別, type: string, x-sensitivity: 1}
                  members:
                    type: array
                    items: {$ref: "#/components/schemas/Member"}
        "404":
          description: 查無資料
  /incomes/{region}:
    post:
      operationId: getIncome
      summary: 查詢所得
      x-linkage:
        modes: [api]
        requires: [assertion, case, reason]
        subject: $request.body#/nationalId
        protected: protectedPerson
      parameters:
        - {name: region, in: path, required: true, schema: {type: string, pattern: "^[a-z]+$", maxLength: 20}, x-reveals: []}
        - {name: year, in: query, schema: {type: integer, minimum: 100, maximum: 200}, x-reveals: [income]}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [nationalId]
              properties:
                nationalId: {$ref: "#/components/schemas/NationalId"}
      responses:
        "200":
          description: 所得
          content:
            application/json:
              schema:
                type: object
                properties:
                  income: {type: number, x-sensitivity: 3}
                  address: {type: [string, "null"], x-sensitivity: 2, x-locates: true}
                  protectedPerson: {type: boolean, x-sensitivity: 4}
  /list:
    get:
      operationId: listAll
      summary: 名冊
      x-linkage: {modes: [file], requires: [case]}
      responses:
        "200":
          description: 名冊
          content:
            text/csv:
              schema:
                type: array
                items: {$ref: "#/components/schemas/Member"}
components:
  schemas:
    NationalId: {type: string, format: tw-national-id, minLength: 10, maxLength: 10}
    Member:
      type: object
      required: [name]
      properties:
        name: {type: string, x-sensitivity: 2}
        nationalId: {type: string, x-sensitivity: 2}
`

export const good: Readonly<Record<string, string>> = {
  'gateway.yaml': `environment: demo
origin: https://linkage.example.gov.tw
slot: 1
listeners:
  public: {host: 127.0.0.1, port: 8080}
  admin: {host: 127.0.0.1, port: 9090}
trusted_proxies: {header: x-forwarded-for, cidrs: [127.0.0.1/32]}
database: {embedded: true, directory: data/postgres}
keys: {directory: data/keys}
recipients:
  - {id: ethics-office, year: "2026", jwk: {kty: EC, crv: P-256, x: FL6quhW700YCFb-K34INqgPFGxjUhEtkoedn8NHASsg, y: ZM6MGGUjmtemax-MvUrGOEucXUryD9JCh6LqF-ekMSU}}
upstreams:
  welfare: {url: http://127.0.0.1:8091}
limits: {recorded_refusals_per_minute: 60}
`,
  'audit.yaml': readFileSync(join(import.meta.dirname, '../../config/audit.yaml'), 'utf8').replace('[protection]', '[benefits]'),
  'blocks.yaml': 'blocks: []\n',
  'purposes.yaml': `purposes:
  - {code: fee-waiver, title: 學雜費減免, legal_basis: 社會救助法, statutory_duty: 辦理減免, specific_purpose: 109 教育或訓練行政}
  - {code: review, title: 審核, legal_basis: 社會救助法, statutory_duty: 審核, specific_purpose: 057 社會行政}
`,
  [API]: api,
  [AGENCY]: agency,
  [ROSTER]: `\ufeff帳號,人員代號,姓名,單位,職稱,受託單位,類別,啟用日,最後在職日,停用原因,核准文號\r
edu-lin,E1,林志明,國中教育科,科員,,人員,2026-01-05,2026-06-30,留職停薪,北市社資字第1150000124號\r
edu-lin,E1,林志明,國中教育科,科員,,人員,2026-09-01,,,北市社資字第1150000790號\r
edu-wu,E2,黃𡘙,學前教育科,專員,,人員,2026-01-05,,,北市社資字第1150000124號\r
vendor-a,V1,方建中,客服中心,工程師,edu-vendor,人員,2026-02-01,,,北市社資字第1150000125號\r
edu-batch,E9,林志明,國中教育科,責任承辦人,,系統,2026-01-05,,,北市社資字第1150000126號\r
`,
  'calendar/2026.csv': calendarOf(2026),
}

/** One text in a file in place of another, which must stand there exactly once. */
export function edit(file: string, from: string, to: string): Files {
  const text = good[file]
  if (text === undefined || text.split(from).length !== 2) throw new Error(`${file}: ${JSON.stringify(from)} must stand there once`)
  return { [file]: text.replace(from, () => to) }
}

/** Writes the good folder with changes, hands it over, and takes it away again. */
export function withFolder<T>(changes: Files, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-folder-'))
  try {
    writeFolder(folder, changes)
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export function writeFolder(folder: string, changes: Files): void {
  for (const [name, text] of Object.entries({ ...good, ...changes })) {
    if (text === undefined) continue
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

const known = new KnownFiles()

/** Loads the good folder with changes. What the load before read of the same text is not read again, as when a gateway loads anew: that
 *  this comes to the same, known-files.test.ts shows with the same tables of mistakes. */
export const load = (changes: Files = {}): Loaded => withFolder(changes, (folder) => loadFolder(folder, known))

/** The snapshot of the good folder with changes that are no mistakes. */
export function snapshotOf(changes: Files): Snapshot {
  const { snapshot, findings } = load(changes)
  if (snapshot === undefined) throw new Error(JSON.stringify(findings))
  return snapshot
}

/** What stands in a changed file from a finding's place to the end of the line. */
export function textAt(changes: Files, { column, file, line }: Finding): string {
  const text = { ...good, ...changes }[file]
  const lines = typeof text === 'string' ? text.replace(/^\ufeff/, '').split(/\r?\n/) : []
  return (lines[line - 1] ?? '').slice(column - 1)
}
