// results-held.test.ts: 六(一)3: results are of what was drawn, and come to what their own rows come to: whatever else they say is found.
import fc from 'fast-check'
import t from 'tap'
import { reviewKey } from '../../../src/audit/answers/answer.ts'
import { resultsDocument } from '../../../src/audit/answers/results-document.ts'
import { requireAnswered, requireHeld, resultsFaults } from '../../../src/audit/answers/results-held.ts'
import { type RoundAsked, roundAnswers } from '../../../src/audit/answers/round-answers.ts'
import { Auditing } from '../../../src/audit/answers/who-audits.ts'
import { civilDate } from '../../../src/calendar.ts'
import { sha256Hex } from '../../../src/canonical.ts'
import { asked, key, log, normal, reviewed, roster, said } from './asked-round.ts'

const days = { from: civilDate('2026-07-06'), until: civilDate('2026-07-31') }
const answersTo = (keys: readonly string[]) => keys.flatMap((each) => said(each, each.startsWith('account') ? reviewed : normal))
const all = [key(1), key(2), key(3), key(4), reviewKey('idle'), reviewKey('idle2')]
const documentOf = (keys: readonly string[]) => JSON.parse(resultsDocument('r', ['a', 'b'], roundAnswers(asked(), answersTo(keys))))
const whole = documentOf(all)
const of = (own: Partial<RoundAsked> = {}) => ({ asked: asked(own), samples: ['b', 'a'], days })

/** What is found in a document, whose step says what it says itself. */
function found(document: typeof whole, own: Partial<RoundAsked> = {}, said = document): readonly string[] {
  const bytes = Buffer.from(JSON.stringify(document))
  return resultsFaults(of(own), statedOf(said, sha256Hex(bytes)), bytes).map(({ member }) => member)
}

function statedOf({ months, open, outcomes, users }: typeof whole, document: string) {
  const counts = open && { open: { items: open.items.length, reviews: open.reviews.length } }
  return { document, months, outcomes, users, ...counts }
}

t.test('what import makes of any answers is held: of some of the items, too', async () => {
  fc.assert(fc.property(fc.subarray(all), (keys) => found(documentOf(keys)).length === 0))
})

