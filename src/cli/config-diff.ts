// config-diff.ts: `linkage config diff`: what a changed configuration opens and closes, for whom, before it is in force.
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { Command, Option } from 'commander'
import { civilDateOf } from '../calendar.ts'
import type { Change, Direction } from '../policy/diff/change.ts'
import { diff } from '../policy/diff/diff.ts'
import { type Finding, findingLine, harmless } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { rewritten } from '../policy/rewritten.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import type { Output } from './config.ts'
import { openDatabase } from './database-beside.ts'
import { FINDINGS } from './exit-code.ts'
import { pastPolicy } from './past-policy.ts'
import { NoRepository, Repository } from './repository.ts'
import { isColoured, painter } from './terminal-text.ts'

/** What was asked for cannot be compared: neither a folder nor a revision, or not valid. */
export class NotComparable extends Error {
  readonly code = 'folder-invalid'
}

/** A revision that does not hold the folder. */
export class FolderNotThere extends NotComparable {}

export function diffCommand(output: Output): Command {
  return new Command('diff')
    .description('兩份設定之實際差異：誰多了、誰少了 what a change opens and closes, for whom')
    .argument(
      '<other>',
      '比較之對象：資料夾、git 版本（例如 HEAD）或曾生效版本之摘要 what was before: a folder, a git revision, or the digest of rules that were in force',
    )
    .argument('[folder]', '設定資料夾 configuration folder: what is after', process.env.LINKAGE_CONFIG ?? 'config')
    .addOption(
      new Option('--fail-on <direction>', '有此類變更時以結束碼 1 結束 exit with 1 where there is such a change').choices([
        'open',
        'closed',
      ]),
    )
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (other: string, folder: string, options: { failOn?: Direction; json?: boolean }) => {
      const before = await snapshotOf(other, folder)
      const loaded = loadFolder(folder)
      const after = validSnapshot(folder, loaded, before)
      const changes = diff(before, after)
      const histories = rewritten(before, after, civilDateOf(Date.now()), loaded.place)
      const text = (): string => `${diffText(changes, isColoured(output))}${rewrittenText(histories)}`
      const json = (): string => `${JSON.stringify({ counts: countsOf(changes), changes, rewritten: histories }, null, 2)}\n`
      output.write(options.json === true ? json() : text())
      if (options.failOn === undefined) return
      if (histories.length > 0 || changes.some(({ direction }) => direction === options.failOn)) process.exitCode = FINDINGS
    })
}

/** What a gateway in which the former rules are in force would not take up, whatever else is right. */
export const rewrittenText = (histories: readonly Finding[]): string =>
  histories.length === 0
    ? ''
    : `已生效之歷程不可改寫，閘道不會採用 histories that took effect are only extended: a gateway takes up none of it\n${histories.map(findingLine).join('\n')}\n`

/** The snapshot of another folder, of a digest that was in force, or of a revision of this folder's repository.
 *  @throws NotComparable, UsageError */
async function snapshotOf(other: string, folder: string): Promise<Snapshot> {
  if (existsSync(other) && statSync(other).isDirectory()) return validSnapshot(other, loadFolder(other))
  if (/^[0-9a-f]{64}$/.test(other)) return await inForceThen(other, folder)
  return snapshotAt(other, folder)
}

/** The snapshot that a revision of the folder's repository holds, a commit or a tree. Nothing of the repository is touched.
 *  @throws NotComparable */
export async function snapshotAt(revision: string, folder: string): Promise<Snapshot> {
  return await atRevision(revision, folder, (at) => validSnapshot(`${revision}:${folder}`, loadFolder(at)))
}

/** Reads the folder as a revision holds it, from a copy that is gone afterwards.
 *  @throws NotComparable; what reading throws */
