// cut-streams.test.ts: streams that rules or the process's end cut while they run: nobody takes them for whole, and the log says why.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Configuration, type Edit } from './configuration.ts'
import { ask, leftBy, line, lines, readAll, startFiles } from './files.ts'
import type { Script } from './welfare.ts'

/** A little now and then, until the gateway leaves. */
const tricklingOf =
  (of: (at: number) => string): Script =>
  (_, response) => {
    const piece = lines(2000, of)
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const timer = setInterval(() => response.write(piece), 50)
    response.on('close', () => clearInterval(timer))
  }
const trickling = tricklingOf(line)

t.test('rules that come into force', async (t) => {
  const department = await startFiles(t)
  const configuration = new Configuration(`${department.folder}/config`)
  department.welfare.script = trickling

  await t.test('go on with what they permit, and cut what they would refuse: a block', async (t) => {
    const { gateway } = department.serving.process
    const answer = await ask(department)
    const reading = readAll(answer)
    const { digest } = gateway.policy.snapshot
    configuration.edit('purposes.yaml', (document) => document.setIn(['purposes', 0, 'title'], '另一名稱'))
    while (gateway.policy.snapshot.digest === digest) await sleep(20)
    t.equal(gateway.streams.size, 1, 'what says nothing of it changes nothing')
    const block = { credential: 'nhi-file-1', at: '2026-11-24T22:15:00+08:00', by: '值班人員', reason: '疑似憑證外洩' }
    configuration.edit('blocks.yaml', (document) => document.set('blocks', document.createNode([block])))
    t.notOk((await reading).whole)
    const { completions } = await leftBy(department, answer)
    const policies = (await department.records()).filter(({ entry }) => entry.kind === 'policy')
    t.match(completions, [
      { entry: { outcome: 'cut', code: 'blocked', rule: 'blocks.yaml#/blocks/0', policy: policies.at(-1)?.entry.digest } },
    ])
    t.ok(Number(policies.at(-1)?.index) < Number(completions[0]?.index), 'rules are in the log before they cut')
    t.equal((await readAll(await ask(department))).status, 403)
    const { digest: blocked } = gateway.policy.snapshot
    configuration.edit('blocks.yaml', (document) => document.set('blocks', document.createNode([])))
    while (gateway.policy.snapshot.digest === blocked) await sleep(20)
  })

  await t.test('cut them while the log is away; what the log then holds first is the rules', async (t) => {
    // Nobody is named: it would end by itself, for want of a log to name them in.
    department.welfare.script = tricklingOf((at) => line(at, { applicant: { nationalId: null } }))
    const answer = await ask(department)
    const reading = readAll(answer)
    await department.database.kill()
    const block = { network: '203.0.113.32/28', at: '2026-11-24T22:15:00+08:00', by: '值班人員', reason: '疑似入侵' }
    configuration.edit('blocks.yaml', (document) => document.set('blocks', document.createNode([block])))
    t.match(await Promise.race([reading, sleep(5_000, 'it goes on')]), { whole: false })
    await department.database.start()
    while (!(await department.serving.process.gateway.log.ready()).ready) await sleep(20)
    const { completions } = await leftBy(department, answer)
    const policy = (await department.records()).findLast(({ entry }) => entry.kind === 'policy')
    t.match(completions, [{ entry: { outcome: 'cut', code: 'blocked', rule: 'blocks.yaml#/blocks/0', policy: policy?.entry.digest } }])
    t.ok(Number(policy?.index) < Number(completions[0]?.index))
  })
})

t.test('within a second of the moment at which they are saved, and its connection is reset', async (t) => {
  const department = await startFiles(t)
  const configuration = new Configuration(`${department.folder}/config`)
  const { gateway } = department.serving.process
  department.welfare.script = trickling
  const agency = 'agencies/nhi-administration.yaml'
  const block = { agency: 'nhi-administration', at: '2026-11-24T22:15:00+08:00', by: '值班人員', reason: '疑似外洩' }
  const cases: readonly (readonly [code: string, file: string, cut: Edit, back: Edit])[] = [
    [
      'blocked',
      'blocks.yaml',
      (document) => document.set('blocks', document.createNode([block])),
      (document) => document.set('blocks', document.createNode([])),
    ],
    [
      'fields-not-granted',
      agency,
      (document) => document.deleteIn(['grants', 0, 'fields', 3]),
      (document) => document.addIn(['grants', 0, 'fields'], '[].status.validUntil'),
    ],
  ]
  for (const [code, file, cut, back] of cases) {
    let quickest = Number.POSITIVE_INFINITY
    // Whatever else the machine does may hold up one of them: what always takes longer is the gateway's.
    for (let each = 0; each < 3 && quickest >= 1_000; each += 1) {
      const answer = await ask(department)
      const reset = new Promise<unknown>((failed) => answer.once('error', failed))
      const reading = readAll(answer)
      const { digest } = gateway.policy.snapshot
      const saved = performance.now()
      configuration.edit(file, cut)
      t.match(await reset, { code: 'ECONNRESET' })
      quickest = Math.min(quickest, performance.now() - saved)
      t.notOk((await reading).whole)
      t.match((await leftBy(department, answer)).completions, [{ entry: { outcome: 'cut', code } }])
      configuration.edit(file, back)
      while (gateway.policy.snapshot.digest !== digest) await sleep(20)
    }
    t.ok(quickest < 1_000, `${code}: ${quickest.toFixed(0)} ms`)
  }
})

t.test('a process that is told to stop gives its streams ten seconds, and says that it cut them', { timeout: 90_000 }, async (t) => {
  const department = await startFiles(t)
  department.welfare.script = trickling
  const answer = await ask(department)
  const reading = readAll(answer)
  // The store closes within stop(): what it holds is read in the last moment before.
  const { log } = department.serving.process.gateway
  const close = log.close.bind(log)
  let left: Awaited<ReturnType<typeof leftBy>> | undefined
  log.close = async () => {
    await close()
    left = await leftBy(department, answer)
  }
  await department.stop()
  t.notOk((await reading).whole)
  t.match(left?.completions, [{ entry: { outcome: 'cut', code: 'gateway-stopped' } }])
})
