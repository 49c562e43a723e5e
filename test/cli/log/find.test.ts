// find.test.ts: people telephone with a time and an address: calls found, and what a leak exposed, once who asks is recorded.
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readTime } from '../../../src/cli/log/find-asked.ts'
import { tableText } from '../../../src/cli/log/terminal-table.ts'
import { rosterCommand } from '../../../src/cli/roster/command.ts'
import { widthOf } from '../../../src/cli/terminal-text.ts'
import type { FindStore } from '../../../src/querylog/find.ts'
import type { MadeAgency } from '../../end-to-end/configuration.ts'
import { ask, identifierOf, leftBy, lines, readAll, startFiles } from '../../end-to-end/files.ts'
import { answering } from '../../end-to-end/welfare.ts'
import { isValidIdentifier } from '../../identifiers.ts'
import { acts, place, runCommand, runHere, signing, who } from './auditing.ts'

let several: MadeAgency | undefined
const department = await startFiles(t, (configuration) => {
  several = configuration.addAgency('asking-several', (file) => {
    const granted = { operations: ['batchHouseholdStatus'], fields: ['[].nationalId', '[].status.category'] }
    for (const [member, value] of Object.entries(granted)) file.setIn(['grants', 0, member], file.createNode(value))
  })
})
const { folder, welfare, serving } = department
const { log } = serving.process.gateway
const mine = signing(department)
const agency = 'taipei-education'
const from = '203.0.113.5'
const unknownKey = `lk_${'A'.repeat(43)}`

// Refusals of one minute, whose beginning is well behind them.
while (Date.now() % 60_000 < 2_000 || Date.now() % 60_000 > 55_000) await sleep(200)
const served = await department.call(department.education)
await department.call(department.education, { headers: { 'linkage-user': 'edu-nobody' } })
await department.call({ ...department.education, address: '203.0.113.6' }, { headers: { 'linkage-purpose': 'nothing-like-that' } })
await department.call({ key: unknownKey, address: from })
await department.call({ key: unknownKey, address: from })
await department.call({ key: unknownKey, address: '2001:db8:0:100::7' })
await department.call({ key: unknownKey, address: '192.0.2.200' })
await log.refusals.flush()
const households = welfare.script
welfare.script = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.end(lines(1_200))
}
const list = await ask(department)
await readAll(list)
await leftBy(department, list)
welfare.script = households

async function searched(): Promise<void> {
  while ((await serving.store.search.fill(1_000)) > 0);
}
await searched()

const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
const actsSoFar = async (): Promise<number> => (await acts(department)).filter(({ entry }) => entry.kind === 'export').length

// biome-ignore lint/suspicious/noExplicitAny: a report that is read member by member
async function find(...args: readonly string[]): Promise<any> {
  const run = await runHere('find', ...mine, '--json', ...(args.includes('--from') ? [] : ['--from', today]), ...args)
  t.equal(run.error, '')
  t.equal(run.code, 0)
  return JSON.parse(run.out)
}
const codes = (report: { calls: { entry: { code: string } }[] }): string[] => report.calls.map(({ entry }) => entry.code)

t.test('by agency, address, account, credential and time; only refusals where so asked', async (t) => {
  const all = await find('--agency', agency)
  t.same(codes(all), ['released', 'user-unknown', 'purpose-not-granted'])
  t.match(all.calls[0], { slot: '1', entry: { id: served.header('request-id'), address: from, user: 'edu-chang' }, completion: null })
  t.notOk('sealed' in all.calls[0].entry)
  t.equal(all.more, false)
  t.same(codes(await find('--agency', agency, '--refused')), ['user-unknown', 'purpose-not-granted'])
  t.same(codes(await find('--address', from)), ['released', 'user-unknown'])
  t.same(codes(await find('--address', ' ２０３.０.１１３.５ ')), ['released', 'user-unknown'], 'in full width')
  t.same(codes(await find('--account', 'ＥＤＵ-CHANG')), ['released', 'purpose-not-granted'], 'an account in any spelling')
  t.same(codes(await find('--account', 'edu-nobody')), ['user-unknown'], 'who is on no roster, too')
  t.same(codes(await find('--credential', 'edu-2026a', '--refused', '--address', '203.0.113.6')), ['purpose-not-granted'])
  t.same(codes(await find('--agency', agency, '--to', '2020-01-01', '--from', '2019-12-31')), [])
  const { calls } = await find('--agency', 'nhi-administration')
  t.match(calls, [{ entry: { mode: 'file', address: '203.0.113.33' }, completion: { outcome: 'whole', rows: 1_200 } }])
})

