// odf.test.ts: filling a template and packing it: lists repeated, conditions, texts that XML would spoil; the same input gives the same bytes.
import fc from 'fast-check'
import t from 'tap'
import { filled } from '../../../src/audit/odf/fill.ts'
import { odfText, xmlOf } from '../../../src/audit/odf/odf-text.ts'
import { odfPackage } from '../../../src/audit/odf/package.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { readOds } from '../../../src/cli/spreadsheet/ods.ts'
import type { Template } from '../../../src/policy/forms/template.ts'
import { readXmlTree } from '../../../src/policy/forms/xml-tree.ts'

/** A template as `readTemplate` would give it: what it holds is not checked here. */
const template = (body: string): Template<'reminder-letter'> => ({
  form: 'reminder-letter',
  root: readXmlTree(`<office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet">${body}</office:document>`),
})
const values = {
  機關名稱: '教育局',
  稽核期間: '115年',
  製表日期: '',
  表單版本: '',
  報送期限: 'A & <B>',
  期限說明: '',
  逾期日數: '',
  聯絡單位: '{{機關名稱}}',
}
const item = (事項: string) => ({ 序號: '1', 事項, 期限: '' })
const fill = (body: string, ...items: string[]): string =>
  xmlOf(filled(template(body), { values, lists: { 未辦事項: items.map(item) } })).replace(
    /^<office:document [^>]*>|<\/office:document>$/g,
    '',
  )

t.test('a row, a list item or a paragraph is repeated for each item, and gone where there is none', async (t) => {
  const row =
    '<table:table table:print-ranges="A1:B2"><table:table-row><table:table-cell><text:p>{{未辦事項.事項}}</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated="1048000"/></table:table>'
  t.equal(fill(row, '甲', '乙').match(/<table:table-row>/g)?.length, 2)
  t.notMatch(fill(row, '甲'), /print-ranges|1048000/, 'what was true of the template’s rows is gone')
  t.equal(fill(row), '', 'a table without rows is none')
  t.equal(fill('<text:p>{{機關名稱}}：{{未辦事項.事項}}</text:p>', '甲', '乙'), '<text:p>教育局：甲</text:p><text:p>教育局：乙</text:p>')
  t.equal(fill('<text:list><text:list-item><text:p>{{未辦事項.事項}}</text:p></text:list-item></text:list>'), '')
  t.equal(fill('<text:p>{{若有 未辦事項}}有</text:p><text:p>{{若無 未辦事項}}無</text:p>', '甲'), '<text:p>有</text:p>')
  t.equal(fill('<text:p>{{若有 未辦事項}}有</text:p><text:p>{{若無 未辦事項}}無</text:p>'), '<text:p>無</text:p>')
})

t.test('a value is a text: not markup, not a placeholder; a cell that is left empty is empty', async (t) => {
  t.equal(fill('<text:p>{{報送期限}}{{聯絡單位}}</text:p>'), '<text:p>A &amp; &lt;B&gt;{{機關名稱}}</text:p>')
  const cell = '<table:table-cell office:value-type="string" table:style-name="x"><text:p>{{製表日期}}</text:p></table:table-cell>'
  t.equal(fill(cell), '<table:table-cell table:style-name="x"/>')
})

t.test('spaces, tabs and line ends are kept; what XML cannot hold is marked', async (t) => {
  const shown = (text: string, follows = false): string => odfText(text, follows).map(xmlOf).join('')
  t.equal(shown('a  b'), 'a<text:s text:c="2"/>b')
  t.equal(shown(' a '), '<text:s text:c="1"/>a<text:s text:c="1"/>')
  t.equal(shown(' a', true), ' a')
  t.equal(shown('a\tb\r\nc'), 'a<text:tab/>b<text:line-break/>c')
  t.equal(shown('\u0000\ud800𠮷\ufffe‧\ue000'), '\ufffd\ufffd𠮷\ufffd‧\ue000')
})

t.test('any text comes back from the sheet as it was printed, through the reader of agencies’ spreadsheets', async (t) => {
  const sheet = (texts: readonly string[]) =>
    `<office:document xmlns:office="o" xmlns:table="t" xmlns:text="x" office:mimetype="m"><office:body><table:table table:name="s">${texts.map((text) => `<table:table-row><table:table-cell office:value-type="string"><text:p>a${odfText(text, true).map(xmlOf).join('')}</text:p></table:table-cell></table:table-row>`).join('')}</table:table></office:body></office:document>`
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { minLength: 1, maxLength: 5 }), async (texts) => {
      const bytes = odfPackage(readXmlTree(sheet(texts)), { title: '', made: '2026-07-06T00:00:00' })
      const [read] = readOds(await readParts(bytes, (name) => name === 'content.xml'))
      const expected = texts.map(
        (text) => `a${text.replace(/\r\n|\r/g, '\n').replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')}`,
      )
      t.same(
        read?.rows.map(({ cells }) => cells[0]?.text),
        expected,
      )
    }),
    { numRuns: 60 },
  )
})

t.test('a package: mimetype first and stored, a manifest, no time of any clock; the same input gives the same bytes', async (t) => {
  const root = template(
    '<office:automatic-styles><style:page-layout style:name="p"/><style:style style:name="s"/></office:automatic-styles><office:body/>',
  ).root
  const pack = () => odfPackage(root, { title: '表', made: '2026-07-06T00:00:00', properties: { 'linkage-form': 'audit-form 2026-01-01' } })
  const bytes = pack()
  t.same(bytes, pack())
  t.equal(bytes.subarray(30, 38).toString('latin1'), 'mimetype', 'first, and without an extra field')
  t.equal(bytes.readUInt16LE(8), 0, 'stored')
  t.equal(bytes.subarray(38, 84).toString('latin1'), 'application/vnd.oasis.opendocument.spreadsheet')
  const zone = process.env.TZ
  process.env.TZ = zone === 'Asia/Taipei' ? 'America/New_York' : 'Asia/Taipei'
  t.same(pack(), bytes, 'in any time zone')
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
  const parts = await readParts(bytes, () => true)
  t.same([...parts.keys()], ['mimetype', 'content.xml', 'styles.xml', 'meta.xml', 'META-INF/manifest.xml'])
  t.notMatch(parts.get('content.xml')?.toString(), /page-layout/)
  t.match(parts.get('styles.xml')?.toString(), /style:name="p".*style:name="s"/)
  t.match(parts.get('meta.xml')?.toString(), /<meta:user-defined meta:name="linkage-form">audit-form 2026-01-01</)
})
