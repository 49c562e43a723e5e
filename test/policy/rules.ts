// rules.ts: a small department as a snapshot, for tests of the decision: one agency, one delegate, one operation.
import type { CivilDate } from '../../src/calendar.ts'
import type { Canonical, DigestHex } from '../../src/canonical.ts'
import type { Call } from '../../src/policy/decide.ts'
import type {
  Agency,
  ApiKeyCredential,
  AssertionCredential,
  Delegate,
  Grant,
  Network,
  Operation,
  RosterRow,
  Snapshot,
  StandingLine,
} from '../../src/policy/snapshot.ts'
import type { Shape } from '../../src/projection/paths.ts'

export const day = (text: string): CivilDate => text as CivilDate // tests write real days
const leaf: Shape = { kind: 'leaf', type: 'string' }

/** `a` and `b` are plain, `c` is sensitive and granted to nobody here. */
export const operation: Operation = {
  api: 'low-income',
  id: 'getHouseholdStatus',
  title: '查詢列冊資格',
  method: 'POST',
  path: '/households/status',
  modes: ['api', 'online'],
  requires: { assertion: false, case: true, reason: true },
  casePattern: /^[0-9]{4}$/,
  parameters: [],
  answer: {
    mediaType: 'application/json',
    shape: { kind: 'object', properties: new Map([...'abc'].map((name) => [name, leaf])) },
    notFound: true,
    locates: new Set(),
    suppressed: new Map(),
    sensitivity: new Map([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]),
    subjects: [],
  },
  reveals: new Map([
    ['/asOf', ['a']],
    ['/withIncome', ['c']],
    ['/format', []],
  ]),
  rule: 'apis/low-income.yaml#/paths/~1households~1status/post',
}

const network = (cidr: string, first: number, last: number, more: Partial<Network> = {}): Network => ({
  cidr,
  family: 4,
  first: BigInt(first),
  last: BigInt(last),
  purpose: 'calls',
  from: day('2026-01-01'),
  until: day('2026-12-31'),
  rule: `agencies/a.yaml#/networks/${cidr}`,
  ...more,
})

const key = (id: string, more: Partial<ApiKeyCredential> = {}): ApiKeyCredential => ({
  id,
  type: 'api-key',
  role: 'system',
  mode: 'api',
  sha256: '0'.repeat(64) as DigestHex, // decisions never look at it
  issued: day('2026-01-01'),
  expires: day('2026-12-31'),
  rule: `agencies/a.yaml#/credentials/${id}`,
  ...more,
})

export const row = (account: string, more: Partial<RosterRow> = {}): RosterRow => ({
  account,
  person: account.toUpperCase(),
  name: '王小明',
  unit: '一科',
  title: '科員',
  kind: 'person',
  from: day('2026-01-01'),
  document: '北市社資字第1150000001號',
  rule: `rosters/a.csv#/${account}`,
  ...more,
})

export const grant: Grant = {
  id: 'g',
  application: { document: '申請', date: day('2025-12-20'), through: '社會救助科' },
  approval: { document: '核可', date: day('2026-01-01') },
  api: 'low-income',
  operations: ['getHouseholdStatus'],
  mode: 'api',
  purposes: ['fee-waiver'],
  fields: ['a', 'b'],
  from: day('2026-01-01'),
  until: day('2026-12-31'),
  hours: [{ days: 'all', from: 480, until: 1080 }],
  limits: { perMinute: 60, perDay: 600, perUserPerDay: 60, concurrent: 8, notFoundPerUserPerHour: 30, subjectsPerCasePerDay: 20 },
  rule: 'agencies/a.yaml#/grants/0',
}

export const approved: StandingLine = {
  effective: day('2026-01-01'),
  action: 'approve',
  document: '核可',
  rule: 'agencies/a.yaml#/standing/0',
}

export interface Changes {
  readonly agency?: Partial<Agency>
  readonly delegate?: Partial<Delegate>
  readonly grants?: readonly Grant[]
  readonly rows?: readonly RosterRow[]
  readonly snapshot?: Partial<Snapshot>
}

