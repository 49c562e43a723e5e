// two-instances.test.ts: two instances on one database would each take an assertion once: while the first serves the second does not start,
// and once the second served the first serves no more.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { serve } from '../../src/cli/serve.ts'
import { operationalLog } from '../../src/gateway/operational-log.ts'
import { makeSlotKeys } from '../../src/querylog/key-directory.ts'
import { Configuration } from './configuration.ts'
import { nextSecond, startDepartment, statusPath, subject } from './department.ts'

const department = await startDepartment(t)
const { folder, serving } = department
const copy = join(folder, 'second', 'config')
cpSync(join(folder, 'config'), copy, { recursive: true })
await makeSlotKeys(join(folder, 'second', 'keys'))
new Configuration(copy).edit('gateway.yaml', (document) => {
  document.set('slot', '2')
  document.setIn(['keys', 'directory'], '../keys')
  document.set('tags', document.createNode({ directory: '../../keys' }))
})
const databaseUrl = serving.store.server?.url('linkage_gateway')
const operational = operationalLog(pino.destination({ dest: join(folder, 'second.log'), sync: true }))
const startSecond = () => serve(copy, operational, { databaseUrl })

t.test('while one serves the other is refused by name, and leaves no trace in its log', async (t) => {
  await t.rejects(startSecond(), { code: 'other-instance', message: /另有閘道使用同一資料庫[\s\S]*linkage gateway 1, process \d+/ })
  t.same(await serving.store.reader.lastOfKind('2', 'opening'), undefined)
  t.equal((await department.call(department.education)).status, 200, 'the first serves on')
})

t.test(
  'once another served while it had no database it serves no more, and says why, whether the other goes on or has ended',
  async (t) => {
    const { database, education } = department
    const { adminPort, publicPort } = serving.process
    const ready = async () => (await fetch(`http://127.0.0.1:${adminPort}/health/ready`)).json()
    t.match(await ready(), { ready: true })
    await database.kill()
    await database.start()
    const second = await startSecond()
    t.teardown(() => second.stop())
    await nextSecond()

    const body = JSON.stringify({ nationalId: subject })
    const token = await department.sign({ credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, body })
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': education.address, authorization: `Bearer ${token}` }
    const present = async (port: number): Promise<string | number> => {
      const reply = await fetch(`http://127.0.0.1:${port}${statusPath}`, { method: 'POST', body, headers })
      const { code }: { readonly code?: string } = JSON.parse(await reply.text())
      return code ?? reply.status
    }
    t.equal(await present(second.process.publicPort), 200, 'the second takes an assertion')
    t.equal(await present(publicPort), 'query-log-unavailable', 'the first, which knows nothing of that, takes it not again')
    const why = /^other-instance: .*請確認只留一個閘道，再重新啟動本閘道.*restart this gateway/
    t.match(await ready(), { ready: false, why })
    t.match(await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text(), /^linkage_log_away 1$/m)
    t.match(await serving.process.outdated, { code: 'other-instance' }, 'and its process is told to end')
    await second.stop()
    t.equal((await department.call(education)).json.code, 'query-log-unavailable')
    const page = await fetch(`http://127.0.0.1:${publicPort}/log/`, {
      headers: { authorization: `Bearer ${education.key}`, 'x-forwarded-for': education.address },
    })
    t.match(await page.json(), { code: 'query-log-unavailable' }, 'nor does it give pages')
    t.match(await ready(), { ready: false, why })
  },
)
