// upstream.ts: the cheapest welfare system that speaks HTTP/1.1: different records in turn, of one size or another, prebuilt.
import { createServer } from 'node:net'
import { generateHousehold, membersOfSize } from '../../src/cli/sample-welfare/generated.ts'

/** Members with whom an answer has 1 MB, and is still filtered whole: that is so up to 1 MiB. */
const membersOfMegabyte = 6_150

function answers(members: number, from: number, different = 64): Buffer[] {
  return Array.from({ length: different }, (_, index) => {
    const body = Buffer.from(generateHousehold(from + index, members))
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n`
    return Buffer.concat([Buffer.from(head), body])
  })
}

const sizes = {
  small: answers(membersOfSize.small, 1),
  large: answers(membersOfSize.large, 1000),
  huge: answers(membersOfMegabyte, 2000, 16),
}
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
      const answer = sizes[size][next % sizes[size].length] ?? ''
      next += 1
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
  if (message === 'small' || message === 'large' || message === 'huge') {
    size = message
    next = 0 // whoever asks first after this is given the same answer as whoever was first before
  }
  if (typeof message === 'object' && message !== null && 'delay' in message) delay = Number(message.delay)
  process.send?.({ size, delay })
})
process.on('disconnect', () => process.exit(0))
