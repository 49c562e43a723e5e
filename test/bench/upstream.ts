// upstream.ts: the cheapest welfare system that speaks HTTP/1.1: different records in turn, small or large, prebuilt.
import { createServer } from 'node:net'
import { generateHousehold, membersOfSize } from '../../src/cli/sample-welfare/generated.ts'

const different = 64

function answers(members: number, from: number): Buffer[] {
  return Array.from({ length: different }, (_, index) => {
    const body = Buffer.from(generateHousehold(from + index, members))
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n`
    return Buffer.concat([Buffer.from(head), body])
  })
}

const sizes = { small: answers(membersOfSize.small, 1), large: answers(membersOfSize.large, 1000) }
let size: keyof typeof sizes = 'small'
/** Milliseconds that it takes to answer. */
let delay = 0
let next = 0

const server = createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  let pending = ''
  socket.on('data', (chunk: Buffer) => {
    pending += chunk.toString('latin1')
    for (;;) {
      const head = pending.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(pending.slice(0, head))?.[1] ?? 0)
      if (pending.length < head + 4 + length) return
      pending = pending.slice(head + 4 + length)
      next = (next + 1) % different
      const answer = sizes[size][next] ?? ''
      if (delay === 0) socket.write(answer)
      else setTimeout(() => socket.write(answer), delay)
    }
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
  process.send?.({ port: address.port })
})
process.on('message', (message) => {
  if (message === 'small' || message === 'large') size = message
  if (typeof message === 'object' && message !== null && 'delay' in message) delay = Number(message.delay)
  process.send?.({ size, delay })
})
process.on('disconnect', () => process.exit(0))
