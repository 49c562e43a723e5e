// blocks.ts: 緊急封鎖: read and checked by itself, so that it acts even while the rest of the folder is invalid.
import { entriesOf } from './checks/entries.ts'
import { contentOf, digestedWith } from './deciding.ts'
import { examine } from './examine.ts'
import { type Finding, Report } from './finding.ts'
import { nearest } from './nearest.ts'
import { parseCidr } from './networks.ts'
import { type BlockEntry, blocksFile } from './schema/blocks.ts'
import type { Block, Snapshot } from './snapshot.ts'
import { SourceFolder } from './source-folder.ts'
import { readYaml, type YamlDocument } from './yaml-document.ts'

const NAME = 'blocks.yaml'

export interface BlocksReading {
  /** Undefined where the file has an error: then the blocks in force stay in force. */
  readonly blocks?: readonly Block[]
  /** What the policy digest holds of it. */
  readonly content?: unknown
  /** The file's bytes, where these are its blocks. */
  readonly asRead?: Buffer
  readonly findings: readonly Finding[]
}

/** Ids that blocks may name. */
export interface Known {
  readonly agencies: readonly string[]
  readonly delegates: readonly string[]
  readonly credentials: readonly string[]
}

/** Reads blocks.yaml alone. Whether what it names exists is not asked: the rest of the folder may be unreadable. */
export function readBlocks(folder: string): BlocksReading {
  const report = new Report()
  const source = new SourceFolder(folder, report)
  const text = source.text(NAME)
  if (text === undefined) return { findings: report.sorted() }
  const { file, blocks } = blocksOf(text, report)
  if (report.errors > 0) return { findings: report.sorted() }
  const asRead = source.asRead.get(NAME)
  return { blocks, content: file.value, findings: report.sorted(), ...(asRead !== undefined && { asRead }) }
}

/** The text of blocks.yaml as blocks; what is wrong is reported. */
export function blocksOf(text: string, report: Report): { readonly file: YamlDocument; readonly blocks: readonly Block[] } {
  const file = readYaml(NAME, text, blocksFile, report)
  const value = examine(file, 'blocks', report)
  const blocks = [...entriesOf(file, '/blocks', value.blocks)].flatMap(([pointer, entry]): Block[] => {
    const target = targetOf(entry)
    if (target === undefined) {
      const words = 'agency, delegate, credential, network, account + agency'
      report.add(file, pointer, 'block-target', { expected: { zh: words, en: words } })
      return []
    }
    const { at, by, reason, document } = entry
    return [{ target, at, by, reason, ...(document !== undefined && { document }), rule: `${NAME}#${pointer}` }]
  })
  return { file, blocks }
}

function targetOf({ account, agency, credential, delegate, network }: BlockEntry): Block['target'] | undefined {
  if ([account ?? agency, credential, delegate, network].filter((each) => each !== undefined).length !== 1) return undefined
  if (account !== undefined) return agency === undefined ? undefined : { kind: 'account', agency, account }
  if (agency !== undefined) return { kind: 'agency', id: agency }
  if (delegate !== undefined) return { kind: 'delegate', id: delegate }
  if (credential !== undefined) return { kind: 'credential', id: credential }
  const range = parseCidr(network ?? '')
  return range.ok && network !== undefined
    ? { kind: 'network', cidr: network, family: range.family, first: range.first, last: range.last }
    : undefined
}

/** Reports blocks of what does not exist: at night, a slip of the pen must not look like a block. */
export function checkBlocks(file: YamlDocument, blocks: readonly Block[], known: Known, report: Report): void {
  const lists = { agency: known.agencies, delegate: known.delegates, credential: known.credentials } as const
  for (const { rule, target } of blocks) {
    if (target.kind === 'network') continue
    const kind = target.kind === 'account' ? 'agency' : target.kind
    const id = target.kind === 'account' ? target.agency : target.id
    if (!lists[kind].includes(id))
      report.add(file, `${rule.slice(rule.indexOf('#') + 1)}/${kind}`, 'unknown-name', { found: id, nearest: nearest(id, lists[kind]) })
  }
}

/** A snapshot under other blocks: everything else, and what its digest says of everything else, is as it was.
 *  @throws RangeError for blocks that could not be read */
export function withBlocks(snapshot: Snapshot, { asRead, blocks, content }: BlocksReading): Snapshot {
  if (blocks === undefined || content === undefined) throw new RangeError('blocks.yaml: expected blocks that were read without an error')
  const others = [...snapshot.asRead].filter(([name]) => name !== NAME)
  const bytes = new Map(asRead === undefined ? others : [...others, [NAME, asRead]])
  return { ...snapshot, blocks, ...digestedWith(snapshot, NAME, content), asRead: bytes }
}

/** The blocks that are in force, as if they had been read. */
export function blocksIn({ asRead, blocks, texts }: Pick<Snapshot, 'asRead' | 'blocks' | 'texts'>): BlocksReading {
  const bytes = asRead.get(NAME)
  return { blocks, content: contentOf(texts.get(NAME)), findings: [], ...(bytes !== undefined && { asRead: bytes }) }
}

/** What is blocked already, and what a file blocks besides: what it blocks no more stays blocked.
 *  @returns undefined where the file adds nothing */
export function withAdded(snapshot: Snapshot, { blocks, content }: BlocksReading): BlocksReading | undefined {
  const inForce = blocksIn(snapshot)
  const blocked = new Set(snapshot.blocks.map(targetText))
  const entries = entriesIn(content)
  const added = (blocks ?? []).flatMap((block, at) => (blocked.has(targetText(block)) ? [] : [{ block, entry: entries[at] }]))
  if (added.length === 0) return undefined
  const standing = entriesIn(inForce.content)
  const first = standing.length
  return {
    blocks: [...snapshot.blocks, ...added.map(({ block }, at) => ({ ...block, rule: `${NAME}#/blocks/${first + at}` }))],
    content: { blocks: [...standing, ...added.map(({ entry }) => entry)] },
    findings: [],
  }
}

/** What a content of blocks.yaml lists: as many entries as it has blocks. */
function entriesIn(content: unknown): readonly unknown[] {
  const listed = typeof content === 'object' && content !== null && 'blocks' in content ? content.blocks : []
  return Array.isArray(listed) ? listed : []
}

/** What a block is of: no two targets have one text. */
export const targetText = ({ target }: Block): string =>
  target.kind === 'network'
    ? `network ${target.cidr}`
    : target.kind === 'account'
      ? `account ${target.agency} ${target.account}`
      : `${target.kind} ${target.id}`

/** Whether something is blocked by the first that is blocked by the second no more. */
export function lifts(before: readonly Block[], after: readonly Block[]): boolean {
  const still = new Set(after.map(targetText))
  return before.some((block) => !still.has(targetText(block)))
}
