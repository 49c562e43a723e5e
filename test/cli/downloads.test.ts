// downloads.test.ts: who has not downloaded the last quarter by a day, on the first screen (R11c, D-4).
import t from 'tap'
import { lastQuarter } from '../../src/audit/due-dates.ts'
import { civilDate } from '../../src/calendar.ts'
import { missingDownloads, recordedDownloads } from '../../src/cli/downloads.ts'

t.test('who has downloaded since it ended, and ended whole; an auditor’s export of it is not its download, a package is', async (t) => {
  const agencies = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id, name: id }))
  const days = { from: '2026-07-01', until: '2026-09-30' }
  const own = (agency: string, at: string) => ({
    slot: '1',
    log: 'l',
    index: 3,
    entry: JSON.stringify({ agency, asked: { agency, file: 'csv', form: 'records', ...days }, at }),
    end: { index: 4, entry: '{"outcome":"whole"}' },
  })
  const package_ = { agency: 'ethics-office', at: '2026-10-05T00:00:00.000Z', completes: true }
  const exported = [
    { agency: 'ethics-office', asked: { agency: 'c', form: 'csv', ...days }, at: '2026-10-05T00:00:00.000Z' },
    { agency: 'ethics-office', asked: { agency: 'd', form: 'package', ...days }, at: '2026-10-05T00:00:00.000Z' },
    { ...package_, asked: { agency: 'e', form: 'package', ...days }, id: 'whole' },
    { ...package_, asked: { agency: 'f', form: 'package', ...days }, id: 'failed' },
  ]
  const ended = [
    { kind: 'completion', of: { id: 'whole', index: 2 }, outcome: 'whole' },
    { kind: 'completion', of: { id: 'failed', index: 3 }, outcome: 'cut' },
  ]
  const downloads = await recordedDownloads(
    { downloads: async () => [own('a', '2026-10-01T00:00:00.000Z'), own('b', '2026-09-30T15:59:59.999Z')] },
    {
      async *ofKind(_, kind) {
        for (const [index, each] of (kind === 'export' ? exported : ended).entries()) yield { index, entry: JSON.stringify(each) }
      },
    },
  )
  const quarter = lastQuarter(civilDate('2026-11-28'), 'end-of-following-month')
  const on = (day: string) => missingDownloads(downloads, agencies, quarter, civilDate(day))
  t.match(on('2026-10-31'), {
    quarter: '2026-Q3',
    due: '2026-10-31',
    missing: [
      { agency: 'b', name: 'b', overdue: false },
      { agency: 'c', name: 'c', overdue: false },
      { agency: 'f', name: 'f', overdue: false },
    ],
  })
  t.ok(on('2026-11-01').missing.every(({ overdue }) => overdue))
})
