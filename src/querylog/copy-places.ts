// copy-places.ts: where copies of checkpoints go: an append-only file, HTTPS PUT, syslog over TLS.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { request } from 'node:https'
import { hostname } from 'node:os'
import { connect } from 'node:tls'
import type { Copy, CopyPlace } from './copies.ts'

const within = 10_000

/** A file on a medium that only grows, such as one of a host that operations cannot write otherwise. Notes stand in it one behind the
 *  other, as `linkage log verify --known` reads them. It is never made here: a mount that is missing is no place. */
export function filePlace(path: string): CopyPlace {
  return {
    name: `file:${path}`,
    async put({ note }) {
      const file = await open(path, constants.O_WRONLY | constants.O_APPEND)
      try {
        const bytes = Buffer.from(note)
        const { bytesWritten } = await file.write(bytes)
        if (bytesWritten !== bytes.length) throw new Error(`wrote ${bytesWritten} of ${bytes.length} bytes`)
        await file.datasync()
      } finally {
        await file.close()
      }
    },
  }
}

/** PEM, beside what this machine trusts and shows. */
export interface TlsFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** The place answered, and did not take the copy. */
export class PlaceRefused extends Error {
  readonly code: string
  constructor(status: number) {
    super(`answered with ${status}`)
    this.name = 'PlaceRefused'
    this.code = `answered-${status}`
  }
}

/** PUT to `<url>/<slot>/<size>`: each checkpoint has an address of its own, so that none takes another's place.
 *  @param url https, without a slash at its end
 *  @param authorization header of ours */
export function httpsPlace(url: string, tls: TlsFiles & { readonly authorization?: string }): CopyPlace {
  const { authorization, ...files } = tls
  return {
    name: url,
    put: ({ note, size, slot }) =>
      new Promise((resolve, reject) => {
        const headers = {
          'content-type': 'text/plain; charset=utf-8',
          'content-length': Buffer.byteLength(note),
          ...(authorization !== undefined && { authorization }),
        }
        const signal = AbortSignal.timeout(within)
        const sent = request(`${url}/${slot}/${size}`, { method: 'PUT', headers, agent: false, signal, rejectUnauthorized: true, ...files })
        sent.on('error', reject)
        sent.on('response', ({ statusCode = 0 }) => {
          // No redirect is followed, and no byte of the body read: the status is the answer.
          if (statusCode >= 200 && statusCode < 300) resolve()
          else reject(new PlaceRefused(statusCode))
          sent.destroy()
        })
        sent.end(note)
      }),
  }
}

/** Log audit (13), notice (5). SPEC RFC 5424 §6.2.1. */
const priority = 13 * 8 + 5
/** A collector that keeps the connection open has nothing to say. */
const lastWord = 2_000

/** One frame of RFC 5425: octet count and a message of RFC 5424, whose text is the log's name, the size and the note in base64, since
 *  collectors rewrite line ends. Syslog acknowledges nothing: taken means sent over a verified connection that ended without an error. */
export function syslogFrame({ log, note, size }: Copy, at: Date): string {
  const text = `linkage-checkpoint ${log} ${size} ${Buffer.from(note).toString('base64')}`
  const message = `<${priority}>1 ${at.toISOString()} ${hostname()} linkage ${process.pid} checkpoint - ${text}`
  return `${Buffer.byteLength(message)} ${message}`
}

export function syslogPlace(host: string, port: number, tls: TlsFiles): CopyPlace {
  return {
    name: `syslog:${host}:${port}`,
    put: (copy) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host, port, rejectUnauthorized: true, ...tls })
        let sent = false
        const timer = setTimeout(() => socket.destroy(new Error(`no end within ${within} ms`)), within)
        socket.on('error', reject)
        socket.on('close', () => {
          clearTimeout(timer)
          if (sent) resolve()
          else reject(new Error('the connection was closed before the message was sent'))
        })
        socket.once('secureConnect', () => {
          socket.resume()
          socket.end(syslogFrame(copy, new Date()), () => {
            sent = true
            setTimeout(() => socket.destroy(), lastWord).unref()
          })
        })
      }),
  }
}
