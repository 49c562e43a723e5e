// config-decisions.test.ts: the example decides as the comments in its files say.
import { join } from 'node:path'
import t from 'tap'
import { readAddress } from '../src/gateway/address.ts'
import { decide } from '../src/policy/decide.ts'
import { loadFolder } from '../src/policy/load.ts'

const { snapshot } = loadFolder(join(import.meta.dirname, '../config'))

interface Asked {
  agency: string
  credential: string
  from: string
  operation: string
  user: string
  purpose: string
  case?: string
  reason?: string
  fields?: string[]
  supplied?: string[]
  at?: string
}

const education: Asked = {
  agency: 'taipei-education',
  credential: 'edu-2026a',
  from: '203.0.113.5',
  operation: 'low-income.getHouseholdStatus',
  user: 'edu-chang',
  purpose: 'school-fee-waiver',
  case: '115-EDU-000123',
}
const district: Asked = {
  agency: 'wanhua-district',
  credential: 'wanhua-jwt-1',
  from: '203.0.113.17',
  operation: 'low-income.getHouseholdAssessment',
  user: '0012002',
  purpose: 'social-assistance-review',
  case: '115-WH-000045',
  reason: '低收入戶申請審核',
}
const police: Asked = {
  agency: 'taipei-police',
  credential: 'police-jwt-1',
  from: '2001:db8:50::7',
  operation: 'protection.getProtectionOrder',
  user: 'police-hsieh',
  purpose: 'protection-order-enforcement',
  case: '北市警婦字第1150000999號',
  reason: '現場執行保護令',
}
const metro: Asked = {
  agency: 'taipei-transportation',
  credential: 'metro-2026a',
  from: '203.0.113.65',
  operation: 'disability.verifyCertificate',
  user: 'metro-gate',
  purpose: 'companion-discount',
}
const unit: Asked = {
  agency: 'social-assistance',
  credential: 'assist-jwt-1',
  from: '192.0.2.9',
  operation: 'low-income.getHouseholdAssessment',
  user: 'dosw-ho',
  purpose: 'visit-and-review',
  case: '115萬社低000001',
  reason: '定期訪視',
}
const revenue: Asked = {
  agency: 'taipei-revenue',
  credential: 'revenue-2026a',
  from: '203.0.113.97',
  operation: 'low-income.getHouseholdStatus',
  user: 'tax-tu',
  purpose: 'house-tax-relief',
  case: '115-TAX-000001',
}

/** How the example decides a call, on an ordinary Tuesday afternoon unless another time is given. */
function decided(asked: Asked): string {
  const agency = snapshot?.agencies.get(asked.agency)
  const holders = [...(snapshot?.apiKeys.values() ?? []), ...[...(snapshot?.assertionKeys.values() ?? [])].flat()]
  const holder = holders.find((each) => each.agency === agency && each.credential.id === asked.credential)
  const address = readAddress(asked.from)
  const [api = '', id = ''] = asked.operation.split('.')
  const operation = snapshot?.apis.get(api)?.operations.get(id)
  if (snapshot === undefined || holder === undefined || address === undefined || operation === undefined) return 'no such call'
  const { user, purpose, fields, supplied = [] } = asked
  const decision = decide(snapshot, {
    ...{ at: Date.parse(asked.at ?? '2026-11-24T15:00:00+08:00'), address, holder, operation, user, purpose, fields, supplied },
    ...{ case: asked.case, reason: asked.reason },
  })
  return decision.effect === 'permit' ? decision.fields.join(' ') : decision.code
}

