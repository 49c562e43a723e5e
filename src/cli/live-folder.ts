// live-folder.ts: a configuration folder as the source of rules while the gateway runs: read when its files change, or on SIGHUP.
import { civilDateOf } from '../calendar.ts'
import { FolderWatch } from '../gateway/folder-watch.ts'
import type { OperationalLog } from '../gateway/operational-log.ts'
import type { RulesInForce } from '../gateway/rules-in-force.ts'
import { type BlocksReading, readBlocks } from '../policy/blocks.ts'
import { type Finding, Report } from '../policy/finding.ts'
import { KnownFiles } from '../policy/known-files.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { needsRestart } from '../policy/needs-restart.ts'
import { rewritten } from '../policy/rewritten.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { committedBy } from './committed.ts'
import { CommittedOnly } from './committed-only.ts'
import type { RulesSource } from './gateway-process.ts'
import { ownersOf } from './process-settings.ts'
import { publishedCredentials } from './published-example.ts'
import { Repository } from './repository.ts'

/** Milliseconds without a change after which a folder is read: an editor empties a file before it fills it. */
const quiet = 25
/** After which it is read all the same: a block in a folder that something writes to without a pause must act within a second. */
const latest = 500
/** Milliseconds between two looks, for folders whose changes the kernel does not tell. */
const look = 2_000
/** Milliseconds between two looks at a repository, while something is not committed: a commit changes no file of the folder. */
const commitLook = 2_000

/** Which states of a folder are taken up. */
export interface Taking {
  /** Whether keys of the published example are refused. */
  readonly production: boolean
  /** File of those whose signatures under a commit are believed. */
  readonly signers?: string | undefined
  /** Whether only what is committed counts. */
  readonly committedOnly: boolean
}

/** Another gateway.yaml, made of the one that stands in the folder and has no error. */
export type GatewayInstead = (text: string) => string

/** The rules of a folder. Files that do not change are read once. */
export class LiveFolder {
  readonly #folder: string
  readonly #known = new KnownFiles()
  readonly #instead: GatewayInstead | undefined
  readonly #knownInstead = new KnownFiles()
  readonly #repository: Repository
  /** Holds the folder against its repository. */
  readonly committed: CommittedOnly

  /** @param instead for a gateway that serves the folder by another gateway.yaml than stands in it */
  constructor(folder: string, instead?: GatewayInstead) {
    this.#folder = folder
    this.#instead = instead
    this.#repository = new Repository(folder)
    this.committed = new CommittedOnly(this.#repository)
  }

  load(): Loaded {
    const loaded = loadFolder(this.#folder, this.#known)
    if (this.#instead === undefined || loaded.snapshot === undefined) return loaded
    const text = loaded.snapshot.asRead.get('gateway.yaml')?.toString('utf8')
    // Or the department's own rules would be served, with its own upstreams.
    if (text === undefined) throw new Error('a folder without an error has a gateway.yaml')
    return loadFolder(this.#folder, this.#knownInstead, new Map([['gateway.yaml', this.#instead(text)]]))
  }

  /** @param now milliseconds since 1970 UTC */
  source(now: () => number, { committedOnly, production, signers }: Taking): RulesSource {
    return {
      load: () => this.load(),
      loadBlocks: () => readBlocks(this.#folder),
      against: async (inForce, next, place) => [
        ...rewritten(inForce, next, civilDateOf(now()), place),
        ...needsRestart(inForce, next, place),
        ...(production ? published(next, place) : []),
        ...(committedOnly ? await this.committed.against(next) : []),
      ],
      ...(committedOnly && { againstLift: ({ asRead }: BlocksReading) => this.committed.againstLift(asRead) }),
      owners: ({ files }) => ownersOf(this.#folder, files.keys()),
      committed: ({ asRead, files }) => committedBy(this.#repository, asRead, files.keys(), signers),
    }
  }

  /** Tells the rules when they may have changed. @returns ends that */
  follow(rules: RulesInForce, operational: OperationalLog): () => void {
    const changed = (): void => void rules.changed()
    const watch = new FolderWatch(this.#folder, changed, {
      quiet,
      latest,
      look,
      unwatched: (error) => operational.warn('設定資料夾無法即時監看 folder not watched: looked at every two seconds', { error }),
    })
    process.on('SIGHUP', changed)
    const commits = setInterval(() => rules.findings.some(({ code }) => code === 'not-committed') && changed(), commitLook).unref()
    return () => {
      clearInterval(commits)
      process.off('SIGHUP', changed)
      watch.end()
    }
  }
}

function published(next: Snapshot, place: Loaded['place']): readonly Finding[] {
  const report = new Report()
  for (const rule of publishedCredentials(next)) {
    const [file = '', pointer = ''] = rule.split('#')
    report.addAt(file, pointer, place(rule) ?? { line: 1, column: 1, length: 1 }, 'credential-published')
  }
  return report.sorted()
}
