// sample.test.ts: 六(一)3: a draw from frozen population to recomputed sample, on a real database, with every step that is refused.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { civilDateOf } from '../../../src/calendar.ts'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { connect } from '../../store/server.ts'
import { place, runCommand, runHere, who } from '../log/auditing.ts'
import { startHalfYear, thisMonth } from './half-year.ts'
import { recordStepAsIs } from './recorded-as-is.ts'

const { database, folder, from, until } = await startHalfYear(t)
const signer = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', '115年上半年稽核']
const document = ['--document', who.document]
const period = `${from}..${until}`
const agency = 'taipei-education'
const dice = '3 5 1 4 2 6 6 1 5 3 4 2 1 6 4 2 5 3 6 1'

const sample = (...args: string[]) => runCommand(auditCommand, 'sample', ...args)
const recompute = (...args: string[]) => runCommand(auditCommand, 'recompute', ...args)
// biome-ignore lint/suspicious/noExplicitAny: a report that is read member by member
async function done(t: Test, ...args: string[]): Promise<any> {
  const run = await sample(...args, ...signer, '--json')
  t.equal(run.error, '', args.join(' '))
  return run.error === '' ? JSON.parse(run.out) : {}
}
async function refused(t: Test, expected: RegExp, ...args: string[]): Promise<void> {
  const before = await entries()
  t.match((await sample(...args)).error, expected, args.slice(0, 4).join(' '))
  t.equal(await entries(), before, 'what is refused leaves no entry')
}
const admin = await connect(t, database.adminUrl)
const entries = async (): Promise<number> =>
  Number((await admin.query(`SELECT count(*) FROM linkage.log_entry WHERE slot = 'cli' AND entry LIKE '%"kind":"sample"%'`)).rows[0].count)
// biome-ignore lint/suspicious/noExplicitAny: an entry that is read member by member
const entry = async (index: number): Promise<any> =>
  JSON.parse((await admin.query(`SELECT entry FROM linkage.log_entry WHERE slot = 'cli' AND index = $1`, [index])).rows[0].entry)

t.test('a seed before the freeze is none: nothing is frozen that it could be for', async (t) => {
  await refused(t, /封存之後[\s\S]*thrown before a freeze is none/, 'seed', '--dice', dice, ...signer)
  await refused(t, /先封存.*freeze first/, 'draw', ...signer)
})

t.test('what is frozen is over, known, signed for, and an agency’s own', async (t) => {
  await refused(t, /尚未結束.*is not over/, 'freeze', '--period', `${from}..${thisMonth()}`, '--agency', agency, ...signer)
  await refused(t, /不定期稽核亦同.*log find/, 'freeze', '--unannounced', '--period', thisMonth(), '--agency', agency, ...signer)
  await refused(t, /--period/, 'freeze', '--period', '115H3', ...signer)
  await refused(t, /沒有此機關/, 'freeze', '--period', period, '--agency', 'nobody', ...signer)
  await refused(t, /使用單位/, 'freeze', '--period', period, '--agency', 'social-assistance', ...signer)
  await refused(t, /--unannounced/, 'freeze', '--period', period, '--agency', agency, '--user', 'edu-wu', ...signer)
  await refused(t, /--assertion/, 'freeze', '--period', period, '--agency', agency, ...place(folder))
})

t.test('六(一)3: the population is frozen by month entries, with roster and settings', async (t) => {
  const { frozen } = await done(t, 'freeze', '--period', period, '--agency', agency, 'taipei-police')
  t.equal(frozen.length, 2)
  const freeze = await entry(frozen[0].index)
  t.match(freeze, {
    kind: 'sample',
    act: 'freeze',
    asked: { act: 'freeze', agency, from, until, round: 'self-audit' },
    logs: [
      {
        slot: '1',
        months: [
          { month: from, counted: 250, counted_to: 250, records: 270 },
          { month: until, counted: 4, counted_to: 254, records: 4 },
        ],
      },
    ],
    parameters: { 'D-7': 'up', 'D-17': 100, protection: { apis: ['protection'], grants: [] } },
    roster: { count: 12 },
  })
  t.notOk('deviates' in freeze, 'the settings are those that the log committed')
  await refused(t, /已封存，不重抽/, 'freeze', '--period', from, '--agency', agency, ...signer)
  await refused(t, /尚無種子值/, 'draw', '--agency', agency, ...signer)
})

t.test('the seed is thrown after the freeze, once, for all agencies', async (t) => {
  await refused(t, /seed-malformed/, 'seed', '--dice', '1 2 3', ...signer)
  await refused(t, /seed-malformed/, 'seed', '--nonce', 'beef', ...signer)
  await refused(t, /擇一|之一/, 'seed', '--dice', dice, '--nonce', 'ab'.repeat(32), ...signer)
  await refused(t, /seed-before-freeze/, 'seed', '--dice', dice, '--thrown', '2026-01-02 10:00', ...signer)
  const { asked, seed } = await done(t, 'seed', '--dice', dice, '--witness', '政風室 林淑芬', '資訊室 王大同')
  t.match(asked, { method: 'dice', randomness: dice.replaceAll(' ', ''), witnesses: ['政風室 林淑芬', '資訊室 王大同'] })
  t.equal((await entry(seed.index)).freezes.length, 2)
  await refused(t, /沒有待擲種子值/, 'seed', '--dice', '1'.repeat(20), ...signer)
  const [id] = asked.freezes
  await refused(t, /seed-repeated/, 'seed', '--freeze', id, '--dice', '1'.repeat(20), ...signer)
  await refused(t, /seed-known/, 'seed', '--freeze', id, '--replace', '--dice', dice, ...signer, ...document)
  await refused(t, /case-missing/, 'seed', '--freeze', id, '--replace', '--dice', '1'.repeat(20), ...signer)
})

