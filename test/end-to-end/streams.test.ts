// streams.test.ts: answers that are released while they come: what arrives, what the log holds, and every way to be cut.
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { parseDictionary } from 'structured-headers'
import t from 'tap'
import { verifyAnswer } from '../../src/verifier/answer.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { startHostile } from '../attacks/hostile.ts'
import { ask, chunksOf, identifierOf, leftBy, line, lines, readAll, releasedLine, startFiles } from './files.ts'
import { unsealed } from './unsealed.ts'
import type { Script } from './welfare.ts'

const block = 64 * 1024
const ndjson = { 'content-type': 'application/x-ndjson' }
const sending =
  (body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Script =>
  (_, response) => {
    response.writeHead(200, { ...ndjson, ...headers })
    response.end(body)
  }
const saltOf = (headers: NodeJS.Dict<string | string[]>): Buffer => {
  const salt = parseDictionary(String(headers['linkage-receipt'])).get('salt')?.[0]
  if (!(salt instanceof ArrayBuffer)) throw new TypeError('a receipt has a salt')
  return Buffer.from(salt)
}

t.test('a file', async (t) => {
  const department = await startFiles(t)
  const { welfare } = department

  await t.test('arrives filtered, recorded before its first byte and completed after its last', async (t) => {
    welfare.script = sending(lines(3000))
    const answer = await ask(department)
    t.equal(answer.headers['transfer-encoding'], 'chunked')
    t.equal(answer.headers['content-type'], 'application/x-ndjson; charset=utf-8')
    t.equal(answer.headers['content-length'], undefined)
    const before = (await department.records()).find(({ entry }) => entry.id === answer.headers['request-id'])
    t.match(before?.entry, { kind: 'query', code: 'released', decision: 'permit', mode: 'file' }, 'recorded before a byte is read')
    for (const name of ['rows', 'bytes', 'released_hmac']) t.notOk(name in (before?.entry ?? {}), `${name} is not known yet`)
    const { body, whole } = await readAll(answer)
    t.ok(whole)
    t.equal(body.toString('utf8'), lines(3000, releasedLine))
    const { query, completions } = await leftBy(department, answer)
    t.equal(completions.length, 1)
    const [completion] = completions
    if (completion === undefined) return
    t.same(Object.keys(completion.entry), Object.keys(completion.entry).sort(), 'RFC 8785 order')
    t.match(completion.entry, {
      agency: 'nhi-administration',
      of: { id: query.entry.id, index: query.index },
      outcome: 'whole',
      rows: 3000,
      bytes: Math.ceil(body.length / 1024) * 1024,
      released_hmac: createHmac('sha256', saltOf(answer.headers)).update(body).digest('hex'),
    })
    t.notOk('code' in completion.entry)
    t.match(
      await unsealed(department, completion),
      { bytes: body.length, upstream: { status: 200, bytes: Buffer.byteLength(lines(3000)) } },
      'sealed',
    )
  })

  await t.test('is shown to be the one that was recorded: by its receipt, and the proofs of its query and its completion', async (t) => {
    welfare.script = sending(lines(20))
    const answer = await ask(department)
    const { body } = await readAll(answer)
    const { query, completions } = await leftBy(department, answer)
    const place = `/receipts/1/${query.index}`
    const proofAt = async (path: string): Promise<{ readonly status: number | undefined; readonly text: string }> => {
      const { status, body: text } = await readAll(await ask(department, path))
      return { status, text: text.toString('utf8') }
    }
    let end = await proofAt(`${place}/completion`)
    // Search finds it, and the next checkpoint covers it, soon after.
    for (let each = 0; each < 200 && end.status === 404; each += 1, await sleep(50)) end = await proofAt(`${place}/completion`)
    t.match(end.text, Buffer.from(completions[0]?.text ?? '').toString('base64'))
    const trusted = [readVerifierKey((await department.records())[0]?.entry.verifier_key as string)] // of the opening
    const receipt = String(answer.headers['linkage-receipt'])
    const [{ text: ofQuery }, other] = [await proofAt(place), Buffer.from('another')]
    const proofs = { proof: end.text, queryProof: ofQuery }
    t.match(verifyAnswer({ receipt, ...proofs, body }, trusted), { faults: [], shown: ['signed', 'included', 'body'] })
    t.match(verifyAnswer({ receipt, proof: end.text, body }, trusted).faults, [{ code: 'query-unproven' }])
    t.match(verifyAnswer({ receipt, ...proofs, body: other }, trusted).faults, [{ code: 'body-mismatch' }])
    t.match(verifyAnswer({ receipt, proof: ofQuery, body }, trusted).faults, [
      { code: 'not-compared', expected: /completion of this query/ },
    ])
    const another = await ask(department)
    await readAll(another)
    const wrong = { receipt: String(another.headers['linkage-receipt']), ...proofs, body }
    t.match(verifyAnswer(wrong, trusted).faults, [{ code: 'entry-mismatch' }, { code: 'body-mismatch' }])
    t.equal((await proofAt(`/receipts/1/${completions[0]?.index}/completion`)).status, 404, 'a completion has none')
    t.equal((await proofAt(`/receipts/1/0/completion`)).status, 404)
  })

  await t.test('names people, whose tags are recorded before its completion', async (t) => {
    const { log } = department.serving.process.gateway
    welfare.script = sending(lines(2500, (at) => line(at % 2100)))
    const answer = await ask(department)
    t.ok((await readAll(answer)).whole)
    const { query, completions } = await leftBy(department, answer)
    const entries = (await department.records(query.index)).filter(({ entry }) => entry.kind === 'subjects')
    const expected = Array.from(
      { length: 2100 },
      (_, at) => log.tag(Date.now(), 'nhi-administration', 'tw-national-id', identifierOf(at)).tag,
    )
    const groups = entries.flatMap(({ entry }) => entry.subjects as { kind: string; key: string; tags: string[] }[]) // as they are written
    t.same([...new Set(groups.flatMap(({ tags }) => tags))], expected, 'each of them, in their order')
    t.ok(groups.every(({ kind }) => kind === 'tw-national-id'))
    for (const { index, entry } of entries) {
      t.same(entry.of, { id: query.entry.id, index: query.index })
      t.ok(index < Number(completions[0]?.index))
    }
    t.equal(entries.length, 3)
    t.notMatch(entries.map(({ text }) => text).join(), identifierOf(0), 'no identifier in clear')
  })

  await t.test('that is cut names also who stands last in what left', async (t) => {
    const { log } = department.serving.process.gateway
    const padded = (pad: number) => (at: number) => line(at, at === 0 ? { status: { category: 'x'.repeat(pad) } } : {})
    const releasedPadded = (pad: number) => (at: number) =>
      at === 0
        ? `${JSON.stringify({ status: { category: 'x'.repeat(pad) }, applicant: { nationalId: identifierOf(0) } })}\n`
        : releasedLine(at)
    // With the closing quote as the last byte that leaves, and with the last character before it.
    for (const last of ['"', '']) {
      const plain = Buffer.from(lines(600, releasedPadded(0))).subarray(0, block - 200)
      const next = plain.toString('utf8').split('\n').length - 1
      const upTo = Buffer.byteLength(`${lines(next, releasedPadded(0))}${releasedLine(next).slice(0, -4)}${last}`)
      const pad = block - upTo
      welfare.script = async (_, response) => {
        response.writeHead(200, ndjson)
        response.write(lines(600, padded(pad)))
        await sleep(200)
        response.destroy()
      }
      const answer = await ask(department)
      const { body } = await readAll(answer)
      t.ok(
        Buffer.from(lines(600, releasedPadded(pad)))
          .subarray(0, block)
          .toString('utf8')
          .endsWith(`"${identifierOf(next)}${last}`),
      )
      t.ok(body.length <= block)
      const { query, completions } = await leftBy(department, answer)
      t.match(completions, [{ entry: { outcome: 'cut', bytes: block } }])
      const tag = log.tag(Date.now(), 'nhi-administration', 'tw-national-id', identifierOf(next)).tag
      const entries = (await department.records(query.index)).filter(
        ({ entry }) => entry.kind === 'subjects' && entry.of?.id === query.entry.id,
      )
      t.match(entries.map(({ text }) => text).join(), tag, last === '' ? 'without its closing quote' : 'with it')
      t.ok(entries.every(({ index }) => index < Number(completions[0]?.index)))
    }
  })

  await t.test('that is empty is a file', async (t) => {
    welfare.script = sending('')
    const answer = await ask(department)
    t.match(await readAll(answer), { whole: true, status: 200 })
    t.match((await leftBy(department, answer)).completions, [{ entry: { outcome: 'whole', rows: 0, bytes: 0 } }])
  })

  await t.test('is refused, not cut, where nothing of it was let out', async (t) => {
    const from = department.size
    for (const [name, script] of Object.entries({
      'no JSON': sending('no JSON\n'),
      'another type': sending('{}\n', { 'content-type': 'application/json' }),
      'an encoding that is not configured': sending(gzipSync(lines(1)), { 'content-encoding': 'gzip' }),
      'no announced end': (_, response) => {
        response.useChunkedEncodingByDefault = false
        response.removeHeader('transfer-encoding')
        response.writeHead(200, { ...ndjson, connection: 'close' })
        response.end(lines(3))
      },
    } satisfies Record<string, Script>)) {
      welfare.script = script
      const answer = await readAll(await ask(department))
      t.equal(answer.status, 502, name)
      t.equal(JSON.parse(answer.body.toString()).code, 'upstream-malformed', name)
    }
    t.same(
      (await department.records(from)).map(({ entry }) => [entry.kind, entry.code]),
      Array(4).fill(['query', 'upstream-malformed']),
    )
  })

  await t.test('comes in blocks of one size, wherever withheld data stands', async (t) => {
    const many = 6000
    const sizes: number[][] = []
    const entries: unknown[] = []
    const withheld = (at: number): string => line(at, { note: '未列目錄'.repeat(at % 97), members: Array(at % 5).fill({ name: '王小測' }) })
    for (const [script, name] of [
      [sending(lines(many)), 'in one go'],
      [sending(lines(many, withheld)), 'with more that is withheld'],
      [slowly(lines(many, withheld), 7777), 'in odd pieces'],
    ] as const) {
      welfare.script = script
      sizes.push(await chunksOf(department))
      const answer = await ask(department)
      t.ok((await readAll(answer)).whole, name)
      const { completions } = await leftBy(department, answer)
      entries.push(completions.map(({ entry: { id: _, at: _at, of: _of, sealed: _sealed, released_hmac: _digest, ...clear } }) => clear))
    }
    const [first = []] = sizes
    t.ok(first.length > 4)
    t.ok(
      first.slice(0, -2).every((size) => size === block),
      'but the last, and the end',
    )
    t.same(sizes[1], sizes[0])
    t.same(sizes[2], sizes[0])
    t.same(entries[1], entries[0], 'the clear members of the completion')
    t.same(entries[2], entries[0])
  })

  await t.test('whose upstream falls silent is cut', async (t) => {
    const quiet = await startFiles(t, (configuration) =>
      configuration.edit('gateway.yaml', (document) =>
        document.setIn(['upstreams', 'welfare', 'timeouts_ms'], document.createNode({ stream: '300' })),
      ),
    )
    quiet.welfare.script = (_, response) => {
      response.writeHead(200, ndjson)
      response.write(lines(3000))
    }
    const answer = await ask(quiet)
    t.notOk((await readAll(answer)).whole)
    t.match((await leftBy(quiet, answer)).completions, [{ entry: { outcome: 'cut', code: 'upstream-timeout' } }])

    await t.test('but not while its caller is slow', async (t) => {
      quiet.welfare.script = pouring(40 * 1024 * 1024)
      const slow = await ask(quiet)
      await sleep(1500)
      t.ok((await readAll(slow)).whole)
      t.match((await leftBy(quiet, slow)).completions, [{ entry: { outcome: 'whole' } }])
    })
  })

  await t.test('whose caller leaves is cut, and the upstream let go', async (t) => {
    const gone = Promise.withResolvers<void>()
    welfare.script = (_, response) => {
      response.on('close', () => gone.resolve())
      return pouring(200 * 1024 * 1024)(_, response)
    }
    const answer = await ask(department)
    answer.once('data', () => answer.destroy())
    answer.on('error', () => undefined) // we left
    await gone.promise
    const { completions } = await leftBy(department, answer)
    t.match(completions, [{ entry: { outcome: 'cut', code: 'client-left' } }])
    t.equal(department.serving.process.gateway.streams.size, 0)
  })

  await t.test('does not end its connection', async (t) => {
    welfare.script = sending(lines(10))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.teardown(() => agent.destroy())
    const one = await ask(department, undefined, agent)
    const { localPort } = one.socket
    await readAll(one)
    const two = await ask(department, undefined, agent)
    t.equal(two.socket.localPort, localPort)
    t.ok((await readAll(two)).whole)
  })
})

t.test('a file that ends in the middle is cut, and never looks whole', async (t) => {
  const hostile = await startHostile(() => undefined)
  t.teardown(() => hostile.close())
  const department = await startFiles(t, (configuration) =>
    configuration.edit('gateway.yaml', (document) => document.setIn(['upstreams', 'welfare', 'url'], hostile.url)),
  )
  const many = lines(2000)
  const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
  const head = (...fields: string[]): string => ['HTTP/1.1 200 OK', 'Content-Type: application/x-ndjson', ...fields, '', ''].join('\r\n')
  const chunked = head('Transfer-Encoding: chunked') + chunk(many)
  const closing = head('Transfer-Encoding: chunked', 'Connection: close') + chunk(many)
  const announced = head(`Content-Length: ${Buffer.byteLength(many) + 1000}`, 'Connection: close') + many
  const endings = { reset: (socket: Socket) => socket.resetAndDestroy(), end: (socket: Socket) => socket.end() }
  // Of a reset the system tells before, or instead of, what came ahead of it: whichever of the two is heard, the answer is none.
  const either = /^upstream-(?:malformed|unavailable)$/
  const cases: Record<string, readonly [string, keyof typeof endings, string | RegExp]> = {
    'a reset between two chunks': [chunked, 'reset', either],
    'an end between two chunks': [chunked, 'end', 'upstream-unavailable'],
    'a reset of an answer that says Connection: close': [closing, 'reset', either],
    'an end of one that says Connection: close': [closing, 'end', 'upstream-malformed'],
    'fewer bytes than announced': [announced, 'end', 'upstream-malformed'],
    'a reset before the announced end': [announced, 'reset', either],
    'a line that is none': [`${head('Transfer-Encoding: chunked') + chunk(`${many}{"a":}\n`)}0\r\n\r\n`, 'end', 'upstream-malformed'],
  }
  for (const [name, [sent, ending, code]] of Object.entries(cases)) {
    await t.test(name, async (t) => {
      const asked = Promise.withResolvers<Socket>()
      hostile.deed = (socket) => {
        socket.write(sent)
        asked.resolve(socket)
      }
      const answer = await ask(department)
      endings[ending](await asked.promise)
      const { body, status, whole } = await readAll(answer)
      t.equal(status, 200)
      t.notOk(whole, 'not whole')
      t.ok(lines(2000, releasedLine).startsWith(body.toString('utf8')), 'nothing but what is approved')
      const { completions } = await leftBy(department, answer)
      t.match(completions, [{ entry: { outcome: 'cut', code } }])
      const left = Number(completions[0]?.entry.bytes)
      t.ok(left >= body.length, 'whatever arrived is counted')
      t.equal(left % block, 0, 'whole blocks left')
      const gone = Buffer.from(lines(2000, releasedLine)).subarray(0, left)
      t.equal(completions[0]?.entry.rows, gone.toString('utf8').split('\n').length - 1, 'rows that stand whole in them')
      t.equal(completions[0]?.entry.released_hmac, createHmac('sha256', saltOf(answer.headers)).update(gone).digest('hex'))
    })
  }
})

t.test('a file whose end only another transfer coding than chunked would tell is refused: SPEC RFC 9112 §6.3', async (t) => {
  const hostile = await startHostile(() => undefined)
  t.teardown(() => hostile.close())
  const department = await startFiles(t, (configuration) =>
    configuration.edit('gateway.yaml', (document) => document.setIn(['upstreams', 'welfare', 'url'], hostile.url)),
  )
  for (const [coding, body, status] of [
    ['gzip', lines(3), 502],
    ['identity', lines(3), 502],
    ['x-chunked', lines(3), 502],
    ['chunked, gzip', lines(3), 502],
    ['Chunked', `${Buffer.byteLength(lines(3)).toString(16)}\r\n${lines(3)}\r\n0\r\n\r\n`, 200],
  ] as const) {
    hostile.deed = (socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: ${coding}\r\n\r\n${body}`)
    t.match(await readAll(await ask(department)), { status, whole: true }, coding)
  }
})

t.test('encodings that are configured are undone, within their bounds', async (t) => {
  const department = await startFiles(t, (configuration) =>
    configuration.edit('gateway.yaml', (document) =>
      document.setIn(['upstreams', 'welfare', 'encodings'], document.createNode(['gzip', 'br'])),
    ),
  )
  const { welfare } = department
  const text = lines(2000)
  for (const [encoding, packed] of [
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
  ] as const) {
    await t.test(encoding, async (t) => {
      welfare.script = sending(packed, { 'content-encoding': encoding })
      const answer = await ask(department)
      t.equal((await readAll(answer)).body.toString('utf8'), lines(2000, releasedLine))
      t.match((await leftBy(department, answer)).completions, [{ entry: { outcome: 'whole', rows: 2000 } }])
      t.equal(welfare.asked.at(-1)?.headers['accept-encoding'], 'gzip, br')
    })
    await t.test(`${encoding}, truncated`, async (t) => {
      welfare.script = sending(packed.subarray(0, -5), { 'content-encoding': encoding })
      const answer = await ask(department)
      t.notOk((await readAll(answer)).whole && answer.statusCode === 200)
      t.match((await leftBy(department, answer)).completions, [{ entry: { outcome: 'cut', code: 'upstream-malformed' } }])
    })
    await t.test(`${encoding}, with bytes behind its end`, async (t) => {
      welfare.script = sending(Buffer.concat([packed, Buffer.from('and more')]), { 'content-encoding': encoding })
      const answer = await ask(department)
      t.notOk((await readAll(answer)).whole)
      t.match((await leftBy(department, answer)).completions, [{ entry: { outcome: 'cut', code: 'upstream-malformed' } }])
    })
    await t.test(`${encoding}, of what expands without end`, async (t) => {
      const bomb = Buffer.concat([Buffer.from(line(1)), Buffer.alloc(64 * 1024 * 1024, ' ')])
      welfare.script = sending(encoding === 'gzip' ? gzipSync(bomb) : brotliCompressSync(bomb), { 'content-encoding': encoding })
      const answer = await ask(department)
      t.equal(answer.statusCode, 502)
      t.equal(JSON.parse((await readAll(answer)).body.toString()).code, 'upstream-malformed')
    })
  }
})

/** Lines without end, up to so many bytes. */
function pouring(bytes: number): Script {
  return async (_, response) => {
    response.writeHead(200, ndjson)
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const piece = lines(500)
    const size = Buffer.byteLength(piece)
    for (let sent = 0; sent < bytes && !response.destroyed; sent += size)
      if (!response.write(piece)) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined) // the gateway left
    response.end()
  }
}

/** In pieces of an odd size, each in a turn of its own. */
function slowly(text: string, size: number): Script {
  return async (_, response) => {
    response.writeHead(200, ndjson)
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += size) {
      response.write(bytes.subarray(at, at + size))
      await new Promise((turn) => setImmediate(turn))
    }
    response.end()
  }
}
