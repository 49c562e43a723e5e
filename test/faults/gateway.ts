// gateway.ts: `linkage serve` under test: a real process, HTTP clients with a ledger, and the sceptics' verdict on its log.
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { Agent, request } from 'undici'
import { DemoCaller, demoCalls } from '../../src/cli/demo/calls.ts'
import { households } from '../../src/cli/sample-welfare/households.ts'
import { openPlace, type Place, type Run, serving } from '../attacks/gateway-child.ts'
import { Configuration } from '../end-to-end/configuration.ts'
import type { Teardown } from '../store/server.ts'
import { type Order, obeying } from './kill-at.ts'
import { Ledger } from './ledger.ts'
import type { Chance } from './random.ts'
import { readStored, verdictOf } from './stored.ts'
import { Wire } from './wire.ts'

/** A welfare system that answers everybody, and nobody alike. */
async function startWelfare(t: Teardown): Promise<string> {
  let answers = 0
  const server = createServer((request, response) => {
    request.resume()
    answers += 1
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: { category: `第${answers}類` }, members: [] }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${address !== null && typeof address !== 'string' ? address.port : 0}`
}

export class GatewayUnderTest {
  readonly ledger = new Ledger()
  readonly place: Place
  readonly wire: Wire
  readonly admin: pg.Pool
  /** Statuses of the refusals that the faults of a test explain. */
  readonly refusals = new Set([503])
  readonly #agent = new Agent({ connections: 64, bodyTimeout: 60_000, headersTimeout: 60_000 })
  readonly #body: string
  readonly #headers: Record<string, string>
  #run: Run | undefined
  #known = 0

  private constructor(place: Place, wire: Wire, headers: Record<string, string>, body: string) {
    this.place = place
    this.wire = wire
    this.admin = new pg.Pool({ connectionString: place.database.adminUrl, max: 2 })
    this.admin.on('error', () => undefined) // the server is stopped under some tests
    this.#headers = headers
    this.#body = body
  }

  static async open(t: Teardown): Promise<GatewayUnderTest> {
    const place = await openPlace(t, await startWelfare(t))
    new Configuration(place.department.config).withoutLimits()
    const wire = await Wire.to(place.database.url('linkage_gateway'))
    const [approved] = demoCalls(households[0]?.nationalId ?? '')
    if (approved === undefined) throw new Error('the demo has an approved call')
    const body = JSON.stringify({ nationalId: approved.subject })
    const caller = new DemoCaller(`http://127.0.0.1:${place.publicPort}`, place.department.drawn)
    const made = new GatewayUnderTest(place, wire, await caller.headers(approved, body), body)
    t.teardown(async () => {
      await made.kill()
      await made.#agent.destroy()
      await made.admin.end()
      await wire.close()
    })
    return made
  }

  get run(): Run {
    if (this.#run === undefined) throw new Error('no gateway runs')
    return this.#run
  }

  /** Starts a gateway. @param order where it is killed @returns whether it came to serve */
  async start(order?: Order): Promise<boolean> {
    await this.kill()
    const file = join(this.place.folder, 'order.json')
    rmSync(file, { force: true })
    if (order !== undefined) writeFileSync(file, JSON.stringify(order))
    this.#run = this.place.serve(this.wire.url, [obeying(file)])
    return await serving(this.#run).then(
      () => true,
      () => false,
    )
  }

  /** The gateway that serves is killed, once it comes to pass. */
  order(order: Order): void {
    writeFileSync(join(this.place.folder, 'order.json'), JSON.stringify(order))
    this.run.child.kill('SIGUSR2')
  }

  /** The gateway serves until it is killed in this state. */
  async killedIn(where: Omit<Order, 'before'>, chance: Chance): Promise<void> {
    this.order({ ...where, before: chance.below(where.state === 'answer' ? 40 : 15) })
    await this.underLoad(() => this.run.ended)
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#run?.child.kill('SIGKILL')
    await this.#run?.ended
    this.#run = undefined
  }

  /** One call by a client that keeps what it got. */
  async call(): Promise<void> {
    let id = ''
    try {
      const answer = await request(`http://127.0.0.1:${this.place.publicPort}/low-income/households/status`, {
        method: 'POST',
        headers: this.#headers,
        body: this.#body,
        dispatcher: this.#agent,
      })
      id = String(answer.headers['request-id'])
      const body = Buffer.from(await answer.body.arrayBuffer())
      if (answer.statusCode !== 200 && !this.refusals.has(answer.statusCode))
        throw new Unexpected(`a call was answered ${answer.statusCode}: ${body.toString('utf8')}`)
      this.ledger.opens(id)
      if (answer.statusCode === 200) this.ledger.gotBody(id, body, String(answer.headers['linkage-receipt']))
      else this.ledger.gotRefusal(id)
    } catch (error) {
      if (error instanceof Unexpected) throw error
      this.ledger.gotNothingUnnamed()
    }
  }

  /** Clients that call without a pause while something happens. */
  async underLoad(happens: () => Promise<unknown>, clients = 12): Promise<void> {
    let going = true
    const client = async (): Promise<void> => {
      for (; going; await sleep(1)) await this.call()
    }
    const load = Promise.all(Array.from({ length: clients }, client))
    await Promise.race([happens(), load]).finally(() => {
      going = false
    })
    await load
  }

  /** Until calls are served again, by a gateway that is started where none runs. */
  async settle(): Promise<void> {
    const until = performance.now() + 90_000
    for (const before = this.ledger.served; this.ledger.served < before + 3; ) {
      if (performance.now() > until) throw new Error(`nothing was served: ${this.#run?.printed().slice(-2_000)}`)
      const { exitCode, signalCode } = this.#run?.child ?? { exitCode: 0, signalCode: null }
      if (exitCode !== null || signalCode !== null) await this.start()
      await this.call()
      await sleep(5)
    }
  }

  async complaints(all = false): Promise<readonly string[]> {
    const { rows } = await this.admin.query(`SELECT slot, log, verifier_key FROM linkage.slot WHERE slot = '1'`)
    const [row] = rows
    if (row === undefined) return ['the database holds no slot 1']
    const stored = await readStored(this.admin, row.slot)
    const receipts = this.ledger.receipts
    const known = receipts.slice(all ? 0 : this.#known)
    this.#known = receipts.length
    return [...this.ledger.complaints(stored.entries), ...(await verdictOf(stored, { ...row, trusted: row.verifier_key }, known))]
  }
}

/** An answer that no fault explains. */
class Unexpected extends Error {}
