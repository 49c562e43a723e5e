// grant.test.ts: grants and delegates by commands: opened by letters, amended without rewriting what was, closed by a last day.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadFolder } from '../../src/policy/load.ts'
import { AGENCY, edit, good } from '../policy/good-folder.ts'
import { added, agencyOf, folderOf, refuses, run, text } from './typed-commands.ts'

const letters =
  '--application-document 北市教字第1150009001號 --application-date 1151110 --approval-document 北市社資字第1150009002號 --approval-date 115/11/20'
const opened = `grant add education --id income --api benefits --operations getIncome --mode api --purposes fee-waiver --fields income ${letters} --until 2027-12-31 --per-minute 60 --per-day 200 --per-user-per-day 30 --concurrent 4`

t.test('R1, R4: a grant is opened by its letters; its lines are as people write them', async (t) => {
  const folder = folderOf(t)
  const before = text(folder)
  const out = await run(
    folder,
    `${opened} --reason income=減免級距 --yes`,
    '--hours',
    '08:00-18:00 workdays',
    '--hours',
    '09:00-12:00 restdays',
  )
  t.match(out, /＋ 新增核可 income：benefits getIncome（1 項資料，2026-11-24–2027-12-31）：income\n.*\n1 項開放.*\n已寫入 saved\n$/s)
  t.same(added(t, before, text(folder)), [
    '  - id: income',
    '    application: {document: 北市教字第1150009001號, date: 2026-11-10, through: 社會救助科}',
    '    approval: {document: 北市社資字第1150009002號, date: 2026-11-20}',
    '      income: 減免級距',
    '    from: 2026-11-24',
    '    hours: ["08:00-18:00 workdays", "09:00-12:00 restdays"]',
  ])
  t.match(agencyOf(folder).grants.at(-1), { id: 'income', fields: ['income'], limits: { perMinute: 60, concurrent: 4 } })
})

t.test('R4: fields above what agencies of the kind usually see are pointed at before the grant is saved', async (t) => {
  const folder = folderOf(t, edit('audit.yaml', 'linked_agency: 3', 'linked_agency: 2'))
  t.match(await run(folder, `${opened} --reason income=減免級距 --yes`), /found income \[field-above-usual\]\n已寫入 saved/)
  t.notMatch(await run(folder, 'network end education --cidr 203.0.113.0/28'), /field-above-usual/)
})

const amend = `grant amend education --id fee-waiver ${letters}`

t.test('an amendment does not rewrite the past: the old line ends the day before, a new one follows', async (t) => {
  const folder = folderOf(t)
  const out = await run(folder, `${amend} --add-field members[].nationalId --remove-field category --per-day 100 --yes`)
  t.match(out, /^fee-waiver → fee-waiver-2：fields ＋members\[\]\.nationalId －category；limits .*"per_day":"20000".* → .*"per_day":"100"/)
  t.match(out, /－ 核可 fee-waiver 期間縮短 2026-01-05–2027-12-31 → 2026-01-05–2026-11-23/)
  t.match(
    out,
    /＋ 新增核可 fee-waiver-2：benefits getStatus（2 項資料，2026-11-24–2027-12-31）：members\[\]\.name、members\[\]\.nationalId/,
  )
  t.match(out, /受託者 edu-vendor 原可使用 fee-waiver，未含 fee-waiver-2/, 'a delegate gets no new field by it')
  const { delegates, grants } = agencyOf(folder)
  const [old, now] = ['fee-waiver', 'fee-waiver-2'].map((id) => grants.find((each) => each.id === id))
  t.match(old, { until: '2026-11-23', fields: ['category', 'members[].name'], approval: { document: '北市社資字第1150000123號' } })
  t.match(now, {
    from: '2026-11-24',
    until: '2027-12-31',
    approval: { document: '北市社資字第1150009002號' },
    limits: { perDay: 100, perMinute: 600 },
  })
  t.same(now?.hours, old?.hours)
  t.same(delegates[0]?.grants, ['fee-waiver'])
})

t.test('a second amendment follows the first; delegates come along where that is said', async (t) => {
  const folder = folderOf(t)
  await run(folder, `${amend} --remove-field category --delegates --yes`)
  t.same(agencyOf(folder).delegates[0]?.grants, ['fee-waiver', 'fee-waiver-2'])
  await run(folder, `grant amend education --id fee-waiver-2 ${letters} --from 2027-01-01 --add-field category --yes`)
  const periods = agencyOf(folder).grants.map(({ id, from, until }) => `${id} ${from} ${until}`)
  t.same(periods, [
    'fee-waiver 2026-01-05 2026-11-23',
    'review 2026-01-05 2027-12-31',
    'fee-waiver-2 2026-11-24 2026-12-31',
    'fee-waiver-3 2027-01-01 2027-12-31',
  ])
})