t.test('a minute in Taipei finds that minute, and none beside it', async (t) => {
  const at = Date.parse((await find('--agency', agency)).calls[0].entry.at)
  const minute = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
  t.ok(codes(await find('--agency', agency, '--from', minute(at), '--to', minute(at))).includes('released'))
  t.notOk(codes(await find('--agency', agency, '--from', minute(at + 60_000))).includes('released'))
  t.notOk(codes(await find('--agency', agency, '--from', '2019-12-31', '--to', minute(at - 60_000))).includes('released'))
})

t.test('what was refused before anybody was known is found by address and minute, and for an agency by its networks', async (t) => {
  const counted = ({ refusals }: { refusals: { address?: string; code: string; count: number }[] }): string[] =>
    refusals.map(({ address, code, count }) => `${address} ${code} ${count}`).sort()
  t.same(counted(await find('--address', from)), [`${from} credentials-invalid 2`])
  t.same(counted(await find('--address', '2001:db8:0:100::9')), ['20010db800000100::/64 credentials-invalid 1'], 'IPv6 by its /64')
  t.same(counted(await find('--agency', agency)), ['20010db800000100::/64 credentials-invalid 1', `${from} credentials-invalid 2`])
  t.ok(counted(await find()).includes('192.0.2.200 network-not-allowed 1'))
  t.same(counted(await find('--account', 'edu-chang')), [], 'of none of them it is known who it was')
  t.same(counted(await find('--address', from, '--from', '2019-12-31', '--to', '2020-01-01')), [])
})

t.test('more than were asked for is said, and nothing is left out in between', async (t) => {
  const report = await find('--agency', agency, '--most', '2')
  t.same([codes(report), report.more], [['released', 'user-unknown'], true])
  const exact = await find('--agency', agency, '--most', '3')
  t.same([exact.calls.length, exact.more], [3, false])
})

t.test('R22: who looked, for what and why is committed before anything is read', async (t) => {
  const before = await actsSoFar()
  const report = await find('--address', from, '--refused', '--from', `${today} 00:00`, '--to', today)
  const act = (await acts(department)).at(-1)
  t.equal(await actsSoFar(), before + 1)
  t.match(act?.entry, {
    kind: 'export',
    user: who.account,
    reason: who.reason,
    asked: {
      address: from,
      form: 'find',
      refused: true,
      since: new Date(Date.parse(`${today}T00:00:00+08:00`)).toISOString(),
      before: new Date(Date.parse(`${today}T00:00:00+08:00`) + 86_400_000).toISOString(),
    },
  })
  t.same(report.entries, [{ id: act?.entry.id, index: act?.index, log: 'linkage.test/log/cli' }])
  const read = act?.entry.logs as { slot: string; from: number; to: number; size: number }[] // as the entry's builder wrote them
  t.match(
    read.find(({ slot }) => slot === '1'),
    { from: 0, to: department.size, size: department.size },
  )
})

