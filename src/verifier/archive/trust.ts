// trust.ts: trust-policy.txt (C2SP tlog-policy), the verifier keys as the archive lists them, held against those that the logs name.
import { readVerifierKey, type VerifierKey } from './checkpoint.ts'
import { technical } from './description.ts'
import type { Tell } from './finding.ts'
import type { VerifiedLog } from './log.ts'
import { type ArchiveFile, type Cryptography, textIn } from './place.ts'

export const trustName = `${technical}/trust-policy.txt`

/** Each `log` line is the key of a log, and each key of a log has its line. */
export async function checkTrustPolicy(file: ArchiveFile | undefined, verified: readonly VerifiedLog[], tell: Tell): Promise<void> {
  const lines = ((await textIn(file)) ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const listed = new Set(lines.map((line) => line.replace(/^log /, '')))
  const named = new Set(verified.flatMap(({ keys }) => keys))
  for (const key of listed)
    if (!named.has(key)) tell({ code: 'key-mismatch', file: trustName, found: key, expected: 'a key that one of the logs names' })
  for (const key of named)
    if (!listed.has(key)) tell({ code: 'key-mismatch', file: trustName, found: 'no such line', expected: `log ${key}` })
}

/** Keys that somebody typed in, one a line: as published, or as lines of a trust policy.
 *  @throws RangeError that names what is no key */
export function readTrusted(text: string, crypto: Pick<Cryptography, 'sha256'>): readonly VerifierKey[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim().replace(/^log\s+/, ''))
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const key = readVerifierKey(line, crypto)
      if (key === undefined) throw new RangeError(`不是驗證金鑰 no verifier key: ${line}`)
      return key
    })
}
