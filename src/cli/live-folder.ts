// live-folder.ts: a configuration folder as the source of rules while the gateway runs: read when its files change, or on SIGHUP.
import { civilDateOf } from '../calendar.ts'
import { FolderWatch } from '../gateway/folder-watch.ts'
import type { OperationalLog } from '../gateway/operational-log.ts'
import type { RulesInForce } from '../gateway/rules-in-force.ts'
import { readBlocks } from '../policy/blocks.ts'
import { type Finding, Report } from '../policy/finding.ts'
import { KnownFiles } from '../policy/known-files.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { needsRestart } from '../policy/needs-restart.ts'
import { rewritten } from '../policy/rewritten.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { committedBy } from './committed.ts'
import type { RulesSource } from './gateway-process.ts'
import { ownersOf } from './process-settings.ts'
import { publishedCredentials } from './published-example.ts'

/** Milliseconds without a change after which a folder is read: an editor empties a file before it fills it. */
const quiet = 25
/** After which it is read all the same: a block in a folder that something writes to without a pause must act within a second. */
const latest = 500
/** Milliseconds between two looks, for folders whose changes the kernel does not tell. */
const look = 2_000

/** The rules of a folder. Files that do not change are read once. */
export class LiveFolder {
  readonly #folder: string
  readonly #known = new KnownFiles()

  constructor(folder: string) {
    this.#folder = folder
  }

  load(): Loaded {
    return loadFolder(this.#folder, this.#known)
  }

  /** @param now milliseconds since 1970 UTC
   *  @param production whether keys of the published example are refused
   *  @param signers file of those whose signatures under a commit are believed */
  source(now: () => number, production: boolean, signers?: string): RulesSource {
    return {
      load: () => this.load(),
      loadBlocks: () => readBlocks(this.#folder),
      against: (inForce, next, place) => [
        ...rewritten(inForce, next, civilDateOf(now()), place),
        ...needsRestart(inForce, next, place),
        ...(production ? published(next, place) : []),
      ],
      owners: () => ownersOf(this.#folder),
      committed: (snapshot) => committedBy(this.#folder, snapshot.files.keys(), signers),
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
    return () => {
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
