// supplement.test.ts: records that came to light behind a draw: drawn in addition, and once only, however often a supplement is frozen anew.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { canonicalJson } from '../../../src/canonical.ts'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { loadFolder } from '../../../src/policy/load.ts'
import { education, newId, WritingLog } from '../../verifier/written-log.ts'
import { place, runCommand, runHere, who } from '../log/auditing.ts'
import { at, monthsAgo, startHalfYear } from './half-year.ts'
import { storePart } from './written-log-here.ts'

const { database, folder, from, until } = await startHalfYear(t)
const signer = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', '115年上半年稽核']
const document = ['--document', who.document]

/** A gateway whose log was restored from an older copy: of the months of the round it holds nothing until the rest is brought back. */
async function lateLog(): Promise<{ readonly writing: WritingLog; readonly restored: number }> {
  const { audit, snapshot } = loadFolder(join(folder, 'config'))
  if (snapshot === undefined || audit === undefined) throw new Error('the example does not load')
  const writing = new WritingLog({ heads: [], parameters: JSON.parse(canonicalJson({ audit })), slot: '2' })
  const query = (user: string) => writing.query(education, true, newId(), { user })
  writing.batch(at(monthsAgo(4), 1), writing.opening(), await writing.key())
  writing.batch(at(monthsAgo(4), 1, 1), writing.policy(snapshot.digest))
  const restored = writing.size
  writing.batch(at(monthsAgo(3), 5), ...Array.from({ length: 30 }, (_, nth) => query(nth % 2 === 0 ? 'edu-lin' : `late-${nth}`)))
  writing.batch(at(monthsAgo(2), 5), ...Array.from({ length: 6 }, () => query('edu-wu')))
  writing.batch(at(monthsAgo(1), 1), await writing.key())
  return { writing, restored }
}

const sample = (...args: string[]) => runCommand(auditCommand, 'sample', ...args)
// biome-ignore lint/suspicious/noExplicitAny: a report that is read member by member
async function done(t: Test, ...args: string[]): Promise<any> {
  const run = await sample(...args, ...signer, '--json')
  t.equal(run.error, '', args.join(' '))
  return run.error === '' ? JSON.parse(run.out) : {}
}
async function refused(t: Test, expected: RegExp, ...args: string[]): Promise<void> {
  t.match((await sample(...args, ...signer)).error, expected, args.slice(0, 4).join(' '))
}
/** Throws for what is frozen, and draws it. */
async function drawn(t: Test, id: string, digit: string) {
  await done(t, 'seed', '--freeze', id, '--dice', digit.repeat(20))
  const { drawn } = await done(t, 'draw', '--freeze', id)
  return drawn[0].draw
}
// biome-ignore lint/suspicious/noExplicitAny: as above
const frozen = async (t: Test, ...args: string[]): Promise<any> => (await done(t, 'freeze', ...args)).frozen[0]
const monthsOf = ({ logs }: { logs: { slot: string; months: { month: string; counted: number; countedTo: number }[] }[] }) =>
  logs.flatMap(({ months, slot }) => months.map(({ counted, countedTo, month }) => `${slot} ${month} ${counted}→${countedTo}`))
async function holds(t: Test): Promise<void> {
  const again = await runCommand(auditCommand, 'recompute', '--database', database.auditorUrl, '--json')
  t.same([again.code, again.error, JSON.parse(again.out).findings], [0, '', []], 'recomputed')
  const verified = await runHere('verify', '--database', database.auditorUrl)
  t.same([verified.code, verified.error], [0, ''], verified.out)
}

const { restored, writing } = await lateLog()
await storePart(database, writing, 0, restored)
let [first, late, anew] = ['', '', '']
const lateMonths = [`2 ${from} 30→30`, `2 ${until} 6→36`]

t.test('what comes to light behind a draw is drawn in addition', async (t) => {
  const freeze = await frozen(t, '--period', `${from}..${until}`, '--agency', education)
  t.same(monthsOf(freeze), [`1 ${from} 250→250`, `1 ${until} 4→254`])
  first = freeze.id
  await drawn(t, first, '1')
  await refused(t, /Nothing came to light/, 'freeze', '--supplements', first)
  await storePart(database, writing, restored, writing.size)
  // Two at once: the second counts behind the first, or is asked to be run again.
  const both = await Promise.all(Array.from({ length: 2 }, () => sample('freeze', '--supplements', first, ...signer, '--json')))
  const [one, other] = both.toSorted((a, b) => a.error.length - b.error.length)
  t.equal(one?.error, '')
  t.match(other?.error, /in between|Nothing came to light/)
  const [supplement] = JSON.parse(one?.out ?? '').frozen
  t.same(monthsOf(supplement), lateMonths)
  late = supplement.id
  await refused(t, /Nothing came to light/, 'freeze', '--supplements', first)
})

t.test('a supplement that is frozen anew holds the same records: what it replaces counts neither as drawn nor as audited', async (t) => {
  const before = await drawn(t, late, '2')
  const freeze = await frozen(t, '--supplements', first, '--replaces', late, ...document)
  t.same(monthsOf(freeze), lateMonths)
  anew = freeze.id
  const after = await drawn(t, anew, '3')
  const lawful = ({ coverage, months }: typeof before) => [
    coverage,
    months.map(({ drawn, population, quota }: { drawn: number; population: number; quota: number }) => [population, quota, drawn]),
  ]
  t.same(lawful(after), lawful(before), 'quota and need are those of the first time')
  t.ok(before.coverage.need > 0, 'and there is a need to be met')
  await holds(t)
})

t.test('an enlargement of late records only adds, whatever of the first draw was enlarged meanwhile', async (t) => {
  await done(t, 'draw', '--freeze', first, '--more-users', '4')
  const { drawn } = await done(t, 'draw', '--freeze', anew, '--more', '1')
  t.match(drawn[0].draw, { coverage: { need: 7 }, months: [{ drawn: 2 }, { drawn: 2 }] })
  await holds(t)
})

t.test('a supplement that was never drawn is frozen anew all the same, and is not drawn any more', async (t) => {
  const second = await frozen(t, '--supplements', first, '--replaces', anew, ...document)
  await done(t, 'seed', '--dice', '4'.repeat(20))
  const third = await frozen(t, '--supplements', first, '--replaces', second.id, ...document)
  t.same(monthsOf(third), lateMonths)
  await refused(t, /Nothing is to be drawn/, 'draw')
  await done(t, 'seed', '--dice', '5'.repeat(20))
  const { drawn } = await done(t, 'draw')
  t.equal(drawn.length, 1)
  await refused(t, /Nothing came to light/, 'freeze', '--supplements', first)
  await holds(t)
})

t.test('a population that was frozen anew takes in what was late: nothing is added to the old one', async (t) => {
  const freeze = await frozen(t, '--period', `${from}..${until}`, '--agency', education, '--replaces', first, ...document)
  t.same(monthsOf(freeze), [`1 ${from} 250→250`, `1 ${until} 4→254`, ...lateMonths])
  await refused(t, new RegExp(`已由 ${freeze.id} 取代.*--supplements ${freeze.id}`), 'freeze', '--supplements', first)
  await drawn(t, freeze.id, '6')
  const { freezes } = JSON.parse((await sample('list', ...place(folder).slice(0, 2), '--json')).out)
  t.same(
    freezes.flatMap((each: { id: string; replaced: boolean }) => (each.replaced ? [] : [each.id])),
    [freeze.id],
    'nor does what was added to it stand',
  )
  await holds(t)
})
