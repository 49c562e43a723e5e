// example.test.ts: an agency as it is documented, in the example department.
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findingLine } from '../../src/policy/finding.ts'
import { loadFolder } from '../../src/policy/load.ts'

const documented = `# yaml-language-server: $schema=../schema/agency.json
id: taipei-education
code: 379110000E                 # 機關代碼
name: 臺北市政府教育局
kind: linked-agency              # linked-agency | using-unit
manager: {name: 王小明, title: 股長, phone: 02-0000-0000, email: x@example.gov.tw, from: 2026-01-05, document: 北市教字第1150000045號}
standing:                        # a history: it is extended, never rewritten; the last line that is due decides
  - {effective: 2026-01-05, action: approve, document: 北市社資字第1150000123號}
networks:
  - {cidr: 203.0.113.0/28, note: 機房出口, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號}
  - {cidr: 198.51.100.16/29, note: 辦公室, for: self-service, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號}
credentials:
  - {id: edu-2026a, type: api-key, mode: api, sha256: 91eb3e941e0d8d1359feebff5f7eac3a18a3ae0e0e921ae2a4123d5f1ddc326c, issued: 2026-02-01, expires: 2027-01-31}
  - {id: edu-jwt-1, type: assertion, mode: api, jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}, issued: 2026-02-01, expires: 2027-01-31}
  - {id: edu-chen, type: assertion, role: manager, jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: chen-1, x: WpIoU8m_wlX6bwg77rRMXWTF3GBtmp5WPZausjKrb1E}]}, issued: 2026-02-01, expires: 2027-01-31}
delegates: []                    # a tree
grants:
  - id: fee-waiver
    application: {document: 北市教字第1150000045號, date: 2025-12-20, through: 社會救助科}
    approval: {document: 北市社資字第1150000123號, date: 2026-01-05}
    api: low-income
    operations: [getHouseholdStatus]
    mode: api                    # api | file | online   (API系統介接 | 檔案傳輸 | 線上資料查詢)
    purposes: [school-fee-waiver]
    fields:                      # a block list; a path that begins with [ is quoted
      - status.category
      - status.validUntil
      - members[].name
    from: 2026-01-05
    until: 2027-12-31
    hours: ["08:00-18:00 workdays"]   # the end is exclusive
    limits: {per_minute: 600, per_day: 20000, per_user_per_day: 300, concurrent: 64}
`

t.test('an agency as it is documented loads beside the others', async (t) => {
  const folder = t.testdir({})
  cpSync(join(import.meta.dirname, '../../config'), folder, { recursive: true })
  writeFileSync(join(folder, 'agencies/taipei-education.yaml'), documented)
  const { findings, snapshot } = loadFolder(folder)
  t.same(findings.map(findingLine), [])
  t.same(snapshot?.agencies.get('taipei-education')?.grants[0]?.fields, ['status.category', 'status.validUntil', 'members[].name'])
})
