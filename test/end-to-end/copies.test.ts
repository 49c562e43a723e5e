// copies.test.ts: copies of checkpoints from a whole gateway: a place outside that takes none makes it unready where it must, and stops no call.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readKept } from '../../src/verifier/kept.ts'
import { startDepartment } from './department.ts'

let place = ''
const department = await startDepartment(t, (configuration) => {
  place = join(configuration.folder, '..', 'outside')
  configuration.edit('gateway.yaml', (document) => document.set('copies', { places: [{ type: 'file', path: place }], required: 'true' }))
  // As a gateway left it whose place took its last copy long ago.
  writeFileSync(join(configuration.folder, '..', 'keys', 'copies.json'), JSON.stringify({ [`file:${place}`]: { at: 1, size: 1 } }))
})
const { adminPort, gateway } = department.serving.process
const ready = async () => {
  const answer = await fetch(`http://127.0.0.1:${adminPort}/health/ready`)
  return { status: answer.status, ...((await answer.json()) as object) }
}
const metrics = async () => (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()

t.test('stale copies: not ready and told, and calls are served', async (t) => {
  t.match(await ready(), { status: 503, ready: false, why: 'copies-stale', copies: 'stale' })
  t.match(await metrics(), /^linkage_log_copies_stale 1$/m)
  t.equal((await department.call(department.education)).status, 200)
  const lines = readFileSync(join(department.folder, 'gateway.log'), 'utf8')
  t.match(lines, /copies-stale: no place took a checkpoint for four hours/)
  t.match(lines, /copy-failed/)
})

t.test('at its end the gateway hands over its last checkpoint, which the verifier reads', async (t) => {
  writeFileSync(place, '')
  await department.stop()
  const kept = readKept(readFileSync(place, 'utf8'), place)
  t.equal(kept.length, 1)
  t.match(kept[0], { log: gateway.log.log, known: { kind: 'checkpoint', note: gateway.log.checkpoint } })
  t.equal(JSON.parse(readFileSync(join(department.folder, 'keys', 'copies.json'), 'utf8'))[`file:${place}`].size, gateway.log.size)
})
