// tickets.ts: the seed of a draw, and the ticket that it gives each record and each person: whoever has the smallest is drawn.
import { hash } from 'node:crypto'
import { type Hash, lengthPrefixed, sha256 } from '../canonical.ts'

/** HMAC-SHA-256 as 32 characters of one byte each: compared as text it is compared as a number. */
export type Ticket = string

/** SHA-256(LP("linkage-draw/v1") LP(leaf hash of the freeze) LP(randomness)): one throw gives each frozen population a seed of its own.
 *  @param randomness its UTF-8 bytes, as the `seed` entry has them */
export const drawSeed = (freezeLeaf: Hash, randomness: string): Hash => sha256(lengthPrefixed('linkage-draw/v1', freezeLeaf, randomness))

const blockBytes = 64
const hashBytes = 32

/** HMAC-SHA-256 of messages that begin alike and end in numbers, one after another in the same place.
 *  SPEC RFC 2104 §2: H(K ⊕ opad ‖ H(K ⊕ ipad ‖ text)). Two hashes at once cost 1.6 µs here, `createHmac` with a KeyObject 2.9. */
class NumberTickets {
  readonly #inner: Buffer
  readonly #outer = Buffer.alloc(blockBytes + hashBytes)
  readonly #numbersAt: number

  /** @param numbers how many stand at the end, u64 big-endian each */
  constructor(seed: Hash, beginning: Buffer, numbers: number) {
    this.#numbersAt = blockBytes + beginning.length
    this.#inner = Buffer.alloc(this.#numbersAt + 8 * numbers)
    for (let at = 0; at < blockBytes; at += 1) {
      this.#inner[at] = (seed[at] ?? 0) ^ 0x36
      this.#outer[at] = (seed[at] ?? 0) ^ 0x5c
    }
    beginning.copy(this.#inner, blockBytes)
  }

  protected put(nth: number, number: number): void {
    const at = this.#numbersAt + 8 * nth
    this.#inner.writeUInt32BE(Math.floor(number / 2 ** 32), at)
    this.#inner.writeUInt32BE(number % 2 ** 32, at + 4)
  }

  protected ticket(): Ticket {
    this.#outer.write(hash('sha256', this.#inner, 'binary'), blockBytes, 'latin1')
    return hash('sha256', this.#outer, 'binary')
  }
}

/** Tickets of an agency's counted records in one log. `record` is the monthly draw's, `coverage` the draw of users': independent of each
 *  other, so that neither says anything of the other. Numbers, and no ids: ids are the gateway's to choose. */
export class RecordTickets extends NumberTickets {
  constructor(seed: Hash, domain: 'coverage' | 'record', log: string, agency: string) {
    super(seed, lengthPrefixed(domain, log, agency), 1)
  }

  /** @param countedSeq 1 … 2^53 − 1 */
  of(countedSeq: number): Ticket {
    this.put(0, countedSeq)
    return this.ticket()
  }
}

/** Tickets of the rows of file transfers, each an item of its own (D-9 `row`). */
export class RowTickets extends NumberTickets {
  constructor(seed: Hash, log: string, agency: string) {
    super(seed, lengthPrefixed('row', log, agency), 2)
  }

  /** @param row from 1 */
  of(countedSeq: number, row: number): Ticket {
    this.put(0, countedSeq)
    this.put(1, row)
    return this.ticket()
  }
}

class TextTicket extends NumberTickets {
  of(): Ticket {
    return this.ticket()
  }
}

/** A person's ticket. Who has no row in the roster is known by the account, folded, in a domain of its own: no account can be given that
 *  is somebody's 人員代號. */
export const userTicket = (seed: Hash, domain: 'account' | 'user', name: string): Ticket =>
  new TextTicket(seed, lengthPrefixed(domain, name), 0).of()
