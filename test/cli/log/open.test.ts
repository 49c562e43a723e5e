// open.test.ts: who was asked about is opened by a recipient's key, once the disclosure is recorded, and never otherwise.
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generalDecrypt } from 'jose'
import t, { type Test } from 'tap'
import { leafHash } from '../../../src/querylog/tree.ts'
import { Configuration } from '../../end-to-end/configuration.ts'
import { startDepartment, subject } from '../../end-to-end/department.ts'
import { acts, kindsOf, runHere, signing, who } from './auditing.ts'

const department = await startDepartment(t, (configuration) => {
  configuration.withoutLimits()
  configuration.edit('audit.yaml', (file) => file.setIn(['openings', 'per_auditor_per_day'], '4'))
})
const { folder } = department
const { log } = department.serving.process.gateway
for (let call = 0; call < 3; call += 1) await department.call(department.education)
const queries = (await department.records()).filter(({ entry }) => entry.kind === 'query')
const [first, second, third] = queries.map(({ index }) => String(index))
const year = new Date(Date.now() + 8 * 3_600_000).getUTCFullYear()
const pem = join(folder, 'recipients', `ethics-office-${year}.pem`)
const recipient = ['--recipient-key', pem, '--recipient', `ethics-office-${year}`]
const mine = signing(department)

/** Nothing was recorded, nothing shown. */
async function refused(t: Test, title: string, expected: RegExp, ...args: string[]): Promise<void> {
  const before = (await kindsOf(department)).filter((kind) => kind !== 'key').length
  const run = await runHere('open', ...args)
  t.match(run.error, expected, title)
  t.equal(run.out, '', `${title}: nothing is shown`)
  t.notMatch(run.error, subject, `${title}: nobody is named`)
  t.equal((await kindsOf(department)).filter((kind) => kind !== 'key').length, before, `${title}: nothing is recorded`)
}

t.test('R23: the disclosure is recorded first: who, why, and each entry by its bytes', async (t) => {
  const run = await runHere('open', '1', first ?? '', second ?? '', ...recipient, ...mine, '--json')
  t.equal(run.error, '')
  const { entries } = JSON.parse(run.out)
  t.match(entries, [{ index: Number(first), opened: { subject } }, { opened: { subject } }])
  const act = (await acts(department)).at(-1)?.entry
  t.match(act, { kind: 'disclosure', agency: 'ethics-office', user: who.account, reason: who.reason, document: who.document })
  t.same(act?.recipient, `ethics-office/${year}`)
  t.same(
    act?.entries,
    queries
      .slice(0, 2)
      .map((each) => ({ id: each.entry.id, index: each.index, leaf: leafHash(each.text).toString('base64'), log: log.log })),
  )
  const told = await runHere('open', '1', first ?? '', ...recipient, ...mine)
  t.match(told.out, new RegExp(`查詢對象 subject: ${subject}`))
  t.notMatch(told.out, /salt|assertion/)
})

t.test('who may not, and what cannot be opened, is refused before anything is recorded', async (t) => {
  const entry = ['1', third ?? '']
  const without = (name: string) => mine.filter((_, at) => mine[at] !== name && mine[at - 1] !== name)
  await refused(t, 'without a document', /case-missing/, ...entry, ...recipient, ...without('--document'))
  await refused(t, 'without an auditor', /--assertion 或 --key/, ...entry, ...recipient, ...without('--key'))
  await refused(t, 'an entry without a sealed part', /沒有密封內容/, '1', '0', ...recipient, ...mine)
  await refused(t, 'an index that is not there', /沒有第 99999 筆/, '1', '99999', ...recipient, ...mine)
  await refused(t, 'another recipient', /不是密封給 somebody/, ...entry, '--recipient-key', pem, '--recipient', 'somebody', ...mine)
  await refused(t, 'no key id', /--recipient/, ...entry, '--recipient-key', pem, ...mine)
  const readable = join(folder, 'readable.pem')
  writeFileSync(readable, readFileSync(pem))
  chmodSync(readable, 0o644)
  await refused(t, 'a key that others read', /0600/, ...entry, '--recipient-key', readable, '--recipient', 'x', ...mine)
  await refused(t, 'more than a day’s', /daily-limit-reached/, '1', first ?? '', second ?? '', ...recipient, ...mine)
})

