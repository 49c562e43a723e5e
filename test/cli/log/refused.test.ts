// refused.test.ts: commands that show records, asked wrongly, twice, or while the log is away: nothing is shown, nothing left behind.
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { canonicalJson } from '../../../src/canonical.ts'
import { holdFolder } from '../../../src/lock.ts'
import { leafHash } from '../../../src/querylog/tree.ts'
import { startDepartment } from '../../end-to-end/department.ts'
import { acts, kindsOf, place, runHere, runLinkage, signing, who } from './auditing.ts'

const department = await startDepartment(t)
const { folder, origin } = department
await department.call(department.education)
const mine = signing(department)
const out = (name: string): string => join(folder, 'out', name)
const entries = async () => (await kindsOf(department)).filter((kind) => kind === 'export' || kind === 'disclosure').length

/** A file with an assertion for a command, signed now. */
async function assertion(asked: object, claims: Record<string, unknown> = {}, command = 'log-export'): Promise<string[]> {
  const file = join(folder, `${randomUUID()}.jwt`)
  const own = {
    purpose: undefined,
    case: undefined,
    reason: who.reason,
    htm: 'COMMAND',
    htu: `${origin}/commands/${command}`,
    body_sha256: createHash('sha256').update(canonicalJson(asked)).digest('base64url'),
    ...claims,
  }
  const auditor = { credential: 'ethics-lin', issuer: 'ethics-office', user: who.account }
  writeFileSync(file, await department.sign({ ...auditor, path: '', body: '', claims: own }))
  return [...place(folder), '--assertion', file]
}

async function refused(t: Test, title: string, expected: RegExp, ...args: string[]): Promise<void> {
  const before = await entries()
  const run = await runHere(...args)
  t.match(run.error, expected, title)
  t.equal(run.out, '', `${title}: nothing is shown`)
  t.equal(await entries(), before, `${title}: no act is recorded`)
  t.same(
    existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')).filter((name) => name.startsWith('refused')) : [],
    [],
    `${title}: nothing is left`,
  )
}

t.test('an assertion opens the one act that it was signed for, once', async (t) => {
  const csv = { agency: 'taipei-education', form: 'csv' }
  const ask = ['export', '--out', out('refused'), '--agency', 'taipei-education', '--form', 'csv']
  await refused(t, 'for another filter', /body_sha256: expected/, ...ask, ...(await assertion({ form: 'csv' })))
  await refused(t, 'for another form', /body_sha256: expected/, ...ask, ...(await assertion({ ...csv, form: 'ndjson' })))
  await refused(t, 'for another command', /htu: expected/, ...ask, ...(await assertion(csv, {}, 'log-prove')))
  await refused(t, 'for a page of the port', /htm: expected/, ...ask, ...(await assertion(csv, { htm: 'GET' })))
  await refused(t, 'expired', /exp: expected/, ...ask, ...(await assertion(csv, { exp: Math.floor(Date.now() / 1000) - 1 })))
  await refused(t, 'beside a key', /The assertion says who and why/, ...ask, ...(await assertion(csv)), '--reason', 'another')
  const good = await assertion(csv)
  const run = await runHere('export', '--out', out('once'), ...ask.slice(3), ...good)
  t.equal(run.error, '')
  t.match((await acts(department)).at(-1)?.entry, { kind: 'export', asked: csv, reason: who.reason })
  await refused(t, 'again', /assertion-replayed/, ...ask, ...good)
  const jti = JSON.parse(Buffer.from(readFileSync(good.at(-1) ?? '', 'utf8').split('.')[1] ?? '', 'base64url').toString()).jti
  const number = { form: 'proof', index: 0, slots: ['1'] }
  await refused(
    t,
    'its number, for another act',
    /assertion-replayed/,
    'prove',
    '1',
    '0',
    ...(await assertion(number, { jti }, 'log-prove')),
  )
})