const draws = new Map<string, Awaited<ReturnType<typeof done>>>()

t.test('六(一)3: the sample meets quota and coverage, and says why each record is in it', async (t) => {
  const { drawn } = await done(t, 'draw')
  for (const each of drawn) draws.set(each.draw.agency, each)
  const { draw, index } = draws.get(agency)
  t.match(draw.months, [
    { month: from, records: 270, counted: 250, population: 238, quota: 3, drawn: 3 },
    { month: until, records: 4, counted: 4, population: 4, quota: 4, drawn: 4 },
  ])
  t.match(draw.coverage, { users: 9, withRecords: 4, need: 5, drawn: 4, reviews: 1 })
  t.equal(draw.skipped.length, 12)
  t.ok(draw.drawn.every(({ why }: { why: string[] }) => why.length > 0))
  t.equal(new Set(draw.drawn.flatMap(({ person, user }: { person?: string; user: string }) => person ?? user)).size, 4)
  t.match(await entry(index), { act: 'draw', sample: { count: draw.drawn.length }, coverage: { with_records: 4 } })
  t.match(draws.get('taipei-police').draw.protection, { drawn: 3, records: 3 }, 'D-17')
  await refused(t, /不重抽/, 'draw', '--agency', agency, ...signer)
})

t.test('an enlargement is an entry of its own, and only adds', async (t) => {
  const before = draws.get(agency).draw.drawn
  const { drawn } = await done(t, 'draw', '--agency', agency, '--more', '5')
  const [{ draw, index }] = drawn
  t.match(await entry(index), { act: 'enlarge', asked: { more: { items: 5, persons: 0 } }, enlarges: { index: draws.get(agency).index } })
  t.match(draw.months, [{ drawn: 8 }, { drawn: 4 }])
  const numbers = new Set(draw.drawn.map(({ countedSeq }: { countedSeq: number }) => countedSeq))
  t.ok(before.every(({ countedSeq }: { countedSeq: number }) => numbers.has(countedSeq)))
})

t.test('who reads it is told what was counted, and by which defaults', async (t) => {
  const run = await sample('draw', '--agency', agency, '--more-users', '1', ...signer)
  for (const expected of [
    /含拒絕之應抽/,
    /D-7 up/,
    /D-10 served-and-not-found/,
    /依提供方式 by mode: api 254/,
    /帳號清查 2 人/,
    /樣本（聯集）/,
  ])
    t.match(run.out, expected)
})

t.test('R11b: the department draws of one person, at any time, beside the self-audit', async (t) => {
  const { frozen } = await done(
    t,
    'freeze',
    '--period',
    from,
    '--agency',
    agency,
    '--unannounced',
    '--user',
    'edu-chang',
    '--method',
    'nonce',
  )
  t.same(frozen[0].asked.seed, { method: 'nonce' })
  await refused(t, /--freeze/, 'seed', '--nonce', '0123456789abcdef'.repeat(4), ...signer)
  const [{ id: own }] = JSON.parse((await sample('list', ...place(folder).slice(0, 2), '--json')).out).freezes
  const both = ['--freeze', own, frozen[0].id, '--replace']
  await refused(t, /單獨擲出/, 'seed', '--nonce', '0123456789abcdef'.repeat(4), ...both, ...signer, ...document)
  await refused(
    t,
    /封存時載明以 nonce 擲出.*\[seed-of-other-method\]/,
    'seed',
    '--dice',
    '6'.repeat(20),
    '--freeze',
    frozen[0].id,
    ...signer,
  )
  await done(t, 'seed', '--nonce', '0123456789abcdef'.repeat(4), '--freeze', frozen[0].id)
  const { drawn } = await done(t, 'draw', '--freeze', frozen[0].id)
  const [{ draw }] = drawn
  t.equal(draw.round, 'unannounced')
  t.match(draw.months, [{ counted: 250, population: 159, quota: 2, drawn: 2 }], 'of both accounts of the person')
  t.ok(draw.drawn.every(({ person }: { person: string }) => person === 'EDU0001'))
})

t.test('R11b: … or of the records about one person, by the tag that entries have', async (t) => {
  const { frozen } = await done(t, 'freeze', '--period', from, '--agency', agency, '--unannounced', '--subject', 'ab'.repeat(16))
  await done(t, 'seed', '--dice', '6 5 4 3 2 1 6 5 4 3 2 1 6 5 4 3 2 1 6 5', '--freeze', frozen[0].id)
  const { drawn } = await done(t, 'draw', '--freeze', frozen[0].id)
  t.match(drawn[0].draw.months, [{ counted: 250, population: 238, quota: 3 }])
  draws.set('about one', drawn[0])
})

