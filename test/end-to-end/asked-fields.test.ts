// asked-fields.test.ts: a call that asks for less than is granted gets less, of an answer and of a file; the record holds what it got.
import { request } from 'node:http'
import t from 'tap'
import { ask, fileHeaders, identifierOf, leftBy, line, lines, listPath, readAll, startFiles, type Transfer } from './files.ts'

const department = await startFiles(t)
const { welfare } = department
const answer = {
  householdId: 'H-1',
  status: { category: '低收入戶第1類', validUntil: '2026-12-31', approvedBy: '萬華區公所', A123456789: 1 },
  members: [{ name: '王小測', studentStatus: '國小三年級', mood: '未列目錄' }],
  diagnosis: 'F32.1',
}
const answering = (): void => {
  welfare.script = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  }
}
const call = async (fields: string) => await department.call(department.education, { headers: { 'linkage-fields': fields } })
const recordOf = async (id: string | undefined) => (await department.records()).find(({ entry }) => entry.id === id)?.entry

t.test('an answer holds what was asked for, and nothing beside it', async (t) => {
  answering()
  const cases: readonly (readonly [asked: string, released: readonly string[], body: object])[] = [
    ['members[].name', ['members[].name'], { members: [{ name: '王小測' }] }],
    [
      'members[].studentStatus, status.category',
      ['status.category', 'members[].studentStatus'],
      { status: { category: '低收入戶第1類' }, members: [{ studentStatus: '國小三年級' }] },
    ],
  ]
  for (const [asked, released, body] of cases) {
    const reply = await call(asked)
    t.equal(reply.status, 200)
    t.same(reply.json, body, asked)
    const entry = await recordOf(reply.header('request-id'))
    t.same([entry?.fields_asked, entry?.fields_released], [asked.split(', '), released], 'both stand in the record')
  }
})

t.test('one that is not granted among those that are refuses the call, by its name and by no other', async (t) => {
  const { asked } = welfare
  const before = asked.length
  for (const fields of ['members[].name, applicant.birthDate', 'members[].nationalId,status.category', 'diagnosis', 'status']) {
    const reply = await call(fields)
    t.match({ status: reply.status, code: reply.json.code }, { status: 403, code: 'fields-not-granted' }, fields)
    const granted = ['members[].name', 'status.category']
    for (const field of fields.split(/, */)) {
      t.equal(String(reply.json.detail).includes(field), !granted.includes(field), field)
    }
    const entry = await recordOf(reply.header('request-id'))
    t.same([entry?.fields_asked, entry?.fields_released], [fields.split(/, */), undefined])
  }
  t.equal(asked.length, before, 'and nobody was asked')
})

/** The list, of which only these fields are asked for. */
async function askFor(fields: string): Promise<Transfer> {
  const headers = { ...(await fileHeaders(department)), 'linkage-fields': fields }
  return await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: department.port, path: listPath, headers }, (response) => resolve(readAll(response)))
      .on('error', reject)
      .end()
  })
}

t.test('so does a file', async (t) => {
  welfare.script = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.end(lines(2000))
  }
  // Whom it is about must leave with it.
  const transfer = await askFor('[].applicant.nationalId, [].status.category')
  t.equal(
    transfer.body.toString(),
    lines(2000, (at) => `{"status":{"category":"低收入戶第${(at % 4) + 1}類"},"applicant":{"nationalId":"${identifierOf(at)}"}}\n`),
  )
  const { query, completions } = await leftBy(department, transfer)
  t.same(query.entry.fields_asked, ['[].applicant.nationalId', '[].status.category'])
  t.same(query.entry.fields_released, ['[].status.category', '[].applicant.nationalId'])
  t.match(completions, [{ entry: { outcome: 'whole', rows: 2000 } }])
  t.match(await askFor('[].applicant.name'), { status: 403 })
})

t.test('what the catalogue does not declare is counted by API and place, of answers and of files, and never named', async (t) => {
  const counts = async (): Promise<string[]> =>
    (await department.serving.process.gateway.metrics.registry.metrics())
      .split('\n')
      .filter((each) => each.startsWith('linkage_undeclared_members_total{'))
      .sort()
  const count = (rows: readonly string[], parent: string): number =>
    Number(
      rows
        .find((row) => row.includes(`api="low-income",parent="${parent}"`))
        ?.split(' ')
        .at(-1) ?? 0,
    )
  const before = await counts()
  answering()
  t.equal((await call('status.category')).status, 200)
  welfare.script = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.end(lines(2000, (at) => line(at, { A123456789: at })))
  }
  const transfer = await readAll(await ask(department))
  await leftBy(department, transfer)
  const after = await counts()
  t.equal(count(after, 'status') - count(before, 'status'), 1, 'in the released container of an answer')
  t.equal(count(after, '[]') - count(before, '[]'), 2000, 'in the rows of a file')
  t.notMatch(after.join(), /A123456789|mood|diagnosis/)
})
