// certificates.ts: certificates for tests, drawn anew in each run: none stands in the repository.
// Its container asks for decorators' metadata before anything else.
import 'reflect-metadata'
import { createHash, webcrypto } from 'node:crypto'
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'

export interface Drawn {
  /** PEM. */
  readonly cert: string
  readonly key: string
  /** `x5t#S256`. */
  readonly thumbprint: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 86_400_000

/** A self-signed certificate of a P-256 key, good for 127.0.0.1.
 *  @param days first and last instant, in days from now */
export async function drawCertificate(name: string, days: readonly [from: number, until: number] = [-1, 30]): Promise<Drawn> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const [notBefore, notAfter] = [new Date(Date.now() + days[0] * day), new Date(Date.now() + days[1] * day)]
  const extensions = [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])]
  const about = { name: `CN=${name}`, notBefore, notAfter, signingAlgorithm: algorithm, keys, extensions }
  const made = await X509CertificateGenerator.createSelfSigned(about)
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    cert: made.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replaceAll(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
    thumbprint: createHash('sha256').update(Buffer.from(made.rawData)).digest('base64url'),
  }
}
