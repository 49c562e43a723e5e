// reload.test.ts: rules that change under a running gateway: saved, they decide the next call; broken, they change nothing; no call is dropped.
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findingLine } from '../../src/policy/finding.ts'
import { Configuration, day, type MadeAgency } from './configuration.ts'
import { startDepartment } from './department.ts'
import { answering } from './welfare.ts'

const made: MadeAgency[] = []
const department = await startDepartment(t, (configuration) => {
  configuration.withoutLimits()
  for (const id of ['suspended', 'leaked', 'loaded', 'other'])
    made.push(
      configuration.addAgency(id, (file) => {
        for (const limit of [
          'per_minute',
          'per_day',
          'per_user_per_day',
          'not_found_per_user_per_hour',
          'subjects_per_case_per_day',
          'concurrent',
        ])
          file.setIn(['grants', 0, 'limits', limit], '10000')
      }),
    )
})
const [suspended, leaked, loaded, other] = made
if (suspended === undefined || leaked === undefined || loaded === undefined || other === undefined) throw new Error('not configured')
const config = join(department.folder, 'config')
const configuration = new Configuration(config)
const { gateway, rules, adminPort } = department.serving.process
const text = (name: string): string => readFileSync(join(config, name), 'utf8')

/** Until it holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); await new Promise((later) => setTimeout(later, 5)))
    if (Date.now() > end) throw new Error(`it never held; ${rules.findings.map(findingLine).join('\n')}`)
}
const codeOf = async (agency: MadeAgency): Promise<string> => {
  const reply = await department.call(agency)
  return reply.status === 200 ? 'released' : String(reply.json.code)
}
const ready = async () =>
  (await fetch(`http://127.0.0.1:${adminPort}/health/ready`)).json() as Promise<{
    ready: boolean
    policy: string
    configuration: { in_force: string; errors: number; findings: string[] }
  }> // as admin.ts sends it
const errorsOf = async (): Promise<string | undefined> =>
  /^linkage_configuration_errors (\d+)$/m.exec(await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text())?.[1]

const document = '北市社資字第1159000001號'
const suspend = {
  effective: day(0),
  action: 'suspend',
  document,
  notice: { document, date: day(-40) },
  deadline: day(-10),
  decision: { document, date: day(-2) },
}
t.test('an agency that is suspended: the next call is refused; the one in hand ends under the rules that it began with', async (t) => {
  let goOn = (): void => undefined
  const held = new Promise<void>((go) => {
    goOn = go
  })
  const { script } = department.welfare
  department.welfare.script = async (asked, response) => {
    await held
    await script(asked, response)
  }
  const [from, asked] = [department.size, department.welfare.asked.length]
  const before = rules.snapshot.digest
  const inHand = department.call(suspended)
  await until(() => department.welfare.asked.length > asked)
  configuration.edit('agencies/suspended.yaml', (file) => file.addIn(['standing'], file.createNode(suspend)))
  await until(() => rules.snapshot.digest !== before)
  t.equal(await codeOf(suspended), 'agency-suspended')
  goOn()
  t.equal((await inHand).status, 200)
  department.welfare.script = script
  const records = await department.records(from)
  t.same(
    records
      .filter(({ entry }) => entry.kind === 'policy' || entry.agency === 'suspended')
      .map(({ entry }) => [entry.kind, entry.code, entry.digest ?? entry.policy]),
    [
      ['policy', undefined, rules.snapshot.digest],
      ['query', 'agency-suspended', rules.snapshot.digest],
      ['query', 'released', before],
    ],
    'the log holds the rules before they decide; each record names the rules that decided it',
  )
  t.equal(await codeOf(other), 'released')
})

t.test('a suspension that is deleted again keeps the folder out', async (t) => {
  const inForce = rules.snapshot.digest
  const whole = text('agencies/suspended.yaml')
  configuration.edit('agencies/suspended.yaml', (file) => file.deleteIn(['standing', 1]))
  await until(async () => (await ready()).configuration.errors > 0)
  t.equal(await codeOf(suspended), 'agency-suspended')
  const { policy, configuration: shown, ready: can } = await ready()
  t.ok(can, 'the last good rules serve')
  t.equal(policy, inForce)
  t.match(shown.findings[0], /agencies\/suspended\.yaml:\d+:\d+: 錯誤 .*\[standing-rewritten\]/)
  writeFileSync(join(config, 'agencies/suspended.yaml'), whole)
  await until(async () => (await ready()).configuration.errors === 0)
  t.equal(rules.snapshot.digest, inForce)
})

t.test('while the folder is invalid: said in log, metric and readiness; a block acts; mended, the rest follows', async (t) => {
  const whole = text('agencies/other.yaml')
  const inForce = rules.snapshot.digest
  writeFileSync(join(config, 'agencies/other.yaml'), whole.replace('kind: linked-agency', 'kind: 連結機關'))
  await until(async () => (await errorsOf()) !== '0')
  t.equal(await codeOf(other), 'released')
  t.match(readFileSync(join(department.folder, 'gateway.log'), 'utf8'), /未通過檢查，尚未生效，線上仍為 民國\d+年\d+月\d+日 版本/)
  const block = { credential: 'leaked-key', at: `${day(0)}T00:00:00+08:00`, by: '值班人員', reason: '疑似金鑰外洩' }
  configuration.edit('blocks.yaml', (file) => file.set('blocks', file.createNode([block])))
  await until(() => rules.snapshot.digest !== inForce)
  t.equal(await codeOf(leaked), 'blocked')
  t.equal(await codeOf(other), 'released')
  t.not((await ready()).configuration.errors, 0, 'the rest is invalid still')
  writeFileSync(join(config, 'agencies/other.yaml'), whole.replace(/name: .*/, 'name: 更名之機關'))
  await until(() => rules.snapshot.agencies.get('other')?.name === '更名之機關')
  t.equal(await codeOf(leaked), 'blocked')
  t.equal(await errorsOf(), '0')
})

