// copies.test.ts: copies of checkpoints: each minute, to every place; what fails stops nothing, and is told when it lasts.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as httpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as tlsServer } from 'node:tls'
import t, { type Test } from 'tap'
import { Copies, type CopyEvent, type CopyPlace, readCopies, staleAfter } from '../../src/querylog/copies.ts'
import { filePlace, httpsPlace, syslogPlace } from '../../src/querylog/copy-places.ts'
import { readKept } from '../../src/verifier/kept.ts'
import { drawCertificate } from '../certificates.ts'
import { newSigner } from '../verifier/written-log.ts'

const log = 'linkage.example/log/1'
const signer = newSigner()
const noteOf = (size: number): string => signer.sign(`${log}\n${size}\n${Buffer.alloc(32, size).toString('base64')}\n`)
const minute = 60_000

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-copies-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

interface Bench {
  now: number
  size: number
  readonly events: CopyEvent[]
  readonly folder: string
  open(...places: CopyPlace[]): Promise<Copies>
}

function bench(t: Test): Bench {
  const made: Bench = {
    now: 1_000_000,
    size: 1,
    events: [],
    folder: folderOf(t),
    open: (...places) =>
      Copies.open({
        log,
        slot: '1',
        places,
        newest: () => (made.size === 0 ? '' : noteOf(made.size)),
        now: () => made.now,
        stateFile: join(made.folder, 'copies.json'),
        report: (event) => made.events.push(event),
      }),
  }
  return made
}

/** A place that a test breaks. */
class Place implements CopyPlace {
  readonly name: string
  readonly took: number[] = []
  broken = false
  constructor(name: string) {
    this.name = name
  }
  async put({ size }: { size: number }): Promise<void> {
    if (this.broken) throw new Error('broken')
    this.took.push(size)
  }
}

t.test('each place gets each newest checkpoint once, and is shown again only after ten minutes', async (t) => {
  const made = bench(t)
  const [one, two] = [new Place('one'), new Place('two')]
  const copies = await made.open(one, two)
  made.size = 0
  await copies.run()
  t.same(one.took, [], 'an empty log has no checkpoint')
  for (const size of [5, 5, 9, 9]) {
    made.size = size
    await copies.run()
    made.now += minute
  }
  t.same(
    [one.took, two.took],
    [
      [5, 9],
      [5, 9],
    ],
  )
  made.now += 9 * minute
  await copies.run()
  t.same(one.took, [5, 9, 9])
  t.same(
    copies.last.map(({ last }) => last),
    [
      { at: made.now, size: 9 },
      { at: made.now, size: 9 },
    ],
  )
})

t.test('one place that fails is told of once and tried again each minute; the other goes on', async (t) => {
  const made = bench(t)
  const [good, bad] = [new Place('good'), new Place('bad')]
  const copies = await made.open(good, bad)
  bad.broken = true
  for (let size = 1; size <= 3; size++) {
    made.size = size
    await copies.run()
  }
  t.same(good.took, [1, 2, 3])
  t.match(made.events, [{ event: 'copy-failed', place: 'bad', error: { message: 'broken' } }])
  bad.broken = false
  await copies.run()
  t.same(bad.took, [3])
  t.match(made.events.slice(1), [{ event: 'copy-succeeds-again', place: 'bad' }])
})

t.test('when none took a copy for four hours it is told, once; one that takes one ends it', async (t) => {
  const made = bench(t)
  const [one, two] = [new Place('one'), new Place('two')]
  const copies = await made.open(one, two)
  await copies.run()
  one.broken = true
  two.broken = true
  made.size = 2
  made.now += staleAfter
  await copies.run()
  t.equal(copies.stale, false)
  made.now += 1
  await copies.run()
  await copies.run()
  t.equal(copies.stale, true)
  t.equal(made.events.filter(({ event }) => event === 'copies-stale').length, 1)
  const again = await made.open(one, two)
  t.equal(again.stale, true, 'a restart does not make old copies young')
  two.broken = false
  await copies.run()
  t.equal(copies.stale, false)
  t.equal(made.events.at(-1)?.event, 'copies-fresh')
})

t.test('of places that never took any, four hours count from the first start; without places nothing is stale', async (t) => {
  const made = bench(t)
  const never = new Place('never')
  never.broken = true
  const [copies, none] = [await made.open(never), await made.open()]
  t.equal(copies.stale, false)
  made.now += staleAfter + 1
  t.equal(copies.stale, true)
  t.equal(none.stale, false)
  t.same(copies.last, [{ place: 'never', last: undefined }])
  t.equal((await made.open(never)).stale, true, 'a restart is no beginning')
  const other = new Place('other')
  other.broken = true
  t.equal((await made.open(never, other)).stale, true, 'nor is a further place')
})

