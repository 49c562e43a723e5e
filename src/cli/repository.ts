// repository.ts: the git repository of a configuration folder, asked in ways that run nothing of what it names and lock nothing of it.
import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** What the newest commit holds of a folder. */
export interface Newest {
  /** Its id, 40 or 64 hexadecimal digits. */
  readonly id: string
  /** Ids of the folder's files, by name within the folder. */
  readonly blobs: ReadonlyMap<string, string>
}

/** The repository cannot be asked: in git's own words. */
export class NoRepository extends Error {
  readonly code = 'no-repository'
}

/** A repository's own settings may name programs: none of them is run. Which one verifies a signature, git reads off the signature: there
 *  is none but that of ssh. And what a commit says is read off the commit, not off a summary beside it. */
const bare = [
  ...['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.pager=cat', '-c', 'log.showSignature=false'],
  ...['-c', 'gpg.format=ssh', '-c', 'gpg.ssh.program=ssh-keygen', '-c', 'gpg.ssh.revocationFile=', '-c', 'core.commitGraph=false'],
  ...['-c', 'gpg.program=false', '-c', 'gpg.openpgp.program=false', '-c', 'gpg.x509.program=false'],
]
/** Objects that are not there are fetched from nowhere (older git knows only the first of these two), and none stands in for another. */
const alone = { GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1', GIT_NO_REPLACE_OBJECTS: '1', GIT_OPTIONAL_LOCKS: '0' }

/** Milliseconds that git may take for one answer. */
const answerWithin = 5_000
const mebibyte = 1024 * 1024

interface Run {
  /** Bytes of an answer. */
  readonly atMost?: number
  readonly input?: string
}

/** Asks git about one folder. What an id names never changes, and is asked for once. */
export class Repository {
  readonly #folder: string
  readonly #within: number
  #newest: Newest | undefined
  /** When the newest was asked for: where the repository's head stood. */
  #seen: string | undefined

  /** @param within milliseconds that one question may take */
  constructor(folder: string, within = answerWithin) {
    this.#folder = folder
    this.#within = within
  }

  /** What the newest commit holds of the folder, and nothing of what is merely staged.
   *  @throws NoRepository */
  async newest(): Promise<Newest> {
    const id = (await this.ask(['rev-parse', '--verify', '--end-of-options', 'HEAD^{commit}'])).trim()
    if (this.#newest?.id !== id) this.#newest = { id, blobs: blobsOf(await this.ask(['ls-tree', '-r', '-z', id])) }
    return this.#newest
  }

  /** The same, without asking git where nothing has moved the head since: to start a process takes longer than all else of a reload.
   *  @throws NoRepository */
  async newestSeen(): Promise<Newest> {
    const seen = headSeen(this.#folder)
    if (this.#newest !== undefined && seen !== undefined && seen === this.#seen) return this.#newest
    const newest = await this.newest()
    // Looked at before git was: what moved it meanwhile is seen the next time.
    this.#seen = seen
    return newest
  }

  /** The text of a blob.
   *  @throws NoRepository */
  text(blob: string): Promise<string> {
    return this.ask(['cat-file', 'blob', blob])
  }

  /** Files of the folder as a commit or a tree holds them, byte for byte, by name: no attribute that the revision itself holds leaves one
   *  out or rewrites it, as it would for `git archive`.
   *  @throws NoRepository */
  async files(revision: string): Promise<ReadonlyMap<string, Buffer>> {
    const blobs = blobsOf(await this.ask(['ls-tree', '-r', '-z', '--end-of-options', `${revision}^{tree}`]))
    const answers = await this.#run(['cat-file', '--batch'], { input: [...blobs.values(), ''].join('\n'), atMost: 512 * mebibyte })
    const contents = contentsOf(answers)
    return new Map([...blobs.keys()].map((name) => [name, contents.next().value ?? Buffer.alloc(0)]))
  }

  /** @throws NoRepository */
  async ask(args: readonly string[]): Promise<string> {
    return (await this.#run(args)).toString('utf8')
  }

  #run(args: readonly string[], { atMost = 16 * mebibyte, input }: Run = {}): Promise<Buffer> {
    const env = { ...alone, PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' }
    const options = { env, timeout: this.#within, killSignal: 'SIGKILL', maxBuffer: atMost, encoding: 'buffer' } as const
    return new Promise((resolve, reject) => {
      const child = execFile('git', ['-C', this.#folder, ...bare, ...args], options, (error, out, said) => {
        if (error === null) resolve(out)
        else
          reject(new NoRepository(wordsOf(said.toString('utf8'), error.killed === true, this.#within) || error.message, { cause: error }))
      })
      // It may have ended before it read all of it: what it said then is its answer.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input)
    })
  }
}

/** Where a repository's head stands, as far as files tell: git appends to an existing reflog of HEAD whatever moves HEAD or its branch.
 *  @returns undefined where there is none to look at: then git is asked
 *  @throws NoRepository where no folder above holds a repository */
function headSeen(folder: string): string | undefined {
  const place = gitDirectoryOf(resolve(folder))
  const stats = ['HEAD', 'logs/HEAD'].map((name) => statSync(join(place, name), { bigint: true, throwIfNoEntry: false }))
  return stats.includes(undefined) ? undefined : stats.map((each) => `${each?.ino} ${each?.size} ${each?.mtimeNs}`).join(' ')
}

/** SPEC gitrepository-layout(5): `.git`, a folder, or for a worktree and a submodule a file that names one. */
function gitDirectoryOf(folder: string): string {
  const dotGit = join(folder, '.git')
  const found = statSync(dotGit, { throwIfNoEntry: false })
  if (found?.isDirectory() === true) return dotGit
  if (found?.isFile() === true)
    return resolve(
      folder,
      readFileSync(dotGit, 'utf8')
        .replace(/^gitdir: /, '')
        .trimEnd(),
    )
  if (dirname(folder) === folder) throw new NoRepository('not a git repository (or any of the parent directories): .git')
  return gitDirectoryOf(dirname(folder))
}

/** SPEC git-ls-tree(1) -z: `<mode> blob <id>\t<name>\0`, of a folder within a repository its own part. Links are no files. */
function blobsOf(tree: string): ReadonlyMap<string, string> {
  return new Map(
    tree.split('\0').flatMap((line): [string, string][] => {
      const [, id = '', name = ''] = /^100\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? []
      return name === '' ? [] : [[name, id]]
    }),
  )
}

/** SPEC git-cat-file(1) --batch: `<id> SP blob SP <size> LF <contents> LF`, in the order asked. */
function* contentsOf(answers: Buffer): Generator<Buffer, undefined> {
  for (let at = 0; at < answers.length; ) {
    const line = answers.indexOf('\n', at)
    const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(answers.toString('latin1', at, line))?.[1])
    if (!Number.isSafeInteger(size)) throw new NoRepository(answers.toString('utf8', at, line))
    yield answers.subarray(line + 1, line + 1 + size)
    at = line + 1 + size + 1
  }
}

function wordsOf(said: string, late: boolean, within: number): string {
  if (late) return `git 逾 ${within / 1000} 秒未回應 git did not answer within ${within / 1000} s`
  return said.trim().split('\n')[0] ?? ''
}
