// streamed.ts: what a stream's filter makes of an answer, whole or cut anywhere, as one value to compare.
import { AnswerMalformed } from '../../src/projection/malformed.ts'
import type { Beyond, StreamPlan } from '../../src/projection/stream.ts'

export type Streamed =
  | { readonly text: string; readonly rows: number; readonly beyond: Beyond; readonly problem: undefined }
  | { readonly text: string; readonly problem: string }

/** @param cuts where a new piece begins, ascending */
export function streamed(plan: StreamPlan, body: Uint8Array | string, cuts: readonly number[] = [], asked?: readonly string[]): Streamed {
  const bytes = Buffer.from(body)
  const stream = plan.begin(asked)
  const released: Buffer[] = []
  try {
    for (const [k, from] of [0, ...cuts].entries()) released.push(stream.push(bytes.subarray(from, cuts[k] ?? bytes.length)))
    released.push(stream.end())
    return { text: Buffer.concat(released).toString(), rows: stream.rows, beyond: stream.beyond, problem: undefined }
  } catch (error) {
    if (error instanceof AnswerMalformed) return { text: Buffer.concat(released).toString(), problem: error.problem }
    throw error
  }
}

/** In pieces of one byte. */
export const everywhere = (body: string): readonly number[] =>
  Array.from({ length: Math.max(0, Buffer.byteLength(body) - 1) }, (_, k) => k + 1)
