// unused-networks.test.ts: R2: a range that was open for ninety days and from which nobody called is told, and no other.
import t from 'tap'
import { type Caller, unusedNetworks } from '../../src/policy/unused-networks.ts'
import { AGENCY, edit, type Files, load } from './good-folder.ts'
import { day } from './rules.ts'

const [inUse, six, delegates] = ['education 203.0.113.0/28', 'education 2001:db8:1::/48', 'edu-vendor 203.0.113.32/28']
const today = '2026-11-24'
const own: Caller = { agency: 'education', address: '203.0.113.9' }

/** The first range, of two lines: the later one from a day, the earlier one up to another. */
const renewed = (from: string, until: string, earlier = '203.0.113.0/28'): Files =>
  edit(
    AGENCY,
    '  - {cidr: 203.0.113.0/28, note: 機房出口, from: 2026-01-05,',
    `  - {cidr: ${earlier}, from: 2026-01-05, until: ${until}, document: 北市社資字第1150000123號}\n  - {cidr: 203.0.113.0/28, note: 機房出口, from: ${from},`,
  )

// biome-ignore format: a table
const rows: readonly (readonly [title: string, callers: readonly Caller[], told: readonly string[], changes?: Files, on?: string])[] = [
  ['nobody called', [], [inUse, six, delegates]],
  ['one range is used', [own], [six, delegates]],
  ['every range is used', [own, { agency: 'education', address: '2001:db8:1:7::9' }, { agency: 'education', delegate: 'edu-vendor', address: '203.0.113.33' }], []],
  ['an address beside it', [{ ...own, address: '203.0.113.16' }], [inUse, six, delegates]],
  ['another agency from the same address', [{ ...own, agency: 'police' }], [inUse, six, delegates]],
  ['the delegate from a range of the agency', [{ ...own, delegate: 'edu-vendor' }], [inUse, six, delegates]],
  ['another delegate from that of one', [{ agency: 'education', delegate: 'edu-sub', address: '203.0.113.33' }], [inUse, six, delegates]],
  ['an address that is none', [{ ...own, address: 'unknown' }], [inUse, six, delegates]],
  ['opened eighty-nine days ago', [], [six, delegates], edit(AGENCY, '203.0.113.0/28, note: 機房出口, from: 2026-01-05', '203.0.113.0/28, note: 機房出口, from: 2026-08-27')],
  ['opened ninety days ago', [], [inUse, six, delegates], edit(AGENCY, '203.0.113.0/28, note: 機房出口, from: 2026-01-05', '203.0.113.0/28, note: 機房出口, from: 2026-08-26')],
  ['renewed a month ago, from the day after', [], [inUse, six, delegates], renewed('2026-10-24', '2026-10-23')],
  ['a part of a wider range that was open before', [], [inUse, six, delegates], renewed('2026-10-24', '2026-11-01', '203.0.113.0/27')],
  ['opened again after a day on which it was closed', [], [six, delegates], renewed('2026-10-24', '2026-10-22')],
  ['a renewal that is yet to come', [], [inUse, six, delegates], renewed('2026-12-01', '2026-11-30')],
  ['on the last day of one', [], [inUse, six, delegates], {}, '2026-12-31'],
  ['on the day after', [], [inUse, six], {}, '2027-01-01'],
]
for (const [title, callers, told, changes = {}, on = today] of rows) {
  t.test(title, async (t) => {
    const found = unusedNetworks(load(changes), day(on), callers)
    t.same(
      found.map((each) => each.found),
      told,
    )
    t.ok(
      found.every(({ code, file, line, severity }) => code === 'network-unused' && file === AGENCY && line > 1 && severity === 'warning'),
    )
  })
}

t.test('of a folder that was not loaded nothing is told', async (t) => {
  t.same(unusedNetworks({ place: () => undefined }, day(today), []), [])
})
