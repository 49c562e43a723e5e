// finding.ts: what is wrong with a configuration, and where: findings, and the report that gathers them all.
import { containsNationalId } from '../identifier.ts'
import { type FindingCode, findingCodes, type Severity } from './finding-codes.ts'
import type { Said } from './schema/forms.ts'

export interface Place {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  /** Of what is meant, within its line. */
  readonly length: number
}

/** A file whose values can be pointed at. */
export interface Located {
  /** Within the folder, with slashes: `agencies/taipei-education.yaml`. */
  readonly name: string
  /** Where a value stands, or its key; of a value that is not there, where its nearest ancestor stands. */
  place(pointer: string, part?: 'key' | 'value'): Place
}

export interface Finding extends Place {
  readonly file: string
  /** JSON Pointer of the value within its file. */
  readonly pointer: string
  readonly severity: Severity
  /** Stable: scripts and tests read it. */
  readonly code: FindingCode
  readonly message: string
  readonly messageZh: string
  readonly found?: string
  readonly expected?: string
  readonly expectedZh?: string
  /** The valid name or spelling that was probably meant. */
  readonly nearest?: string
}

export interface Detail {
  readonly found?: string | undefined
  readonly expected?: Said | undefined
  readonly nearest?: string | undefined
  /** In place of the code's own sentence, where the case can be said more exactly. */
  readonly message?: Said | undefined
}

const LONGEST = 80
const KEY = /\blk_[A-Za-z0-9_-]{16,}/g
const HIDDEN = '（不顯示 hidden）'

/** A text that moves no cursor and begins no line, of the same length: names of files are written by strangers too. */
export const harmless = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, '\ufffd')

/** A value as a finding may print it: no identifier of a person, no key, no novel. */
export function printable(found: string): string {
  if (containsNationalId(found) || found.includes('PRIVATE KEY')) return HIDDEN
  const visible = harmless(found.replace(KEY, 'lk_…'))
  return visible.length > LONGEST ? `${visible.slice(0, LONGEST)}…` : visible
}

/** A line of a file as it may be shown beneath a finding, of the same length: identifiers, keys and private members are starred. */
export function redactedLine(line: string): string {
  const starred = (text: string): string => '*'.repeat(text.length)
  const bare = harmless(line.replaceAll('\t', ' '))
    .replace(KEY, starred)
    .replace(/(["']?\b(?:d|p|q|dp|dq|qi|k)["']?:\s*["']?)([A-Za-z0-9_-]{20,})/g, (_, name: string, value: string) => name + starred(value))
  if (bare.includes('PRIVATE KEY')) return starred(bare)
  // Whatever word or cell holds an identifier goes whole: the finding names its place.
  return containsNationalId(bare) ? bare.replace(/[^\s,;"'{}[\]]+/g, (word) => (containsNationalId(word) ? starred(word) : word)) : bare
}

/** Gathers all findings of a load, so that they are told at once. */
export class Report {
  readonly findings: Finding[] = []
  readonly #known = new Set<string>()
  #errors = 0

  /** Adds one. Its severity is the code's own. */
  add(file: Located, pointer: string, code: FindingCode, detail: Detail = {}, part: 'key' | 'value' = 'value'): void {
    this.addAt(file.name, pointer, file.place(pointer, part), code, detail)
  }

  addAt(file: string, pointer: string, place: Place, code: FindingCode, { found, expected, nearest, message }: Detail = {}): void {
    const { severity, ...said } = findingCodes[code]
    const finding = {
      file,
      ...place,
      pointer,
      severity,
      code,
      message: (message ?? said).en,
      messageZh: (message ?? said).zh,
      ...(found !== undefined && { found: printable(found) }),
      ...(expected !== undefined && { expected: expected.en, expectedZh: expected.zh }),
      ...(nearest !== undefined && { nearest }),
    }
    this.take([finding])
  }

  /** Adds what another report found. */
  take(findings: readonly Finding[]): void {
    for (const finding of findings) {
      const { file, line, column, pointer, code, found, expected, severity } = finding
      // A schema that two operations share is read for each: its mistake is one.
      const key = `${file}:${line}:${column} ${pointer} ${code} ${found} ${expected}`
      if (this.#known.has(key)) continue
      this.#known.add(key)
      if (severity === 'error') this.#errors += 1
      this.findings.push(finding)
    }
  }

  /** How many errors there are so far. */
  get errors(): number {
    return this.#errors
  }

  /** By file and place, errors before warnings of one place. */
  sorted(): readonly Finding[] {
    return this.findings.toSorted(
      (one, other) =>
        compare(one.file, other.file) || one.line - other.line || one.column - other.column || compare(one.severity, other.severity),
    )
  }
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** A finding as one line: where, what, what was found and expected; Chinese first. */
export function findingLine(finding: Finding): string {
  const { file, line, column, severity, code, message, messageZh, found, expected, expectedZh, nearest } = finding
  const zh = [messageZh, found && `找到 ${found}`, expectedZh && `應為 ${expectedZh}`, nearest && `是否為 ${nearest}？`].filter(
    (part) => part,
  )
  const en = [message, found && `found ${found}`, expected && `expected ${expected}`, nearest && `did you mean ${nearest}?`].filter(
    (part) => part,
  )
  return `${harmless(file)}:${line}:${column}: ${severity === 'error' ? '錯誤' : '提醒'} ${zh.join('；')} / ${severity}: ${en.join('; ')} [${code}]`
}

/** One step deeper in a JSON Pointer (RFC 6901). */
export function within(pointer: string, step: string | number): string {
  return `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`
}
