// crash.test.ts: what nobody understands ends the process: nothing more is released, and the next start says so in the log.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { DemoCaller, demoCalls } from '../../src/cli/demo/calls.ts'
import { households } from '../../src/cli/sample-welfare/households.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { batchOf, emptyPlace, entry } from '../store/batches.ts'
import { connect } from '../store/server.ts'
import { openPlace, serving } from './gateway-child.ts'

/** A welfare system that says when it was asked, and answers when it is told to. */
let answer = (): void => undefined
let asked = (): void => undefined
const welfare = createServer((request, response) => {
  request.resume()
  answer = () => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"status":{"category":"\u7121"},"members":[]}')
  }
  asked()
})
await new Promise<void>((listening) => welfare.listen(0, '127.0.0.1', listening))
t.teardown(() => {
  welfare.closeAllConnections()
  welfare.close()
})
const address = welfare.address()
const place = await openPlace(t, `http://127.0.0.1:${address !== null && typeof address !== 'string' ? address.port : 0}`)
const caller = new DemoCaller(`http://127.0.0.1:${place.publicPort}`, place.department.drawn)
const [approved] = demoCalls(households[0]?.nationalId ?? '')
if (approved === undefined) throw new Error('the demo has an approved call')

// The fault comes from outside: nothing in the gateway is there to be broken on purpose.
const faults = {
  'an exception that nobody catches': 'setImmediate(() => { throw new Error("not understood") })',
  'a promise whose failure nobody hears': 'Promise.reject(new Error("not understood"))',
}
for (const [name, fault] of Object.entries(faults)) {
  t.test(`${name}: the process ends, and the call in hand gets no byte`, async (t) => {
    const preload = join(place.folder, 'fault.mjs')
    writeFileSync(preload, `process.on('SIGUSR2', () => { ${fault} })`)
    const run = place.serve(undefined, [`--import=${preload}`])
    await serving(run)
    const reached = new Promise<void>((resolve) => {
      asked = resolve
    })
    const call = caller.call(approved).then(
      ({ status }) => `answered ${status}`,
      () => 'cut',
    )
    await reached
    run.child.kill('SIGUSR2')
    t.equal(await run.ended, 3)
    t.equal(await call, 'cut')
    t.match(run.printed(), /"uncaught"/)
    t.notMatch(run.printed(), /not understood/, 'a message that is not ours may quote what it choked on')
  })
}

t.test('the next start takes the log up where it stood, and serves', async (t) => {
  const run = place.serve()
  await serving(run)
  asked = () => answer()
  t.equal((await caller.call(approved)).status, 200)
  run.child.kill('SIGTERM')
  t.equal(await run.ended, 0)
})

t.test('one that another gateway outlived ends by itself, and the process that follows it serves', async (t) => {
  const run = place.serve()
  await serving(run)
  const admin = await connect(t, place.database.adminUrl)
  const { rows } = await admin.query(`SELECT log FROM linkage.slot WHERE slot = '1'`)
  const other = new PostgresLogWriter(place.database.url('linkage_gateway'), false)
  t.teardown(() => other.close())
  const slot = emptyPlace('2', await other.claim('2', String(rows[0]?.log).replace(/1$/, '2'), 'key', 5_000))
  await other.append(batchOf(slot, [entry('key')]), 5_000)
  await admin.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'linkage gateway 1'`)
  asked = () => answer()
  await caller.call(approved).catch(() => undefined)
  t.equal(await run.ended, 3)
  t.match(run.printed(), /other-instance: .*slot 2 wrote while this one had no connection/)
  const next = place.serve()
  await serving(next)
  t.equal((await caller.call(approved)).status, 200)
  next.child.kill('SIGTERM')
  t.equal(await next.ended, 0)
})
