// committed.ts: who committed the rules: what the newest commit of a folder's repository says, where the folder is exactly what it holds.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { harmless } from '../policy/finding.ts'
import type { Claimed, Proven } from '../querylog/entry.ts'

/** Who changed the rules, by the repository: what its author says, and what a signature shows. */
export interface Committed {
  readonly claimed: Claimed
  readonly proven?: Proven
}

/** Milliseconds for all that a repository is asked: rules, and blocks among them, do not wait longer for it. */
const within = 500
/** A repository's own settings may name programs: none of them is run. */
const bare = [
  ...['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.pager=cat', '-c', 'log.showSignature=false'],
  ...['-c', 'gpg.format=ssh', '-c', 'gpg.ssh.program=ssh-keygen', '-c', 'gpg.ssh.revocationFile='],
]

function git(folder: string, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' }
  return new Promise((resolve, reject) => {
    execFile('git', ['-C', folder, ...bare, ...args], { env, timeout: within, maxBuffer: 16 * 1024 * 1024 }, (error, out) => {
      if (error === null) resolve(out)
      else reject(error)
    })
  })
}

/** What the newest commit that touched a folder says of who changed it.
 *  @param names of the files that decide, within the folder
 *  @param signers a file of allowed signers (ssh-keygen(1)): whose signature is believed; absent: nobody's
 *  @returns undefined where the folder is in no repository, or any of these files is not as it was committed */
export async function committedBy(folder: string, names: Iterable<string>, signers?: string): Promise<Committed | undefined> {
  const late = sleep(within, undefined, { ref: false })
  // No git, no repository, or one that does not answer: then nobody has committed anything that we could name.
  return await Promise.race([ask(folder, names, signers).catch(() => undefined), late])
}

async function ask(folder: string, names: Iterable<string>, signers: string | undefined): Promise<Committed | undefined> {
  const said = git(folder, ['log', '-1', '--format=%H%x00%an%x00%ae%x00%aI%x00%B', '--', '.'])
  const [isCommitted, text] = await Promise.all([isAsCommitted(folder, names), said])
  if (!isCommitted) return undefined
  const [commit = '', name = '', email = '', at = '', message = ''] = text.trimEnd().split('\0')
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return undefined
  const [document, handler] = [trailer(message, '文號'), trailer(message, '承辦人')]
  const claimed = {
    at,
    author: written(`${name} <${email}>`),
    commit,
    ...(document !== undefined && { document: written(document) }),
    ...(handler !== undefined && { handler: written(handler) }),
  }
  const proven = signers === undefined ? undefined : await signedBy(folder, commit, signers)
  return { claimed, ...(proven !== undefined && { proven }) }
}

/** The last line of a message that begins with a name: git itself takes only ASCII names for trailers. */
function trailer(message: string, name: string): string | undefined {
  const lines = message.split('\n').filter((line) => line.startsWith(`${name}:`) || line.startsWith(`${name}：`))
  const text = lines
    .at(-1)
    ?.slice(name.length + 1)
    .trim()
  return text === '' ? undefined : text
}

/** What a stranger wrote, as an entry holds it: well-formed, on one line, not a novel. */
const written = (text: string): string => [...harmless(text.toWellFormed()).trim()].slice(0, 200).join('')

/** Each file is the blob that the commit holds. Compared here: `git status` would run the filters that a repository names. */
async function isAsCommitted(folder: string, names: Iterable<string>): Promise<boolean> {
  // Of a folder within a repository its own part, by names within it.
  const tree = await git(folder, ['ls-tree', '-r', '-z', 'HEAD'])
  const blobs = new Map(
    tree.split('\0').flatMap((line): [string, string][] => {
      const [, id = '', name = ''] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? []
      return name === '' ? [] : [[name, id]]
    }),
  )
  for (const name of names) {
    const id = blobs.get(name)
    if (id === undefined || blobId(readFileSync(join(folder, name)), id.length) !== id) return false
  }
  return true
}

/** SPEC gitformat-pack(5), gitformat-hash: the hash of `blob <length>\0` and the bytes. */
function blobId(bytes: Buffer, length: number): string {
  const hash = createHash(length === 64 ? 'sha256' : 'sha1')
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** Whose signature the commit bears, of those that are allowed; undefined for none, or one that does not verify. */
async function signedBy(folder: string, commit: string, signers: string): Promise<Proven | undefined> {
  const args = ['-c', `gpg.ssh.allowedSignersFile=${signers}`, 'log', '-1', '--format=%G?%x00%GS%x00%GF', commit]
  const [state, signer = '', key = ''] = (await git(folder, args)).trimEnd().split('\0')
  return state === 'G' && signer !== '' && key !== '' ? { key: written(key), signer: written(signer) } : undefined
}