t.test('where it cannot be read what places took, none of them counts as having taken any, until one does', async (t) => {
  const made = bench(t)
  made.now = Date.parse('2026-11-24T02:00:00.000Z')
  writeFileSync(join(made.folder, 'copies.json'), '{"one": {"at":')
  const copies = await made.open(new Place('one'))
  t.equal(copies.stale, true)
  await copies.run()
  t.equal(copies.stale, false)
  t.same(made.events, [])
})

t.test('a file only grows, holds the notes as the verifier reads them, and is not made where it is missing', async (t) => {
  const folder = folderOf(t)
  const path = join(folder, 'checkpoints')
  const place = filePlace(path)
  const copy = (size: number) => ({ log, slot: '1', size, note: noteOf(size) })
  await t.rejects(place.put(copy(1)), { code: 'ENOENT' })
  writeFileSync(path, '')
  await place.put(copy(1))
  await place.put(copy(2))
  t.equal(readFileSync(path, 'utf8'), noteOf(1) + noteOf(2))
  t.match(
    readKept(readFileSync(path, 'utf8'), 'file').map(({ log: of, known }) => ({ of, known })),
    [1, 2].map((size) => ({ of: log, known: { kind: 'checkpoint', note: noteOf(size) } })),
  )
  if (process.getuid?.() !== 0) {
    chmodSync(path, 0o400)
    await t.rejects(place.put(copy(3)), { code: 'EACCES' })
  }
  await t.rejects(filePlace('/dev/full').put(copy(3)), { code: 'ENOSPC' })
  t.match(await readCopies(join(folder, 'missing')), new Map())
})

async function listening(t: Test, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port // of a server that listens on TCP
}

const copy = { log, slot: '1', size: 7, note: noteOf(7) }

t.test('HTTPS PUT: to an address of its own, verified; no redirect, no body, no status but 2xx', async (t) => {
  const { cert, key } = await drawCertificate('witness')
  const asked: { method: string | undefined; url: string | undefined; authorization: string | undefined; body: string }[] = []
  let status = 201
  const server = httpsServer({ cert, key }, (incoming, answer) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk) => chunks.push(chunk))
    incoming.on('end', () => {
      const { authorization } = incoming.headers
      asked.push({ method: incoming.method, url: incoming.url, authorization, body: Buffer.concat(chunks).toString() })
      answer.writeHead(status, { location: '/elsewhere', 'transfer-encoding': 'chunked' })
      answer.write('a body that never ends')
    })
  })
  const url = `https://127.0.0.1:${await listening(t, server)}/log`
  t.teardown(() => server.closeAllConnections())
  const place = httpsPlace(url, { ca: cert, authorization: 'Bearer x' })
  t.equal(place.name, url)
  await place.put(copy)
  t.same(asked, [{ method: 'PUT', url: '/log/1/7', authorization: 'Bearer x', body: copy.note }])
  for (status of [301, 307, 400, 404, 500]) await t.rejects(place.put(copy), { message: `answered with ${status}` })
  t.equal(asked.length, 6, 'nothing was asked elsewhere')
  await t.rejects(httpsPlace(url, {}).put(copy), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  const other = await drawCertificate('another')
  await t.rejects(httpsPlace(url, { ca: other.cert }).put(copy))
})

t.test(
  'syslog over TLS: one frame of RFC 5425, verified; a collector that hangs up or shows another certificate took nothing',
  async (t) => {
    const { cert, key } = await drawCertificate('collector')
    const frames: string[] = []
    const server = tlsServer({ cert, key }, (socket) => {
      let frame = ''
      socket.on('data', (chunk) => {
        frame += chunk.toString()
      })
      socket.on('end', () => {
        frames.push(frame)
        socket.end()
      })
      socket.on('error', () => undefined)
    })
    const port = await listening(t, server)
    await syslogPlace('127.0.0.1', port, { ca: cert }).put(copy)
    const [, count = '', message = ''] = /^(\d+) (.*)$/s.exec(frames[0] ?? '') ?? []
    t.equal(Number(count), Buffer.byteLength(message))
    const [, header, name, size, base64 = ''] =
      /^(<109>1 \S+ \S+ linkage \d+ checkpoint) - linkage-checkpoint (\S+) (\d+) (\S+)$/.exec(message) ?? []
    t.ok(header)
    t.same([name, size, Buffer.from(base64, 'base64').toString()], [log, '7', copy.note])
    await t.rejects(syslogPlace('127.0.0.1', port, {}).put(copy), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    t.equal(frames.filter((each) => each !== '').length, 1)
    const asking = tlsServer({ cert, key, requestCert: true, ca: cert, minVersion: 'TLSv1.3' }, (socket) =>
      socket.on('error', () => undefined),
    )
    asking.on('tlsClientError', () => undefined)
    await t.rejects(syslogPlace('127.0.0.1', await listening(t, asking), { ca: cert }).put(copy), 'a certificate is asked for')
  },
)