t.test('while somebody edits a file: a block acts, and is recorded with whose the files are', async (t) => {
  // Emacs marks a file that is being edited so: a link to nowhere, beside it.
  const lock = join(config, 'agencies/.#other.yaml')
  symlinkSync('officer@workstation.4711:1795900000', lock)
  t.teardown(() => rmSync(lock, { force: true }))
  const block = { agency: 'other', at: `${day(0)}T00:00:00+08:00`, by: '值班人員', reason: '疑似金鑰外洩' }
  const whole = text('blocks.yaml')
  const from = department.size
  configuration.edit('blocks.yaml', (file) => file.addIn(['blocks'], file.createNode(block)))
  await until(async () => (await codeOf(other)) === 'blocked')
  const [policy] = (await department.records(from)).filter(({ entry }) => entry.kind === 'policy')
  t.match(policy?.entry.observed, { owners: [process.getuid?.() ?? 0] })
  writeFileSync(join(config, 'blocks.yaml'), whole)
  await until(async () => (await codeOf(other)) === 'released')
})

t.test('what only a start can take up', async (t) => {
  const whole = text('gateway.yaml')
  const inForce = rules.snapshot.digest
  configuration.edit('gateway.yaml', (file) => file.set('origin', 'http://another.test'))
  await until(() => rules.findings.length > 0)
  t.same(
    rules.findings.map(({ code, pointer }) => `${code} ${pointer}`),
    ['needs-restart /origin'],
  )
  t.equal(rules.snapshot.digest, inForce)
  writeFileSync(join(config, 'gateway.yaml'), whole)
  await until(() => rules.findings.length === 0)
})

