// ledger.test.ts: the sceptic that the faults are judged by: it is content with an honest log, and with none of these.
import { createHash, createHmac } from 'node:crypto'
import t from 'tap'
import { Ledger, type Stored } from './ledger.ts'

const salt = Buffer.alloc(32, 7)
const [body, other] = [Buffer.from('{"status":{}}'), Buffer.from('{"status":{"category":"x"}}')]
const leafOf = (bytes: Buffer): Buffer => createHash('sha256').update(Buffer.of(0)).update(bytes).digest()
const hmac = (of: Buffer): string => createHmac('sha256', salt).update(of).digest('hex')

type Members = Readonly<Record<string, unknown>>

const at = (second: number): string => `2026-11-24T02:00:0${second}.000Z`
const query = (id: string, seq: number, more: Members = {}): Members => ({
  agency: 'a',
  agency_seq: seq,
  at: at(seq),
  code: 'released',
  counted_seq: seq,
  id,
  kind: 'query',
  released_hmac: hmac(body),
  status: 200,
  ...more,
})
const completion = (id: string, index: number, more: Members = {}): Members => ({
  at: at(9),
  kind: 'completion',
  of: { id, index },
  outcome: 'not-released',
  ...more,
})

const stored = (entries: readonly Members[]): Stored[] =>
  entries.map((each, index) => {
    const bytes = Buffer.from(JSON.stringify(each))
    return { index, bytes, leaf: leafOf(bytes) }
  })

const receiptOf = ({ index, bytes }: Stored, of = salt): string =>
  `slot=1, index=${index}, leaf=:${leafOf(bytes).toString('base64')}:, salt=:${of.toString('base64')}:, checkpoint=:Tg==:`

/** One call was served, one refused, one cut off; and the log says so. */
const honest = [query('served', 1), query('refused', 2), query('cut', 3), completion('refused', 1)]

function ledgerOf(log: readonly Stored[], receipt = log[0] && receiptOf(log[0]), got = body): Ledger {
  const ledger = new Ledger()
  for (const id of ['served', 'refused', 'cut']) ledger.opens(id)
  ledger.gotBody('served', got, receipt ?? '')
  ledger.gotRefusal('refused')
  ledger.closeOpen()
  return ledger
}

t.test('an honest log gives no reason to complain, whatever became of the call that was cut off', async (t) => {
  const logs = [honest, honest.toSpliced(2, 1), [...honest, completion('cut', 2)], [query('served', 1)]]
  for (const log of logs.map(stored)) t.same(ledgerOf(log).complaints(log), [])
  t.equal(ledgerOf(stored(honest)).served, 1)
})

const lies: Readonly<Record<string, readonly [readonly Members[], RegExp]>> = {
  'a body without an entry': [[query('refused', 1), completion('refused', 0)], /served without an entry/],
  'two entries of one call': [[...honest.slice(0, 3), query('served', 4), ...honest.slice(3)], /2 entries/],
  'a body that a completion denies': [[...honest, completion('served', 0)], /served, and a completion calls it not-released/],
  'the digest of another body': [[query('served', 1, { released_hmac: hmac(other) })], /digest of another body/],
  'no digest': [[query('served', 1, { released_hmac: undefined })], /digest of another body/],
  'an entry that says it was refused': [[query('served', 1, { code: 'outside-hours', status: 403 })], /recorded as outside-hours 403/],
  'a refusal that stands as released': [honest.slice(0, 3), /refused to its client, released by entry 1/],
  'an entry of a call that nobody made': [[...honest, query('invented', 4)], /nobody called/],
  'a gap in agency_seq': [[query('served', 1), query('cut', 3, { counted_seq: 2 })], /agency_seq 3 after 1/],
  'agency_seq twice': [[query('served', 1), query('cut', 1, { counted_seq: 2 })], /agency_seq 1 after 1/],
  'a gap in counted_seq': [[query('served', 1), query('cut', 2, { counted_seq: 3 })], /counted_seq 3 after 1/],
  'a step back in time': [[query('served', 1), query('cut', 2, { at: at(0) })], /after 2026/],
  'a completion twice': [[...honest, completion('refused', 1)], /a second completion/],
  'a completion of another index': [[...honest.slice(0, 3), completion('refused', 2)], /does not stand at 2/],
  'a completion of nothing': [[...honest, completion('nobody', 0)], /does not stand at 0/],
}
for (const [name, [entries, complaint]] of Object.entries(lies)) {
  t.test(`${name}: a complaint`, async (t) => {
    const log = stored(entries)
    const served = log.find(({ bytes }) => bytes.includes('"id":"served"'))
    t.match(
      ledgerOf(log, served && receiptOf(served))
        .complaints(log)
        .join('\n'),
      complaint,
    )
  })
}

t.test('a receipt that is of another entry, salt or form: a complaint', async (t) => {
  const log = stored(honest)
  const [first, second] = log
  if (first === undefined || second === undefined) throw new Error('two entries')
  t.match(ledgerOf(log, receiptOf(second)).complaints(log).join('\n'), /its receipt says index 1[\s\S]*another leaf/)
  t.match(
    ledgerOf(log, receiptOf(first, Buffer.alloc(32)))
      .complaints(log)
      .join('\n'),
    /digest of another body/,
  )
  t.match(ledgerOf(log, 'slot=1').complaints(log).join('\n'), /its receipt reads slot=1/)
  t.match(ledgerOf(log, receiptOf(first), other).complaints(log).join('\n'), /digest of another body/)
})

t.test('entries that are moved, removed or changed beside their hashes: a complaint', async (t) => {
  const log = stored(honest)
  const [first] = log
  if (first === undefined) throw new Error('an entry')
  t.match(ledgerOf(log).complaints(log.slice(1)).join('\n'), /index 1 stands at 0[\s\S]*served without an entry/)
  t.match(
    ledgerOf(log)
      .complaints(log.with(0, { ...first, leaf: Buffer.alloc(32) }))
      .join('\n'),
    /another leaf hash is stored/,
  )
})

t.test('a call whose client never learnt its name accounts for one entry, and no more', async (t) => {
  const [one, two] = [query('one', 1), query('two', 2)]
  const ledger = new Ledger()
  ledger.gotNothingUnnamed()
  t.same(ledger.complaints(stored([one])), [])
  t.match(ledger.complaints(stored([one, two])).join(), /nobody called, but for 1/)
})

t.test('a call is answered once, and not left open', async (t) => {
  const ledger = new Ledger()
  ledger.opens('a')
  t.throws(() => ledger.opens('a'), /two calls/)
  t.match(ledger.complaints([]).join(), /nobody answered it/)
  ledger.gotRefusal('a')
  t.throws(() => ledger.gotBody('a', body, ''), /a second answer/)
})
