// tls.ts: TLS of our own ports: versions and bounds, the certificate in force, and what a caller shows of its own.
import { createHash, X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createSecureContext, type Server, TLSSocket, type TlsOptions } from 'node:tls'
import type { ClientCertificate } from '../credential/certificate.ts'

/** PEM texts: a certificate, with those of its issuers behind it, and its private key. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

export interface Tls {
  /** Reads the pair from where it is kept, each time anew.
   *  @throws where it cannot be read */
  readonly read: () => CertificatePair
  /** Whether callers are asked for a certificate of their own (RFC 8705); whose it is, the credentials say. */
  readonly asksCallers: boolean
}

/** SPEC RFC 9325 §3.1.1: 1.2 and later. */
const versions = { minVersion: 'TLSv1.2' } as const
const handshake = 10_000

/** What a server is made with.
 *  @throws where the pair cannot be read; its server then refuses what is no pair */
export function tlsOptions({ read, asksCallers }: Tls): TlsOptions {
  // SPEC RFC 8705 §2.2: self-signed certificates are as good as others, since they are known one by one.
  return { ...read(), ...versions, handshakeTimeout: handshake, requestCert: asksCallers, rejectUnauthorized: false }
}

export interface CertificateEvents {
  /** The certificate that is shown from now on. @param until its last instant, milliseconds since 1970 UTC */
  inForce(until: number): void
  /** What stands in the files is not usable: the one before stays. */
  refused(error: unknown): void
}

/** Shows a new certificate once its files hold it: looked at every so many milliseconds, since links and folders that are swapped tell
 *  nobody. Files that are replaced one after the other are no pair for a moment: the one before stays until they are.
 *  @returns ends the watch */
export function keepCertificate(server: Server, read: () => CertificatePair, events: CertificateEvents, every: number): () => void {
  let shown: CertificatePair | undefined
  const look = (): void => {
    try {
      const found = read()
      if (found.cert === shown?.cert && found.key === shown.key) return
      // Judged first: a server keeps what it was told to show, also where that was refused.
      createSecureContext({ ...found, ...versions })
      server.setSecureContext({ ...found, ...versions })
      shown = found
      events.inForce(lastInstantOf(found))
    } catch (error) {
      events.refused(error)
    }
  }
  look()
  const timer = setInterval(look, every).unref()
  return () => clearInterval(timer)
}

const lastInstantOf = ({ cert }: CertificatePair): number => new X509Certificate(cert).validToDate.getTime()

/** The certificate that the caller proved the key of in the handshake, or in the one that this session goes back to. */
export function certificateOf(socket: Socket): ClientCertificate | undefined {
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  if (shown === undefined) return undefined
  const thumbprint = createHash('sha256').update(shown.raw).digest('base64url')
  return { thumbprint, from: shown.validFromDate.getTime(), until: shown.validToDate.getTime() }
}