t.test('R22: nothing is shown that stands behind what the act says was read: no call, completion, subjects or refusals', async (t) => {
  const all = await department.records()
  const placeOf = (kind: string): number => all.find(({ entry }) => entry.kind === kind)?.index ?? 0
  const since = Date.now() - 86_400_000
  async function within<T>(sizes: Readonly<Record<string, number>>, read: (store: FindStore) => Promise<T>): Promise<T> {
    const find = serving.store.openFind(new Map(Object.entries(sizes)))
    try {
      return await read(find)
    } finally {
      await find.close()
    }
  }
  const calls = (store: FindStore) => store.calls({ since }, undefined, 100)
  const indexes = async (of: AsyncIterable<{ readonly index: number }>): Promise<number[]> => {
    const found: number[] = []
    for await (const { index } of of) found.push(index)
    return found
  }

  const file = all.findLast(({ entry }) => entry.kind === 'query' && entry.mode === 'file')?.index ?? 0
  const beyond = (await within({ 1: file }, calls)).map(({ index }) => index)
  t.ok(beyond.length > 0 && beyond.every((index) => index < file), 'calls')
  const completion = all.find(({ entry }) => entry.kind === 'completion')?.index ?? 0
  t.match((await within({ 1: completion }, calls)).at(-1), { index: file, completion: undefined }, 'a completion')
  t.match((await within({ 1: completion + 1 }, calls)).at(-1), { completion: String, completedAt: completion })
  const [subjects, refusals] = [placeOf('subjects'), placeOf('refusals')]
  t.same(await within({ 1: subjects }, (store) => indexes(store.subjects('1', [file]))), [])
  t.same(await within({ 1: subjects + 1 }, (store) => indexes(store.subjects('1', [file]))), [subjects])
  t.same(await within({ 1: refusals }, (store) => indexes(store.refusals(since, undefined))), [])
  t.same(await within({ 1: refusals + 1 }, (store) => indexes(store.refusals(since, undefined))), [refusals])
  t.same(await within({ cli: 1_000_000 }, calls), [], 'of a log that was not there')
})

t.test('R22: refusals are counted in entries behind the time that is asked for, and the act says so', async (t) => {
  const counted = (await department.records()).find(({ entry }) => entry.kind === 'refusals')
  const second = new Date(Date.parse(String(counted?.entry.at)) - 1_000).toISOString().slice(0, 19)
  const report = await find('--from', `${second.slice(0, 16)}Z`, '--to', `${second}Z`)
  const read = (await acts(department)).at(-1)?.entry.logs as { slot: string; to: number }[] // as the entry's builder wrote them
  const to = read.find(({ slot }) => slot === '1')?.to ?? 0
  t.ok(report.refusals.length > 0)
  t.ok(
    report.refusals.every(({ index }: { index: number }) => index < to),
    'what is shown was read',
  )
  await find('--from', `${second.slice(0, 16)}Z`, '--to', `${second}Z`, '--account', 'edu-chang')
  const without = (await acts(department)).at(-1)?.entry.logs as { slot: string; to: number }[] // likewise
  t.ok((without.find(({ slot }) => slot === '1')?.to ?? 0) <= (counted?.index ?? 0), 'for an account none is read')
})

async function refused(t: Test, title: string, expected: RegExp, ...args: string[]): Promise<void> {
  const before = await actsSoFar()
  const run = await runHere(...args)
  t.match(run.error, expected, title)
  t.equal(run.out, '', `${title}: nothing is shown`)
  t.equal(await actsSoFar(), before, `${title}: no act is recorded`)
}

t.test('asked wrongly, or by nobody, nothing is shown and nothing recorded', async (t) => {
  const since = ['--from', today]
  await refused(t, 'nobody', /Prove that an auditor asks/, 'find', ...place(folder), ...since)
  await refused(t, 'since never', /--from/, 'find', ...mine)
  await refused(t, 'no address', /--address: .*found 203\.0\.113/, 'find', ...mine, ...since, '--address', '203.0.113')
  await refused(t, 'a network', /--address/, 'find', ...mine, ...since, '--address', '203.0.113.0/28')
  await refused(t, 'no day', /--from: .*found yesterday/, 'find', ...mine, '--from', 'yesterday')
  await refused(t, 'no such day', /--from/, 'find', ...mine, '--from', '2026-02-29')
  await refused(t, 'no such time', /--from/, 'find', ...mine, '--from', `${today} 24:00`)
  await refused(t, 'the end first', /before the beginning/, 'find', ...mine, '--from', today, '--to', '2020-01-01')
  for (const most of ['0', '1.5']) await refused(t, `--most ${most}`, /--most/, 'find', ...mine, ...since, '--most', most)
  await refused(t, 'since never', /--since/, 'exposure', ...mine, '--credential', 'edu-2026a')
  const assertion = join(folder, `${randomUUID()}.jwt`)
  const auditor = { credential: 'ethics-lin', issuer: 'ethics-office', user: who.account, path: '', body: '' }
  const claims = { purpose: undefined, case: undefined, reason: who.reason, htm: 'COMMAND', htu: 'http://linkage.test/commands/log-find' }
  writeFileSync(assertion, await department.sign({ ...auditor, claims }))
  await refused(t, 'for another search', /body_sha256/, 'find', ...place(folder), '--assertion', assertion, ...since)
})