t.test('a renewal is a line of its own, and its reasons go with its fields', async (t) => {
  const folder = folderOf(t)
  const out = await run(
    folder,
    `grant amend education --id review ${letters} --from 2028-01-01 --until 2029-12-31 --new-id review-117 --yes`,
  )
  t.match(out, /^review → review-117：展延 prolonged 2029-12-31\n/)
  t.notMatch(out, /期間縮短/, 'the old one has ended by itself')
  t.match(text(folder), /id: review-117\n(?: {4}.*\n)+? {4}reasons:\n {6}income: 審核之依據\n {4}from: 2028-01-01\n/)
})

t.test('a list that two grants share by an alias is written out, and the other stays as it was', async (t) => {
  const shared = (good[AGENCY] ?? '').replace('    fields:\n      - category\n', '    fields: &shared\n      - category\n').replace(
    `  - id: review\n`,
    `  - id: other
    application: {document: 北市教字第1150000047號, date: 2025-12-20, through: 社會救助科}
    approval: {document: 北市社資字第1150000125號, date: 2026-01-05}
    api: benefits
    operations: [getStatus]
    mode: online
    purposes: [fee-waiver]
    fields: *shared
    from: 2026-01-05
    until: 2027-12-31
    limits: {per_minute: 1, per_day: 1, per_user_per_day: 1, concurrent: 1}
  - id: review\n`,
  )
  const folder = folderOf(t, { [AGENCY]: shared })
  await run(folder, `grant amend education --id other ${letters} --remove-field category --yes`)
  t.match(text(folder), /fields: \*shared/)
  const fields = Object.fromEntries(agencyOf(folder).grants.map((each) => [each.id, each.fields]))
  t.same(fields.other, ['category', 'members[].name'])
  t.same(fields['other-2'], ['members[].name'])
})

t.test('a grant ends by a last day, and its line stays', async (t) => {
  const folder = folderOf(t)
  t.match(await run(folder, 'grant end education --id review --on 2026-12-31'), /－ 核可 review 期間縮短/)
  t.match(await run(folder, 'grant end education --id review'), /－ 核可 review 期間縮短 .* → 2026-01-05–2026-11-23/, 'at once')
  t.equal(agencyOf(folder).grants.find(({ id }) => id === 'review')?.until, '2026-11-23')
})

t.test('R19: a delegate under its contract, with nothing until it is given; its end names who stops with it', async (t) => {
  const folder = folderOf(t)
  const before = text(folder)
  const typed =
    'delegate add education --id edu-call --name 某客服公司 --under edu-vendor --document 北市教字第1150009003號 --until 2026-12-31 --grants fee-waiver --yes'
  const out = await run(folder, typed)
  t.match(
    out,
    /＋ 新增受託者 edu-call 某客服公司（契約 2026-11-24–2026-12-31）.*尚缺 still missing：linkage network add education --delegate edu-call/s,
  )
  t.same(added(t, before, text(folder)), [
    '  - id: edu-call',
    '    name: 某客服公司',
    '    document: 北市教字第1150009003號',
    '    contract: {from: 2026-11-24, until: 2026-12-31}',
  ])
  const ended = await run(folder, 'delegate end education --id edu-vendor')
  t.match(ended, /－ edu-vendor 契約|－ 受託者 edu-vendor 契約 期間縮短/)
  t.match(ended, /其下受託者一併停止 those under it stop too：edu-sub、edu-call\n清冊尚有其使用者.*：vendor-a\n$/)
  t.equal(agencyOf(folder).delegates[0]?.contract.until, '2026-11-23')
})