t.test('六(一)3, D-17: what was drawn and has no result is named by unit, whatever quota the others meet', async (t) => {
  const openOf = (keys: readonly string[]) => {
    const document = documentOf(keys)
    const bytes = Buffer.from(JSON.stringify(document))
    return requireHeld(of(), statedOf(document, sha256Hex(bytes)), bytes).open
  }
  requireAnswered('r', openOf(all))
  t.throws(() => requireAnswered('r', openOf(all.slice(1))), { code: 'rows-open', message: /尚有 1 列.*\n {2}國小科：1#1 \[rows-open\]$/s })
  const refused = () => requireAnswered('r', openOf([key(2), key(4)]))
  t.throws(refused, { message: /尚有 4 列.*無法查證.*\n {2}國中科：1#3、idle、idle2\n {2}國小科：1#1 \[/s })
  const { open } = documentOf([key(2), key(4)])
  t.same(open, {
    items: [
      { log, index: 1, unit: '國小科' },
      { log, index: 3, unit: '國中科' },
    ],
    reviews: [
      { account: 'idle', unit: '國中科' },
      { account: 'idle2', unit: '國中科' },
    ],
  })
})

t.test('what is open is counted anew: neither the document nor the step says of it what is not so', async (t) => {
  const some = documentOf(all.slice(1))
  t.same(found(some), [])
  t.same(found({ ...some, open: { ...some.open, items: [] } }), ['open.items'])
  t.same(found({ ...whole, open: some.open }), ['open.items'])
  t.same(found({ ...some, open: { ...some.open, items: [{ log, index: 2, unit: '國小科' }] } }), ['open.items[0].index'])
  t.same(found(some, {}, { ...some, open: whole.open }), ['results.open.items'])
  const { open: _, ...earlier } = whole
  t.same(found(earlier), ['open'], 'as an earlier version wrote it')
  t.same(found(whole, {}, earlier), ['results.open'])
})

t.test('no number can be another: in the document, or in what the step says of it', async (t) => {
  const numbers: (readonly [member: string, change: (document: typeof whole) => void])[] = [
    ...['audited', 'population', 'quota'].map((name) => [`months[1].${name}`, (each: typeof whole) => each.months[1][name]++] as const),
    ...['abnormal', 'normal', 'to_explain'].map((name) => [`outcomes.${name}`, (each: typeof whole) => each.outcomes[name]++] as const),
    ...['audited', 'reviewed', 'total', 'with_records'].map(
      (name) => [`users.${name}`, (each: typeof whole) => each.users[name]++] as const,
    ),
    ['months', (each: typeof whole) => each.months.pop()],
    ['months[0].month', (each: typeof whole) => each.months.reverse()],
  ]
  for (const [member, change] of numbers) {
    const changed = structuredClone(whole)
    change(changed)
    t.ok(found(changed).includes(member), member)
    t.ok(found(whole, {}, changed).includes(`results.${member}`), `results.${member}`)
  }
})

t.test('rows are those that were drawn, each once, in the unit of its day, wholly answered', async (t) => {
  const changes: Readonly<Record<string, (document: typeof whole) => void>> = {
    'items[4]': ({ items }) => items.push({ ...items[0], index: 9 }),
    'items[5]': ({ items }) => items.push({ ...items[0], row: 1 }, items[0]),
    'items[0].unit': ({ items }) => Object.assign(items[0], { unit: '國中科' }),
    'items[1].result': ({ items }) => Object.assign(items[1], { result: '很好' }),
    'items[2].day': ({ items }) => Object.assign(items[2], { day: '2026-07-05' }),
    'items[3].match': ({ items }) => Object.assign(items[3], { match: 1 }),
    'items[1]': ({ items }) => Object.assign(items[1], { beyond_need: undefined }),
    'items[2]': ({ items: [, , third] }) => Object.assign(third, { beyond_need: '是' }), // and says not what
    'reviews[2]': ({ reviews }) => reviews.push(reviews[0]),
    'reviews[0].needed': ({ reviews }) => Object.assign(reviews[0], { needed: '相符' }),
    'reviews[1].about': ({ reviews }) => Object.assign(reviews[1], { about: 'A100000001' }),
  }
  for (const [member, change] of Object.entries(changes)) {
    const changed = structuredClone(whole)
    change(changed)
    t.ok(found(changed).includes(member), member)
  }
  const bare = structuredClone(whole)
  const [{ index, log, unit }] = bare.items
  bare.items[0] = { index, log, unit }
  t.ok(found(bare).includes('items[0]'), 'a row that says nothing')
})

t.test('a row that a later draw added was audited from that day', async (t) => {
  const later = (day: string) =>
    found(whole, { items: asked().items.map((item) => (item.key === key(3) ? { ...item, drawnOn: civilDate(day) } : item)) })
  t.same(later('2026-07-20'), [])
  t.same(later('2026-07-01'), [])
  t.ok(later('2026-07-21').includes('items[2].day'), 'it was answered on the 20th')
})

t.test('who queried never audits, and where users are few nobody of the unit does', async (t) => {
  const own = structuredClone(whole)
  own.items[0].auditor = '張雅婷'
  t.same(found(own), ['items[0]'])
  t.same(found(whole, { fewUsers: 5 }), [], 'the round names who is of another unit')
  own.items[0].auditor = '王小明'
  t.same(found(own), ['items[0]'], 'whom the round does not name')
  const unnamed = { auditing: new Auditing(roster, []) }
  t.same(found(own, unnamed), [])
  const rows = all.map((_, at) => (at < 4 ? `items[${at}]` : `reviews[${at - 4}]`))
  t.same([...found(own, { ...unnamed, fewUsers: 5 })].sort(), rows, 'nobody is known to be of another unit')
})

t.test('results of another round, of other draws, of other bytes, or of another form', async (t) => {
  t.same(found({ ...whole, round: 'other' }), ['round'])
  t.same(found({ ...whole, samples: ['a'] }), ['samples'])
  t.same(found({ ...whole, samples: ['a', 'c'] }), ['samples[1]'])
  const { v: _, items: __, ...totals } = whole
  t.same(found(totals), ['v、items'])
  t.same(found({ ...whole, v: 2 }), ['v'])
  t.same(found({ ...whole, items: [{}] }), ['items[0]'])
  const stated = statedOf(whole, sha256Hex('other bytes'))
  t.match(resultsFaults(of(), stated, Buffer.from(JSON.stringify(whole))), [{ member: 'document', expected: stated.document }])
  const broken = Buffer.from('{')
  t.match(resultsFaults(of(), { ...stated, document: sha256Hex(broken) }, broken), [{ member: 'document', expected: 'JSON' }])
})

t.test('a refusal names what was found, what was expected, and what to do; at most twenty of them', async (t) => {
  const many = structuredClone(whole)
  many.items.push(...Array.from({ length: 30 }, (_, index) => ({ ...many.items[0], index: index + 100 })))
  const bytes = Buffer.from(JSON.stringify(many))
  const refused = () => requireHeld(of(), statedOf(many, sha256Hex(bytes)), bytes)
  t.throws(refused, { code: 'results-mismatch', message: /linkage audit import.*\n {2}items\[4\]：1#100，應為 expected 抽中者/s })
  t.throws(refused, { message: /共 30 處 in all/ })
})
