// table-file.test.ts: spreadsheets as people send them, read as they see them; and what only looks like one, refused soon.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { bounds, columnName, type Sheet } from '../../../src/cli/spreadsheet/sheet.ts'
import { readTables } from '../../../src/cli/spreadsheet/table-file.ts'
import { odsContent, odsOf, odsTable, type Part, xlsxOf, xlsxRow, zipped } from './made.ts'

const folder = t.testdir({})
let count = 0
function read(bytes: Buffer | string, known?: ReadonlyMap<string, string>): Promise<readonly Sheet[]> {
  const path = join(folder, `list-${++count}`)
  writeFileSync(path, bytes)
  return readTables(path, known)
}
const texts = (sheets: readonly Sheet[], at = 0): readonly (readonly string[])[] =>
  (sheets[at]?.rows ?? []).map(({ cells }) => Array.from(cells, (cell) => cell?.text ?? ''))
const refuses = (t: Test, bytes: Buffer | string, message: RegExp, title: string) =>
  t.rejects(read(bytes), { code: 'folder-invalid', message }, title)

t.test('.ods: texts, days and numbers as they are shown; notes, readings and old versions are no text', async (t) => {
  const cell = (attributes: string, inner: string) => `<table:table-cell ${attributes}>${inner}</table:table-cell>`
  const sheets = await read(
    odsOf(
      `<table:tracked-changes><table:table-cell><text:p>舊值</text:p></table:table-cell></table:tracked-changes>
<table:table table:name="名單"><table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
<table:table-row>${cell('office:value-type="string"', '<office:annotation><dc:creator>x</dc:creator><text:p>附註</text:p></office:annotation><text:p>谷辣斯‧尤達卡</text:p>')}${cell(
        'office:value-type="string"',
        '<text:p>甲<text:s text:c="2"/>乙</text:p><text:p>次行<text:line-break/>末行</text:p>',
      )}${cell('office:value-type="string"', '<text:p><text:ruby><text:ruby-base>𠮷</text:ruby-base><text:ruby-text>ㄐㄧˊ</text:ruby-text></text:ruby>田</text:p>')}</table:table-row>
<table:table-row>${cell('office:value-type="date" office:date-value="2026-01-31"', '<text:p>115/1/31</text:p>')}${cell(
        'office:value-type="date" office:date-value="2026-01-31T00:00:00"',
        '<text:p>115/1/31</text:p>',
      )}${cell('office:value-type="float" office:value="12001"', '<text:p>0012001</text:p>')}${cell(
        'office:value-type="float" office:value="1150131"',
        '<text:p>1,150,131</text:p>',
      )}</table:table-row>
<table:table-row><table:covered-table-cell/>${cell('table:number-columns-repeated="2" office:value-type="string"', '<text:p>同</text:p>')}</table:table-row></table:table>`,
    ),
  )
  t.equal(sheets[0]?.name, '名單')
  t.same(texts(sheets), [
    ['谷辣斯‧尤達卡', '甲  乙\n次行\n末行', '𠮷田'],
    ['2026-01-31', '2026-01-31', '0012001', '1150131'],
    ['', '同', '同'],
  ])
  t.same(sheets[0]?.rows.map(({ number }) => number), [3, 4, 5], 'numbered as the spreadsheet numbers them') // biome-ignore format: short
  t.same(sheets[0]?.rows[1]?.cells.map((each) => each?.day === true), [true, true, false, false]) // biome-ignore format: short
})

t.test('.ods: a list as LibreOffice saves one, to the millionth row', async (t) => {
  t.same(texts(await read(odsOf(odsTable('a', [['帳號', '姓名'], ['edu-lin', '林']]) + odsTable('b', [])))), [['帳號', '姓名'], ['edu-lin', '林']]) // biome-ignore format: short
})

t.test('.xlsx: shared and inline texts, days of both systems, codes with leading zeros', async (t) => {
  const styles = `<numFmts><numFmt numFmtId="164" formatCode="0000000"/><numFmt numFmtId="165" formatCode="[$-404]e/m/d;@"/><numFmt numFmtId="166" formatCode="0.00&quot;元 d&quot;"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="57"/></cellXfs>`
  const strings =
    '<si><t>林志明</t><rPh sb="0" eb="1"><t>ㄌㄧㄣˊ</t></rPh></si><si><r><t>國中</t></r><r><t xml:space="preserve"> 科</t></r></si>'
  const rows = `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="D2" t="inlineStr"><is><t>公式</t></is></c><c r="E2" t="str"><f>A1&amp;B1</f><v>連結</v></c><c t="b"><v>1</v></c></row>
<row r="9"><c r="A9" s="1"><v>46053</v></c><c r="B9" s="2"><v>12001</v></c><c r="C9" s="3"><v>46053</v></c><c r="D9" s="4"><v>5</v></c><c r="E9" s="5"><v>46053</v></c><c r="F9"><v>1150131</v></c></row>`
  const sheets = await read(xlsxOf({ sheets: { 名單: rows }, strings, styles }))
  t.same(texts(sheets), [
    ['林志明', '國中 科', '', '公式', '連結', '1'],
    ['2026-01-31', '0012001', '2026-01-31', '5', '2026-01-31', '1150131'],
  ])
  t.same(sheets[0]?.rows.map(({ number }) => number), [2, 9]) // biome-ignore format: short
  const old = await read(
    xlsxOf({ sheets: { a: '<row r="1"><c r="A1" s="1"><v>44591</v></c></row>' }, styles, properties: '<workbookPr date1904="1"/>' }),
  )
  t.same(texts(old), [['2026-01-31']])
})

