// operations.ts: what the sample welfare system answers to each request of the catalogue.
import { certificates, verification } from './certificates.ts'
import { households } from './households.ts'
import { orders } from './orders.ts'
import { payeesCsv, paymentsOf } from './payments.ts'

export interface SampleAnswer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** @param body members of the JSON body of a POST; of a list its texts, with commas between them
 *  @param query the query parameters */
type Answering = (body: ReadonlyMap<string, string>, query: URLSearchParams) => SampleAnswer

const json = (text: string): SampleAnswer => ({ status: 200, type: 'application/json; charset=utf-8', text })

/** What an old system says when it finds nobody: it repeats the identifier and offers somebody else. Nothing of it may pass. */
const nobody = (subject: string): SampleAnswer => ({
  status: 404,
  type: 'application/json; charset=utf-8',
  text: JSON.stringify({
    error: 'NOT_FOUND',
    message: `查無 ${subject}，您是否要查詢：王小明 A123456789（臺北市萬華區虛構路一段12號3樓）`,
  }),
})

const household: Answering = (body) => {
  const subject = body.get('nationalId') ?? ''
  const found = households.find((each) => each.nationalId === subject)
  return found === undefined ? nobody(subject) : json(found.text)
}

/** A row for each of those who are found, in the order in which they were asked for. */
const householdBatch: Answering = (body) => {
  const subjects = (body.get('nationalIds') ?? '').split(',')
  const rows = subjects.flatMap((nationalId) =>
    households.filter((each) => each.nationalId === nationalId).map(({ record }) => ({ nationalId, ...record })),
  )
  return rows.length === 0 ? nobody(subjects.join('、')) : json(JSON.stringify(rows))
}

/** The data's own today: its answers are the same whenever they are asked for. */
const sampleDay = '2026-11-24'

const certificateOf = (subject: string) => certificates.find((each) => each.holder.nationalId === subject)

const certificate: Answering = (body) => {
  const subject = body.get('nationalId') ?? ''
  const found = certificateOf(subject)
  return found === undefined ? nobody(subject) : json(JSON.stringify(found))
}

const verified: Answering = (body) => {
  const subject = body.get('nationalId') ?? ''
  const found = certificateOf(subject)
  return found === undefined ? nobody(subject) : json(JSON.stringify(verification(found, body.get('on') ?? sampleDay)))
}

const payments: Answering = (body) => {
  const subject = body.get('nationalId') ?? ''
  const found = paymentsOf(subject, body.get('from') ?? '', body.get('until') ?? '')
  return found === undefined ? nobody(subject) : json(JSON.stringify({ payments: found, total: found.length }))
}

const orderOf: Answering = (body) => {
  const subject = body.get('nationalId') ?? body.get('caseNo') ?? ''
  const found = orders.find((each) => each.victim.nationalId === subject || each.caseNo === subject)
  return found === undefined ? nobody(subject) : json(JSON.stringify(found))
}

/** One household a line, without the writings that break lines. */
const householdList: Answering = (_, query) => {
  const category = query.get('category')
  const district = query.get('district')
  const rows = households.filter(
    ({ record: { status } }) =>
      status.category !== '無' &&
      (category === null || status.category.startsWith(category)) &&
      (district === null || status.approvedBy === district),
  )
  return { status: 200, type: 'application/x-ndjson', text: rows.map(({ record }) => `${JSON.stringify(record)}\n`).join('') }
}

const payeeList: Answering = (_, query) => ({ status: 200, type: 'text/csv; charset=utf-8', text: payeesCsv(query.get('month') ?? '') })

/** Method and path → answer; the paths are those of the catalogue's OpenAPI documents. */
export const operations: ReadonlyMap<string, Answering> = new Map([
  ['POST /households/status', household],
  ['POST /households/status/batch', householdBatch],
  ['POST /households/assessment', household],
  ['POST /households/contact', household],
  ['GET /households', householdList],
  ['POST /certificates/verification', verified],
  ['POST /certificates/query', certificate],
  ['POST /payments/query', payments],
  ['GET /payees', payeeList],
  ['POST /protection-orders/query', orderOf],
  ['POST /protection-orders/by-case', orderOf],
])
