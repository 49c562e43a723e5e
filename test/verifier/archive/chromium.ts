// chromium.ts: a headless Chromium driven by the DevTools protocol over a pair of pipes, with nothing but Node.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** The browser on this machine; undefined where there is none. */
export function chromiumHere(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync)
}

/** A message of the protocol. */
// biome-ignore lint/suspicious/noExplicitAny: what each method gives is read member by member
type Message = any

interface Waiting {
  readonly resolve: (result: Message) => void
  readonly reject: (error: Error) => void
}

/** A method that is not answered within it failed: nothing here takes so long. */
const answerWithin = 60_000

export class Chromium {
  readonly #process: ChildProcess
  readonly #profile: string
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners: ((method: string, params: Message) => void)[] = []
  #next = 1
  #session: string | undefined

  private constructor(child: ChildProcess, profile: string) {
    this.#process = child
    this.#profile = profile
    let rest = ''
    this.#from.setEncoding('utf8')
    this.#from.on('data', (text: string) => {
      const messages = (rest + text).split('\0')
      rest = messages.pop() ?? ''
      for (const each of messages) this.#take(JSON.parse(each))
    })
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the browser ended'))
    })
  }

  /** @param path of the browser */
  static async start(path: string): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), 'linkage-chromium-'))
    const options = [
      '--headless=new',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      '--no-first-run',
      '--disable-gpu',
      '--disable-dev-shm-usage',
    ]
    // Its sandbox cannot be had by root.
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const child = spawn(path, [...options, ...asRoot, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    const browser = new Chromium(child, profile)
    const { targetInfos } = await browser.call('Target.getTargets')
    const { targetId } = targetInfos.find(({ type }: { type: string }) => type === 'page')
    const { sessionId } = await browser.call('Target.attachToTarget', { targetId, flatten: true })
    browser.#session = sessionId
    for (const domain of ['Page', 'DOM', 'Runtime', 'Network']) await browser.call(`${domain}.enable`)
    return browser
  }

  // The pipes that stdio asked for at 3 and 4.
  get #to(): Writable {
    return this.#process.stdio[3] as Writable
  }

  get #from(): Readable {
    return this.#process.stdio[4] as Readable
  }

  #take({ error, id, method, params, result }: Message): void {
    if (id === undefined) for (const each of this.#listeners) each(method, params)
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error !== undefined) waiting?.reject(new Error(error.message))
    else waiting?.resolve(result)
  }

  /** Told of every event. */
  listen(listener: (method: string, params: Message) => void): void {
    this.#listeners.push(listener)
  }

  /** Calls a method of the protocol. */
  async call(method: string, params: object = {}): Promise<Message> {
    const id = this.#next++
    const session = this.#session === undefined ? {} : { sessionId: this.#session }
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`${method}: no answer`)), answerWithin)
        this.#waiting.set(id, { resolve, reject })
        this.#to.write(`${JSON.stringify({ id, method, params, ...session })}\0`)
      })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Opens an address, and waits until it is loaded. */
  async open(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.listen((method) => method === 'Page.loadEventFired' && resolve()))
    await this.call('Page.navigate', { url })
    await loaded
  }

  /** The value of an expression in the page, once it is there. */
  async evaluate(expression: string): Promise<Message> {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  /** Chooses files, or a folder, in an input of the page. */
  async choose(selector: string, ...files: readonly string[]): Promise<void> {
    const { root } = await this.call('DOM.getDocument')
    const { nodeId } = await this.call('DOM.querySelector', { nodeId: root.nodeId, selector })
    await this.call('DOM.setFileInputFiles', { files, nodeId })
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}
