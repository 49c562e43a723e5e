// tampered.ts: ten things that somebody may do to an archive, each with what must be found, and where: by the page and by the command.
import { sha256Hex } from '../../../src/canonical.ts'
import { checkpointText } from '../../../src/querylog/checkpoint.ts'
import { Tree } from '../../../src/querylog/tree.ts'
import { drawn, type Files, relisted } from '../../audit/archive/archives.ts'
import { edited, log, newSigner, type WritingLog } from '../written-log.ts'

export interface Tampering {
  readonly title: string
  readonly change: (good: Files, writing: WritingLog) => Files
  /** `code file`, or `code file at`, of what is found among others. */
  readonly found: (good: Files) => string
}

const records = 'technical/1/records.ndjson'
const indexes = 'technical/1/records.index.txt'
const lines = (files: Files, path: string): string[] => (files.get(path)?.toString() ?? '').split('\n').slice(0, -1)
const joined = (all: readonly string[]): Buffer => Buffer.from(all.map((each) => `${each}\n`).join(''))
const replaced = (files: Files, path: string, from: string, to: string): Buffer =>
  Buffer.from((files.get(path)?.toString() ?? '').replace(from, to))
/** What was drawn. */
const sample = `technical/documents/${sha256Hex(drawn)}`

/** An entry taken out, and every one behind it renumbered, so that no number is missing. */
function renumbered(good: Files): Files {
  const kept = lines(good, records).toSpliced(gone, 1)
  const entries = kept.map((entry, at) =>
    at < gone || !entry.includes('"agency_seq"') ? entry : edited(Buffer.from(entry), (it) => (it.agency_seq -= 1)).toString(),
  )
  const table = (good.get('records-001.csv')?.toString() ?? '')
    .split('\r\n')
    .toSpliced(gone + 1, 1)
    .join('\r\n')
  return new Map(good)
    .set(records, joined(entries))
    .set(indexes, joined(lines(good, indexes).toSpliced(gone, 1)))
    .set('records-001.csv', Buffer.from(table))
    .set('technical/archive.json', replaced(good, 'technical/archive.json', '"records":222', '"records":221'))
}

const gone = 30

/** Who knows of the list makes it anew, but where it is the list itself that is changed. */
export const tamperings: readonly Tampering[] = [
  {
    title: 'an entry was changed',
    change: (good) => relisted(new Map(good).set(records, replaced(good, records, '"user":"edu-chang"', '"user":"edu-wang"'))),
    found: (good) => `leaf-mismatch ${records} ${lines(good, indexes)[0]}`,
  },
  {
    title: 'an entry was taken out, and those behind it renumbered',
    change: (good) => relisted(renumbered(good)),
    found: (good) => `leaf-mismatch ${records} ${lines(good, indexes)[gone + 1]}`,
  },
  {
    title: 'hashes were swapped',
    change: (good) => relisted(new Map(good).set('technical/1/tile/0/001', good.get('technical/1/tile/0/000') ?? Buffer.alloc(0))),
    found: () => 'tile-mismatch technical/1/tile/0/001',
  },
  {
    title: 'the checkpoint was signed by another key',
    change: (good, { written }) =>
      relisted(
        new Map(good).set(
          'technical/1/checkpoint',
          Buffer.from(newSigner().sign(checkpointText(log, new Tree().extended(written.leaves as never)))),
        ),
      ),
    found: () => 'checkpoint-invalid technical/1/checkpoint',
  },
  {
    title: 'a line of the list was taken out',
    change: (good) =>
      new Map(good).set('MANIFEST.csv', Buffer.from((good.get('MANIFEST.csv')?.toString() ?? '').replace(/^file-02\.pdf,.*\r\n/m, ''))),
    found: () => 'file-unexpected file-02.pdf',
  },
  {
    title: 'a file was put beside the others',
    change: (good) => new Map(good).set('technical/1/tile/0/003', Buffer.alloc(8192)),
    found: () => 'file-unexpected technical/1/tile/0/003',
  },
  {
    title: 'a cell of a table was changed',
    change: (good) => relisted(new Map(good).set('records-001.csv', replaced(good, 'records-001.csv', ',edu-chang,', ',edu-wang,'))),
    found: () => 'table-mismatch records-001.csv 2',
  },
  {
    title: 'another sample was drawn',
    change: (good) => relisted(new Map(good).set(sample, replaced(good, sample, '7]', '8]'))),
    found: () => `document-mismatch ${sample}`,
  },
  {
    title: 'another key was put into the list of keys',
    change: (good) => relisted(new Map(good).set('technical/trust-policy.txt', Buffer.from(`log ${newSigner().verifierKey}\n`))),
    found: () => 'key-mismatch technical/trust-policy.txt',
  },
  {
    title: 'a file was cut',
    change: (good) => new Map(good).set(records, good.get(records)?.subarray(0, -1000) ?? Buffer.alloc(0)),
    found: () => `file-changed ${records}`,
  },
]
