// template.test.ts: templates of forms: what is refused, where it stands and what was probably meant; which version is used (R24).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { civilDate } from '../../../src/calendar.ts'
import { type Finding, Report } from '../../../src/policy/finding.ts'
import { checkForms, formVersions, versionInForce } from '../../../src/policy/forms/form-folder.ts'
import { type FormName, formNames } from '../../../src/policy/forms/form-kinds.ts'
import { textOf } from '../../../src/policy/forms/placeholders.ts'
import { readTemplate } from '../../../src/policy/forms/template.ts'
import { configFolder, templateFile, templateText } from '../../audit/form/made.ts'

const form: FormName = 'audit-form'

function refused(change: (text: string) => string, of: FormName = form): readonly Finding[] {
  const report = new Report()
  const before = templateText(of)
  const text = change(before)
  if (text === before) throw new Error('nothing was changed')
  const template = readTemplate(templateFile(of), text, of, report)
  t.equal(template === undefined, report.errors > 0, 'refused, or without a finding')
  return report.findings
}

t.test('R24: the templates of the example are in order', async (t) => {
  t.same(checkForms(configFolder).findings, [])
  for (const name of formNames) t.ok(readTemplate(templateFile(name), templateText(name), name, new Report()), name)
})

t.test('R24: an unknown placeholder is refused with its name, its place and the nearest that is valid', async (t) => {
  const [found, ...others] = refused((text) => text.replace('{{種子產生方式}}', '{{種子產生方法}}'))
  t.match(found, { code: 'placeholder-unknown', file: templateFile(form), nearest: '種子產生方式', severity: 'error' })
  t.match(found?.found, /^稽核紀錄表，第 4 列 row：\{\{種子產生方法\}\}$/)
  t.same(others, [])
  const lines = templateText(form).split('\n')
  t.match(lines[(found?.line ?? 0) - 1], /種子產生方式/, 'the line of the file')
  t.match(
    refused((text) => text.replace('{{各筆.案號}}', '{{各筆.案 號}}')),
    [
      { code: 'placeholder-unknown', nearest: '各筆.案號' },
      { code: 'placeholder-missing', expected: '{{各筆.案號}}' },
    ],
  )
  t.match(
    refused((text) => text.replace('{{若無 各筆}}', '{{若無 各筆筆}}')),
    [{ code: 'placeholder-unknown', nearest: '各筆' }],
  )
  t.match(
    refused((text) => text.replace('{{報送期限}}', '{{報送期線}}'), 'reminder-letter'),
    [{ code: 'placeholder-unknown', found: /第 \d+ 段/ }],
  )
})

t.test('R24: a template without a placeholder that the form needs is refused', async (t) => {
  const findings = refused((text) => text.replaceAll('{{抽樣種子值}}', '').replaceAll('{{各筆.稽核結果}}', ''))
  t.same(
    findings.map(({ code, expected }) => `${code} ${expected}`),
    ['placeholder-missing {{抽樣種子值}}', 'placeholder-missing {{各筆.稽核結果}}'],
  )
})

t.test('braces that are none, two lists in one row, a formula in a row that is repeated', async (t) => {
  for (const wrong of ['{{各筆.案號', '｛｛各筆.案號｝｝', '{{各筆.案號}}}}'])
    t.match(refused((text) => text.replace('{{各筆.案號}}', wrong))[0], { code: 'placeholder-wrong', found: /稽核紀錄表，第 11 列/ }, wrong)
  t.match(
    refused((text) => text.replace('{{各筆.案號}}', '{{各筆.案號}}{{各案.案號}}')),
    [{ code: 'placeholder-lists', found: /各筆, 各案/ }],
  )
  const cell = '<table:table-cell table:style-name="ce-center" office:value-type="string"><text:p>{{各筆.序號}}'
  t.match(refused((text) => text.replace(cell, `<table:table-cell table:formula="of:=[.A1]+1"/>${cell}`))[0], {
    code: 'placeholder-formula',
  })
})

