// days.test.ts: a day is read in the calendar that it is written in; where nobody can tell which, it is refused.
import t from 'tap'
import { readDay } from '../../../src/cli/roster/days.ts'

t.test('days as people write them', async (t) => {
  for (const [text, day] of [
    ['1150131', '2026-01-31'],
    ['115/1/31', '2026-01-31'],
    ['2026/1/31', '2026-01-31'],
    ['２０２６年１月３１日', '2026-01-31'],
    ['0990131', '2010-01-31'],
    ['990131', '2010-01-31'],
    ['99.1.31', '2010-01-31'],
    ['60/1/1', '1971-01-01'],
    ['民國26年1月2日', '1937-01-02'],
    ['026/01/02', '1937-01-02'],
  ] as const)
    t.match(readDay({ text }), { day }, text)
})

t.test('a year of two digits that may be of either calendar is refused, and says what to write', async (t) => {
  for (const text of ['26/12/01', '26-12-1', '26.12.01', '261201', '２６／１２／０１', '26年12月1日'])
    t.match(readDay({ text }), { zh: /民國26年或西元2026年；請寫為 115…（民國三位數）或 2026…/, en: /民國26 from 2026/ }, text)
  t.match(readDay({ text: '59/12/31' }), { zh: /民國59年或西元2059年/ })
})
