// proposed-change.ts: a change that a command makes to a configuration: said in its effect before it is saved, asked for where it opens.
import type { Change } from '../policy/diff/change.ts'
import { diff } from '../policy/diff/diff.ts'
import { type Finding, findingLine } from '../policy/finding.ts'
import { KnownFiles } from '../policy/known-files.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import type { Output } from './config.ts'
import { diffText } from './config-diff.ts'
import { type Edit, EditRefused } from './edited-file.ts'
import { personAt } from './terminal.ts'
import { isColoured } from './terminal-text.ts'

export interface Proposal {
  readonly folder: string
  readonly file: Edit
  /** A script says so beforehand; a person is asked. */
  readonly yes: boolean | undefined
  /** A finding that is no reason against the change; a mistake that stood before it is none either. */
  readonly bearable?: (finding: Finding, before: Loaded) => boolean
}

/** Says what a change does, asks before it opens anything, and saves it.
 *  @throws EditRefused where it would make a mistake, or is not agreed to: then nothing is written */
export async function propose({ folder, file, yes, bearable }: Proposal, output: Output): Promise<void> {
  const known = new KnownFiles()
  const before = loadFolder(folder, known)
  const after = loadFolder(folder, known, new Map([[file.name, file.text]]))
  const stood = new Set(errorsOf(before).map(said))
  const made = errorsOf(after).filter((each) => !stood.has(said(each)) && bearable?.(each, before) !== true)
  if (made.length > 0) throw new EditRefused(`未寫入 not written\n${made.map(findingLine).join('\n')}`)
  const changes = before.snapshot && after.snapshot && diff(before.snapshot, after.snapshot)
  const coloured = isColoured(output)
  output.write(changes === undefined ? broken(after, file.name) : diffText(changes, coloured))
  if (opens(changes) && !(await agreed(yes))) throw new EditRefused('未寫入 not written')
  file.save()
  output.write('已寫入 saved\n')
}

const errorsOf = ({ findings }: Loaded): readonly Finding[] => findings.filter(({ severity }) => severity === 'error')
/** Lines move when a file is edited: a mistake is the same by what it is of. */
const said = ({ file, pointer, code, found }: Finding): string => JSON.stringify([file, pointer, code, found])

function broken(after: Loaded, name: string): string {
  const rest = errorsOf(after).length
  return name === 'blocks.yaml'
    ? `其餘設定有 ${rest} 項錯誤，尚未生效；封鎖仍立即生效 the rest has ${rest} errors and is not in force; blocks act all the same\n`
    : `設定另有 ${rest} 項錯誤，更正前此變更不會生效 there are ${rest} errors: until they are mended this change is not in force\n`
}

/** What cannot be compared may open. */
const opens = (changes: readonly Change[] | undefined): boolean =>
  changes === undefined || changes.some(({ direction }) => direction === 'open')

/** Whether what opens something may be saved: a script says so beforehand, a person is asked.
 *  @throws EditRefused where nobody can be asked */
export async function agreed(yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true
  const ask = personAt()
  if (ask === undefined) throw new EditRefused('此變更會開放；請加 --yes this opens something; say --yes')
  return /^(?:y|yes|是)$/i.test(await ask('確定開放？ open it? (y/N) '))
}
