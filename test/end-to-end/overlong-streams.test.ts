// overlong-streams.test.ts: streams that end for want of somebody who takes them, of time, or of a log to name people in: cut, and recorded.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ask, identifierOf, leftBy, line, lines, readAll, releasedLine, startFiles } from './files.ts'
import type { Script } from './welfare.ts'

/** Milliseconds after which something ends a stream, and what they are in this process. */
const [stalled, tooLong] = [120_000, 12 * 3_600_000]
const shorter = new Map<number | undefined, number>()
const { setTimeout: timer } = globalThis
const shortened = (act: () => void, ms?: number, ...more: []): NodeJS.Timeout => timer(act, shorter.get(ms) ?? ms, ...more)
Object.assign(globalThis, { setTimeout: Object.assign(shortened, timer) }) // with its promisified form
t.afterEach(() => shorter.clear())

/** Pieces without end, each as soon as the one before is taken. */
const pouring =
  (piece: string, every: number): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const pour = setInterval(() => {
      if (!response.writableNeedDrain) response.write(piece)
    }, every)
    response.on('close', () => clearInterval(pour))
  }

const department = await startFiles(t)
const { welfare } = department
const { gateway } = department.serving.process

t.test('whose caller takes nothing for two minutes', async (t) => {
  shorter.set(stalled, 500)
  welfare.script = pouring(lines(2_000), 1)
  const answer = await ask(department)
  answer.socket.pause()
  answer.on('error', () => undefined) // it is reset
  const { completions } = await leftBy(department, answer)
  t.match(completions, [{ entry: { outcome: 'cut', code: 'client-stalled' } }])
  t.equal(gateway.streams.size, 0)
  answer.socket.resume()
  t.notOk((await readAll(answer)).whole)
})

t.test('which takes twelve hours', async (t) => {
  shorter.set(tooLong, 500)
  welfare.script = pouring(lines(2_000), 20)
  const answer = await ask(department)
  const { body, whole } = await readAll(answer)
  t.notOk(whole)
  t.ok(body.length > 0)
  t.match((await leftBy(department, answer)).completions, [{ entry: { outcome: 'cut', code: 'too-long' } }])
})

t.test('whose people cannot be recorded: nobody leaves before the record of them', async (t) => {
  let at = 0
  const next = (): string => lines(500, () => line(at++))
  welfare.script = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const pour = setInterval(() => response.write(next()), 50)
    response.on('close', () => clearInterval(pour))
  }
  const answer = await ask(department)
  const reading = readAll(answer)
  await department.database.kill()
  const transfer = await Promise.race([reading, sleep(20_000)])
  if (transfer === undefined) throw new Error('it goes on')
  t.notOk(transfer.whole)
  await department.database.start()
  while (!(await gateway.log.ready()).ready) await sleep(20)
  const { completions, query } = await leftBy(department, answer)
  t.match(completions, [{ entry: { outcome: 'cut', code: 'query-log-unavailable' } }])
  const rows = transfer.body.toString('utf8').split('\n').length - 1
  t.ok(lines(rows + 1, releasedLine).startsWith(transfer.body.toString('utf8')))
  const named = (await department.records(query.index))
    .filter(({ entry }) => entry.kind === 'subjects' && entry.of?.id === query.entry.id)
    .flatMap(({ entry }) => entry.subjects as { tags: string[] }[]) // as they are written
    .flatMap(({ tags }) => tags)
  const { log } = gateway
  const people = Array.from({ length: rows }, (_, at) => log.tag(log.now(), 'nhi-administration', 'tw-national-id', identifierOf(at)).tag)
  t.same(named.slice(0, rows), people)
})