/** A department in which `call()` is permitted. */
export function department(changes: Changes = {}): { snapshot: Snapshot; agency: Agency; delegate: Delegate } {
  const credentials = [
    key('k'),
    key('online', { mode: 'online' }),
    key('file', { mode: 'file' }),
    key('manager', { role: 'manager' }),
    assertion,
  ]
  const rows = changes.rows ?? [
    row('chang'),
    row('lin', { until: day('2026-08-31') }),
    row('wu', { from: day('2026-12-01') }),
    row('vendor', { delegate: 'd' }),
  ]
  const roster = new Map<string, RosterRow[]>()
  for (const each of rows) roster.set(each.account, [...(roster.get(each.account) ?? []), each])
  const chainless = {
    id: 'd',
    name: '受託廠商',
    under: 'a',
    document: '委託',
    contract: { from: day('2026-01-01'), until: day('2026-11-30') },
    grants: ['g'],
    networks: [network('10.0.1.0/24', 0x0a000100, 0x0a0001ff)],
    credentials: [key('dk')],
    rule: 'agencies/a.yaml#/delegates/0',
    chain: [],
    ...changes.delegate,
  }
  const delegate: Delegate = { ...chainless, chain: chainless.chain.length > 0 ? chainless.chain : [chainless] }
  const agency: Agency = {
    id: 'a',
    code: '379110000E',
    name: '臺北市政府教育局',
    kind: 'linked-agency',
    standing: [approved],
    networks: [network('10.0.0.0/24', 0x0a000000, 0x0a0000ff), network('10.0.2.0/24', 0x0a000200, 0x0a0002ff, { purpose: 'self-service' })],
    credentials,
    delegates: [delegate],
    grants: changes.grants ?? [grant],
    roster,
    rule: 'agencies/a.yaml#',
    ...changes.agency,
  }
  const snapshot: Snapshot = {
    digest: '1'.repeat(64) as DigestHex, // decisions never look at it
    bytes: '{}' as Canonical, // nor at this
    files: new Map(),
    texts: new Map(),
    asRead: new Map(),
    origin: 'https://linkage.example.gov.tw',
    apis: new Map(),
    purposes: new Map(),
    agencies: new Map([['a', agency]]),
    blocks: [],
    restDays: new Map([[2026, new Set([day('2026-11-21'), day('2026-11-22')])]]),
    apiKeys: new Map(),
    assertionKeys: new Map(),
    recordedRefusalsPerMinute: 60,
    downloadsPerDay: 50,
    ...changes.snapshot,
  }
  return { snapshot, agency, delegate }
}

export const assertion: AssertionCredential = { ...key('jwt'), type: 'assertion', keys: [] }

/** Tuesday 24 November 2026, 10:00 in Taipei. */
export const tuesday = Date.parse('2026-11-24T02:00:00.000Z')
export const at = (text: string): number => Date.parse(`${text}+08:00`)

export const address = (value: number): Call['address'] => ({
  text: `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`,
  family: 4,
  value: BigInt(value),
})

/** A call that `department()` permits, and what a test changes in it. */
export function call(
  of: { agency: Agency; delegate: Delegate },
  changes: Partial<Call> & { readonly credential?: string; readonly asDelegate?: boolean } = {},
): Call {
  const { credential: id = 'k', asDelegate = false, ...more } = changes
  const credential = [...of.agency.credentials, ...of.delegate.credentials].find((each) => each.id === id)
  if (credential === undefined) throw new Error(`no credential ${id}`)
  return {
    at: tuesday,
    address: address(asDelegate ? 0x0a000105 : 0x0a000005),
    holder: asDelegate ? { agency: of.agency, delegate: of.delegate, credential } : { agency: of.agency, credential },
    operation,
    user: asDelegate ? 'vendor' : 'chang',
    purpose: 'fee-waiver',
    case: '1234',
    reason: '學雜費減免審查',
    fields: undefined,
    supplied: [],
    ...more,
  }
}
