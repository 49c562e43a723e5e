// files.ts: transfers of mode file for tests: a department whose example agency fetches its list, and a caller that reads as it likes.
import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Configuration } from './configuration.ts'
import { type StoredRecord, signed, startDepartment, type Teardown, type TestDepartment } from './department.ts'

export const listPath = '/low-income/households?month=2026-11'
const agency = 'nhi-administration'
const address = '203.0.113.33'

/** A household's line as the upstream sends it, with what is granted and what is not. */
export const line = (at: number, more: Readonly<Record<string, unknown>> = {}): string =>
  `${JSON.stringify({
    householdId: `H-${at}`,
    protectedPerson: false,
    status: { category: `低收入戶第${(at % 4) + 1}類`, validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '萬華區公所' },
    applicant: { name: '王測試', nationalId: identifierOf(at), address: '臺北市虛構路一段12號' },
    ...more,
  })}\n`

/** What of it the agency may have. */
export const releasedLine = (at: number): string =>
  `${JSON.stringify({
    status: { category: `低收入戶第${(at % 4) + 1}類`, validFrom: '2026-01-01', validUntil: '2026-12-31' },
    applicant: { nationalId: identifierOf(at) },
  })}\n`

export const identifierOf = (at: number): string => `A1${String(at % 100_000_000).padStart(8, '0')}`
export const lines = (count: number, of: (at: number) => string = line): string => Array.from({ length: count }, (_, at) => of(at)).join('')

export const payeesPath = '/allowances/payees?month=2026-11'
/** Columns of the table of payees that are granted. */
export const payeeColumns = ['nationalId', 'name', 'month', 'amount', 'status']

/** Grants the example's agency for files a table in CSV. */
export function withPayees(configuration: Configuration): void {
  configuration.edit('agencies/nhi-administration.yaml', (file) =>
    file.addIn(
      ['grants'],
      file.createNode({
        id: 'payees',
        application: { document: '健保承字第1150000389號', date: '2026-01-15', through: '老人福利科' },
        approval: { document: '北市社資字第1150000206號', date: '2026-02-02' },
        api: 'allowances',
        operations: ['listPayees'],
        mode: 'file',
        purposes: ['premium-subsidy'],
        fields: payeeColumns.map((name) => `[].${name}`),
        reasons: { '[].amount': '核算補助額' },
        from: '2026-02-02',
        until: '2027-12-31',
        limits: { per_minute: '1000', per_day: '1000', per_user_per_day: '1000', concurrent: '10' },
      }),
    ),
  )
}

/** @param configure further changes */
export function startFiles(t: Teardown, configure: (configuration: Configuration) => void = () => undefined): Promise<TestDepartment> {
  return startDepartment(t, (configuration) => {
    openAllDay(configuration)
    configure(configuration)
  })
}

/** The example's agency for files, at any hour and as often as a test likes. */
export function openAllDay(configuration: Configuration): void {
  configuration.edit(`agencies/${agency}.yaml`, (document) => {
    document.deleteIn(['grants', 0, 'hours'])
    for (const limit of ['per_minute', 'per_day', 'per_user_per_day', 'concurrent']) document.setIn(['grants', 0, 'limits', limit], '1000')
  })
}

/** Headers of a call for the list that is approved in every respect. */
export async function fileHeaders(department: Pick<TestDepartment, 'drawn' | 'origin'>, path = listPath): Promise<Record<string, string>> {
  const claims = { purpose: 'premium-subsidy', case: '115-NHI-11', reason: undefined, htm: 'GET' }
  const token = await signed(department, { credential: 'nhi-file-1', issuer: agency, user: 'nhi-batch', path, body: '', claims })
  return { 'x-forwarded-for': address, authorization: `Bearer ${token}` }
}

/** Asks for the list. Resolves at the head of the answer; its body flows once somebody reads it. */
export async function ask(department: TestDepartment, path = listPath, agent = new Agent({ keepAlive: false })): Promise<IncomingMessage> {
  const headers = await fileHeaders(department, path)
  return await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: department.port, path, headers, agent }, resolve).on('error', reject).end()
  })
}

/** Sizes of the chunks (RFC 9112 §7.1) in which the list comes. */
export async function chunksOf(department: TestDepartment, path = listPath): Promise<number[]> {
  const headers = Object.entries({ host: 'linkage.test', connection: 'close', ...(await fileHeaders(department, path)) })
  const text = await department.raw(`GET ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  const bytes = Buffer.from(text)
  const sizes: number[] = []
  for (let at = bytes.indexOf('\r\n\r\n') + 4; ; ) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16)
    sizes.push(size)
    if (!(size > 0)) return sizes
    at = end + 2 + size + 2
  }
}

export interface Transfer {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  readonly whole: boolean
}

/** Reads an answer to its end, or to where it was cut. */
export async function readAll(answer: IncomingMessage): Promise<Transfer> {
  const chunks: Buffer[] = []
  await new Promise<void>((over) => {
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.on('error', () => undefined) // cut: what came before counts
    answer.on('close', over)
  })
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks), whole: answer.complete }
}

/** The `query` and the completions that a call left in the log, waited for. */
export async function leftBy(
  department: TestDepartment,
  answer: { readonly headers: IncomingMessage['headers'] },
): Promise<{ readonly query: StoredRecord; readonly completions: readonly StoredRecord[] }> {
  const id = answer.headers['request-id']
  for (let each = 0; each < 600; each += 1) {
    const records = await department.records()
    const query = records.find(({ entry }) => entry.kind === 'query' && entry.id === id)
    const completions = records.filter(({ entry }) => entry.kind === 'completion' && entry.of?.id === id)
    if (query !== undefined && completions.length > 0) return { query, completions }
    await sleep(25)
  }
  throw new Error(`no completion of ${id}`)
}
