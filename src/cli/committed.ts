// committed.ts: who committed the rules: what the newest commit of a folder's repository says, where the folder is exactly what it holds.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { harmless } from '../policy/finding.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { isRead } from '../policy/source-folder.ts'
import type { Claimed, Proven } from '../querylog/policy-entry.ts'
import type { Newest, Repository } from './repository.ts'

/** Who changed the rules, by the repository: what its author says, and what a signature shows. */
export interface Committed {
  readonly claimed: Claimed
  readonly proven?: Proven
}

/** Milliseconds for all that a repository is asked here: rules, and blocks among them, do not wait longer for it. */
const within = 500

/** What the newest commit that touched a folder says of who changed it.
 *  @param asRead bytes of the deciding files, by name within the folder, as they were read
 *  @param signers a file of allowed signers (ssh-keygen(1)): whose signature is believed; absent: nobody's
 *  @returns undefined where the folder is in no repository, or any of these files is not as it was committed */
export async function committedBy(
  repository: Repository,
  asRead: Snapshot['asRead'],
  names: Iterable<string>,
  signers?: string,
): Promise<Committed | undefined> {
  const late = sleep(within, undefined, { ref: false })
  // No git, no repository, or one that does not answer: then nobody has committed anything that we could name.
  return await Promise.race([ask(repository, asRead, names, signers).catch(() => undefined), late])
}

async function ask(
  repository: Repository,
  asRead: Snapshot['asRead'],
  names: Iterable<string>,
  signers: string | undefined,
): Promise<Committed | undefined> {
  const newest = await repository.newestSeen()
  // What decides, but was not read, is said by no file of the commit.
  if ([...names].some((name) => !asRead.has(name)) || differences(newest, asRead).length > 0) return undefined
  const text = await repository.ask(['log', '-1', '--format=%H%x00%an%x00%ae%x00%aI%x00%B', newest.id, '--', '.'])
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
  const proven = signers === undefined ? undefined : await signedBy(repository, commit, signers)
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

export interface Difference {
  readonly name: string
  readonly what: 'changed' | 'added' | 'removed'
}

/** Files that are not the blobs of a commit, by name. Compared here, with the bytes that were read: `git status` would run the filters
 *  that a repository names, and look at files that may have changed since. */
export function differences({ blobs }: Newest, asRead: Snapshot['asRead']): readonly Difference[] {
  const removed = [...blobs.keys()].filter((name) => isRead(name) && !asRead.has(name))
  const others = [...asRead].flatMap(([name, bytes]): Difference[] => {
    const id = blobs.get(name)
    if (id === undefined) return [{ name, what: 'added' }]
    return blobId(bytes, id.length) === id ? [] : [{ name, what: 'changed' }]
  })
  return [...removed.map((name) => ({ name, what: 'removed' }) as const), ...others].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** SPEC gitformat-pack(5), gitformat-hash: the hash of `blob <length>\0` and the bytes. */
function blobId(bytes: Buffer, length: number): string {
  const hash = createHash(length === 64 ? 'sha256' : 'sha1')
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** Whose signature the commit bears, of those that are allowed; undefined for none, or one that does not verify. */
async function signedBy(repository: Repository, commit: string, signers: string): Promise<Proven | undefined> {
  const args = ['-c', `gpg.ssh.allowedSignersFile=${signers}`, 'log', '-1', '--format=%G?%x00%GS%x00%GF', commit]
  const [state, signer = '', key = ''] = (await repository.ask(args)).trimEnd().split('\0')
  // The fingerprint of an ssh key: allowed signers are keys of no other kind.
  return state === 'G' && signer !== '' && key.startsWith('SHA256:') ? { key: written(key), signer: written(signer) } : undefined
}
