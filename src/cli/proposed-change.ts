// proposed-change.ts: a change that a command makes to a configuration: said in its effect before it is saved, asked for where it opens.
import type { CivilDate } from '../calendar.ts'
import { attention } from '../policy/attention.ts'
import { blocksOf } from '../policy/blocks.ts'
import type { Change } from '../policy/diff/change.ts'
import { diff } from '../policy/diff/diff.ts'
import { type Finding, findingLine, Report } from '../policy/finding.ts'
import { KnownFiles } from '../policy/known-files.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { diffText } from './diff-text.ts'
import { type Edit, EditRefused } from './edited-file.ts'
import type { Output } from './output.ts'
import { personAt } from './terminal.ts'
import { isColoured } from './terminal-text.ts'

export interface Proposal {
  readonly folder: string
  readonly file: Edit
  /** A script says so beforehand; a person is asked. */
  readonly yes: boolean | undefined
  /** Where a change may concern people or fields: the day by which what deserves a look is told. */
  readonly today?: CivilDate
  /** A finding that is no reason against the change, and is not said of it; one that stood before is none either. */
  readonly bearable?: (finding: Finding, before: Loaded) => boolean
}

/** Says what a change does, and what of it deserves a look, asks before it opens anything, and saves it.
 *  @throws EditRefused where it would make a mistake, or is not agreed to: then nothing is written */
export async function propose({ folder, file, yes, today, bearable }: Proposal, output: Output): Promise<void> {
  const known = new KnownFiles()
  const before = loadFolder(folder, known)
  const after = loadFolder(folder, known, new Map([[file.name, file.text]]))
  refuseUnsound(file, before)
  const found = (loaded: Loaded): readonly Finding[] => [...loaded.findings, ...(today === undefined ? [] : attention(loaded, today))]
  const stood = new Set(found(before).map(said))
  const caused = found(after).filter((each) => !stood.has(said(each)) && bearable?.(each, before) !== true)
  const made = errorsOf({ findings: caused })
  if (made.length > 0) throw new EditRefused(`未寫入 not written\n${made.map(findingLine).join('\n')}`)
  const changes = before.snapshot && after.snapshot && diff(before.snapshot, after.snapshot)
  const coloured = isColoured(output)
  output.write(changes === undefined ? broken(after, file.name) : diffText(changes, coloured))
  for (const each of caused) if (each.severity === 'warning') output.write(`${findingLine(each)}\n`)
  if (opens(changes) && !(await agreed(yes))) throw new EditRefused('未寫入 not written')
  file.save()
  output.write('已寫入 saved\n')
  if ((after.gateway ?? before.gateway)?.source === 'committed') output.write(toCommit(file.name === 'blocks.yaml' && !opens(changes)))
}

/** blocks.yaml acts by itself, whatever else is broken, and only as a whole: of a file with one mistake, however old, no block is taken.
 *  @param before what stood: a mistake is named where it stands in the file that is there
 *  @throws EditRefused where blocks.yaml would have a mistake of its own, naming each */
export function refuseUnsound({ name, text }: Edit, before: Pick<Loaded, 'findings'>): void {
  if (name !== 'blocks.yaml') return
  const report = new Report()
  blocksOf(text, report)
  const stood = new Map(errorsOf(before).map((each) => [said(each), each]))
  const unsound = errorsOf({ findings: report.sorted() }).map((each) => findingLine(stood.get(said(each)) ?? each))
  if (unsound.length === 0) return
  throw new EditRefused(
    `未寫入 not written\n${unsound.join('\n')}\nblocks.yaml 有任何錯誤時，閘道不採用檔內任何一項（已生效之封鎖不變）；請先更正上列各處，再執行一次 while blocks.yaml has any mistake the gateway takes no block from it (those in force stay): mend these, then run this again`,
  )
}

/** What is saved is not in force yet, or not on record by whom, where only what is committed counts. */
function toCommit(acts: boolean): string {
  const [zh, en] = acts
    ? ['封鎖立即生效，仍請提交', 'the block acts at once; commit it all the same']
    : ['閘道只採用已提交之版本，提交後始生效', 'not in force until it is committed']
  return `${zh} ${en}：linkage config apply --document … --by …\n`
}

const errorsOf = ({ findings }: Pick<Loaded, 'findings'>): readonly Finding[] => findings.filter(({ severity }) => severity === 'error')
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