t.test('what a spreadsheet has changed is said, not taken: rounded numbers, scientific notation, errors, times of day', async (t) => {
  const styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="11"/></cellXfs>'
  const rows = `<row r="1"><c r="A1"><v>1234567890123456</v></c><c r="B1"><v>1.5</v></c><c r="C1" s="2"><v>1130</v></c><c r="D1" t="e"><v>#REF!</v></c><c r="E1" s="1"><v>46053.5</v></c><c r="F1" s="1"><v>60</v></c></row>`
  const wrong = (sheets: readonly Sheet[]) => sheets[0]?.rows[0]?.cells.map((cell) => cell?.wrong !== undefined)
  t.same(wrong(await read(xlsxOf({ sheets: { a: rows }, styles }))), [true, true, true, true, true, true])
  const float = (value: string, shown: string) =>
    `<table:table-cell office:value-type="float" office:value="${value}"><text:p>${shown}</text:p></table:table-cell>`
  const row = `<table:table table:name="a"><table:table-row>${float('1130', '1.13E+03')}${float('0.5', '0.5')}${float('1E20', '100000000000000000000')}</table:table-row></table:table>`
  t.same(wrong(await read(odsOf(row))), [true, true, true])
})

t.test('CSV: UTF-8 with and without BOM, UTF-16, tabs, cp950; cells with line ends keep their place', async (t) => {
  const csv = '帳號,姓名\r\na,"甲\r\n乙"\r\nb,丙\r\n'
  const expected = [['帳號', '姓名'], ['a', '甲\n乙'], ['b', '丙']] // biome-ignore format: short
  const encodings: Record<string, Buffer> = {
    utf8: Buffer.from(csv),
    bom: Buffer.from(`\ufeff${csv}`),
    utf16le: Buffer.from(`\ufeff${csv}`, 'utf16le'),
    utf16be: Buffer.from(`\ufeff${csv}`, 'utf16le').swap16(),
    tabs: Buffer.from(`\ufeff${csv.replaceAll(',', '\t')}`, 'utf16le'),
    cp950: Buffer.from('b162b8b92ca96da6570d0a612c22a5d20d0aa441220d0a622ca4fe0d0a', 'hex'),
  }
  for (const [name, bytes] of Object.entries(encodings)) {
    const sheets = await read(bytes)
    t.same(texts(sheets), expected, name)
    t.same(sheets[0]?.rows.map(({ number }) => number), [1, 2, 4], name) // biome-ignore format: short
  }
})

t.test('cp950: every code without a character of its own is told by its bytes; none becomes ? or another character', async (t) => {
  const name = async (hex: string, known?: ReadonlyMap<string, string>) => {
    const cell = (await read(Buffer.from(hex, 'hex'), known))[0]?.rows[0]?.cells[0]
    return `${cell?.text}${cell?.wrong === undefined ? '' : ' !'}`
  }
  const rows: readonly (readonly [title: string, hex: string, expected: string])[] = [
    ['a common name', 'aa4caa4f', '林板'],
    ['the ETEN characters of cp950', 'f9d6f9d9', '碁墻'],
    ['the first code of users', 'aa4cfa40', '林〔FA40〕 !'],
    ['users’ codes before the standard', 'aa4c8e40', '林〔8E40〕 !'],
    ['users’ codes between the levels', 'aa4cc6a1', '林〔C6A1〕 !'],
    ['where WHATWG’s Big5 has Hong Kong’s characters', 'aa4c8862', '林〔8862〕 !'],
    ['a code that is none', 'aa4cf9ff', '林〔F9〕〔FF〕 !'],
    ['half a character at the end', 'aa4ca4', '林〔A4〕 !'],
    ['half a character before a line end', 'aa4ca40a', '林〔A4〕 !'],
    ['a byte that begins nothing', 'aa4c80ff', '林〔80〕〔FF〕 !'],
    ['the point of indigenous names', 'a145', '‧'],
    ['a trail byte that looks like a backslash', 'b35c', '許'],
  ]
  for (const [title, hex, expected] of rows) t.equal(await name(hex), expected, title)
  t.equal(await name('aa4cfa40', new Map([['FA40', '𠮷']])), '林𠮷', 'a person has looked it up')
})