t.test('people read a table with Chinese and English headings; where search is behind it says how far', async (t) => {
  await department.call(department.education)
  const run = await runHere('find', ...mine, '--from', today, '--agency', agency)
  t.equal(run.error, '')
  t.match(run.out, /^時間 +機關 +使用者 +來源位址 +作業 +結果 +槽\/序號 +紀錄編號$/m)
  t.match(run.out, /^time +agency +user +address +operation +result +slot\/index +Request-Id$/m)
  t.match(
    run.out,
    new RegExp(
      `^${today} \\d\\d:\\d\\d:\\d\\d +${agency} +edu-chang +${from.replaceAll('.', '\\.')} +low-income .* 200 released +1/\\d+ +[0-9a-f-]{36}$`,
      'm',
    ),
  )
  t.match(run.out, /^彙計之拒絕 refusals that were only counted$/m)
  t.match(run.out, /^已記入 recorded: linkage\.test\/log\/cli 第 \d+ 筆$/m)
  await searched()
  const none = await runHere('find', ...mine, '--from', today, '--account', 'nobody-at-all')
  t.match(none.out, /沒有符合之紀錄 no call was found/)
})

t.test('R23: what left through a credential: calls, addresses, users, fields, rows, persons', async (t) => {
  await searched()
  const expose = async (...args: string[]) => {
    const run = await runHere('exposure', ...mine, '--json', '--since', today, ...args)
    t.equal(run.error, '')
    return JSON.parse(run.out)
  }
  const leak = await expose('--credential', 'edu-2026a')
  t.match(leak, { calls: 4, released: 2, rows: 2, asked: { credential: 'edu-2026a', form: 'exposure' } })
  const told = (name: string): unknown[] => leak[name].map((each: Record<string, unknown>) => [each.name, each.calls, each.released])
  t.same(told('addresses'), [
    [from, 3, 2],
    ['203.0.113.6', 1, 0],
  ])
  t.same(told('users'), [
    ['edu-chang', 3, 2],
    ['edu-nobody', 1, 0],
  ])
  t.ok(
    told('fields').some((each) => JSON.stringify(each) === JSON.stringify(['status.category', 2, 2])),
    JSON.stringify(told('fields')),
  )
  t.equal(leak.persons.length, 1, 'one subject, asked about twice')
  t.match(leak.persons[0], { agency, kind: 'tw-national-id', calls: 2, slot: '1', tag: /^[0-9a-f]{32}$/ })
  const act = (await acts(department)).at(-1)
  t.match(act?.entry, { kind: 'export', asked: { form: 'exposure', credential: 'edu-2026a' }, user: who.account })

  const file = await expose('--agency', 'nhi-administration')
  t.match(file, { calls: 1, released: 1, rows: 1_200 })
  t.equal(file.persons.length, new Set(Array.from({ length: 1_200 }, (_, at) => identifierOf(at))).size, 'everybody of a stream')
  t.same(
    (await expose('--credential', 'edu-2026a', '--until', '2026-01-01', '--since', '2025-12-31')).persons,
    [],
    'of another time nobody',
  )
  const { out } = await runHere('exposure', ...mine, '--since', today, '--credential', 'edu-2026a')
  const served = leak.untold.map(({ index }: { index: number }) => index)
  t.equal(served.length, 2)
  t.same(leak.untold, served.map((index: number) => ({ log: 'linkage.test/log/1', slot: '1', index, why: 'sealed', open: index }))) // biome-ignore format: short
  t.match(out, /注意：以上可能少計當事人.*\n {2}2 次呼叫之回覆可能另涉及未放行其號碼之人/)
  t.match(out, new RegExp(`\n    linkage log open 1 ${served.join(' ')}\n\n`))
  t.same(file.untold, [], 'a file names everybody whom it is about')
  t.match(out, /呼叫 calls 4，紀錄 records 4，放行 released 2，筆數 rows 2，當事人 persons 1/)
  t.match(out, /linkage log open 1 \d+\n/)
})

