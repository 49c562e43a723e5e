// locked-cell.test.ts: a locked cell is held by what it says, however an office program writes it anew; another value is another.
import t from 'tap'
import { isHeld, type LockedKind } from '../../../src/cli/audit/handed-back/locked-cell.ts'

const opened = { kind: 'tw-national-id', opened: true }
const held =
  (kind: LockedKind, expected: string, subject = opened) =>
  (found: string) =>
    isHeld(kind, found, expected, subject)

t.test('a text: its spaces, line ends, width and a number’s zeros are the spreadsheet’s; nothing else is', async (t) => {
  for (const [expected, same, other] of [
    ['北市教字第1150000045號', ['北市教字第 1150000045 號', '北市教字第１１５００００045號'], ['北市教字第1150000046號', '']],
    ['0012', ['12', '0012', '１２'], ['13', '120', '0012a', '']],
    ['1e5', ['1.00E+05', '100000'], ['1e6', '']],
    ['1,234', ['1234'], ['1235', '1.234']],
    ['192.0.2.10', ['192.0.2.10'], ['192.0.2.1', '192.0.2.100', '192']],
    ['2001:db8::1', ['2001:db8::1'], ['2001:db8::2']],
    ['月抽、涵蓋', ['月抽、 涵蓋'], ['月抽']],
    ["'=1+1", ['=1+1', "'=1+1"], ['2']],
    ['', ['', ' '], ['0', 'x']],
  ] as const) {
    for (const each of same) t.ok(held('text', expected)(each), `${expected}: ${each}`)
    for (const each of other) t.notOk(held('text', expected)(each), `${expected}: not ${each}`)
  }
})

t.test('a day, in either calendar and in the order of any country', async (t) => {
  const is = held('day', '115/05/16')
  for (const each of ['115/5/16', '2026-05-16', '2026/5/16', '5/16/15', '16.05.2026', '115年5月16日', '26/5/16']) t.ok(is(each), each)
  for (const each of ['115/05/17', '115/06/16', '114/05/16', '2025-05-16', '5/17/15', '', '115/05', '115/05/16 09:00'])
    t.notOk(is(each), each)
})

t.test('a time, with or without its seconds, of twelve hours or of twenty-four', async (t) => {
  const is = held('time', '23:05:03')
  for (const each of ['23:05:03', '11:05:03 PM', '下午 11:05:03', '下午11時05分03秒', '23:05']) t.ok(is(each), each)
  for (const each of ['11:05:03', '11:05:03 AM', '23:05:04', '23:06', '', '05:03']) t.notOk(is(each), each)
  t.ok(held('time', '00:05:03')('12:05:03 AM'))
  t.ok(held('time', '12:30:00')('12:30:00 PM'))
})

t.test('查詢對象: as it was handed out, or opened, where an entry opened it', async (t) => {
  const is = held('subject', '未解除遮蔽')
  for (const each of ['未解除遮蔽', 'A123456789', 'ａ１２３４５６７８９', 'A800000014']) t.ok(is(each), each)
  for (const each of ['', '已解除遮蔽', 'A12345678', 'A1234567890', 'A123456789、B123456780', '王小明']) t.notOk(is(each), each)
  t.notOk(held('subject', '未解除遮蔽', { kind: 'tw-national-id', opened: false })('A123456789'), 'that nobody opened')
  t.ok(held('subject', '未解除遮蔽', { kind: 'api:case', opened: true })('C-17'), 'of another kind')
  t.ok(held('subject', '案1：未解除遮蔽（本人）')('案1：A123456789（本人）'), 'beside other words')
  t.notOk(held('subject', '案1：未解除遮蔽（本人）')('案2：A123456789（本人）'))
  t.notOk(isHeld('subject', 'A123456789', '－', undefined), 'a file asked about nobody')
})

t.test('another number in the place of one that was opened is not told from it: docs/evidence.md says so', async (t) => {
  const is = held('subject', '未解除遮蔽')
  t.ok(is('A123456789'))
  t.ok(is('B123456780'), 'a tag tells it under the tag key alone, the sealed part to a recipient alone')
})
