// config.test.ts: the example department: complete, harmless, and without a secret.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseCsv } from 'csv-parse/sync'
import t from 'tap'
import { parse } from 'yaml'
import { loadFolder } from '../src/policy/load.ts'
import { identifiersIn } from './identifiers.ts'

const root = join(import.meta.dirname, '..')
const config = join(root, 'config')
const names = (folder: string, end: string): string[] =>
  readdirSync(join(config, folder))
    .filter((name) => name.endsWith(end))
    .sort()
const text = (...path: string[]): string => readFileSync(join(config, ...path), 'utf8')

interface Grant {
  id: string
  api: string
  operations: string[]
  mode: string
  purposes: string[]
  fields: string[]
  reasons?: Record<string, string>
  application: { document: string; date: string; through: string }
  approval: { document: string; date: string }
}
interface Credential {
  id: string
  sha256?: string
  jwks?: { keys: Record<string, string>[] }
}
interface Delegate {
  id: string
  under: string
  grants: string[]
  networks: { cidr: string }[]
  credentials: Credential[]
}
interface Agency {
  id: string
  kind: string
  standing: { action: string; effective: string }[]
  networks: { cidr: string }[]
  credentials: Credential[]
  delegates: Delegate[]
  grants: Grant[]
}

const agencies: readonly Agency[] = names('agencies', '.yaml').map((name) => parse(text('agencies', name), { schema: 'failsafe' }))
const apis = new Map(names('apis', '.yaml').map((name) => [name.slice(0, -5), parse(text('apis', name))]))
const grants = agencies.flatMap((each) => each.grants)
const holders = agencies.flatMap((each) => [each, ...each.delegates])

t.test('the example has four APIs and eight agencies', async (t) => {
  t.same([...apis.keys()], ['allowances', 'disability', 'low-income', 'protection'])
  t.equal(agencies.length, 8)
})

t.test('one agency is suspended, one has a delegate, two are using units', async (t) => {
  const ids = (which: (agency: Agency) => boolean) => agencies.filter(which).map((each) => each.id)
  t.same(
    ids((each) => each.standing.at(-1)?.action === 'suspend'),
    ['taipei-revenue'],
  )
  t.same(
    ids((each) => each.delegates.length > 0),
    ['taipei-transportation'],
  )
  t.same(
    ids((each) => each.kind === 'using-unit'),
    ['ethics-office', 'social-assistance'],
  )
  t.same(
    agencies.find((each) => each.id === 'taipei-revenue')?.standing.map((each) => each.action),
    ['approve', 'suspend', 'restore', 'suspend'],
  )
})

t.test('shelters are granted to nobody', async (t) => {
  t.match(text('apis', 'protection.yaml'), /^ {8}shelter:$/m, 'the catalogue declares them')
  t.same(
    grants.flatMap((each) => each.fields).filter((path) => path.includes('shelter')),
    [],
  )
})

t.test('R1: each grant was applied for through the data owner of its API, before it was approved', async (t) => {
  for (const { id, api, application, approval } of grants) {
    t.equal(application.through, apis.get(api)?.['x-linkage'].data_owner, id)
    t.ok(application.date <= approval.date, id)
  }
})

t.test('R3: the three modes of provision stand in the example', async (t) => {
  t.same([...new Set(grants.map((each) => each.mode))].sort(), ['api', 'file', 'online'])
})

t.test('every network is a range for documentation, so that no example can be mistaken for a real one', async (t) => {
  const documentation = /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:)/
  const cidrs = holders.flatMap((each) => each.networks.map(({ cidr }) => cidr))
  t.ok(cidrs.length >= 8)
  for (const cidr of cidrs) t.match(cidr, documentation)
})

t.test('no two credentials of the example share an id, a digest or a key', async (t) => {
  const credentials = holders.flatMap((each) => each.credentials)
  const unique = (values: readonly string[], what: string) => t.equal(new Set(values).size, values.length, what)
  unique(
    credentials.map((each) => each.id),
    'ids',
  )
  unique(
    credentials.flatMap((each) => each.sha256 ?? []),
    'digests',
  )
  unique(
    credentials.flatMap((each) => each.jwks?.keys.map((key) => key.x ?? '') ?? []),
    'public keys',
  )
})

