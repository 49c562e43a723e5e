// rendered.test.ts: LibreOffice opens every file, prints it on as many pages as it should have, and keeps drop-down lists and protection.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { approvalMemo, recordLetter, reminderLetter, reportLetter } from '../../../src/audit/form/letters.ts'
import { unitWorkbook } from '../../../src/audit/form/unit-workbook.ts'
import { civilDate } from '../../../src/calendar.ts'
import { Report } from '../../../src/policy/finding.ts'
import { readTemplate } from '../../../src/policy/forms/template.ts'
import { due, dueOnRestDay, inForce, madeForm, persons, romanised, templateFile, templateText } from './made.ts'

const run = promisify(execFile)
const onPath = (name: string): boolean => (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
const missing = ['soffice', 'pdftotext'].filter((name) => !onPath(name))
const required = process.env.LINKAGE_RENDER === 'required'
const skip =
  missing.length > 0 && !required ? `not installed: ${missing.join(', ')} (libreoffice-calc, libreoffice-writer, poppler-utils)` : false

t.test('R13: every form, rendered by LibreOffice', { skip, timeout: 180_000 }, async (t) => {
  t.same(missing, [], 'LINKAGE_RENDER=required: LibreOffice and poppler-utils are there')
  const folder = process.env.LINKAGE_RENDER_KEEP ?? mkdtempSync(join(tmpdir(), 'linkage-rendered-'))
  if (process.env.LINKAGE_RENDER_KEEP === undefined) t.teardown(() => rmSync(folder, { recursive: true }))
  const results = {
    audited: { users: 31, records: 62 },
    normal: 58,
    abnormal: 2,
    toExplain: 2,
    open: 2,
    openRows: [
      { unit: '國中教育科', name: '1#100003' },
      { unit: '國小教育科', name: 'edu-yoshida' },
      { unit: '國中教育科', name: '1#100007' },
    ],
    findings: [
      { unit: '國小教育科', result: '異常', about: '查詢時案件尚未成立，已請承辦人說明並列入下期加強稽核' },
      { unit: '國小教育科', result: '待說明', about: `案號不存在；查詢人員 ${romanised}` },
    ],
  }
  const form = madeForm()
  const done = madeForm({ results })
  const reported = {
    agency: form.agency,
    period: form.period,
    issued: civilDate('2026-08-10'),
    users: { total: 61, needed: 31 },
    quota: 140,
    results,
  }
  const received = { sent: civilDate('2026-07-28'), document: '北市教字第1150000999號', received: civilDate('2026-07-30') }
  const late = {
    agency: form.agency,
    period: { from: civilDate('2026-07-01'), until: civilDate('2026-12-31') },
    issued: civilDate('2027-02-14'),
    due: dueOnRestDay,
    contact: '本局資訊室（02-0000-0200）',
  }
  const undone = [
    { about: '115年第4季查詢紀錄尚未下載', due: civilDate('2027-01-31') },
    { about: '115年下半年稽核紀錄尚未報送', due: civilDate('2027-01-31') },
  ]
  const files: Record<string, Buffer | string> = {
    'unit.ods': unitWorkbook(form, '國小教育科', inForce('audit-form')),
    'empty.ods': unitWorkbook(madeForm({ rows: [] }), '國中教育科', inForce('audit-form')),
    'memo.odt': approvalMemo(done, due, inForce('approval-memo')),
    'memo-draft.odt': approvalMemo(form, due, inForce('approval-memo')),
    'report.odt': reportLetter(done, due, inForce('report-letter')),
    'record.odt': recordLetter(reported, due, { ...received, corrections: [] }, inForce('record-letter')),
    'corrections.odt': recordLetter(reported, due, { ...received, corrections: ['稽核紀錄表未經機關首長核定'] }, inForce('record-letter')),
    'reminder.odt': reminderLetter({ ...late, undone }, inForce('reminder-letter')),
    'template.fods': templateText('audit-form'),
  }
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  const convert = async (to: string, names: readonly string[]): Promise<void> => {
    const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`
    await run('soffice', [
      profile,
      '--headless',
      '--norestore',
      '--convert-to',
      to,
      '--outdir',
      join(folder, 'out'),
      ...names.map((name) => join(folder, name)),
    ])
  }
  await convert(
    'pdf',
    Object.keys(files).filter((name) => name !== 'template.fods'),
  )
  const pages = new Map<string, readonly string[]>()
  for (const name of readdirSync(join(folder, 'out'))) {
    const { stdout } = await run('pdftotext', ['-layout', join(folder, 'out', name), '-'])
    const of = stdout.split('\f').slice(0, -1)
    pages.set(
      name,
      of.map((page) => page.replaceAll(/\s/g, '')),
    )
  }
  const textOf = (name: string): string => (pages.get(name) ?? []).join('\n')

  t.test('the pages', async (t) => {
    t.same(
      [...pages.keys()].sort(),
      Object.keys(files)
        .filter((name) => name !== 'template.fods')
        .map((name) => name.replace(/od[st]$/, 'pdf'))
        .sort(),
    )
    for (const [name, of] of pages) t.comment(name, of.length)
    const records = (pages.get('unit.pdf') ?? []).filter((page) => page.includes('稽核紀錄表第'))
    t.ok(records.length > 1, 'records on several pages')
    for (const page of records)
      for (const heading of ['案號／文號', '查詢對象', 'API／資料項目']) t.ok(page.includes(heading), `${heading} on each page`)
    const methods = (pages.get('unit.pdf') ?? []).filter((page) => page.includes('抽樣說明第'))
    t.equal(methods.length, 1, '抽樣說明 is one page')
    t.equal(pages.get('empty.pdf')?.length, 4, 'four sheets, a page each')
    for (const name of ['memo.pdf', 'report.pdf']) t.ok((pages.get(name)?.length ?? 9) <= 3, name)
    for (const name of ['record.pdf', 'corrections.pdf', 'reminder.pdf']) t.equal(pages.get(name)?.length, 1, name)
  })

  t.test('the texts', async (t) => {
    const unit = textOf('unit.pdf')
    for (const { name } of persons.slice(0, 4)) for (const part of name.split(' ')) t.ok(unit.includes(part), name)
    t.match(unit, /=HYPERLI/, 'a formula is a text')
    t.match(unit, '9f49a4bc2c3928129779facf32cdabc9eae331cb929c141ac6d50337804da300')
    t.match(unit, '民國115年1月1日至115年6月30日')
    t.match(unit, '※使用者為機關系統所稱，未經簽章')
    t.match(unit, '未解除遮蔽')
    t.notMatch([...pages.values()].flat().join(''), /\{\{|\}\}/, 'no placeholder is left')
    t.match(textOf('memo.pdf'), '五、異常、待說明及未填者如附表三')
    t.match(textOf('memo.pdf'), '國中教育科未填1#100003、1#100007', 'what nobody audited is named')
    t.notMatch(textOf('report.pdf'), '未填')
    t.notMatch(textOf('memo-draft.pdf'), '附表三')
    t.match(textOf('corrections.pdf'), '請依說明補正')
    t.match(textOf('reminder.pdf'), '逾期14日')
    t.match(textOf('reminder.pdf'), '前函送本局備查（該日為休息日，其前一工作日為民國116年1月29日，後一工作日為民國116年2月1日）。')
  })

  t.test('what LibreOffice saves again', async (t) => {
    await convert('fods', ['unit.ods', 'template.fods'])
    const saved = readFileSync(join(folder, 'out', 'unit.fods'), 'utf8')
    t.equal(saved.match(/<table:table [^>]*table:protected="true"/g)?.length, 4, 'sheets stay protected')
    t.match(
      saved,
      /cell-content-is-in-list\("相符";"不符";"無法查證"\)|cell-content-is-in-list\(&quot;相符&quot;;&quot;不符&quot;;&quot;無法查證&quot;\)/,
    )
    t.equal(saved.match(/table:content-validation-name="/g)?.length, 60 * 3 + 3, 'a list in each answer cell')
    t.match(saved, /style:cell-protect="none"/, 'answer cells stay open')
    const report = new Report()
    t.ok(
      readTemplate(templateFile('audit-form'), readFileSync(join(folder, 'out', 'template.fods'), 'utf8'), 'audit-form', report),
      'R24: a template that was edited in LibreOffice is one',
    )
    t.same(report.findings, [])
  })
})