t.test('what is no flat ODF of this kind, or no XML, is refused with what was expected', async (t) => {
  const [entity] = refused((text) => text.replace('?>', '?><!DOCTYPE x [<!ENTITY a "b">]>'))
  t.match(entity, { code: 'form-wrong', found: 'DOCTYPE', line: 1 })
  t.match(
    refused((text) => text.replace('</office:text>', ''), 'approval-memo'),
    [{ code: 'form-wrong' }],
  )
  t.match(
    refused((text) => text.replace('opendocument.spreadsheet"', 'opendocument.text"')),
    [{ code: 'form-wrong', found: 'application/vnd.oasis.opendocument.text', expectedZh: /另存為 \.fods/ }],
  )
  t.match(
    refused((text) => text.replace('xmlns:table="urn', 'xmlns:table="uri')),
    [{ code: 'form-wrong', found: 'xmlns:table' }],
  )
  t.match(
    refused(() => 'PK\u0003\u0004'),
    [{ code: 'form-wrong' }],
  )
  t.match(
    refused(() => `<a>${'<b>'.repeat(20_000)}`),
    [{ code: 'form-wrong', found: '64 levels' }],
  )
  t.match(
    refused(() => '<office:document-content/>'),
    [{ code: 'form-wrong', found: 'office:document-content' }],
  )
})

t.test('what an editor makes of a placeholder is one still: split between formats, commented, tracked', async (t) => {
  const report = new Report()
  const text = templateText('approval-memo')
    .replace('{{報送期限}}', '{<text:span text:style-name="T1">{報送</text:span><text:soft-page-break/><text:span>期限}</text:span>}')
    .replace('{{紀錄總數}}', '<office:annotation><text:p>{{誰}}</text:p></office:annotation>{{紀錄總數}}<text:change text:change-id="c1"/>')
  const template = readTemplate(templateFile('approval-memo'), text, 'approval-memo', report)
  t.same(report.findings, [])
  t.ok(template && textOf(template.root).includes('{{報送期限}}'))
  const broken = new Report()
  readTemplate('x', text.replace('{報送</text:span>', '{報送</text:span><text:line-break/>'), 'approval-memo', broken)
  t.match(broken.findings, [{ code: 'placeholder-wrong' }], 'not across a line end')
})

t.test('R24: the version that was in force in the period is used', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-forms-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  t.same(formVersions(folder, new Report()), [], 'a folder without forms has none, and is no error')
  mkdirSync(join(folder, 'forms'))
  for (const name of [
    'audit-form-2026-01-01.fods',
    'audit-form-2026-07-01.fods',
    'approval-memo-2026-01-01.fodt',
    '.~lock.audit-form-2026-07-01.fods#',
  ])
    writeFileSync(join(folder, 'forms', name), '')
  const report = new Report()
  const versions = formVersions(folder, report)
  t.same(report.findings, [])
  const used = (day: string) => versionInForce(versions, 'audit-form', civilDate(day))?.name
  t.equal(used('2026-06-30'), 'forms/audit-form-2026-01-01.fods')
  t.equal(used('2026-07-01'), 'forms/audit-form-2026-07-01.fods')
  t.equal(used('2025-12-31'), undefined)
  for (const name of ['audit-from-2026-01-01.fods', 'audit-form-2026-02-30.fods', 'audit-form-2026-01-01.fodt', 'audit-form.ods'])
    writeFileSync(join(folder, 'forms', name), '')
  const names = new Report()
  t.equal(formVersions(folder, names).length, 3)
  t.same(
    names.findings.map(({ code }) => code),
    Array(4).fill('file-name'),
  )
  t.match(
    names.findings.find(({ found }) => found?.startsWith('audit-from')),
    { nearest: 'audit-form' },
  )
  t.ok(checkForms(folder).errors >= 7, 'empty files are no templates')
  writeFileSync(join(folder, 'forms', 'audit-form-2026-01-01.fods'), Buffer.from([0x3c, 0xa5, 0x78]))
  t.ok(checkForms(folder).findings.some(({ code }) => code === 'not-utf8'))
  writeFileSync(join(folder, 'forms', 'audit-form-2026-01-01.fods'), Buffer.alloc(5 * 1024 * 1024))
  t.ok(checkForms(folder).findings.some(({ code }) => code === 'file-too-large'))
})
