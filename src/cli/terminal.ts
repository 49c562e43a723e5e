// terminal.ts: a person at a terminal, who is asked.
import { createInterface } from 'node:readline/promises'

/** Puts a question.
 *  @throws Error where there is nobody any more to answer it */
export type Ask = (question: string) => Promise<string>

/** Undefined where no person sits at standard input: a script says beforehand what it wants. */
export function personAt(input: NodeJS.ReadStream = process.stdin): Ask | undefined {
  return input.isTTY ? ask : undefined
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const left = new Promise<never>((_, reject) =>
    terminal.once('close', () => reject(new Error('沒有回答，未寫入 no answer, nothing written'))),
  )
  try {
    return (await Promise.race([terminal.question(question), left])).trim()
  } finally {
    left.catch(() => undefined) // closing it is no refusal once it was answered
    terminal.close()
  }
}