t.test('a call about several people exposed its rows once, and each person once', async (t) => {
  if (several === undefined) throw new Error('the agency was not made')
  const asked = Array.from({ length: 1_000 }, (_, at) => identifierOf(at))
    .filter(isValidIdentifier)
    .slice(0, 4)
  const rows = asked.slice(0, 3).map((nationalId) => ({ nationalId, status: { category: '低收入戶第2類' } }))
  welfare.script = answering(JSON.stringify(rows))
  const body = JSON.stringify({ nationalIds: asked })
  t.equal((await department.call(several, { path: '/low-income/households/status/batch', body })).status, 200)
  welfare.script = households
  await searched()
  const run = await runHere('exposure', ...mine, '--json', '--since', today, '--agency', several.id)
  const leak = JSON.parse(run.out)
  t.match(leak, { calls: 1, records: 4, released: 1, rows: 3, operations: [{ calls: 1, released: 1 }] })
  t.same(leak.untold, [], 'everybody whom its rows are about is named')
  t.same(
    leak.persons.map(({ calls }: { calls: number }) => calls),
    [1, 1, 1, 1],
  )
})

t.test('R6: an import lists the calls behind a last day that had passed, once it is recorded who looks', async (t) => {
  const before = await actsSoFar()
  const yesterday = new Date(Date.now() - 16 * 3_600_000).toISOString().slice(0, 10)
  const list = join(folder, 'left.csv')
  writeFileSync(
    list,
    `帳號,人員代號,姓名,單位,職稱,啟用日,最後在職日,停用原因\nedu-chang,EDU0001,張雅婷,國小教育科,科員,,${yesterday},離職\n`,
  )
  const { error, out } = await runCommand((output) => rosterCommand(output), 'import', agency, list, '--partial', ...mine)
  t.equal(error, '')
  t.match(out.slice(out.indexOf('應確認為異常')), served.header('request-id') ?? 'none')
  t.equal(await actsSoFar(), before + 1)
  t.match((await acts(department)).at(-1)?.entry, { kind: 'export', user: who.account, asked: { form: 'find', user: 'edu-chang' } })
})

t.test('times as people write them', async (t) => {
  const at = (text: string) => Date.parse(text)
  for (const [text, first, behind] of [
    ['2026-11-24', '2026-11-24T00:00:00+08:00', '2026-11-25T00:00:00+08:00'],
    ['115/11/24', '2026-11-24T00:00:00+08:00', '2026-11-25T00:00:00+08:00'],
    ['民國115年11月24日 14:05', '2026-11-24T14:05:00+08:00', '2026-11-24T14:06:00+08:00'],
    ['2026-11-24 １４：０５', '2026-11-24T14:05:00+08:00', '2026-11-24T14:06:00+08:00'],
    ['2026-11-24T14:05:09', '2026-11-24T14:05:09+08:00', '2026-11-24T14:05:10+08:00'],
    ['2026-11-24T14:05:09Z', '2026-11-24T14:05:09Z', '2026-11-24T14:05:10Z'],
    ['2026-11-24T14:05-02:30', '2026-11-24T14:05:00-02:30', '2026-11-24T14:06:00-02:30'],
  ] as const)
    t.same(readTime('--from', text), { from: at(first), to: at(behind) }, text)
  for (const text of ['', 'now', '14:05', '2026-11-24 1405', '2026-11-24 14:60', '2026-11-24 14:05 +08', '11/24/2026', '2026-13-01'])
    t.throws(() => readTime('--from', text), { code: 'usage' }, text)
})

t.test('a wide character takes two places, and no cell can act on a terminal', async (t) => {
  t.same([widthOf('abc'), widthOf('查詢'), widthOf('Ａ'), widthOf('𠮷')], [3, 4, 2, 2])
  t.equal(
    tableText(
      [
        ['名', 'name'],
        ['數', 'n'],
      ],
      [
        ['查詢', '1'],
        ['a\u001b[2J', '2'],
      ],
    ),
    '名          數\nname        n\n查詢        1\na\\u{1b}[2J  2\n',
  )
})
