// streamed-table.test.ts: a table of any length as an .ods: what is in it is what was given, as text.
import fc from 'fast-check'
import { strFromU8, unzipSync } from 'fflate'
import t from 'tap'
import { odsOf } from '../../../src/audit/odf/streamed-table.ts'
import { readXmlTree } from '../../../src/policy/forms/xml-tree.ts'

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

async function packed(rows: readonly (readonly (readonly string[])[])[]): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of odsOf('紀錄', ['帳號', '事由'], each(rows))) pieces.push(piece)
  return Buffer.concat(pieces)
}

t.test('ODF 1.3 part 2 §3.3: mimetype comes first, stored, and says what it is', async (t) => {
  const bytes = await packed([])
  t.equal(bytes.subarray(30, 38).toString(), 'mimetype')
  t.equal(bytes.subarray(38, 84).toString(), 'application/vnd.oasis.opendocument.spreadsheet')
  t.same(Object.keys(unzipSync(bytes)), ['mimetype', 'META-INF/manifest.xml', 'content.xml'])
})

t.test('a cell is text, whatever a spreadsheet would make of it', async (t) => {
  const content = strFromU8(unzipSync(await packed([[['=1+1', '00123']], [['a < b & "c"', '']]]))['content.xml'] ?? new Uint8Array())
  t.match(content, '<table:table-cell office:value-type="string"><text:p>=1+1</text:p></table:table-cell>')
  t.match(content, '<text:p>00123</text:p>')
  t.match(content, '<text:p>a &lt; b &amp; &quot;c&quot;</text:p></table:table-cell><table:table-cell/>')
})

t.test('an error of the source is the table’s: no end is made', async (t) => {
  async function* broken(): AsyncGenerator<readonly (readonly string[])[]> {
    yield [['a', 'b']]
    throw new Error('the database left')
  }
  await t.rejects(async () => {
    for await (const piece of odsOf('紀錄', ['a', 'b'], broken())) void piece
  }, /the database left/)
})

t.test('whatever stands in the cells, it is well-formed', async (t) => {
  const cell = fc.string({ unit: 'binary', maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 4 }), async (rows) => {
      const content = strFromU8(unzipSync(await packed([rows]))['content.xml'] ?? new Uint8Array())
      t.equal(content.split('<table:table-row>').length, rows.length + 2)
      readXmlTree(content)
    }),
    { numRuns: 100 },
  )
})
