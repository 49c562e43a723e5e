// certificate.ts: credentials that are bound to certificates (RFC 8705): good only on a connection whose caller holds the key of one.
import type { Credential } from '../policy/snapshot.ts'

/** The certificate that a caller proved the key of, in the TLS handshake of the connection. Who issued it is not asked: it is one of those
 *  that the agency named, or it is nobody's (RFC 8705 §2.2). */
export interface ClientCertificate {
  /** `x5t#S256`: base64url SHA-256 of its DER (RFC 8705 §3.1). */
  readonly thumbprint: string
  /** Milliseconds since 1970 UTC. */
  readonly from: number
  readonly until: number
}

/** Reads the certificate of a connection; undefined where it shows none, or is no TLS. Asked only where a credential needs one. */
export type ReadCertificate = () => ClientCertificate | undefined

/** What stands behind a credential on a connection: `{}` where it is bound to no certificate, or the one of those that it is bound to. */
export interface Bound {
  readonly certificate?: string
}

/** What stands behind a credential on this connection, in its time; undefined where it opens nothing here.
 *  @param now milliseconds since 1970 UTC */
export function boundTo({ certificates }: Credential, certificate: ReadCertificate, now: number): Bound | undefined {
  if (certificates === undefined) return {}
  const shown = certificate()
  if (shown === undefined || now < shown.from || shown.until < now || !certificates.includes(shown.thumbprint)) return undefined
  return { certificate: shown.thumbprint }
}
