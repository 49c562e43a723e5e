// acts.test.ts: which acts go onto the disc of an agency and a period: those of each self-audit in it, and of no other.
import t from 'tap'
import { type Act, actsOf } from '../../../src/audit/archive/acts.ts'

const acts: Act[] = []
function act(kind: string, id: string, asked: object): void {
  const index = acts.length
  const at = `2026-07-0${1 + Math.floor(index / 10)}T00:00:0${index % 10}.000Z`
  acts.push({ index, slot: 'cli', log: 'host/log/cli', entry: JSON.stringify({ asked, at, id, kind }) } as Act) // what of one is read here
}
function round(name: string, agency: string, from: string, until: string, audit = 'self-audit'): void {
  act('sample', `${name} freeze`, { act: 'freeze', agency, from, round: audit, until })
  act('sample', `${name} draw`, { act: 'draw', freeze: `${name} freeze` })
  act('report', `${name} sampled`, { about: 'round', agency, audit, from, number: name, step: 'sampled', until })
}
round('first', 'education', '2026-01', '2026-03')
round('second', 'education', '2026-04', '2026-06')
act('sample', 'seed', { act: 'seed', freezes: ['first freeze', 'second freeze'] })
round('next', 'education', '2026-07', '2026-07')
round('other', 'police', '2026-01', '2026-06')
round('hidden', 'education', '2026-02', '2026-02', 'unannounced')

const idsOf = (from: string, until: string): string[] =>
  actsOf(acts, { agency: { id: 'education' }, period: { from, until } } as Parameters<typeof actsOf>[1]).map(
    ({ entry }) => JSON.parse(entry).id,
  )

t.test('R14: a half-year that two rounds audited holds both, with the seed that they share', async (t) => {
  const own = ['first', 'second'].flatMap((name) => [`${name} freeze`, `${name} draw`, `${name} sampled`])
  t.same(idsOf('2026-01', '2026-06'), [...own, 'seed'])
})

t.test('one of them, or a month that none audited alone', async (t) => {
  t.same(idsOf('2026-04', '2026-06'), ['second freeze', 'second draw', 'second sampled', 'seed'])
  t.same(idsOf('2026-05', '2026-05'), [])
})
