// signed-notes.ts: published vectors of C2SP signed-note and Go's sumdb/note: what writer and verifier are both held against; and what edge cases of Ed25519 make of them.
import { sha256 } from './rfc6962.ts'

export const c2sp = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
export const c2spNote =
  'This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
export const neumann = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'

/** Encodings of the points whose order divides eight, canonical or not, each with either sign. */
export const ofSmallOrder: readonly Buffer[] = [
  `01${'00'.repeat(31)}`, // 1
  `ec${'ff'.repeat(30)}7f`, // 2
  '00'.repeat(32), // 4
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // 8
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // 8
  `ed${'ff'.repeat(30)}7f`, // 4, as p
  `ee${'ff'.repeat(30)}7f`, // 1, as p + 1
].flatMap((hex) => [0, 0x80].map((sign) => Buffer.from(hex, 'hex').map((byte, at) => (at === 31 ? byte | sign : byte)) as Buffer))

/** A verifier key that names a key and its own id rightly, whatever the key is. */
export function verifierKeyOver(name: string, key: Uint8Array): string {
  const typed = Buffer.concat([Buffer.of(1), key])
  return `${name}+${sha256(`${name}\n`, typed).toString('hex', 0, 4)}+${typed.toString('base64')}`
}

/** Order of the base point. SPEC RFC 8032 §5.1. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n

/** A note of one signature with S + L in the place of S, which solves the same equation: what RFC 8032 §5.1.7 refuses by S < L. */
export function withLargerS(note: string): string {
  const [, before = '', base64 = ''] = /^(.*\u2014 \S+ )(\S+)\n$/s.exec(note) ?? []
  const bytes = Buffer.from(base64, 'base64')
  const s = BigInt(`0x${Buffer.from(bytes.subarray(36)).reverse().toString('hex')}`)
  const larger = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').reverse()
  return `${before}${Buffer.concat([bytes.subarray(0, 36), larger]).toString('base64')}\n`
}