// biome-ignore format: a table
refuses(t, [
  ['a field that the catalogue does not declare', `${opened.replace('--fields income', '--fields incone')} --yes`, /\[field-not-declared\]/],
  ['R4: a field of sensitivity 3 without a reason', `${opened} --yes`, /\[reason-missing\]/],
  ['R1: an approval before the application', `${opened.replace('--approval-date 115/11/20', '--approval-date 115/11/01')} --reason income=x --yes`, /\[dates-reversed\]/],
  ['R5: a grant from before its approval', `${opened} --reason income=x --from 2026-11-19 --yes`, /\[dates-reversed\]/],
  ['a purpose that nobody knows', `${opened.replace('--purposes fee-waiver', '--purposes fee-waver')} --reason income=x --yes`, /找到 fee-waver；是否為 fee-waiver？/],
  ['a unit that does not own the data', `${opened} --through 老人福利科 --reason income=x --yes`, /\[not-data-owner\]/],
  ['an API that does not exist', `${opened.replace('--api benefits', '--api benefit')} --reason income=x --yes`, /benefit：無從得知業務權責單位/],
  ['a mode that the operation does not offer', `${opened.replace('--mode api', '--mode file')} --reason income=x --yes`, /\[mode-not-offered\]/],
  ['an id that is taken', `${opened.replace('--id income', '--id review')} --reason income=x --yes`, /\[duplicate-id\]/],
  ['grants that would be united', `${opened.replace('--purposes fee-waiver', '--purposes review')} --reason income=x --yes`, /\[grants-overlap\]/],
  ['an opening that nobody agreed to', `${opened} --reason income=x`, /--yes/],
  ['an amendment of nothing', amend, /沒有任何變更/],
  ['an amendment of a grant that is not there', amend.replace('--id fee-waiver', '--id fee-waver'), /是否為 fee-waiver？/],
  ['an amendment from before the grant', `${amend} --from 2026-01-05 --remove-field category --yes`, /最早自 2026-01-06 起/],
  ['an amendment without a field', `${amend} --remove-field category,members[].name --yes`, /\[wrong-length\]/],
  ['an end before the beginning', 'grant end education --id review --on 2026-01-04', /2026-01-05 才開始/],
  ['an end that prolongs', 'grant end education --id review --on 2028-01-01', /展延須另有核可/],
  ['a delegate called as its agency', 'delegate add education --id education --name 某公司 --document 北市教字第1號 --until 2027-01-31 --yes', /\[duplicate-id\]/],
  ['a delegate under nobody', 'delegate add education --id edu-x --name 某公司 --under edu-vendro --document 北市教字第1號 --until 2027-01-31 --yes', /是否為 edu-vendor？/],
  ['a delegate with a grant that its agency has not', 'delegate add education --id edu-x --name 某公司 --document 北市教字第1號 --until 2027-01-31 --grants fee-waver --yes', /是否為 fee-waiver？/],
  ['a contract that ends before it begins', 'delegate add education --id edu-x --name 某公司 --document 北市教字第1號 --until 2026-11-01 --yes', /\[dates-reversed\]/],
  ['a contract that would be prolonged', 'delegate end education --id edu-vendor --on 2027-01-01', /不能以 end 展延/],
  ['a contract that has not begun', 'delegate end education --id edu-vendor --on 2026-01-01', /block add --delegate/],
])

t.test('a reason that names no field, and a limit that is no number, are usage errors', async (t) => {
  for (const wrong of ['--reason income', '--per-day 0', '--per-day 12:30', '--per-day １００'])
    await t.rejects(run(folderOf(t), `${opened} ${wrong}`), { code: 'commander.invalidArgument' })
})

t.test('who closes is not asked, whatever else is broken', async (t) => {
  const folder = folderOf(t, edit(AGENCY, 'kind: linked-agency', 'kind: linked'))
  for (const typed of ['grant end education --id review', 'delegate end education --id edu-vendor'])
    t.match(await run(folder, typed), /設定另有 \d+ 項錯誤.*已寫入/s)
  await t.rejects(run(folder, `${opened} --through 社會救助科 --reason income=x`), { message: /--yes/ }, 'who may open is')
})

t.test('a grant on trial opens nothing: nobody is asked; amended it stays on trial; explain tells what it would open', async (t) => {
  const folder = folderOf(t)
  const before = text(folder)
  t.match(await run(folder, `${opened} --reason income=減免級距 --trial`), /試行（尚不開放）.*0 項開放.*已寫入 saved\n$/s)
  t.match(added(t, before, text(folder)), ['  - id: income'])
  t.match(text(folder), /^ {4}trial: true$/m)
  t.notOk(agencyOf(folder).grants.some(({ id }) => id === 'income'))
  t.ok(agencyOf(folder).onTrial?.grants.some(({ id }) => id === 'income'))
  await run(folder, `grant amend education --id income ${letters} --from 2026-12-01 --per-day 100`)
  t.same(agencyOf(folder).onTrial?.grants.filter(({ id }) => id.startsWith('income')).map(({ id }) => id), ['income', 'income-2']) // biome-ignore format: short
  t.notOk(agencyOf(folder).grants.some(({ id }) => id.startsWith('income')))
})

t.test('a file that was cut anywhere in a grant on trial is an error, or has the grant on trial still: nothing is opened', async (t) => {
  const folder = folderOf(t)
  const before = text(folder)
  await run(folder, `${opened} --reason income=減免級距 --trial`, '--protected-document', '北市社資字第1150009003號')
  await run(folder, `grant amend education --id income ${letters} --from 2026-12-01 --per-day 100`)
  const written = text(folder)
  t.equal(written.match(/^ {4}trial: true$/gm)?.length, 2)
  const lines = written.split('\n')
  for (let kept = before.split('\n').length; kept < lines.length; kept += 1) {
    writeFileSync(join(folder, AGENCY), `${lines.slice(0, kept).join('\n')}\n`)
    const open = loadFolder(folder).snapshot?.agencies.get('education')?.grants ?? []
    t.notOk(
      open.some(({ id }) => id.startsWith('income')),
      `cut before: ${lines[kept]}`,
    )
  }
})
