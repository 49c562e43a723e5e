// searched-callers.test.ts: who called is told only where the search columns are as far as the log.
import t from 'tap'
import { searchedCallers } from '../../src/cli/database-beside.ts'
import type { SearchProgress } from '../../src/querylog/ports.ts'

const callers = [{ agency: 'education', address: '203.0.113.9' }]
const of = (...progress: readonly SearchProgress[]) =>
  searchedCallers({ reader: { callers: async () => callers }, search: { progress: async () => progress } }, 0)
const ago = (seconds: number): number => Date.now() - seconds * 1000

t.test('search that is as far as the log, or seconds behind it, tells', async (t) => {
  t.equal(await of(), callers)
  t.equal(await of({ slot: '1', size: 9, next: 9 }, { slot: '2', size: 9, next: 8, since: ago(5) }), callers)
  t.equal(await of({ slot: '1', size: 9, next: 9 }, { slot: 'cli', size: 9, next: 8, since: ago(500) }), callers, 'commands call nobody')
})

t.test('search that lags says how far it is, and names nobody: no range looks unused by it', async (t) => {
  const since = Date.parse('2026-11-24T02:00:00.000Z')
  t.same(await of({ slot: '1', size: 9, next: 9 }, { slot: '2', size: 120, next: 20, since }), {
    zh: '紀錄之查詢欄位落後：槽 2 尚有 100 筆（自 2026-11-24T10:00:00+08:00 起）未納入',
    en: 'search lags behind the log: slot 2 has 100 entries since 2026-11-24T10:00:00+08:00 to read',
  })
  t.match(await of({ slot: '1', size: 9, next: 3 }), { en: /slot 1 has 6 entries to read/ })
})
