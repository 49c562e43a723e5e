// fetch-keys.ts: an agency's published keys over https: bounded in bytes and time, verified, never redirected.
import { Agent, request } from 'undici'
import type { FetchKeys } from '../credential/published-keys.ts'

const bytesAtMost = 64 * 1024

/** What was answered is no set of keys. */
export class KeysNotFetched extends Error {
  readonly code = 'keys-not-fetched'
}

/** @param ca PEM of an issuer beside those that this machine trusts */
export function fetchKeys(ca?: string): FetchKeys {
  const agent = new Agent({
    connections: 1,
    pipelining: 1,
    maxHeaderSize: 16 * 1024,
    maxResponseSize: bytesAtMost,
    connect: { timeout: 1_000, ...(ca !== undefined && { ca }) },
  })
  return async (uri, signal) => {
    if (!uri.startsWith('https://')) throw new KeysNotFetched('keys are fetched over https only')
    const { statusCode, body } = await request(uri, { dispatcher: agent, signal, headers: { accept: 'application/json' } })
    // Read before it is judged: a body that nobody reads would keep the connection.
    const bytes = await body.bytes()
    if (statusCode !== 200) throw new KeysNotFetched(`answered with ${statusCode}`)
    return bytes
  }
}
