// manual.ts: a manual whose examples are run: its tasks, what is typed in each, and what is printed; `RECORD=1` writes what was printed into it.
import { readFileSync, writeFileSync } from 'node:fs'

export interface Block {
  readonly kind: string
  /** What stands behind the kind: a file's name. */
  readonly name: string
  readonly lines: readonly string[]
  /** Where it begins and ends in the manual, in UTF-16 code units. */
  readonly span: readonly [from: number, to: number]
}

export interface Step {
  /** What stands behind the prompt. */
  readonly typed: string
  /** What is said to be printed, each line with its end. */
  readonly shown: string
}

export interface Task {
  readonly heading: string
  readonly blocks: readonly Block[]
}

export class Manual {
  readonly text: string
  readonly tasks: readonly Task[]
  readonly #path: string
  /** Blocks as they were printed this time, where the manual is recorded anew. */
  readonly #printed: { readonly span: Block['span']; readonly text: string }[] = []

  constructor(path: string) {
    this.#path = path
    this.text = readFileSync(path, 'utf8')
    this.tasks = [...this.text.matchAll(/^## (.+)\n(?:(?!## ).*\n)*/gm)].map(({ 0: task, 1: heading = '', index }) => ({
      heading,
      blocks: blocksOf(task, index),
    }))
  }

  /** Whether a person asked for the manual to be written anew: then nothing is compared. */
  get recording(): boolean {
    return process.env.RECORD === '1'
  }

  /** Keeps what a block's commands printed. */
  printed({ kind, name, span }: Block, steps: readonly Step[]): void {
    const head = name === '' ? kind : `${kind} ${name}`
    const text = `\`\`\`${head}\n${steps.map(({ shown, typed }) => `$ ${typed}\n${shown}`).join('')}\`\`\``
    this.#printed.push({ span, text })
  }

  /** Writes what was printed in the place of what stood there. */
  record(): void {
    const parts = this.#printed.map(({ span: [from], text }, at) => this.text.slice(this.#printed[at - 1]?.span[1] ?? 0, from) + text)
    writeFileSync(this.#path, parts.join('') + this.text.slice(this.#printed.at(-1)?.span[1] ?? 0))
  }
}

const blocksOf = (task: string, at: number): readonly Block[] =>
  [...task.matchAll(/^```(\w+)(?: (.+))?\n([\s\S]*?)^```$/gm)].map(({ 0: text, 1: kind = '', 2: name = '', 3: body = '', index }) => ({
    kind,
    name,
    lines: body.replace(/\n$/, '').split('\n'),
    span: [at + index, at + index + text.length],
  }))

/** Commands of a block, each with the lines that it is said to print. */
export function stepsOf({ lines }: Block): readonly Step[] {
  const steps: { typed: string; shown: string }[] = []
  let typing = false
  for (const line of lines) {
    const last = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({ typed: line.slice(2), shown: '' })
    else if (typing && last !== undefined) last.typed += `\n${line}`
    else if (last !== undefined) last.shown += `${line}\n`
    typing = line.endsWith('\\') && (typing || line.startsWith('$ '))
  }
  return steps
}

/** Words of a command as a shell reads them: quotes, and line ends behind a backslash. */
export const wordsOf = (typed: string): string[] =>
  [...typed.replaceAll('\\\n', ' ').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )

/** An edit by hand, as a difference: lines that go, and those that come in their place.
 *  @throws Error where what goes does not stand in the file once */
export function edit({ lines, name }: Pick<Block, 'lines' | 'name'>): void {
  const before = readFileSync(name, 'utf8')
  const old = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1))
  const now = lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(1))
  const found = before.split(old.join('\n')).length - 1
  if (found !== 1) throw new Error(`${name}: what is edited stands there ${found} times`)
  writeFileSync(
    name,
    before.replace(old.join('\n'), () => now.join('\n')),
  )
}