t.test('who gives nothing is told what to sign', async (t) => {
  await refused(t, 'nothing', /"body_sha256": ".*\n[\s\S]*\{"form":"ndjson"\}/, 'export', '--out', out('refused'), ...place(folder))
  await refused(t, 'no reason', /--as 及 --reason/, 'export', '--out', out('refused'), ...mine.slice(0, 6))
  await refused(t, 'an agency’s key', /ethics-lin-1（ethics-office）/, 'export', '--out', out('refused'), ...mine, '--kid', 'edu-1')
})

t.test('what is asked wrongly is named', async (t) => {
  const asks: readonly (readonly [RegExp, ...string[]])[] = [
    [/Expected ndjson, csv, tiles, found xlsx/, '--form', 'xlsx'],
    [/Tiles hold whole logs/, '--form', 'tiles', '--agency', 'taipei-education'],
    [/give --agency too/, '--user', 'edu-chang'],
    [/Expected a month/, '--month', '2026-13'],
    [/Expected a month/, '--month', '115'],
    [/Give --month, or/, '--month', '2026-11', '--from', '2026-11-01'],
    [/Expected a day/, '--from', '2026-02-30'],
    [/The last day comes before the first/, '--from', '115/12/01', '--until', '115/11/30'],
    [/There is no slot 7; there are/, '--slot', '7'],
    [/Expected 1 to 64, or cli/, '--slot', '65'],
  ]
  for (const [expected, ...args] of asks) await refused(t, args.join(' '), expected, 'export', '--out', out('refused'), ...args, ...mine)
  await refused(t, 'a folder that exists', /已存在/, 'export', '--out', folder, ...mine)
  await refused(t, 'nothing to resume', /沒有中斷之匯出/, 'export', '--out', out('refused'), '--resume', ...mine)
  await refused(t, 'an index that is not covered', /not covered yet/, 'prove', '1', '4711', ...mine)
  await refused(t, 'no index', /whole number/, 'prove', '1', '01', ...mine)
})

t.test('C2SP tlog-proof: an entry with its proof, that verifies offline against the published key', async (t) => {
  const [record] = (await department.records()).filter(({ entry }) => entry.kind === 'query')
  const index = String(record?.index)
  await department.serving.process.gateway.log.keepCheckpoint()
  const file = join(folder, 'one.tlog-proof')
  const run = await runHere('prove', '1', index, '--out', file, ...mine)
  t.equal(run.error, '')
  const act = (await acts(department)).at(-1)?.entry
  t.match(act, { kind: 'export', asked: { form: 'proof', index: record?.index, slots: ['1'] }, logs: [{ from: record?.index }] })
  const [stored] = await department.serving.store.reader.logs()
  const checked = await runHere('verify-receipt', '--proof', file, '--key', stored?.verifierKey ?? '', '--json')
  t.match(JSON.parse(checked.out), { content: true, index: record?.index, shown: ['signed', 'included'] })
  const extra = /^extra (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
  t.equal(leafHash(Buffer.from(extra, 'base64').toString()).toString('hex'), leafHash(record?.text ?? '').toString('hex'))
  await refused(t, 'over a file that is there', /已存在/, 'prove', '1', index, '--out', file, ...mine)
})

t.test('two at once are recorded one after the other; who waits too long is told who holds the log', async (t) => {
  const before = await entries()
  const runs = await Promise.all(['one', 'two'].map((name) => runLinkage('export', '--out', out(name), ...mine)))
  t.same(
    runs.map(({ code, error }) => [code, error]),
    [
      [0, ''],
      [0, ''],
    ],
  )
  t.equal(await entries(), before + 2)
  const lock = holdFolder(join(folder, 'cli-keys'))
  await refused(t, 'held', /key-directory-locked[\s\S]*process \d+ on host/, 'export', '--out', out('refused'), ...mine)
  lock.release()
})

t.test('the log is away: no row is shown, and no folder is there', async (t) => {
  await department.database.kill()
  const run = await runHere('export', '--out', out('refused'), ...mine)
  await department.database.start()
  t.not(run.error, '')
  t.equal(run.out, '')
  t.same(
    readdirSync(join(folder, 'out')).filter((name) => name.startsWith('refused')),
    [],
  )
})
