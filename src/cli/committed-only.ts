// committed-only.ts: `source: committed`: a folder's rules are taken up only as its git repository holds them; blocks act at once, a lift does not.
import { parseDocument } from 'yaml'
import { blocksOf, lifts } from '../policy/blocks.ts'
import { type PolicyBytes, textsOf } from '../policy/deciding.ts'
import { type Detail, type Finding, Report } from '../policy/finding.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { type Difference, differences } from './committed.ts'
import { type Newest, NoRepository, type Repository } from './repository.ts'

const BLOCKS = 'blocks.yaml'
const GATEWAY = 'gateway.yaml'

const said: Readonly<Record<Difference['what'], Detail>> = {
  changed: {},
  added: {
    message: { zh: '新檔案尚未提交，請執行 linkage config apply', en: 'A new file, not committed: linkage config apply commits it' },
  },
  removed: {
    message: {
      zh: '檔案已刪除而尚未提交：請取回（git checkout），或執行 linkage config apply',
      en: 'Removed, and that is not committed: bring it back (git checkout), or linkage config apply',
    },
  },
}

/** Holds a folder against its repository's newest commit. */
export class CommittedOnly {
  readonly #repository: Repository

  constructor(repository: Repository) {
    this.#repository = repository
  }

  /** What stands against taking up rules, blocks aside: they act by themselves. */
  against(next: Pick<Snapshot, 'asRead'>): Promise<readonly Finding[]> {
    return this.#findings((newest) => differences(newest, next.asRead).filter(({ name }) => name !== BLOCKS))
  }

  /** What stands against lifting a block.
   *  @param asRead bytes of the blocks.yaml that lifts it */
  againstLift(asRead: Buffer | undefined): Promise<readonly Finding[]> {
    const read = new Map(asRead === undefined ? [] : [[BLOCKS, asRead]])
    return this.#findings((newest) => differences(newest, read).filter(({ name }) => name === BLOCKS))
  }

  /** What stands against starting with a folder. Blocks that are not committed yet close already; what lifts one is committed first.
   *  @param before what was in force last, where anything was */
  async againstStart(first: Snapshot, before?: PolicyBytes): Promise<readonly Finding[]> {
    const blocks = await this.againstLift(first.asRead.get(BLOCKS))
    const committed = await this.#committed(BLOCKS).catch(() => undefined)
    const blocked = [...blocksIn(committed), ...blocksIn(before && textsOf(before).get(BLOCKS))]
    const lifted = blocks.length > 0 && lifts(blocked, first.blocks)
    return [...(await this.against(first)), ...(lifted ? blocks : [])]
  }

  /** Whether the newest commit asks for it: what was not committed does not take that away. */
  async isAsked(): Promise<boolean> {
    const text = await this.#committed(GATEWAY).catch(() => undefined)
    return text !== undefined && parseDocument(text, { schema: 'failsafe' }).get('source') === 'committed'
  }

  async #committed(name: string): Promise<string | undefined> {
    const blob = (await this.#repository.newest()).blobs.get(name)
    return blob === undefined ? undefined : this.#repository.text(blob)
  }

  async #findings(differing: (newest: Newest) => readonly Difference[]): Promise<readonly Finding[]> {
    const report = new Report()
    const at = { line: 1, column: 1, length: 1 }
    try {
      const newest = await this.#repository.newest()
      const id = newest.id.slice(0, 12)
      for (const { name, what } of differing(newest))
        report.addAt(name, '', at, 'not-committed', {
          expected: { zh: `與提交 ${id} 相同`, en: `as commit ${id} holds it` },
          ...said[what],
        })
    } catch (error) {
      if (!(error instanceof NoRepository)) throw error
      const message = {
        zh: 'git 儲存庫無法讀取，無從知悉何者已提交（source: committed）',
        en: 'The git repository cannot be read: what is committed is not known (source: committed)',
      }
      report.addAt(GATEWAY, '/source', at, 'not-committed', { found: error.message, message })
    }
    return report.sorted()
  }
}

/** JSON is YAML: a policy's text reads like the file that it was. */
const blocksIn = (text: string | undefined): Snapshot['blocks'] => (text === undefined ? [] : blocksOf(text, new Report()).blocks)
