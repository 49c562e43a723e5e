// smuggling.test.ts: request smuggling on real sockets: where a request ends has one answer, or the connection ends.
import t from 'tap'
import { startDepartment, statusPath } from '../end-to-end/department.ts'
import { type Attack, attack, goodBody, hear, request } from './harness.ts'

const department = await startDepartment(t)
const length = Buffer.byteLength(goodBody)
const framed = (advisory: string, headers: readonly string[], body: string): Attack => ({
  advisory,
  sent: request(department, { without: ['content-length'], headers, body }),
  code: 'request-invalid',
})
const inner = request(department).toString('latin1')
const chunk = `${length.toString(16)}\r\n${goodBody}\r\n`

t.test('smuggling: framing', async (t) => {
  await attack(t, department, [
    framed(
      'RFC 9112 §6.3: Content-Length beside chunked, a request behind it',
      [`Content-Length: ${length}`, 'Transfer-Encoding: chunked'],
      `0\r\n\r\n${inner}`,
    ),
    framed('chunked beside Content-Length', ['Transfer-Encoding: chunked', `Content-Length: ${length}`], goodBody),
    framed('undici CVE-2026-1525: Content-Length twice', [`Content-Length: ${length}`, `content-length: ${length + 5}`], goodBody),
    framed('the same length twice', [`Content-Length: ${length}`, `Content-Length: ${length}`], goodBody),
    framed('a list of lengths', [`Content-Length: ${length}, ${length}`], goodBody),
    framed('a length with a sign', [`Content-Length: +${length}`], goodBody),
    framed('a length in hexadecimal', ['Content-Length: 0x1a'], goodBody),
    framed('a negative length', ['Content-Length: -1'], goodBody),
    framed('another coding', ['Transfer-Encoding: gzip, chunked'], chunk),
    framed('a coding that is none', ['Transfer-Encoding: xchunked'], chunk),
    framed('identity', ['Transfer-Encoding: identity'], goodBody),
    framed('chunked, identity', ['Transfer-Encoding: chunked, identity'], chunk),
    framed('chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], chunk),
    framed('llhttp CVE-2021-22959: a space before the colon', ['Transfer-Encoding : chunked'], `${chunk}0\r\n\r\n`),
    framed('a tab before the name', ['\tTransfer-Encoding: chunked'], `${chunk}0\r\n\r\n`),
    framed('obs-fold', ['X-A: 1', ' Transfer-Encoding: chunked'], `${chunk}0\r\n\r\n`),
    framed('a vertical tab in the coding', ['Transfer-Encoding: \x0bchunked'], `${chunk}0\r\n\r\n`),
    framed('NUL in a header', ['X-A: a\x00b', `Content-Length: ${length}`], goodBody),
    framed('a bare CR in a header', ['X-A: a\rb', `Content-Length: ${length}`], goodBody),
    { advisory: 'bare LF between lines', sent: request(department).toString('latin1').replaceAll('\r\n', '\n'), code: 'request-invalid' },
    { advisory: 'a space in the first line', sent: `POST  ${statusPath} HTTP/1.1\r\nHost: x\r\n\r\n`, code: 'request-invalid' },
    { advisory: 'a method that is none', sent: `PO ST ${statusPath} HTTP/1.1\r\nHost: x\r\n\r\n`, code: 'request-invalid' },
    { advisory: 'a version that is none', sent: `POST ${statusPath} HTTP/1.2\r\nHost: x\r\n\r\n`, code: 'request-invalid' },
    { advisory: 'TLS on a plain port', sent: Buffer.from('16030100a5010000a1', 'hex'), code: 'request-invalid' },
  ])
})

t.test('chunks that are malformed: refused, and recorded under whoever sent them', async (t) => {
  const broken = (advisory: string, body: string): Attack => ({
    ...framed(advisory, ['Transfer-Encoding: chunked'], body),
    credential: 'edu-2026a',
  })
  await attack(t, department, [
    broken('a size that is none', `zz\r\n${goodBody}\r\n0\r\n\r\n`),
    broken('a size beyond 2^64', `fffffffffffffffff\r\n${goodBody}\r\n0\r\n\r\n`),
    broken('Node CVE-2024-22019: an extension without end', `${length.toString(16)};${'x'.repeat(20_000)}\r\n${goodBody}\r\n0\r\n\r\n`),
    broken('a bare LF behind the size', `${length.toString(16)}\n${goodBody}\r\n0\r\n\r\n`),
    broken('more than the chunk says', `1\r\n${goodBody}\r\n0\r\n\r\n`),
  ])
})

t.test(
  'Node CVE-2026-48931: bytes that are no request, behind calls that are: each call is answered first, and the bytes are counted once',
  async (t) => {
    const { log } = department.serving.process.gateway
    const garbage = 'no request at all\r\n\r\n'.repeat(3)
    for (const [title, pieces] of Object.entries({
      'sent with them': [Buffer.concat([request(department), request(department), Buffer.from(garbage)])],
      'sent while they wait': [Buffer.concat([request(department), request(department)]), garbage],
      'sent once they are answered': [Buffer.concat([request(department), request(department)]), 300, garbage],
    })) {
      await log.refusals.flush()
      const from = department.size
      const { text, ended } = await hear(department.port, pieces)
      t.ok(ended, title)
      t.same(
        [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
        ['200', '200', '400'],
        title,
      )
      await log.refusals.flush()
      const entries = (await department.records(from)).map(({ entry }) => entry)
      t.same(
        entries.filter(({ kind }) => kind !== 'refusals').map(({ kind, code }) => [kind, code]),
        [
          ['query', 'released'],
          ['query', 'released'],
        ],
        title,
      )
      t.same(
        entries.flatMap(({ counts = [] }) => counts.map(({ code, count }) => [code, count])),
        [['request-invalid', 1]],
        title,
      )
    }
  },
)