t.test('what cannot be recorded is not opened', async (t) => {
  const [mark, away] = [join(folder, 'cli-keys', 'mark'), join(folder, 'mark.away')]
  renameSync(mark, away)
  await refused(t, 'the mark is gone', /no-mark/, '1', third ?? '', ...recipient, ...mine)
  renameSync(away, mark)
  await refused(t, 'no key directory', /keys init --slot cli/, '1', third ?? '', ...recipient, ...mine.slice(0, 2), ...mine.slice(4))
})

t.test('another private key under the recipient’s name opens nothing: that is recorded, and told', async (t) => {
  const other = join(folder, 'other.pem')
  writeFileSync(other, generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const run = await runHere('open', '1', third ?? '', '--recipient-key', other, '--recipient', `ethics-office-${year}`, ...mine)
  t.equal(run.code, 1)
  t.match(run.out, /無法解除遮蔽/)
  t.notMatch(run.out, subject)
  t.equal((await kindsOf(department)).at(-1), 'disclosure')
})

t.test('more than one entry names stand in several, in one commit under one assertion, and count together for the day', async (t) => {
  const openings = (most: string): void =>
    new Configuration(join(folder, 'config')).edit('audit.yaml', (file) => file.setIn(['openings', 'per_auditor_per_day'], most))
  openings('400')
  const before = department.size
  await Promise.all(Array.from({ length: 300 }, () => department.call(department.education)))
  const indexes = (await department.records(before)).filter(({ entry }) => entry.kind === 'query').map(({ index }) => index)
  t.equal(indexes.length, 300)
  const known = (await acts(department)).length
  const run = await runHere('open', '1', ...indexes.map(String), ...recipient, ...mine, '--json')
  t.equal(run.error, '')
  const { entries } = JSON.parse(run.out)
  t.equal(entries.filter(({ opened }: { opened?: { subject: string } }) => opened?.subject === subject).length, 300)
  const told = (await acts(department)).slice(known).filter(({ entry }) => entry.kind !== 'key')
  t.ok(told.length > 1, `${told.length} entries`)
  t.same(new Set(told.map(({ entry }) => entry.kind)), new Set(['disclosure']))
  t.equal(new Set(told.map(({ entry }) => JSON.stringify([entry.auth, entry.asked]))).size, 1, 'one act')
  t.equal(new Set(told.map(({ entry }) => entry.id)).size, told.length)
  const [{ index = 0 } = {}] = told
  t.same(
    told.map((each) => each.index),
    told.map((_, nth) => index + nth),
    'next to each other',
  )
  const named = told.flatMap(({ entry }) => (entry.entries as { index: number }[]).map((each) => each.index)) // docs/log-format.md
  t.same(named, indexes, 'each once')
  openings('303')
  await refused(t, 'they count', /daily-limit-reached/, '1', first ?? '', ...recipient, ...mine)
  const another = mine.map((each) => (each === who.account ? 'dosw-kao' : each))
  await refused(t, 'by another account with the same key, too', /daily-limit-reached/, '1', first ?? '', ...recipient, ...another)
})

t.test('a destroyed year’s keys leave its subjects closed, in the database and in every copy', async (t) => {
  const copy = join(folder, 'copy')
  t.equal((await runHere('export', '--out', copy, ...mine, '--form', 'tiles')).code, 0)
  for (const id of ['ethics-office', 'it-office']) rmSync(join(folder, 'recipients', `${id}-${year}.pem`))
  const next = generateKeyPairSync('x25519').privateKey
  const file = join(folder, 'recipients', `ethics-office-${year + 1}.pem`)
  writeFileSync(file, next.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  await refused(
    t,
    'the next year’s key',
    /不是密封給/,
    '1',
    third ?? '',
    '--recipient-key',
    file,
    '--recipient',
    `ethics-office-${year + 1}`,
    ...mine,
  )
  // What is left anywhere: every key file of the department, against every data key of the copy.
  const entries = join(copy, '1', 'tile', 'entries')
  const files = readdirSync(entries, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(entries, name)).isFile())
  const bundles = files.map((name) => readFileSync(join(entries, name), 'utf8')).join('')
  const keys = [...bundles.matchAll(/\{"at":[^{}]*"jwe":\{.*?"kind":"key".*?"v":1\}/g)].map(([entry]) => JSON.parse(entry))
  t.ok(keys.length > 0, 'the copy holds the data keys, encrypted')
  for (const { jwe } of keys) await t.rejects(generalDecrypt(jwe, next))
  t.notMatch(bundles, subject, 'and the subject nowhere')
  t.equal((await runHere('verify', copy)).code, 0, 'the copy is whole without them')
})