export async function atRevision<T>(revision: string, folder: string, read: (copy: string) => T): Promise<T> {
  const at = mkdtempSync(join(tmpdir(), 'linkage-revision-'))
  try {
    for (const [name, bytes] of await filesAt(revision, folder)) {
      const path = join(at, name)
      // SPEC git-fsck(1) hasDotdot: a tree made by hand may hold such names.
      if (relative(at, path) !== name) throw new NotComparable(`${harmless(revision)}：${harmless(name)}`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
    }
    return read(at)
  } finally {
    rmSync(at, { recursive: true, force: true })
  }
}

/** @throws NotComparable where there is no such revision, or it does not have the folder */
async function filesAt(revision: string, folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const expected =
    '應為資料夾、此設定資料夾之 git 版本（例如 HEAD），或曾生效版本之 64 位摘要 expected a folder, a revision of this folder’s git repository, like HEAD, or the digest of rules that were in force'
  const files = await new Repository(folder).files(revision).catch((error: unknown) => {
    throw error instanceof NoRepository ? new NotComparable(`${harmless(revision)}：${expected}\n${harmless(error.message)}`) : error
  })
  if (files.size === 0) throw new FolderNotThere(`${harmless(revision)}：此版本沒有這個資料夾 this revision does not have the folder`)
  return files
}

/** @throws UsageError where the database does not hold it */
async function inForceThen(digest: string, folder: string): Promise<Snapshot> {
  const store = await openDatabase(folder)
  try {
    return (await pastPolicy(store.reader, digest)).snapshot
  } finally {
    await store.close()
  }
}

/** @param before what it would be compared with
 *  @throws NotComparable where it has none, saying which grants it breaks */
export function validSnapshot(name: string, { snapshot, findings }: Loaded, before?: Snapshot): Snapshot {
  if (snapshot !== undefined) return snapshot
  const broken = before === undefined ? '' : brokenText(findings, before)
  throw new NotComparable(`${name}：未通過檢查，無從比較 not valid, not compared\n${broken}${findings.map(findingLine).join('\n')}`)
}

/** Fields that went or are called otherwise while grants still name them, or that became so sensitive that what names them lacks something:
 *  whoever changed one sees at once whom to ask. */
function brokenText(findings: readonly Finding[], before: Snapshot): string {
  const of = (...codes: readonly string[]) => findings.filter(({ code }) => codes.includes(code)).flatMap((each) => fieldsOf(each, before))
  return [
    ...heldText(
      of('field-not-declared'),
      before,
      ['資料項目消失或改名', '影響核可'],
      ['field removed or renamed', 'grants that it breaks'],
    ),
    ...heldText(
      of('assertion-missing', 'reason-missing').filter(({ level }) => level < 3),
      before,
      ['敏感程度升高', '持有之核可'],
      ['field more sensitive', 'grants that hold it'],
    ),
  ].join('')
}

interface NamedField {
  readonly api: string
  readonly field: string
  /** As sensitive as it was. */
  readonly level: number
}

/** The fields that a finding names, as they were: in an API's own file, or by a grant of the agency's. */
function fieldsOf({ file, found = '' }: Finding, { agencies, apis }: Snapshot): NamedField[] {
  const fields = found.split('、').map((each) => each.replace(/ \(\d\)$/, ''))
  const grants = [...agencies.values()].filter(({ id }) => file === `agencies/${id}.yaml`).flatMap((agency) => agency.grants)
  return [...apis.values()].flatMap((api) => {
    const declared = new Map([...api.operations.values()].flatMap(({ answer }) => [...answer.sensitivity]))
    const isNamed = (field: string): boolean =>
      file === `apis/${api.id}.yaml` || grants.some((grant) => grant.api === api.id && grant.fields.includes(field))
    return fields.flatMap((field) => {
      const level = declared.get(field)
      return level !== undefined && isNamed(field) ? [{ api: api.id, field, level }] : []
    })
  })
}

function heldText(
  named: readonly NamedField[],
  { agencies }: Snapshot,
  [zh, whoZh]: readonly [string, string],
  [en, whoEn]: readonly [string, string],
): readonly string[] {
  const lines = named.flatMap(({ api, field }) => {
    const holders = [...agencies.values()].flatMap(({ grants, id }) =>
      grants.filter((grant) => grant.api === api && grant.fields.includes(field)).map((grant) => `${id}/${grant.id}`),
    )
    if (holders.length === 0) return []
    const held = holders.join('、')
    return [`${harmless(`${zh} ${api} ${field}；${whoZh}：${held}`)}\n  ${harmless(`${en}: ${api} ${field}; ${whoEn}: ${held}`)}\n`]
  })
  return [...new Set(lines)]
}

const countsOf = (changes: readonly Change[]): Record<Direction, number> => {
  const of = (direction: Direction): number => changes.filter((each) => each.direction === direction).length
  return { open: of('open'), closed: of('closed'), other: of('other') }
}

const marks = { open: ['green', '＋'], closed: ['red', '－'], other: ['dim', '・'] } as const
const kinds = { agency: '機關 agency', api: '資料服務 API', blocks: '封鎖 blocks', folder: '設定 settings' } as const

/** The changes by subject, openings first. */
export function diffText(changes: readonly Change[], coloured: boolean): string {
  const paint = painter(coloured)
  const lines: string[] = []
  for (const subject of new Set(changes.map(({ of }) => `${of.kind} ${of.id}`))) {
    const own = changes.filter(({ of }) => `${of.kind} ${of.id}` === subject)
    const [first] = own
    if (first === undefined) continue
    lines.push(paint('bold', harmless(`${kinds[first.of.kind]} ${first.of.name} ${first.of.id}`)))
    const closing = new Set(own.filter(({ direction }) => direction === 'closed').map(({ what }) => what.zh))
    const both = new Set(own.filter(({ direction, what }) => direction === 'open' && closing.has(what.zh)).map(({ what }) => what.zh))
    for (const direction of ['open', 'closed', 'other'] as const) {
      for (const { removed, what } of own.filter((each) => each.direction === direction)) {
        // What may open for some and close for others stands once.
        if (both.has(what.zh)) {
          if (direction === 'open')
            lines.push(
              `  ${paint('yellow', '±')} ${harmless(what.zh)}（可能放寬，也可能限縮）`,
              `     ${paint('dim', `${harmless(what.en)}; may open and may close`)}`,
            )
          continue
        }
        const [colour, mark] = marks[direction]
        lines.push(`  ${paint(removed ? [colour, 'bold'] : colour, mark)} ${harmless(what.zh)}`, `     ${paint('dim', harmless(what.en))}`)
      }
    }
  }
  const { open, closed, other } = countsOf(changes)
  const none = changes.length === 0 ? '沒有差異 no difference\n' : ''
  return `${[...lines, ''].join('\n')}${none}${open} 項開放、${closed} 項關閉、${other} 項其他 / ${open} open, ${closed} closed, ${other} other\n`
}
