// sample-welfare.test.ts: the sample welfare system answers as the example catalogue declares, with invented data only.
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse as parseCsv } from 'csv-parse/sync'
import fc from 'fast-check'
import t from 'tap'
import { parse as parseYaml } from 'yaml'
import { generateHousehold, membersOfSize } from '../../src/cli/sample-welfare/generated.ts'
import { households } from '../../src/cli/sample-welfare/households.ts'
import { startSampleWelfare } from '../../src/cli/sample-welfare/server.ts'
import { identifiersIn, isValidIdentifier } from '../identifiers.ts'

const apis = join(import.meta.dirname, '../../config/apis')
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })

/** The declared answer of an operation, as a validator. */
function declared(api: string, path: string, mediaType = 'application/json') {
  const document = parseYaml(readFileSync(join(apis, `${api}.yaml`), 'utf8'))
  const operation = document.paths[path].post ?? document.paths[path].get
  const schema = operation.responses['200'].content[mediaType].schema
  return ajv.compile({ ...schema, components: document.components })
}

interface Heard {
  status: number
  type: string | undefined
  text: string
}

function ask(url: string, method: string, path: string, body?: string): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, url), { method, agent: false, headers: { 'content-type': 'application/json' } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'],
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const about = (nationalId: string, more: object = {}): string => JSON.stringify({ nationalId, ...more })

t.test('the sample system', async (t) => {
  const sample = await startSampleWelfare()
  t.teardown(() => sample.close())

  t.test('listens on loopback only', async (t) => {
    t.match(sample.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  })

  const single: readonly [string, string, readonly string[]][] = [
    ['low-income', '/households/status', households.map((each) => about(each.nationalId))],
    ['low-income', '/households/assessment', households.map((each) => about(each.nationalId))],
    ['low-income', '/households/contact', households.map((each) => about(each.nationalId))],
    ['disability', '/certificates/query', ['A200000110', 'A200000003', 'W100000618', 'A200000718'].map((id) => about(id))],
    ['disability', '/certificates/verification', ['A200000110', 'A200000003', 'A200000718'].map((id) => about(id, { on: '2026-07-01' }))],
    ['allowances', '/payments/query', ['H100000517', 'A200000718'].map((id) => about(id, { from: '2026-01', until: '2026-12' }))],
    ['protection', '/protection-orders/query', ['A200000718', 'A100000841'].map((id) => about(id))],
    ['protection', '/protection-orders/by-case', [JSON.stringify({ caseNo: 'DV115000071' })]],
  ]
  for (const [api, path, bodies] of single) {
    t.test(`answers ${api} ${path} as the catalogue declares`, async (t) => {
      const validate = declared(api, path)
      for (const body of bodies) {
        const heard = await ask(sample.url, 'POST', path, body)
        t.equal(heard.status, 200, body)
        t.match(heard.type, /^application\/json/)
        t.ok(validate(JSON.parse(heard.text)), `${body}: ${ajv.errorsText(validate.errors)}`)
      }
    })
    t.test(`answers ${api} ${path} about nobody with 404, and with personal data that must not pass`, async (t) => {
      const heard = await ask(sample.url, 'POST', path, JSON.stringify({ nationalId: 'Z100000002', from: '2026-01', until: '2026-12' }))
      t.equal(heard.status, 404)
      t.match(heard.text, /Z100000002/, 'it repeats the identifier')
      t.match(heard.text, /王小明/, 'and offers somebody else')
    })
  }

  t.test('lists households as NDJSON, one declared row a line, filtered as asked', async (t) => {
    const validate = declared('low-income', '/households', 'application/x-ndjson')
    const rows = async (query: string) => {
      const heard = await ask(sample.url, 'GET', `/households?month=2026-11${query}`)
      t.equal(heard.type, 'application/x-ndjson')
      t.ok(heard.text.endsWith('\n'))
      return heard.text
        .slice(0, -1)
        .split('\n')
        .map((line) => JSON.parse(line))
    }
    const all = await rows('')
    t.equal(all.length, households.length - 1, 'all but the household whose category has ended')
    t.ok(validate(all), ajv.errorsText(validate.errors))
    t.same(
      (await rows(`&category=${encodeURIComponent('中低收入戶')}`)).map((each) => each.householdId),
      ['LH115000003', 'LH115000005', 'LH115000009'],
    )
    t.equal((await rows(`&district=${encodeURIComponent('萬華區公所')}`)).length, 3)
  })

  t.test('lists payees as CSV, with the declared columns, one that is not, and accounts with leading zeros', async (t) => {
    const heard = await ask(sample.url, 'GET', '/payees?month=2026-11')
    t.match(heard.type, /^text\/csv/)
    const rows = parseCsv(heard.text, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[] // columns: true gives records
    t.equal(rows.length, 3, 'the stopped allowance is not paid')
    const document = parseYaml(readFileSync(join(apis, 'allowances.yaml'), 'utf8'))
    const columns = Object.keys(document.paths['/payees'].get.responses['200'].content['text/csv'].schema.items.properties)
    t.same(Object.keys(rows[0] ?? {}), [...columns, 'remark'])
    t.ok(
      rows.every((row) => row.account?.startsWith('000')),
      'no zero is lost',
    )
  })

  t.test('keeps what it received, headers included', async (t) => {
    await ask(sample.url, 'POST', '/households/status', about('A123456789'))
    const last = sample.received.at(-1)
    t.match(last, { method: 'POST', url: '/households/status', headers: { 'content-type': 'application/json' } })
    t.ok(sample.received.length <= 1000)
  })

  t.test('refuses what it does not know: 404 for a path, 400 for a body', async (t) => {
    t.equal((await ask(sample.url, 'GET', '/households/status')).status, 404, 'a GET where POST is declared')
    t.equal((await ask(sample.url, 'POST', '/elsewhere', '{}')).status, 404)
    for (const body of ['', '{', '[]', 'null', '"A123456789"', `{"nationalId":"${'A'.repeat(70_000)}"}`]) {
      t.equal((await ask(sample.url, 'POST', '/households/status', body)).status, 400, body.slice(0, 20))
    }
  })
})

t.test('a port in use is an error, not a silence', async (t) => {
  const first = await startSampleWelfare()
  t.teardown(() => first.close())
  await t.rejects(startSampleWelfare({ port: Number(new URL(first.url).port) }), { code: 'EADDRINUSE' })
})

t.test('the households hold what a filter has to stand', async (t) => {
  const texts = households.map((each) => each.text)
  const some = (pattern: RegExp, what: string) =>
    t.ok(
      texts.some((text) => pattern.test(text)),
      what,
    )
  t.equal(new Set(households.map((each) => each.nationalId)).size, 12, 'twelve households, each under its own identifier')
  some(/𠮷/u, 'a name outside the BMP, raw')
  some(/"account":"0\d+"/, 'an account with leading zeros')
  some(/:1234567890123456789[,}]/, 'a number beyond 2^53, written as a number')
  some(/"na\\u006de":/, 'a key spelled with an escape')
  some(/\r\n {2}"/, 'an indented answer')
  some(/"validFrom":"1150101"/, 'a day in the ROC calendar')
  some(/"protectedPerson":true/, 'a protected person')
  some(/"staffMemo":/, 'a member that the catalogue does not declare')
})

t.test('every identifier of the sample is checksum-valid', async (t) => {
  const sample = join(import.meta.dirname, '../../src/cli/sample-welfare')
  for (const file of ['households.ts', 'certificates.ts', 'payments.ts', 'orders.ts']) {
    const found = identifiersIn(readFileSync(join(sample, file), 'utf8'))
    t.ok(found.length > 0, file)
    for (const each of found) t.ok(isValidIdentifier(each), `${file}: ${each}`)
  }
})

t.test('a generated household', async (t) => {
  const validate = declared('low-income', '/households/status')

  t.test('is as declared, with valid identifiers, for every seed and size', async () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 130 }), (seed, members) => {
        const text = generateHousehold(seed, members)
        const record: { members: unknown[] } = JSON.parse(text)
        const fits: boolean = validate(record)
        if (!fits) throw new Error(ajv.errorsText(validate.errors))
        if (record.members.length !== members) throw new Error(`${record.members.length} members`)
        const wrong = identifiersIn(text).filter((each) => !isValidIdentifier(each))
        if (wrong.length > 0) throw new Error(`not valid: ${wrong.join(' ')}`)
      }),
    )
  })

  t.test('is the same for the same seed, and another for another', async (t) => {
    const texts = Array.from({ length: 500 }, (_, seed) => generateHousehold(seed, membersOfSize.small))
    t.equal(new Set(texts).size, texts.length)
    t.equal(generateHousehold(7, 4), texts[7])
  })

  t.test('has the two sizes that benches measure, in raw UTF-8', async (t) => {
    for (const [members, low, high] of [
      [membersOfSize.small, 1450, 1750],
      [membersOfSize.large, 19_000, 21_000],
    ] as const) {
      for (let seed = 0; seed < 50; seed++) {
        const text = generateHousehold(seed, members)
        const size = Buffer.byteLength(text)
        t.ok(size >= low && size <= high, `seed ${seed}, ${members} members: ${size} bytes`)
        t.notMatch(text, /\\u/)
      }
    }
  })

  t.test('refuses what is no seed or size', async (t) => {
    for (const [seed, members] of [
      [-1, 1],
      [0.5, 1],
      [0, 0],
      [0, Number.NaN],
    ] as const) {
      t.throws(() => generateHousehold(seed, members), RangeError)
    }
  })
})
