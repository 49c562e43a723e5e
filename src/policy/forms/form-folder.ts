// form-folder.ts: config/forms: the versions of each form, and which of them was in force on a day (R24).
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type CivilDate, readCivilDate } from '../../calendar.ts'
import { Report } from '../finding.ts'
import { nearest } from '../nearest.ts'
import { type FormName, formKinds, formNames } from './form-kinds.ts'
import { readTemplate, type Template } from './template.ts'

/** A form of megabytes is a form with pictures in it: agencies get one for each unit. */
const BYTES = 4 * 1024 * 1024

export interface FormVersion {
  readonly form: FormName
  /** The first day of a period on whose last day it is used. */
  readonly from: CivilDate
  /** Within the configuration folder: `forms/audit-form-2026-01-01.fods`. */
  readonly name: string
}

const fileName = /^([a-z-]+)-(\d{4}-\d{2}-\d{2})\.(fods|fodt)$/
const beginning = { line: 1, column: 1, length: 1 } as const
const expectedName = {
  zh: `${formNames.join('、')} 之一，加上啟用日及副檔名，例如 audit-form-2026-01-01.fods`,
  en: `one of ${formNames.join(', ')}, its first day and ending, like audit-form-2026-01-01.fods`,
}

/** The forms of a configuration folder, oldest first. What looks like one and is none is reported; a folder without forms has none. */
export function formVersions(folder: string, report: Report): readonly FormVersion[] {
  let names: readonly string[]
  try {
    names = readdirSync(join(folder, 'forms')).sort()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code !== 'ENOENT') report.addAt('forms', '', beginning, 'file-unreadable', { found: code })
    return []
  }
  return names
    .filter((name) => !/^[.~#]|~$|^README\.md$/.test(name)) // editors' own files, and LibreOffice's lock
    .flatMap((name): FormVersion[] => {
      const version = versionOf(name)
      if (version !== undefined) return [version]
      const meant = nearest(name.replace(/-\d.*$/, ''), formNames)
      report.addAt(`forms/${name}`, '', beginning, 'file-name', { found: name, expected: expectedName, nearest: meant })
      return []
    })
    .sort((one, other) => (one.from < other.from ? -1 : 1))
}

function versionOf(name: string): FormVersion | undefined {
  const [, form, day, extension] = fileName.exec(name) ?? []
  const known = formNames.find((each) => each === form)
  const from = readCivilDate(day ?? '')
  if (known === undefined || from === undefined || formKinds[known].extension !== extension) return undefined
  return { form: known, from, name: `forms/${name}` }
}

/** The version that was in force on a day.
 *  @returns undefined where none was yet */
export const versionInForce = (versions: readonly FormVersion[], form: FormName, day: CivilDate): FormVersion | undefined =>
  versions.findLast((each) => each.form === form && each.from <= day)

/** One version's text.
 *  @returns undefined where it cannot be read; that is reported */
export function formText(folder: string, { name }: FormVersion, report: Report): string | undefined {
  const path = join(folder, name)
  try {
    if (statSync(path).size > BYTES) {
      report.addAt(name, '', beginning, 'file-too-large')
      return undefined
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof TypeError) report.addAt(name, '', beginning, 'not-utf8')
    else
      report.addAt(name, '', beginning, 'file-unreadable', { found: error instanceof Error && 'code' in error ? String(error.code) : '' })
    return undefined
  }
}

/** Reads one version.
 *  @returns undefined where anything is wrong with it; that is reported */
export function formTemplate<N extends FormName>(
  folder: string,
  version: FormVersion & { readonly form: N },
  report: Report,
): Template<N> | undefined {
  const text = formText(folder, version, report)
  return text === undefined ? undefined : readTemplate(version.name, text, version.form, report)
}

/** Everything that is wrong with the forms of a folder. They decide no call: a gateway does not read them. */
export function checkForms(folder: string): Report {
  const report = new Report()
  for (const version of formVersions(folder, report)) formTemplate(folder, version, report)
  return report
}
