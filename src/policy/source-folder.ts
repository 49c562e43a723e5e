// source-folder.ts: the files of a configuration folder as text, or what is wrong with them as files.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { invalidUtf8At } from '../json.ts'
import type { Report } from './finding.ts'
import type { FindingCode } from './finding-codes.ts'
import type { Said } from './schema/forms.ts'

const YAML_BYTES = 1024 * 1024
const CSV_BYTES = 16 * 1024 * 1024
/** Files of a folder, and bytes of all YAML files together, that are read: while they are, no call is answered (3 ms a file, 1 s a MiB). */
const [FILES, ALL_YAML_BYTES] = [500, 8 * 1024 * 1024]

const rootFiles = ['gateway.yaml', 'audit.yaml', 'blocks.yaml', 'purposes.yaml']
const folders: Readonly<Record<string, RegExp>> = {
  apis: /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.yaml$/,
  agencies: /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.yaml$/,
  rosters: /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.csv$/,
  calendar: /^20\d{2}\.csv$/,
}
/** Subfolders that are read, one deep. */
export const subfolders: readonly string[] = Object.keys(folders)
const name = { zh: '小寫英文字母、數字、連字號', en: 'lower-case letters, digits, hyphens' }
const yamlName = { zh: `${name.zh}，副檔名 .yaml`, en: `${name.en}, then .yaml` }
const said: Readonly<Record<string, Said>> = {
  apis: yamlName,
  agencies: yamlName,
  rosters: { zh: `${name.zh}，副檔名 .csv`, en: `${name.en}, then .csv` },
  calendar: { zh: '西元年，例如 2026.csv', en: 'a year, like 2026.csv' },
}
const files = { yaml: /\.ya?ml$/i, csv: /\.(?:csv|ods|xlsx)$/i }

/** Whether a file of this name, within the folder, is read: what decides calls stands in these files, and in no other. */
export function isRead(file: string): boolean {
  const [folder = '', name, ...deeper] = file.split('/')
  return name === undefined ? rootFiles.includes(folder) : deeper.length === 0 && folders[folder]?.test(name) === true
}

/** A folder that is read as it is: nothing is remembered between two loads. */
export class SourceFolder {
  /** Bytes of each file of the folder that was read as text, by name. */
  readonly asRead = new Map<string, Buffer>()
  readonly #folder: string | undefined
  readonly #report: Report
  readonly #edited: ReadonlyMap<string, string>
  #yamlBytes = 0

  /** @param folder absent: there are no files but the edited
   *  @param edited texts of files that are about to be saved, by name: read in place of what stands there */
  constructor(folder: string | undefined, report: Report, edited: ReadonlyMap<string, string> = new Map()) {
    this.#folder = folder
    this.#report = report
    this.#edited = edited
  }

  /** The names of a kind's files, `apis/low-income.yaml`, sorted. What looks like one and is not read is reported. */
  names(folder: string): string[] {
    const form = folders[folder]
    const names = this.#list(folder)
    for (const name of names) {
      if (form?.test(name) || /^[.#]|[~]$/.test(name)) continue // editors' own files
      const meant = folder === 'apis' || folder === 'agencies' ? files.yaml.test(name) : files.csv.test(name)
      this.#note(`${folder}/${name}`, meant ? 'file-name' : 'file-ignored', said[folder])
    }
    const own = names.filter((each) => form?.test(each))
    if (own.length > FILES) {
      this.#note(folder, 'too-many-files', { zh: `至多 ${FILES} 個`, en: `${FILES} at most` }, String(own.length))
      return []
    }
    const made = [...this.#edited.keys()].filter((name) => name.startsWith(`${folder}/`))
    return [...new Set([...own.map((name) => `${folder}/${name}`), ...made])].sort()
  }

  /** What lies at the root and looks like configuration, but is none. */
  noteStrangers(): void {
    for (const name of this.#list('.')) {
      if (files.yaml.test(name) && !rootFiles.includes(name) && !name.startsWith('.'))
        this.#note(name, 'file-name', { zh: rootFiles.join('、'), en: rootFiles.join(', ') })
    }
  }

  /** A file's text.
   *  @param big5 whether the file may be Big5 (official calendars are)
   *  @returns undefined where it cannot be read as text; that is reported */
  text(name: string, big5 = false): string | undefined {
    const edited = this.#edited.get(name)
    if (edited !== undefined) {
      // What lies in no folder was read nowhere: a policy of the past is made again from less than its files held.
      if (this.#folder !== undefined) this.asRead.set(name, Buffer.from(edited))
      return edited
    }
    if (this.#folder === undefined) return this.#note(name, 'file-missing')
    const path = join(this.#folder, name)
    const yaml = name.endsWith('.yaml')
    let bytes: Buffer
    try {
      const found = statSync(path)
      const { size } = found
      // Whoever opens a pipe waits for its writer, and with this process every call would wait.
      if (!found.isFile()) return this.#note(name, 'file-unreadable', undefined, '不是檔案 no file')
      if (size > (yaml ? YAML_BYTES : CSV_BYTES)) return this.#note(name, 'file-too-large')
      if (yaml) this.#yamlBytes += size
      if (yaml && this.#yamlBytes > ALL_YAML_BYTES) return this.#note(name, 'folder-too-large')
      bytes = readFileSync(path)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      return code === 'ENOENT' ? this.#note(name, 'file-missing') : this.#note(name, 'file-unreadable', undefined, code)
    }
    this.asRead.set(name, bytes)
    const at = invalidUtf8At(bytes)
    if (at >= 0 && big5) return new TextDecoder('big5').decode(bytes)
    if (at >= 0) {
      const before = bytes.subarray(0, at)
      const line = before.filter((byte) => byte === 0x0a).length + 1
      const column = before.subarray(before.lastIndexOf(0x0a) + 1).toString('utf8').length + 1
      this.#report.addAt(name, '', { line, column, length: 1 }, 'not-utf8', {
        found: encodingOf(bytes),
        expected: { zh: 'UTF-8', en: 'UTF-8' },
      })
      return undefined
    }
    const text = bytes.toString('utf8')
    if (yaml && text.startsWith('\ufeff')) return this.#note(name, 'byte-order-mark')
    return text
  }

  #list(folder: string): string[] {
    if (this.#folder === undefined) return []
    try {
      return readdirSync(join(this.#folder, folder)).sort()
    } catch (error) {
      // A year without its calendar is unknown, and no error; nor is a folder without any.
      if (folder === 'calendar' && error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
      this.#note(folder, 'file-unreadable', undefined, error instanceof Error && 'code' in error ? String(error.code) : '')
      return []
    }
  }

  #note(name: string, code: FindingCode, expected?: Said, found?: string): undefined {
    this.#report.addAt(name, '', { line: 1, column: 1, length: 1 }, code, { expected, found })
    return undefined
  }
}

/** What bytes that are no UTF-8 probably are: Notepad's choices in Taiwan. */
function encodingOf(bytes: Buffer): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return 'UTF-16'
  try {
    new TextDecoder('big5', { fatal: true }).decode(bytes)
    return 'Big5 (cp950)'
  } catch {
    return '?'
  }
}
