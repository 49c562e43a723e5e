// folder-watch.ts: tells when files of a configuration folder may have changed: at once where the kernel says so, within seconds elsewhere.
import { type FSWatcher, watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { subfolders } from '../policy/source-folder.ts'

export interface Watching {
  /** Milliseconds without a further change before it is told: an editor empties a file before it fills it. */
  readonly quiet: number
  /** Milliseconds after which a change is told all the same: whoever writes without a pause holds nothing up. */
  readonly latest: number
  /** Milliseconds between two looks at names, sizes and times of all files: network file systems tell nothing. */
  readonly look: number
  /** Told when the kernel cannot be asked (no more watches): looks alone remain. */
  readonly unwatched: (error: unknown) => void
}

/** Where configuration stands: what else lies in the folder, a database even, is nobody's concern. */
const places = ['.', ...subfolders]

/** What a look sees: a file that is replaced, by itself or with its folder, has another inode, time or size. */
async function seen(folder: string): Promise<string> {
  const lines: string[] = []
  for (const sub of places) {
    const names = await readdir(join(folder, sub)).catch(() => [])
    for (const name of names) {
      const found = await stat(join(folder, sub, name), { bigint: true }).catch(() => undefined)
      if (found?.isFile() !== false) lines.push(`${sub}/${name} ${found?.ino} ${found?.size} ${found?.mtimeNs} ${found?.mode}`)
    }
  }
  return lines.join('\n')
}

/** Watches a folder and its subfolders, until it is ended. */
export class FolderWatch {
  readonly #folder: string
  readonly #changed: () => void
  readonly #watching: Watching
  readonly #watchers = new Map<string, FSWatcher>()
  #seen: string | undefined
  /** The kernel told of something since the last look: a folder that came back looks as it did before it went, and what was read in
   *  between is not what stands there. */
  #told = false
  #soon: NodeJS.Timeout | undefined
  #latest: NodeJS.Timeout | undefined
  #next: NodeJS.Timeout | undefined
  #ended = false

  constructor(folder: string, changed: () => void, watching: Watching) {
    this.#folder = folder
    this.#changed = changed
    this.#watching = watching
    this.#listen()
    this.#look()
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#soon)
    clearTimeout(this.#latest)
    clearTimeout(this.#next)
    this.#deafen()
  }

  readonly #heard = (): void => {
    this.#told = true
    this.#noticed()
  }

  #noticed(): void {
    clearTimeout(this.#soon)
    if (this.#ended) return
    this.#soon = setTimeout(() => this.#tell(), this.#watching.quiet)
    this.#latest ??= setTimeout(() => this.#tell(), this.#watching.latest)
  }

  /** A folder that was replaced is another one, and its watcher looks at the old: all are made anew, before anybody reads. */
  #tell(): void {
    clearTimeout(this.#soon)
    clearTimeout(this.#latest)
    this.#latest = undefined
    this.#deafen()
    this.#listen()
    this.#changed()
  }

  #deafen(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #listen(): void {
    for (const sub of places) {
      try {
        const watcher = watch(join(this.#folder, sub), { persistent: false }, this.#heard)
        watcher.on('error', () => this.#watchers.delete(sub))
        this.#watchers.set(sub, watcher)
      } catch (error) {
        // A folder that is not there is no error here: the load says what is missing.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) this.#watching.unwatched(error)
      }
    }
  }

  async #look(): Promise<void> {
    const [before, told] = [this.#seen, this.#told]
    this.#told = false
    this.#seen = await seen(this.#folder).catch(() => 'gone')
    if (before !== undefined && (told || before !== this.#seen)) this.#noticed()
    if (!this.#ended) this.#next = setTimeout(() => this.#look(), this.#watching.look).unref()
  }
}