t.test('what is no spreadsheet is refused by what it holds, whatever it is called', async (t) => {
  const rows: readonly (readonly [string, Buffer | string, RegExp])[] = [
    ['nothing', '', /檔案沒有內容/],
    ['an old .xls, or one with a password', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /舊版 \.xls/],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /不是文字檔/],
    ['an archive of something else', zipped([{ name: 'a.txt', content: 'x' }]), /不是 \.ods 也不是 \.xlsx/],
    ['the beginning of an archive', odsOf(odsTable('a', [['帳號']])).subarray(0, 200), /毀損/],
    ['only the signature of an archive', 'PK\x03\x04', /毀損/],
    ['a quote that is open', '帳號,"姓名\n', /不是正確的 CSV/],
    ['half a UTF-16', Buffer.from('fffe3d', 'hex'), /不是正確的 UTF-16/],
    ['an .ods with a password', zipped([{ name: 'content.xml', content: 'x' }, { name: 'META-INF/manifest.xml', content: '<m><encryption-data/></m>' }]), /密碼/],
    ['an .xlsx without its sheet', zipped([{ name: 'xl/workbook.xml', content: '<workbook/>' }]), /沒有 xl\/_rels/],
    ['XML in UTF-16', zipped([{ name: 'content.xml', content: Buffer.from('\ufeff<a/>', 'utf16le') }]), /不是 UTF-8/],
    ['XML that is cut off', zipped([{ name: 'content.xml', content: odsContent('<table:table>').slice(0, -5) }]), /不是正確的 XML/],
    ['a reference that is no cell', xlsxOf({ sheets: { a: '<row r="1"><c r="1A"><v>1</v></c></row>' } }), /儲存格位置不符/],
    ['cells that go back', xlsxOf({ sheets: { a: '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>' } }), /內容過多/],
    ['a number of repetitions that is none', odsOf('<table:table><table:table-row><table:table-cell table:number-columns-repeated="-1"/></table:table-row></table:table>'), /重複次數/],
  ] // biome-ignore format: a table
  for (const [title, bytes, message] of rows) await refuses(t, bytes, message, title)
  await t.rejects(readTables(join(folder, 'nowhere')), { code: 'folder-invalid', message: /無法讀取/ })
  mkdirSync(join(folder, 'a-folder'))
  await t.rejects(readTables(join(folder, 'a-folder')), { code: 'folder-invalid', message: /不是檔案/ })
})

t.test('bombs are refused, and soon', async (t) => {
  const began = performance.now()
  const laughs = `<!DOCTYPE a [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, at) => `<!ENTITY ${'bcdefghij'[at]} "${`&${'abcdefghi'[at]};`.repeat(10)}">`).join('')}]><a>&j;</a>`
  const part = (content: string | Buffer, more: Partial<Part> = {}): Part => ({ name: 'content.xml', content, ...more })
  const zeros = Buffer.alloc(bounds.part + 1)
  const wide = '<table:table-cell table:number-columns-repeated="1000000000"><text:p>x</text:p></table:table-cell>'
  const tall =
    '<table:table-row table:number-rows-repeated="1000000000"><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>'
  const rows: readonly (readonly [string, Buffer, RegExp])[] = [
    ['entities within entities', zipped([part(laughs)]), /DOCTYPE/],
    ['a file from elsewhere', zipped([part('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')]), /DOCTYPE/],
    ['64 MiB of zeros, in 64 KiB', zipped([part(zeros)]), /內容過多/],
    ['64 MiB that claim to be a hundred bytes', zipped([part(zeros, { claimed: 100 })]), /毀損/],
    ['a part that claims to be enormous', zipped([part('<a/>', { claimed: 0xfffffff0 })]), /內容過多/],
    ['a part that claims to be longer than it is', zipped([part('<a/>', { claimed: 1000 })]), /毀損/],
    ['an encrypted part', zipped([part('<a/>', { flags: 1 })]), /毀損或有密碼/],
    ['one name twice', zipped([part('<a/>'), part('<a/>')]), /有兩份/],
    ['thousands of parts', zipped(Array.from({ length: bounds.parts + 1 }, (_, at) => ({ name: `${at}`, content: '' }))), /內容過多/],
    ['a billion columns of something', odsOf(`<table:table><table:table-row>${wide}</table:table-row></table:table>`), /內容過多/],
    ['a billion rows of something', odsOf(`<table:table>${tall}</table:table>`), /內容過多/],
    ['very many rows', odsOf(`<table:table>${tall.replace('1000000000', '49000').repeat(2)}</table:table>`), /內容過多/],
    ['great depth', zipped([part(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`)]), /內容過多/],
    ['a column beyond the last', xlsxOf({ sheets: { a: '<row r="1"><c r="ZZZ1"><v>1</v></c></row>' } }), /內容過多/],
  ] // biome-ignore format: a table
  for (const [title, bytes, message] of rows) await refuses(t, bytes, message, title)
  t.ok(performance.now() - began < 20_000)
})

t.test('spreadsheets name columns by letters', async (t) => {
  t.same([0, 25, 26, 51, 52, 701, 702].map(columnName), ['A', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA'])
  t.same(texts(await read(xlsxOf({ sheets: { a: xlsxRow(1, ['x', '', 'y']) } }))), [['x', '', 'y']])
})
