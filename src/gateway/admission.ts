// admission.ts: which connections are heard at all, before a byte of them is read.
import type { Server, Socket } from 'node:net'
import { type ForwardingTrust, isProxy, readAddress } from './address.ts'
import { networkOf } from './limits.ts'

export interface Admission {
  /** Connections at once, of everybody. */
  readonly connections: number
  /** Of one address (IPv6: of one /64) that is no trusted proxy. */
  readonly connectionsOfOne: number
  readonly trust: ForwardingTrust
  /** Behind a proxy that terminates TLS: whoever else connects would speak in clear. */
  readonly onlyProxies: boolean
}

export type NotHeard = 'too-many' | 'too-many-of-one' | 'no-proxy'

/** Ends what is not to be heard as it connects: one address cannot take the places of all, and nobody more than there are. */
export function admitConnections(server: Server, admission: Admission, notHeard: (why: NotHeard) => void): void {
  const open = new Map<string, number>()
  server.maxConnections = admission.connections
  server.on('drop', () => notHeard('too-many'))
  server.prependListener('connection', (socket: Socket) => {
    const peer = readAddress(socket.remoteAddress ?? '')
    const refuse = (why: NotHeard): void => {
      notHeard(why)
      socket.destroy()
    }
    if (peer !== undefined && admission.trust !== undefined && isProxy(peer, admission.trust.proxies)) return
    if (admission.onlyProxies) return refuse('no-proxy')
    const of = peer === undefined ? 'unknown' : networkOf(peer)
    const others = open.get(of) ?? 0
    if (others >= admission.connectionsOfOne) return refuse('too-many-of-one')
    open.set(of, others + 1)
    socket.once('close', () => {
      const left = (open.get(of) ?? 1) - 1
      if (left === 0) open.delete(of)
      else open.set(of, left)
    })
  })
}
