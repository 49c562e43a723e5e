// streamed-table.ts: a table of any length as an .ods, made while its rows come: every cell is text, so that nothing in it is computed.
import { Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'
import { odfText, xmlHead, xmlOf } from './odf-text.ts'

const mimetype = 'application/vnd.oasis.opendocument.spreadsheet'
const spaces = (...names: readonly string[]): string =>
  names.map((name) => ` xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`).join('')

const manifest = `${xmlHead}<manifest:manifest${spaces('manifest')} manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="${mimetype}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`

const ending = '</table:table></office:spreadsheet></office:body></office:document-content>'

/** Text of a cell that stands for itself in XML: words with one space between them, nothing to escape. */
const plain = /^[!#-%'-;=?-~\u00a1-\ud7ff]+(?: [!#-%'-;=?-~\u00a1-\ud7ff]+)*$/

const cellOf = (text: string): string =>
  text === ''
    ? '<table:table-cell/>'
    : `<table:table-cell office:value-type="string"><text:p>${plain.test(text) ? text : odfText(text, false).map(xmlOf).join('')}</text:p></table:table-cell>`

const rowOf = (cells: readonly string[]): string => `<table:table-row>${cells.map(cellOf).join('')}</table:table-row>`

const beginning = (name: string, headings: readonly string[]): string =>
  `${xmlHead}<office:document-content${spaces('office', 'table', 'text')} office:version="1.3"><office:body><office:spreadsheet><table:table table:name="${name}"><table:table-column table:number-columns-repeated="${headings.length}"/><table:table-header-rows>${rowOf(headings)}</table:table-header-rows>`

async function* contentOf(
  name: string,
  headings: readonly string[],
  rows: AsyncIterable<Iterable<readonly string[]>>,
): AsyncGenerator<Buffer> {
  yield Buffer.from(beginning(name, headings))
  for await (const some of rows) {
    let text = ''
    for (const cells of some) text += rowOf(cells)
    yield Buffer.from(text)
  }
  yield Buffer.from(ending)
}

interface Packed {
  readonly name: string
  readonly crc: number
  readonly size: number
  readonly packed: number
  readonly at: number
  readonly deflated: boolean
}

/** The day of a zip's beginning of time, 1 January 1980: the parts were never files. */
const noDate = 0x21
const utf8Names = 0x0800
/** Sizes and checksum stand behind the data. */
const sizesBehind = 0x0008

/** SPEC APPNOTE.TXT 6.3.3, §4.3.7, §4.3.12: what the header before the data and the one at the end have in common. */
function fields({ crc, deflated, name, packed, size }: Packed, streamed: boolean): Buffer {
  const bytes = Buffer.alloc(26)
  bytes.writeUInt16LE(20, 0)
  bytes.writeUInt16LE(utf8Names | (deflated ? sizesBehind : 0), 2)
  bytes.writeUInt16LE(deflated ? 8 : 0, 4)
  bytes.writeUInt16LE(noDate, 8)
  if (!streamed) {
    bytes.writeUInt32LE(crc, 10)
    bytes.writeUInt32LE(packed, 14)
    bytes.writeUInt32LE(size, 18)
  }
  bytes.writeUInt16LE(Buffer.byteLength(name), 22)
  return bytes
}

const signature = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function listed(file: Packed): Buffer {
  const more = Buffer.alloc(14)
  more.writeUInt32LE(file.at, 10)
  return Buffer.concat([signature(0x02014b50), Buffer.from([20, 0]), fields(file, false), more, Buffer.from(file.name)])
}

function listEnd(count: number, size: number, at: number): Buffer {
  const bytes = Buffer.alloc(22)
  bytes.writeUInt32LE(0x06054b50)
  bytes.writeUInt16LE(count, 8)
  bytes.writeUInt16LE(count, 10)
  bytes.writeUInt32LE(size, 12)
  bytes.writeUInt32LE(at, 16)
  return bytes
}

/** The bytes of an .ods of one sheet (ODF 1.3 part 2): `mimetype` first and stored. It holds some rows at a time; beyond 4 GiB it is none.
 *  @param rows some at a time, each as its cells */
export async function* odsOf(
  name: string,
  headings: readonly string[],
  rows: AsyncIterable<Iterable<readonly string[]>>,
): AsyncGenerator<Buffer, void> {
  let at = 0
  const files: Packed[] = []
  for (const [path, text] of [
    ['mimetype', mimetype],
    ['META-INF/manifest.xml', manifest],
  ] as const) {
    const data = Buffer.from(text)
    const file: Packed = { name: path, crc: crc32(data), size: data.length, packed: data.length, at, deflated: false }
    const bytes = Buffer.concat([signature(0x04034b50), fields(file, false), Buffer.from(path), data])
    files.push(file)
    at += bytes.length
    yield bytes
  }
  const content = { name: 'content.xml', at, deflated: true }
  const head = Buffer.concat([signature(0x04034b50), fields({ ...content, crc: 0, size: 0, packed: 0 }, true), Buffer.from(content.name)])
  yield head
  let [crc, packed, size] = [0, 0, 0]
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of contentOf(name, headings, rows)) {
      crc = crc32(piece, crc)
      size += piece.length
      yield piece
    }
  }
  for await (const piece of deflated(counted())) {
    packed += piece.length
    yield piece
  }
  const file: Packed = { ...content, crc, size, packed }
  files.push(file)
  const behind = Buffer.concat([signature(0x08074b50), fields(file, false).subarray(10, 22)])
  at += head.length + packed + behind.length
  const list = Buffer.concat(files.map(listed))
  yield Buffer.concat([behind, list, listEnd(files.length, list.length, at)])
}

/** Compressed beside the event loop. An error of the source comes out of it. */
async function* deflated(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const deflate = createDeflateRaw()
  Readable.from(source)
    .on('error', (error) => deflate.destroy(error))
    .pipe(deflate)
  for await (const piece of deflate) yield piece
}
