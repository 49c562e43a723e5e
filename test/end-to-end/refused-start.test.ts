// refused-start.test.ts: a history that was rewritten is taken up by no start: not by the slot that knew it, nor by one that is new.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { serve } from '../../src/cli/serve.ts'
import { operationalLog } from '../../src/gateway/operational-log.ts'
import { makeSlotKeys } from '../../src/querylog/key-directory.ts'
import { Configuration } from './configuration.ts'
import { startDepartment } from './department.ts'

const department = await startDepartment(t)
const { folder } = department
const config = join(folder, 'config')
const configuration = new Configuration(config)
const quiet = operationalLog(pino.destination({ dest: join(folder, 'again.log'), sync: true }))
await department.stop()

const file = join(config, 'agencies', 'taipei-revenue.yaml')
const whole = readFileSync(file, 'utf8')

async function refused(t: Test, title: string): Promise<void> {
  configuration.edit('agencies/taipei-revenue.yaml', (document) => {
    const standing = document.toJS().standing as readonly { action: string }[] // of the example
    t.equal(standing.at(-1)?.action, 'suspend')
    document.deleteIn(['standing', standing.length - 1])
  })
  const started = serve(config, quiet).then(async (serving) => {
    await serving.stop()
    return 'served'
  })
  await t.rejects(started, { code: 'folder-invalid', message: /standing-rewritten/ }, title)
  writeFileSync(file, whole)
}

t.test('a suspension that was deleted while nobody served', async (t) => {
  await refused(t, 'the slot that knew it')
  const again = await serve(config, quiet)
  await again.stop()
  t.pass('with the line it serves')
})

t.test('nor does a slot that never served before: it would open the agency', async (t) => {
  const keys = join(folder, 'keys-2')
  await makeSlotKeys(keys)
  configuration.edit('gateway.yaml', (document) => {
    document.set('slot', '2')
    document.set('tags', document.createNode({ directory: document.getIn(['keys', 'directory']) }))
    document.setIn(['keys', 'directory'], '../keys-2')
  })
  await refused(t, 'a new slot')
  const again = await serve(config, quiet)
  await again.stop()
  t.pass('with the line it serves')
})
