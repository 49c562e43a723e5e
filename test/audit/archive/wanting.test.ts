// wanting.test.ts: what an archive lacks is told by months: which of them no approved audit of the agency covers.
import t from 'tap'
import { wantingOf } from '../../../src/audit/archive/wanting.ts'
import type { Round } from '../../../src/audit/rounds.ts'

const round = (number: string, own: Partial<Round>): Round => ({
  agency: 'taipei-education',
  archivings: [],
  audit: 'self-audit',
  auditors: [],
  from: '2026-01',
  lastDay: '2026-07-01' as never, // no rule looks at it here
  number,
  samples: [],
  sent: [],
  state: 'in-audit',
  steps: [],
  until: '2026-06',
  ...own,
})
const facts = { agency: { id: 'taipei-education', code: '', name: '' }, period: { from: '2026-05', until: '2026-06' } }
const wanting = (files: number, ...rounds: readonly Round[]) => wantingOf(facts, new Map(rounds.map((each) => [each.number, each])), files)

t.test('六(一)7: files and an approved audit of every month leave nothing wanting', async (t) => {
  t.same(wanting(1, round('a', { state: 'approved' })), [])
  t.same(wanting(1, round('a', { state: 'on-record', until: '2026-05' }), round('b', { state: 'sent', from: '2026-06' })), [])
})

t.test('六(一)7: what is wanting is named', async (t) => {
  t.match(wanting(0, round('a', { state: 'archived' })), [/^未附任何檔案/])
  t.match(wanting(1), [/^115年5月、115年6月 之稽核尚未核定（沒有稽核/])
  t.match(wanting(1, round('a', {})), [/（a 稽核中）/])
  t.match(wanting(1, round('a', { state: 'approved', until: '2026-05' })), [/^115年6月 之/])
  t.match(wanting(1, round('a', { state: 'approved', agency: 'taipei-police' }), round('b', { state: 'withdrawn' })), [/沒有稽核/])
})

t.test('R11b: an audit that is hidden from the agency is not told; one that was released counts', async (t) => {
  const hidden = round('hidden', { audit: 'unannounced' })
  t.notMatch(wanting(1, hidden).join(), /hidden/)
  t.same(wanting(1, { ...hidden, released: '2026-07-01' as never, state: 'approved' }), [])
})