t.test('a month that cannot be frozen again is, by order and document', async (t) => {
  const [{ id }] = JSON.parse((await sample('list', ...place(folder).slice(0, 2), '--json')).out).freezes
  await refused(t, /case-missing/, 'freeze', '--period', period, '--agency', agency, '--replaces', id, ...signer)
})

t.test('anyone recomputes: from the database, and offline from an export of whole logs', async (t) => {
  const here = await recompute('--database', database.auditorUrl, '--json')
  t.equal(here.error, '')
  t.same([here.code, JSON.parse(here.out).findings, JSON.parse(here.out).unchecked], [0, [], []])
  const months = JSON.parse(here.out).draws.flatMap((each: { months: { equal: boolean }[] }) => each.months)
  t.ok(months.length > 8 && months.every(({ equal }: { equal: boolean }) => equal))
  const out = join(folder, 'whole')
  const exported = await runHere('export', '--out', out, '--form', 'tiles', ...signer)
  t.equal(exported.error, '')
  const there = await recompute(out)
  t.same([there.code, there.error], [1, ''], 'of one person the roster is needed, which an export does not hold')
  t.match(there.out, /相符 equal/)
  t.match(there.out, /only some records are drawn from/)
  t.match(
    there.out,
    /未核對 not checked：槽 cli 第 [\d、]+ 筆：此處沒有封存之清冊[^\n]*\[roster-absent\]/,
    'what is not checked is said by name',
  )
  const shown = JSON.parse((await recompute(out, '--json')).out)
  const about = shown.draws.find((each: { draw: { index: number } }) => each.draw.index === draws.get('about one').index)
  t.same(
    about.months.map(({ equal }: { equal: boolean }) => equal),
    [true],
    'about one person its entries alone tell',
  )
  t.ok(
    shown.unchecked.some(
      (each: object) => JSON.stringify(each) === JSON.stringify({ slot: 'cli', index: about.draw.index, code: 'list-absent' }),
    ),
  )
  t.match((await runHere('verify', out)).out, /未核對 not checked：槽 cli 第 [\d、]+ 筆：此處沒有抽樣清單/)
})

t.test('logs with draws verify', async (t) => {
  const run = await runHere('verify', '--database', database.auditorUrl)
  t.same([run.code, run.error], [0, ''], run.out)
})

t.test('a round that was approved with less than the law asks is found by whoever recomputes, in a database and offline', async (t) => {
  const round = { about: 'round', day: civilDateOf(Date.now()), number: 'taipei-education-115' }
  const { id, index, log } = draws.get(agency)
  const sampled = { ...round, step: 'sampled', agency, audit: 'self-audit', from, until, sample: { id, index, log } }
  const before = await recompute('--database', database.auditorUrl)
  t.match(before.out, /簽章.*linkage log verify/, 'and is told what is not looked at')
  for (const asked of [sampled, { ...round, step: 'approved', acting: false, name: '王小明', title: '局長' }])
    await recordStepAsIs({ folder }, asked, Buffer.from(''))
  const here = await recompute('--database', database.auditorUrl, '--json')
  const found = (json: string): string[] =>
    JSON.parse(json).findings.map(({ code, found }: { code: string; found: string }) => `${code} ${found}`)
  t.same([here.code, found(here.out)], [1, ['round-mismatch an approval without results']])
  const out = join(folder, 'with rounds')
  t.equal((await runHere('export', '--out', out, '--form', 'tiles', ...signer)).error, '')
  t.same(found((await recompute(out, '--json')).out), ['round-mismatch an approval without results'])
})

t.test('a draw that somebody changed is found, whatever they have the keys of', async (t) => {
  const { index } = draws.get(agency)
  const before = await entry(index)
  const changed = { ...before, months: [{ ...before.months[0], digest: '0'.repeat(64) }, before.months[1]] }
  await spoil(index, JSON.stringify(changed))
  const again = await recompute('--database', database.auditorUrl)
  t.equal(again.code, 1)
  t.match(again.out, /不符 different/)
  t.match(again.out, /sample-draw/)
  const verified = await runHere('verify', '--database', database.auditorUrl)
  t.match(verified.out, /sample-draw/)
})

/** As whoever may do everything: the stored hash goes with the entry. */
async function spoil(index: number, text: string): Promise<void> {
  const { rows } = await admin.query(`SELECT tableoid::regclass::text AS name FROM linkage.log_entry WHERE slot = 'cli' AND index = $1`, [
    index,
  ])
  const { name } = rows[0]
  await admin.query(`ALTER TABLE ${name} DISABLE TRIGGER ALL`)
  await admin.query(
    `UPDATE ${name} SET entry = $2, leaf_hash = sha256('\\x00'::bytea || convert_to($2, 'UTF8')) WHERE slot = 'cli' AND index = $1`,
    [index, text],
  )
}
