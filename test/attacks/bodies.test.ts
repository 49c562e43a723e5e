// bodies.test.ts: request bodies that two parsers would read differently: the recorded subject is the one that was asked for.
import fc from 'fast-check'
import t from 'tap'
import { foldIdentifier } from '../../src/identifier.ts'
import { startDepartment, subject } from '../end-to-end/department.ts'
import { unsealed } from '../end-to-end/unsealed.ts'
import { type Attack, attack, goodBody, hear, request } from './harness.ts'

const department = await startDepartment(t, (configuration) => configuration.withoutLimits())
const other = 'A200000003'
const refused = (advisory: string, body: string | Buffer, code: Attack['code'] = 'request-invalid'): Attack => ({
  advisory,
  sent: request(department, { body }),
  code,
  credential: 'edu-2026a',
  goesOn: true,
})
const typed = (advisory: string, headers: readonly string[]): Attack => ({
  advisory,
  sent: request(department, { without: ['content-type'], headers }),
  code: 'media-type',
  credential: 'edu-2026a',
  goesOn: true,
})
const spellings = ['"nationalId"', '"national\\u0049d"', '"\\u006eationalId"', '"nationa\\u006CId"', '"national\\u0049\\u0064"']

t.test('bodies: bodies and their types', async (t) => {
  await attack(t, department, [
    ...spellings
      .flatMap((one) => spellings.map((two) => [one, two] as const))
      .map(([one, two]) => refused(`APISIX CVE-2022-25757: ${one} and ${two}`, `{${one}:"${subject}",${two}:"${other}"}`)),
    refused('the same value twice', `{"nationalId":"${subject}","nationalId":"${subject}"}`),
    refused('in another case', `{"nationalId":"${subject}","NationalId":"${other}"}`),
    refused('__proto__', `{"nationalId":"${subject}","__proto__":{"nationalId":"${other}"}}`),
    refused('nested', `{"nationalId":{"nationalId":"${subject}"}}`),
    refused('an array', `["${subject}"]`),
    refused('null', 'null'),
    refused('a number for a text', '{"nationalId":100000001}'),
    refused('a byte order mark', `\ufeff{"nationalId":"${subject}"}`),
    refused('UTF-16', Buffer.from(`{"nationalId":"${subject}"}`, 'utf16le')),
    refused('invalid UTF-8', Buffer.concat([Buffer.from('{"nationalId":"'), Buffer.of(0xff), Buffer.from('"}')])),
    refused('a lone surrogate', `{"nationalId":"\\ud800"}`),
    refused('a comment', `{"nationalId":"${subject}"/* x */}`),
    refused('trailing bytes', `{"nationalId":"${subject}"}{"nationalId":"${other}"}`),
    refused('single quotes', `{'nationalId':'${subject}'}`),
    refused('cut short', `{"nationalId":"${subject}`),
    refused('D-16: a wrong checksum', '{"nationalId":"A123456788"}'),
    refused('a member that is not declared', `{"nationalId":"${subject}","admin":true}`),
    refused('65 levels', `${'['.repeat(65)}${']'.repeat(65)}`),
    refused('65 KiB', `{"nationalId":"${subject}","x":"${'x'.repeat(66_000)}"}`, 'body-too-large'),
    typed('Fastify CVE-2025-32442, CVE-2026-25223: a tab in the type', ['Content-Type: application/json\t; x']),
    typed('Fastify CVE-2026-3419: trailing junk', ['Content-Type: application/json garbage']),
    typed('Fastify CVE-2026-33806: another type behind a space', ['Content-Type:  text/plain']),
    typed('reply-from GHSA-v2v2-hph8-q5xp (CVE-2023-51701): a type that is JSON to one reader only', [
      'Content-Type: application/json ; charset=utf-8 ; x',
    ]),
    typed('text/plain skips validation elsewhere', ['Content-Type: text/plain']),
    typed('a form', ['Content-Type: application/x-www-form-urlencoded']),
    typed('another charset', ['Content-Type: application/json; charset=utf-16']),
    typed('two types', ['Content-Type: application/json, text/plain']),
    typed('no type', []),
    typed('an encoding', ['Content-Type: application/json', 'Content-Encoding: gzip']),
  ])
})

t.test('at the bounds: a body of 64 KiB is a call, and one byte more is none; heads of more than 16 KiB are no request', async (t) => {
  const bytes = (length: number): string => goodBody.padEnd(length)
  const chunked = (body: string): Buffer =>
    request(department, {
      without: ['content-length'],
      headers: ['Transfer-Encoding: chunked'],
      body: `${(60_000).toString(16)}\r\n${body.slice(0, 60_000)}\r\n${(body.length - 60_000).toString(16)}\r\n${body.slice(60_000)}\r\n0\r\n\r\n`,
    })
  for (const [name, sent, status] of [
    ['64 KiB', request(department, { body: bytes(65_536) }), 200],
    ['64 KiB in chunks', chunked(bytes(65_536)), 200],
    ['one byte more', request(department, { body: bytes(65_537) }), 413],
    ['one byte more in chunks', chunked(bytes(65_537)), 413],
    ['a head within 16 KiB', request(department, { headers: [`X-Long: ${'x'.repeat(15 * 1024)}`] }), 200],
    ['a head beyond 16 KiB', request(department, { headers: [`X-Long: ${'x'.repeat(16 * 1024)}`] }), 400],
  ] as const)
    t.match((await hear(department.port, sent)).text, new RegExp(`^HTTP/1\\.1 ${status} `), name)
})

/** What a parser that keeps the first, or the last, of repeated members would ask about. */
const reading = (body: string, keep: 'first' | 'last'): string | undefined => {
  const found = [...body.matchAll(/"((?:[^"\\]|\\.)*)"\s*:\s*"((?:[^"\\]|\\.)*)"/g)]
    .filter(([, name = '']) => JSON.parse(`"${name}"`) === 'nationalId')
    .map(([, , value = '']) => String(JSON.parse(`"${value}"`)))
  return keep === 'first' ? found[0] : found.at(-1)
}

t.test(
  'whatever the body holds and however its names are spelled: who was asked about, in either reading, is who stands in the record',
  async (t) => {
    const member = fc.tuple(
      fc.constantFrom(...spellings, '"NationalId"', '"asOf"', '"x"'),
      fc.constantFrom(subject, other, 'ａ１００００００００１'),
    )
    const space = fc.constantFrom('', ' ', '\n')
    const bodies = fc
      .tuple(fc.array(member, { minLength: 1, maxLength: 3 }), space)
      .map(([members, gap]) => `{${members.map(([name, value]) => `${name}${gap}:${gap}"${value}"`).join(`,${gap}`)}}`)
    let served = 0
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const [before, asked] = [department.size, department.welfare.asked.length]
        await department.call(department.education, { body })
        const [record] = (await department.records(before)).filter(({ entry }) => entry.kind === 'query')
        if (record === undefined) throw new Error('no record')
        const forwarded = department.welfare.asked.slice(asked)
        if (forwarded.length === 0) return record.entry.decision === 'deny'
        served += 1
        const inside = await unsealed(department, record)
        const readings = [reading(body, 'first'), reading(body, 'last')].map((each) => foldIdentifier(each ?? ''))
        return forwarded[0]?.body === body && readings.every((each) => each === inside.subject)
      }),
      { numRuns: 150 },
    )
    t.ok(served > 5, `${served} of 150 were served`)
  },
)
