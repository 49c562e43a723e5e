// unread-answers.test.ts: whole answers that their caller asks for and never takes: held for two minutes, and not for ever.
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { household, startDepartment } from '../end-to-end/department.ts'
import { answering } from '../end-to-end/welfare.ts'
import { request } from './harness.ts'

/** The two minutes that a caller has, in this process; and how often they were begun. */
const twoMinutes = 600
let begun = 0
const { setTimeout: timer } = globalThis
const shorter = (act: () => void, ms?: number, ...more: []): NodeJS.Timeout => {
  if (ms === 120_000) begun += 1
  return timer(act, ms === 120_000 ? twoMinutes : ms, ...more)
}
Object.assign(globalThis, { setTimeout: Object.assign(shorter, timer) }) // with its promisified form

const department = await startDepartment(t, (configuration) => configuration.withoutLimits())
const { education, welfare } = department
const large = JSON.stringify({ ...household, members: Array(17_000).fill({ name: '王小測', studentStatus: '國小三年級' }) })

/** Asks so often on one connection, and reads after a while.
 *  @param silent milliseconds without a byte that count as the end
 *  @returns what came */
async function readAfter(
  ms: number,
  calls: number,
  silent = 1_000,
): Promise<{ readonly answers: number; readonly whole: number; readonly ended: boolean }> {
  const socket = connect(department.port, '127.0.0.1', () => socket.write(Buffer.concat(Array<Buffer>(calls).fill(request(department)))))
  let ended = true
  socket.on('error', () => undefined) // it is reset
  await sleep(ms)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.setTimeout(silent, () => {
    ended = false
    socket.destroy()
  })
  await new Promise((closed) => socket.once('close', closed))
  const heard = Buffer.concat(chunks).toString('utf8')
  return { answers: heard.match(/HTTP\/1\.1 200/g)?.length ?? 0, whole: heard.match(/"}\]}/g)?.length ?? 0, ended }
}

t.test('answers that nobody reads are cut after two minutes, and those behind them with them', async (t) => {
  welfare.script = answering(large)
  const { ended, whole } = await readAfter(4 * twoMinutes, 12)
  t.ok(ended, 'the connection was reset')
  t.ok(whole < 12, `${whole} of 12 came`)
})

t.test('each has its own two minutes, from its turn on', async (t) => {
  welfare.script = answering(large)
  t.match(await readAfter(twoMinutes / 2, 12), { answers: 12, whole: 12, ended: false })
  welfare.script = async (asked, response) => {
    await sleep(2 * twoMinutes)
    await answering(JSON.stringify(household))(asked, response)
  }
  t.match(await readAfter(0, 1, 4 * twoMinutes), { answers: 1, whole: 1 }, 'what is waited for is not what is not read')
})

t.test('an answer that the kernel takes at once begins none', async (t) => {
  welfare.script = answering(JSON.stringify(household))
  const before = begun
  for (let call = 0; call < 10; call += 1) t.equal((await department.call(education)).status, 200)
  t.equal(begun, before)
})

t.test('a connection whose answers were taken is kept', async (t) => {
  welfare.script = answering(large)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  t.equal((await department.call(education, { agent })).status, 200)
  const [socket] = Object.values(agent.freeSockets).flat()
  await sleep(2 * twoMinutes)
  t.equal((await department.call(education, { agent })).status, 200)
  t.equal(Object.values(agent.freeSockets).flat()[0], socket)
})
