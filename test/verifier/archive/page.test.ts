// page.test.ts: verify.html is what its sources give, connects to nowhere, sets text only, and knows Ed25519 where the browser does not.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { nodeCryptography } from '../../../src/verifier/archive/disk.ts'
import { pageCryptography, type Verifier } from '../../../src/verifier/archive/page/cryptography.ts'
import { assemblePage, pageFile } from './page-source.ts'

const page = readFileSync(pageFile, 'utf8')
const inside = (name: string): string => page.slice(page.indexOf(`<${name}>`) + name.length + 2, page.indexOf(`</${name}>`))

t.test('the page that is kept is what its sources give', async (t) => {
  t.ok(page === assemblePage(), 'make it anew: npm run build:page')
})

t.test('the page may load nothing, connect to nowhere, and run only its own script', async (t) => {
  const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? []
  t.same(policy.split('; '), [
    "default-src 'none'",
    `script-src ${digest(inside('script'))}`,
    `style-src ${digest(inside('style'))}`,
    "base-uri 'none'",
    "form-action 'none'",
  ])
  t.equal(page.match(/<script/g)?.length, 1)
  t.notMatch(page, /<(?:link|img|iframe|object|embed|form|a)\b|\ssrc=|\shref=|\son\w+=|@import|url\(/)
  t.notMatch(
    inside('script'),
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|fetch\(|XMLHttpRequest|WebSocket|import\(|localStorage|indexedDB/,
  )
  t.match(inside('script'), /The MIT License \(MIT\)\s+Copyright \(c\) 2019 Paul Miller/, 'the licence of what was taken in is kept')
})

/** SPEC RFC 8032 §7.1: secret keys are not needed to verify. */
const vectors = [
  [
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const
/** Made with the secret key of the second, whose equation they solve: with S beyond the group's order, or once both sides are multiplied by eight. */
const loose = {
  'S + L':
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69daf52db7415978abc61b2c2eb6aeebfca0387b2eaeb4302aeeb00d291612bb0c10',
  'R and a point of order 8':
    'efbe26f8e94262e9197e42d819a25b9c9f36f53c933aec5faab2937a9deed7ec5b5c0d2fcfc797224acb29a4bbcdfc1aedc1393624ef63dafbd43204649b5604',
  'R and a point of order 2':
    '241eae4ac50639fcd0e96586b221eb1f76d58c3067fdbe213e413e025fb2aaaaba148f681b0e2554b00889af375e7f88ccdfa3c32b6e262139060b1d94b29609',
  'R the neutral point':
    '0100000000000000000000000000000000000000000000000000000000000000675d054595fa17cb6a44e3ada6ca385e55667e41a63fdab0ac22d10000354002',
}
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

for (const [name, subtle, by] of [
  ['the browser', globalThis.crypto.subtle, 'browser'],
  ['the script, where the browser knows no Ed25519', { importKey: async () => Promise.reject(new Error('NotSupportedError')) }, 'script'],
  ['the script, where the page is offered no WebCrypto', undefined, 'script'],
] as const) {
  t.test(`RFC 8032 §7.1: ${name} verifies`, async (t) => {
    const verifiers: Verifier[] = []
    // The second has of SubtleCrypto only what is asked for.
    const { verifyEd25519 } = pageCryptography(subtle as typeof globalThis.crypto.subtle | undefined, (each) => verifiers.push(each))
    for (const [key, message, signature] of vectors) {
      t.equal(await verifyEd25519(bytes(key), bytes(message), bytes(signature)), true)
      const changed = bytes(signature)
      changed[5] = (changed[5] ?? 0) ^ 1
      t.equal(await verifyEd25519(bytes(key), bytes(message), changed), false)
      t.equal(await verifyEd25519(bytes(key), bytes(`${message}00`), bytes(signature)), false)
    }
    const [[, message, signature], [key, text]] = vectors
    for (const [what, taken] of Object.entries(loose)) {
      t.equal(await nodeCryptography.verifyEd25519(bytes(key), bytes(text), bytes(taken)), false, `the command refuses ${what}`)
      t.equal(await verifyEd25519(bytes(key), bytes(text), bytes(taken)), false, `and so does ${name}`)
    }
    t.equal(await verifyEd25519(new Uint8Array(32).fill(0xff), bytes(message), bytes(signature)), false, 'what is no point is no key')
    t.equal(await verifyEd25519(bytes(vectors[0][0]), bytes(message), bytes(signature).subarray(0, 63)), false)
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const own = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
    t.equal(
      await verifyEd25519(new Uint8Array(own), Buffer.from('查詢'), new Uint8Array(sign(null, Buffer.from('查詢'), privateKey))),
      true,
    )
    t.ok(verifiers.includes(by))
  })
}

t.test('digests of the page are those of Node', async (t) => {
  const { newSha256, sha256 } = pageCryptography(undefined, () => undefined)
  for (const length of [0, 1, 55, 56, 64, 65, 8192, 1_000_003]) {
    const data = new Uint8Array(length).map((_, at) => (at * 7) % 251)
    const expected = createHash('sha256').update(data).digest('hex')
    t.equal(Buffer.from(sha256(data)).toString('hex'), expected)
    const digesting = newSha256()
    for (let at = 0; at < length; at += 1021) digesting.update(data.subarray(at, at + 1021))
    t.equal(Buffer.from(digesting.digest()).toString('hex'), expected)
  }
})
