// ids.ts: ids of calls and entries (RFC 9562 UUIDv7), trace ids (W3C Trace Context), and salts, from pooled randomness.
import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafeSlow(16_384)
let used = pool.length

/** Fresh random bytes, as a copy: one call to the system's generator serves several hundred records. */
export function random(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = Buffer.allocUnsafe(length)
  pool.copy(bytes, 0, used, used + length)
  // What was handed out does not stay behind: a salt is known to its record and its caller only.
  pool.fill(0, used, used + length)
  used += length
  return bytes
}

/** A UUIDv7 of the given instant, lower case. SPEC RFC 9562 §5.7. */
export function uuidv7(ms: number): string {
  const bytes = random(16)
  bytes.writeUIntBE(ms, 0, 6)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** 16 random bytes as 32 hex digits: ours, never the caller's. */
export const traceId = (): string => random(16).toString('hex')
/** W3C traceparent of a new span of that trace, not sampled. */
export const traceparent = (trace: string): string => `00-${trace}-${random(8).toString('hex')}-00`