t.test('a file that is half saved, a folder that vanishes, a bomb of aliases, ten thousand files: the gateway serves on', async (t) => {
  const whole = text('agencies/other.yaml')
  const acts: readonly (readonly [string, () => void, () => void])[] = [
    [
      'half a file',
      () => writeFileSync(join(config, 'agencies/other.yaml'), whole.slice(0, whole.length / 2)),
      () => writeFileSync(join(config, 'agencies/other.yaml'), whole),
    ],
    [
      'an empty file',
      () => writeFileSync(join(config, 'agencies/other.yaml'), ''),
      () => writeFileSync(join(config, 'agencies/other.yaml'), whole),
    ],
    [
      'a folder that vanishes',
      () => renameSync(join(config, 'agencies'), join(config, 'gone')),
      () => renameSync(join(config, 'gone'), join(config, 'agencies')),
    ],
    ['the whole folder vanishes', () => renameSync(config, `${config}-gone`), () => renameSync(`${config}-gone`, config)],
    [
      'a bomb of aliases',
      () => {
        const lines = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [${Array(10).fill(`*a${at}`).join(', ')}]`)
        writeFileSync(join(config, 'agencies/bomb.yaml'), `a0: &a0 [x]\n${lines.join('\n')}\n`)
      },
      () => rmSync(join(config, 'agencies/bomb.yaml')),
    ],
    [
      'a folder in the place of a file',
      () => mkdirSync(join(config, 'agencies/folder.yaml')),
      () => rmSync(join(config, 'agencies/folder.yaml'), { recursive: true }),
    ],
    [
      'ten thousand files that are none of ours',
      () => {
        for (let at = 0; at < 10_000; at += 1) writeFileSync(join(config, 'rosters', `nobody-${at}.csv`), '')
      },
      () => {
        for (let at = 0; at < 10_000; at += 1) rmSync(join(config, 'rosters', `nobody-${at}.csv`))
      },
    ],
    [
      'ten thousand files that would be read',
      () => {
        for (let at = 0; at < 10_000; at += 1) writeFileSync(join(config, 'agencies', `copy-${at}.yaml`), whole)
      },
      () => {
        for (let at = 0; at < 10_000; at += 1) rmSync(join(config, 'agencies', `copy-${at}.yaml`))
      },
    ],
  ]
  for (const [title, act, back] of acts) {
    const inForce = rules.snapshot.digest
    act()
    await until(() => rules.findings.length > 0)
    t.equal(await codeOf(loaded), 'released', title)
    t.equal(await codeOf(suspended), 'agency-suspended', title)
    t.equal(rules.snapshot.digest, inForce, title)
    back()
    await until(() => rules.findings.length === 0)
  }
})

t.test('SIGHUP reads the folder, changed or not', async (t) => {
  const taken = rules.changed.bind(rules)
  let asked = 0
  rules.changed = () => {
    asked += 1
    return taken()
  }
  t.teardown(() => {
    rules.changed = taken
  })
  process.kill(process.pid, 'SIGHUP')
  await until(() => asked === 1)
  t.pass()
})

t.test('thirty changes under load: no call is dropped, each is decided by rules that the log held before it', async (t) => {
  const [from, end] = [department.size, { over: false }]
  department.welfare.script = answering('{"status":{"category":"無"},"members":[]}')
  const statuses: number[] = []
  const callers = Array.from({ length: 8 }, async () => {
    while (!end.over) statuses.push((await department.call(loaded)).status)
  })
  for (let change = 0; change < 30; change += 1) {
    const name = `第${change}次更名`
    configuration.edit('agencies/other.yaml', (file) => file.set('name', name))
    await until(() => rules.snapshot.agencies.get('other')?.name === name)
  }
  end.over = true
  await Promise.all(callers)
  t.ok(statuses.length > 30, `${statuses.length} calls`)
  t.same(new Set(statuses), new Set([200]))
  const known = new Set<unknown>(
    (await department.records(0)).filter(({ index, entry }) => index < from && entry.kind === 'policy').map(({ entry }) => entry.digest),
  )
  let used = 0
  for (const { entry } of await department.records(from)) {
    if (entry.kind === 'policy') known.add(entry.digest)
    if (entry.kind !== 'query') continue
    if (!known.has(entry.policy)) t.fail(`entry ${entry.id} was decided by rules that the log did not hold yet`)
    used += 1
  }
  t.equal(used, statuses.length, 'one record each')
  t.equal(gateway.policy.snapshot.digest, rules.snapshot.digest)
})
