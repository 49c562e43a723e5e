// public-key-file.ts: a public key as an agency hands it over (PEM, certificate, JWK, JWKS), as a line of its credential.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { calculateJwkThumbprint } from 'jose'
import { harmless } from '../policy/finding.ts'
import { isUsableKey } from '../policy/public-key.ts'
import type { PublicJwk } from '../policy/snapshot.ts'
import { EditRefused } from './edited-file.ts'

const LARGEST = 64 * 1024
const expected =
  '應為 Ed25519、P-256 或 2,048 位元以上 RSA 之公鑰（PEM、憑證、JWK 或只含一把之 JWKS） expected one public key: Ed25519, P-256, or RSA of at least 2,048 bits (PEM, certificate, JWK, or a JWKS of one)'

/** What stands in a file. Its private half is never taken: who hands it over has lost it.
 *  @throws EditRefused, saying what was expected */
export async function readPublicKey(path: string): Promise<PublicJwk> {
  const text = contentOf(path)
  const refuse = (): EditRefused => new EditRefused(`${harmless(path)}：${expected}`)
  if (text.includes('PRIVATE KEY')) throw isPrivate(path)
  const given = text.trimStart().startsWith('{') ? jwkOf(text, path, refuse) : undefined
  let key: KeyObject
  try {
    key = given === undefined ? createPublicKey(text) : createPublicKey({ key: given, format: 'jwk' })
  } catch {
    throw refuse()
  }
  const jwk = lineOf(key.export({ format: 'jwk' }))
  if (jwk === undefined || !isUsableKey(jwk)) throw refuse()
  const kid = typeof given?.kid === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given.kid) ? given.kid : await calculateJwkThumbprint(jwk)
  const { kty, crv, alg, ...rest } = jwk
  return { kty, ...(crv !== undefined && { crv }), alg, kid, ...rest }
}

const isPrivate = (path: string): EditRefused =>
  new EditRefused(
    `${harmless(path)}：這是私鑰，未讀取其內容；私鑰離開機關即視同外洩，請機關重新產生，只交付公鑰 this is a private key: a private key that left its agency is lost; have another drawn, and only its public half handed over`,
  )

function contentOf(path: string): string {
  try {
    if (statSync(path).size <= LARGEST) return readFileSync(path, 'utf8')
  } catch (error) {
    throw new EditRefused(`${harmless(path)}：無法讀取 cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  throw new EditRefused(`${harmless(path)}：${expected}`)
}

type Members = Readonly<Record<string, unknown>>
const membersOf = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined // any object has members

function jwkOf(text: string, path: string, refuse: () => EditRefused): Members {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw refuse()
  }
  const keys = membersOf(read)?.keys
  const jwk = Array.isArray(keys) && keys.length === 1 ? membersOf(keys[0]) : membersOf(read)
  if (jwk?.kty === undefined) throw refuse()
  if (['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].some((member) => jwk[member] !== undefined)) throw isPrivate(path)
  return jwk
}

/** The members of a kind of key that is accepted, each with the algorithm that goes with it. */
function lineOf({ kty, crv, x, y, n, e }: Members): Omit<PublicJwk, 'kid'> | undefined {
  if (kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string') return { kty, crv, alg: 'EdDSA', x }
  if (kty === 'EC' && crv === 'P-256' && typeof x === 'string' && typeof y === 'string') return { kty, crv, alg: 'ES256', x, y }
  if (kty === 'RSA' && typeof n === 'string' && typeof e === 'string') return { kty, alg: 'PS256', n, e }
  return undefined
}