t.test('rosters open in a spreadsheet, and hold what a roster of years holds', async (t) => {
  const columns = ['帳號', '人員代號', '姓名', '單位', '職稱', '受託單位', '類別', '啟用日', '最後在職日', '停用原因', '核准文號']
  t.same(
    names('rosters', '.csv'),
    agencies.map((each) => `${each.id}.csv`),
  )
  const rows = names('rosters', '.csv').flatMap((name) => {
    const bytes = text('rosters', name)
    t.ok(bytes.startsWith('\ufeff'), `${name}: UTF-8 with BOM`)
    t.notMatch(bytes, /(?<!\r)\n/, `${name}: CRLF`)
    const [header, ...body] = parseCsv(bytes, { bom: true, record_delimiter: '\r\n' })
    t.same(header, columns, name)
    return body.map((cells) => Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ''])))
  })
  const some = (what: string, which: (row: Record<string, string>) => boolean) => t.ok(rows.some(which), what)
  const without = (sound: (row: Record<string, string>) => boolean) => rows.filter((row) => !sound(row)).map((row) => row.帳號)
  t.same(
    without((row) => row.類別 === '人員' || row.類別 === '系統'),
    [],
    'each is of a person or of a system',
  )
  t.same(
    without((row) => (row.最後在職日 === '') === (row.停用原因 === '')),
    [],
    'a last day has a reason',
  )
  t.same(
    without((row) => row.核准文號 !== ''),
    [],
    'R6 asks for a document',
  )
  for (const reason of ['離職', '職務調動', '留職停薪', '其他']) some(reason, (row) => row.停用原因 === reason)
  const accounts = new Map<string, Set<string>>()
  for (const row of rows.filter((each) => each.類別 === '人員')) {
    accounts.set(row.人員代號 ?? '', (accounts.get(row.人員代號 ?? '') ?? new Set()).add(row.帳號 ?? ''))
  }
  t.ok(
    [...accounts.values()].some((each) => each.size === 2),
    'one person has two accounts',
  )
  some('a name outside the BMP', (row) => /[\u{20000}-\u{3ffff}]/u.test(row.姓名 ?? ''))
  some('an indigenous name with U+2027', (row) => row.姓名?.includes('‧') === true)
  some('a romanised name', (row) => /^[A-Za-z ]+$/.test(row.姓名 ?? ''))
  some('an account with a leading zero', (row) => row.帳號?.startsWith('0') === true)
  some('a system account with its responsible officer', (row) => row.類別 === '系統' && row.職稱?.includes('責任承辦人') === true)
  some('a user of the delegate', (row) => row.受託單位 === 'taipei-metro')
})

t.test('calendars name every day of their year once, and every weekend as a rest day', async (t) => {
  for (const [year, working] of [
    [2026, 245],
    [2027, 244],
  ] as const) {
    const [header, ...days] = parseCsv(text('calendar', `${year}.csv`), { bom: true, record_delimiter: '\r\n' })
    t.same(header, ['西元日期', '星期', '是否放假', '備註'])
    t.equal(days.length, 365)
    const dates = days.map((_, nth) => new Date(Date.UTC(year, 0, 1 + nth)))
    t.same(
      days.map(([day, weekday]) => [day, weekday]),
      dates.map((date) => [date.toISOString().slice(0, 10).replaceAll('-', ''), '日一二三四五六'.charAt(date.getUTCDay())]),
      'each day of the year, and what day of the week it is',
    )
    const weekend = (nth: number): boolean => (dates[nth]?.getUTCDay() ?? 0) % 6 === 0
    const wrong = days.filter(([, , rest = '', note = ''], nth) => {
      if (rest !== '0' && rest !== '2') return true
      return weekend(nth) ? rest !== '2' : (rest === '2') !== (note !== '')
    })
    t.same(wrong, [], 'a weekend is a rest day; a rest day in the week, and no working day, has a name')
    t.equal(days.filter(([, , rest]) => rest === '0').length, working, 'working days')
  }
})

t.test('the configuration names no person by a national identifier', async (t) => {
  const files = readdirSync(config, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(yaml|csv|md|json)$/.test(name))
  t.ok(files.length > 20)
  for (const file of files) t.same(identifiersIn(text(file)), [], file)
  t.same(identifiersIn('nationalId: A123456789'), ['A123456789'], 'one would be found')
})

const { snapshot, findings } = loadFolder(config)

t.test('the example loads without a finding', async (t) => {
  t.same(findings, [])
  t.ok(snapshot)
  t.equal(snapshot?.agencies.size, 8)
  t.equal(snapshot?.apis.size, 4)
  t.equal(snapshot?.restDays.get(2026)?.size, 120)
})

const secrets: readonly [string, RegExp][] = [
  ['an API key', /\blk_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/],
  ['a private key in PEM', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\r?\n[A-Za-z0-9+/]/],
  ['the private member of a JWK', /["'{,\s]d["']?:\s*["']?[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/],
]

t.test('no secret stands in the repository', async (t) => {
  // What a commit could hold: everything but what .gitignore names.
  const ignored = /^(\.git|node_modules|data|\.tap)$|\.log$/
  const files = readdirSync(root)
    .filter((name) => !ignored.test(name))
    .flatMap((name) =>
      statSync(join(root, name)).isDirectory()
        ? readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }).map((below) => join(name, below))
        : [name],
    )
    .filter((name) => statSync(join(root, name), { throwIfNoEntry: false })?.isFile())
  t.ok(files.includes('config/agencies/taipei-education.yaml'), 'the configuration is among the files')
  const found = files.flatMap((name) => {
    const content = readFileSync(join(root, name), 'latin1')
    // Published vectors of standards may stand in tests: they are nobody's keys.
    const held = name.startsWith('test/') ? secrets.filter(([what]) => what === 'an API key') : secrets
    return held.filter(([, pattern]) => pattern.test(content)).map(([what]) => `${name}: ${what}`)
  })
  t.same(found, [])
})

t.test('what is looked for would be found', async (t) => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const found = [
    `key: lk_${randomBytes(32).toString('base64url')}`,
    privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    JSON.stringify(privateKey.export({ format: 'jwk' })),
  ]
  for (const [at, [what, pattern]] of secrets.entries()) t.match(found[at], pattern, what)
})
