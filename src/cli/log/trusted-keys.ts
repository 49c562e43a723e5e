// trusted-keys.ts: the keys that an auditor or an agency trusts, as the options --key and --trust name them.
import { readFileSync } from 'node:fs'
import { Invalid } from '../../verifier/invalid.ts'
import { readVerifierKey, type VerifierKey } from '../../verifier/note.ts'
import { readTrustPolicy } from '../../verifier/trust.ts'
import { UsageError } from './usage-error.ts'

export interface TrustOptions {
  readonly key?: readonly string[]
  readonly trust?: string
}

/** @throws UsageError for a file that cannot be read */
export function readGiven(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new UsageError(`${file}: 無法讀取。 It cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What a policy says of a key goes before that the key was given, too: it may say how far it is believed.
 *  @throws UsageError for what is no key */
export function trustedKeys({ key = [], trust }: TrustOptions): readonly VerifierKey[] {
  try {
    const policy = trust === undefined ? [] : readTrustPolicy(readGiven(trust).toString('utf8'))
    return [...policy, ...key.map(readVerifierKey).filter(({ text }) => !policy.some((each) => each.text === text))]
  } catch (error) {
    throw error instanceof Invalid ? new UsageError(`驗證金鑰有誤。 ${error.message}`) : error
  }
}
