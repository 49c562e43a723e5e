// known-files.test.ts: a load that reuses what the last one read comes to the same as one that reads everything.
import t from 'tap'
import { civilDate } from '../../src/calendar.ts'
import { KnownFiles } from '../../src/policy/known-files.ts'
import { type Loaded, loadFolder } from '../../src/policy/load.ts'
import { AGENCY, API, edit, type Files, good, ROSTER, withFolder } from './good-folder.ts'
import { agencies, standings } from './mistakes/agencies.ts'
import { allowed } from './mistakes/allowed.ts'
import { catalogue } from './mistakes/catalogue.ts'
import { files, yaml } from './mistakes/files.ts'
import { gateways, grants } from './mistakes/grants.ts'
import { blocked, calendars, rosters } from './mistakes/tables.ts'
import { networks, values } from './mistakes/values.ts'

const said = ({ snapshot, findings }: Loaded) => ({ digest: snapshot?.digest, findings })

t.test('one after the other, every third folder of the tables of mistakes', async (t) => {
  const known = new KnownFiles()
  const tables = [agencies, standings, allowed, catalogue, files, yaml, gateways, grants, blocked, calendars, rosters, networks, values]
  const changes: readonly (readonly [string, Files])[] = tables
    .flat()
    .filter((_, at) => at % 3 === 0)
    .map(([title, change]) => [title, change] as const)
  t.ok(changes.length > 80, `${changes.length} folders`)
  const different = changes.filter(([, change]) =>
    withFolder(change, (folder) => JSON.stringify(said(loadFolder(folder, known))) !== JSON.stringify(said(loadFolder(folder)))),
  )
  t.same(different, [])
})

t.test('only files that changed are read again', async (t) => {
  const known = new KnownFiles()
  const first = withFolder({}, (folder) => loadFolder(folder, known)).snapshot
  const second = withFolder(edit(AGENCY, 'name: 教育局', 'name: 教育處'), (folder) => loadFolder(folder, known)).snapshot
  t.equal(second?.agencies.get('education')?.name, '教育處')
  t.equal(second?.apis.get('benefits'), first?.apis.get('benefits'), 'the very same object')
  t.not(second?.agencies.get('education'), first?.agencies.get('education'))
})

t.test(
  'an agency is the same object while neither its file nor its roster changes, and otherwise what a fresh reading gives',
  async (t) => {
    const known = new KnownFiles()
    const agencyIn = (changes: Files, files = known) =>
      withFolder(changes, (folder) => loadFolder(folder, files)).snapshot?.agencies.get('education')
    const first = agencyIn({})
    t.equal(agencyIn({ ...edit('purposes.yaml', 'title: 審核', 'title: 複審'), 'blocks.yaml': good['blocks.yaml'] }), first)
    for (const changes of [edit(ROSTER, '2026-06-30', '2026-06-29'), edit(AGENCY, 'name: 教育局', 'name: 教育處'), {}]) {
      t.same(agencyIn(changes), agencyIn(changes, new KnownFiles()))
    }
    t.not(agencyIn({ [ROSTER]: good[ROSTER]?.replace('2026-06-30', '2026-06-29') }), first)
  },
)

t.test('rest days are those of the file that stands there now', async (t) => {
  const known = new KnownFiles()
  const rests = (changes: Files) =>
    withFolder(changes, (folder) => loadFolder(folder, known))
      .snapshot?.restDays.get(2026)
      ?.has(civilDate('2026-01-01'))
  const calendar = String(good['calendar/2026.csv'])
  const other = calendar.replace(/^(20260101,.,)([02])/m, (_, before: string, rest: string) => `${before}${rest === '2' ? '0' : '2'}`)
  const first = rests({})
  t.type(first, 'boolean')
  t.equal(rests({ 'calendar/2026.csv': other }), !first)
  t.equal(rests({ 'calendar/2026.csv': undefined }), undefined)
  t.equal(rests({}), first)
})

t.test('what a roster is held against is read from the agency of today', async (t) => {
  const known = new KnownFiles()
  const without = { [ROSTER]: good[ROSTER]?.replace('edu-vendor', 'edu-other') }
  const codes = (changes: Files) =>
    withFolder(changes, (folder) => loadFolder(folder, known)).findings.map(({ code, file }) => `${file} ${code}`)
  t.ok(codes(without).some((each) => each.startsWith(ROSTER)))
  const renamed = { ...without, [AGENCY]: good[AGENCY]?.replaceAll('edu-vendor', 'edu-other') }
  t.same(codes(renamed), [], 'the roster is the same text as before')
})

t.test('a file that goes and comes back', async (t) => {
  const known = new KnownFiles()
  const digest = (changes: Files) => withFolder(changes, (folder) => loadFolder(folder, known)).snapshot?.digest
  const whole = digest({})
  t.equal(digest({ [API]: undefined }), undefined)
  t.equal(digest({}), whole)
})