const cases: readonly (readonly [title: string, expected: string, asked: Asked])[] = [
  [
    'education gets category, last day, names and schooling',
    'status.category status.validUntil members[].name members[].studentStatus',
    education,
  ],
  ['and may ask for less', 'status.category', { ...education, fields: ['status.category'] }],
  ['at any hour of any day', 'status.category', { ...education, fields: ['status.category'], at: '2026-11-22T03:00:00+08:00' }],
  ['also with an assertion', 'status.category', { ...education, credential: 'edu-jwt-1', fields: ['status.category'] }],
  ['not for incomes', 'fields-not-granted', { ...education, fields: ['income.monthlyPerCapita'] }],
  ['nor by a day that reveals what it may not see', 'fields-not-granted', { ...education, supplied: ['/asOf'] }],
  ['not without a case number', 'case-missing', (({ case: _, ...rest }) => rest)(education)],
  ['not by a user who left', 'user-inactive', { ...education, user: 'edu-lin' }],
  ['not by one on leave', 'user-inactive', { ...education, user: 'edu-hsu' }],
  [
    'but by her again after it',
    'status.category',
    { ...education, user: 'edu-hsu', fields: ['status.category'], at: '2027-07-01T09:00:00+08:00' },
  ],
  ['not from the office for self-service', 'network-not-allowed', { ...education, from: '198.51.100.17' }],
  ['not for the purpose of another', 'purpose-not-granted', { ...education, purpose: 'house-tax-relief' }],
  ['not for certificates', 'operation-not-granted', { ...education, operation: 'disability.verifyCertificate' }],
  ['a suspended agency gets nothing', 'agency-suspended', revenue],
  ['it got its three fields before', 'status.category status.validFrom status.validUntil', { ...revenue, at: '2026-10-14T15:00:00+08:00' }],
  ['R20: and not in its first suspension', 'agency-suspended', { ...revenue, at: '2026-05-25T15:00:00+08:00' }],
  ['R19: the delegate learns yes or no, and till when', 'validUntil companionDiscount', metro],
  ['R19: not as a user of its principal', 'user-unknown', { ...metro, user: 'dot-hsiao' }],
  ['R19: not from the network of its principal', 'network-not-allowed', { ...metro, from: '203.0.113.50' }],
  ['R19: not after its contract', 'grant-not-valid', { ...metro, at: '2027-07-01T12:00:00+08:00' }],
  ['the police get what they need on the spot', 'worker.unit worker.phone order.no order.kind order.validUntil riskLevel', police],
  ['the police need a case number of their own form', 'case-malformed', { ...police, case: '115-0001' }],
  ['shelters stay closed to them', 'fields-not-granted', { ...police, fields: ['shelter.address'] }],
  ['the online mode is not open yet', 'mode-not-available', { ...district, credential: 'wanhua-online-1' }],
  [
    'the health insurance gets its list at night',
    '[].status.category [].status.validFrom [].status.validUntil [].applicant.nationalId',
    {
      ...{
        agency: 'nhi-administration',
        credential: 'nhi-file-1',
        from: '203.0.113.33',
        operation: 'low-income.listHouseholds',
        user: 'nhi-batch',
      },
      ...{ purpose: 'premium-subsidy', case: '115-NHI-11', supplied: ['query:month', 'query:category'], at: '2026-11-24T23:30:00+08:00' },
    },
  ],
  ['R10: a using unit sees visits', 'visits[].note', { ...unit, fields: ['visits[].note'] }],
  ['but no bank account', 'fields-not-granted', { ...unit, fields: ['bankAccount.account'] }],
  ['and works at working hours', 'outside-hours', { ...unit, at: '2026-11-24T18:00:00+08:00' }],
  ['which a rest day has none of', 'outside-hours', { ...unit, at: '2026-10-26T10:00:00+08:00' }],
  ['the district sees bank accounts', 'bankAccount.account', { ...district, fields: ['bankAccount.account'] }],
  ['but no visits', 'fields-not-granted', { ...district, fields: ['visits[].note'] }],
  ['and states a reason', 'reason-missing', (({ reason: _, ...rest }) => rest)(district)],
]

t.test('the example decides as its comments say', async (t) => {
  for (const [title, expected, asked] of cases) t.equal(decided(asked), expected, title)
})
