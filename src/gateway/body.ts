// body.ts: the request body, read to its end, at most 64 KiB.
import type { IncomingMessage } from 'node:http'
import { Refused } from '../problems.ts'

export const maxBody = 64 * 1024
const nothing = Buffer.alloc(0)

/** @throws Refused body-too-large, client-left */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  if (length === undefined && coding === undefined) return Promise.resolve(nothing)
  if (Number(length) > maxBody) return Promise.reject(new Refused('body-too-large'))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBody) reject(new Refused('body-too-large'))
      else chunks.push(chunk)
    })
    request.on('end', () => {
      const [first = nothing] = chunks
      resolve(chunks.length <= 1 ? first : Buffer.concat(chunks, size))
    })
    const left = () => reject(new Refused('client-left'))
    request.on('error', left)
    request.on('close', left)
  })
}
