// two-instances.test.ts: two instances on one database would each take an assertion once: the second does not start.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { serve } from '../../src/cli/serve.ts'
import { operationalLog } from '../../src/gateway/operational-log.ts'
import { makeSlotKeys } from '../../src/querylog/key-directory.ts'
import { Configuration } from './configuration.ts'
import { startDepartment } from './department.ts'

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
