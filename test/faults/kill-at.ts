// kill-at.ts: loaded before a gateway: ends its process (kill -9) at one of the states that a recorded call passes through.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'

/** How much of what is about to be written is let out before the end. */
export type Share = 'nothing' | 'half' | 'all'

/** Where a process can end: what it is about to write, or has just been told. */
export const states = {
  claim: 'claim_slot',
  'reading of hashes': 'string_agg(leaf_hash',
  append: '\0append_batch\0',
  'commit acknowledged': 'SELECT 1\0Z',
  mark: '"checkpoint":"',
  answer: 'HTTP/1.1 200',
} as const

export type State = keyof typeof states

/** What a process is told: where to end, how much of what it writes there is let out, and how often it passes through first. */
export interface Order {
  readonly state: State
  readonly share: Share
  readonly before: number
}

/** The option of Node with which a process obeys a file: at its start, and whenever it gets SIGUSR2. */
export const obeying = (file: string): string => `--import=${new URL(import.meta.url).href.split('?')[0]}?${new URLSearchParams({ file })}`

const file = new URL(import.meta.url).searchParams.get('file')
let text: string | undefined
let share: Share = 'nothing'
let before = 0

function read(path: string): void {
  if (!fs.existsSync(path)) return
  const order: Order = JSON.parse(fs.readFileSync(path, 'utf8')) // written by a test
  text = states[order.state]
  share = order.share
  before = order.before
}

const end = (): void => void process.kill(process.pid, 'SIGKILL')

const matches = (data: unknown): boolean => {
  if (text === undefined || !(typeof data === 'string' || data instanceof Uint8Array)) return false
  return (typeof data === 'string' ? data.includes(text) : Buffer.from(data).includes(text)) && before-- === 0
}

const shareOf = <T extends string | Uint8Array>(data: T): T =>
  (share === 'nothing' ? data.slice(0, 0) : share === 'half' ? data.slice(0, data.length >> 1) : data) as T // a slice is of its own kind

if (file !== null) {
  read(file)
  process.on('SIGUSR2', () => read(file))
  const write = Socket.prototype.write
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of write
  Socket.prototype.write = function (this: Socket, data: any, ...more: any[]): boolean {
    if (!matches(data)) return write.call(this, data, ...more)
    const part = shareOf(data)
    if (part.length > 0) write.call(this, part, typeof more[0] === 'string' ? (more[0] as BufferEncoding) : 'utf8')
    end()
    return true
  }
  const push = Socket.prototype.push
  Socket.prototype.push = function (this: Socket, ...given: Parameters<typeof push>): boolean {
    if (matches(given[0])) end()
    return push.apply(this, given)
  }
  const writeFile = fs.write
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of write
  const spy = (...given: [number, any, any, any, any, any]): void => {
    const [fd, data, , , at] = given
    if (!matches(data)) {
      writeFile(...given)
      return
    }
    const part = shareOf(data)
    if (part.length > 0) fs.writeSync(fd, part, 0, part.length, at)
    end()
  }
  fs.write = Object.assign(spy, { __promisify__: writeFile.__promisify__ }) as typeof fs.write // the overload that the mark uses
  syncBuiltinESMExports()
}
