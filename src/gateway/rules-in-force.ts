// rules-in-force.ts: the rules while the gateway runs: a folder that changed becomes the next snapshot, or changes nothing and is told why.
import { canonicalJson } from '../canonical.ts'
import { type BlocksReading, blocksIn, lifts, withAdded, withBlocks } from '../policy/blocks.ts'
import type { Finding } from '../policy/finding.ts'
import type { Loaded } from '../policy/load.ts'
import type { Block, Snapshot } from '../policy/snapshot.ts'

/** What taking up rules needs of the process. */
export interface RulesPorts {
  /** The whole folder, as it stands. */
  readonly load: () => Loaded
  /** blocks.yaml alone. */
  readonly loadBlocks: () => BlocksReading
  /** What stands against these rules following those in force: errors keep them out. */
  readonly against: (inForce: Snapshot, next: Snapshot, place: Loaded['place']) => readonly Finding[] | Promise<readonly Finding[]>
  /** What stands against a blocks.yaml that lifts a block, where something besides time can. */
  readonly againstLift?: (reading: BlocksReading) => Promise<readonly Finding[]>
  /** Commits a snapshot to the log. Once it resolves the snapshot may decide calls; where it rejects it must not. */
  readonly activate: (next: Snapshot, inForce: Snapshot) => Promise<void>
  /** Ends what runs and these rules refuse, before the log holds them: it may be away, and to refuse needs no record.
   *  @param inForce whether they came into force, once that is known */
  readonly refuse: (next: Snapshot, inForce: Promise<boolean>) => void
  /** Puts a snapshot in force: every call that comes from now on is decided under it. */
  readonly swap: (next: Snapshot) => void
  readonly wall: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly report: (event: RulesEvent) => void
}

export type RulesEvent =
  | { readonly event: 'in-force'; readonly policy: string }
  /** The folder says again what is in force. */
  | { readonly event: 'as-in-force'; readonly policy: string }
  /** The folder is not what is in force. `since`: when what is in force was put there, milliseconds since 1970 UTC. */
  | { readonly event: 'not-in-force'; readonly findings: readonly Finding[]; readonly policy: string; readonly since: number }
  /** The log could not hold them: tried again until it can. */
  | { readonly event: 'not-recorded'; readonly error: unknown }
  /** Our own fault: the folder could not even be judged. */
  | { readonly event: 'not-judged'; readonly error: unknown }

/** Milliseconds between two tries to record rules. */
const again = 500
/** Milliseconds until a folder whose reading failed is read again. */
const judgeAgain = 2_000
/** Milliseconds between two looks at blocks that lift one, how many looks must find the same, and after how many of them everything else
 *  is taken up first: whoever writes without a pause holds nothing up. */
const [lookAgain, enough, most] = [200, 10, 50]
/** How often the folder is read again because its blocks are others than those that were read alone. */
const mostRereads = 3

/** Takes up what a folder says, one change after the other. What is invalid changes nothing; blocks act by themselves. */
export class RulesInForce {
  readonly #ports: RulesPorts
  #snapshot: Snapshot
  #since: number
  #findings: readonly Finding[] = []
  /** Rules that refused what runs, and did not come into force yet, by digest: the folder may say them again. */
  readonly #refusing = new Map<string, PromiseWithResolvers<boolean>>()
  #due = false
  /** Why the folder could not be judged when it was read last. */
  #notJudged: string | undefined
  /** So often in a row the folder's blocks lifted what blocks.yaml, read before it, did not. */
  #rereads = 0
  #running: Promise<void> | undefined
  #ended = false

  /** @param snapshot in force already */
  constructor(snapshot: Snapshot, ports: RulesPorts) {
    this.#snapshot = snapshot
    this.#ports = ports
    this.#since = ports.wall()
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** When it was put in force, milliseconds since 1970 UTC. */
  get since(): number {
    return this.#since
  }

  /** What keeps the folder, as it stands, from being in force; none where it is. */
  get findings(): readonly Finding[] {
    return this.#findings
  }

  /** Whether the folder could not be judged when it was read last: what it says is not known, nor in force. */
  get unjudged(): boolean {
    return this.#notJudged !== undefined
  }

  /** The folder may have changed: it is read after this call, at the latest behind what is being taken up now. */
  changed(): Promise<void> {
    this.#due = true
    // Begun behind this line: what it does at once may tell of a change, too.
    this.#running ??= Promise.resolve()
      .then(() => this.#takeUp())
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }

  /** Takes up nothing more; resolves when nothing is on its way. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#running
  }

  async #takeUp(): Promise<void> {
    while (this.#due && !this.#ended) {
      this.#due = false
      try {
        await this.#takeUpFolder(await this.#takeUpBlocks())
        this.#notJudged = undefined
      } catch (error) {
        // Nobody may change the folder again for days: what failed to be read is read again, and said once.
        if (String(error) !== this.#notJudged) this.#ports.report({ event: 'not-judged', error })
        this.#notJudged = String(error)
        await this.#ports.sleep(judgeAgain)
        this.#due = true
      }
    }
    // The folder no longer says what was given up.
    this.#settle()
  }

  /** At night nobody mends an agency's file before a key is blocked: whatever else is wrong, blocks act, and first.
   *  @returns what stands against lifting what the file blocks no more */
  async #takeUpBlocks(): Promise<readonly Finding[]> {
    let reading = this.#ports.loadBlocks()
    if (this.#lift(reading.blocks)) {
      await this.#add(reading)
      const objections = await this.#ports.againstLift?.(reading)
      if (objections !== undefined && objections.length > 0) return objections
      // These very bytes are asked for where something besides time can stand against them: others are another question.
      if (objections === undefined) {
        const stood = await this.#settled(reading)
        if (stood === undefined) {
          this.#rereads = mostRereads
          return []
        }
        reading = stood
      }
    }
    if (this.#ended || reading.blocks === undefined || reading.content === undefined) return []
    if (this.#snapshot.texts.get('blocks.yaml') !== canonicalJson(reading.content))
      await this.#activate(withBlocks(this.#snapshot, reading))
    return []
  }

  /** What a file blocks besides acts at once, whatever becomes of what it lifts. */
  async #add(reading: BlocksReading): Promise<void> {
    const more = withAdded(this.#snapshot, reading)
    if (more !== undefined) await this.#activate(withBlocks(this.#snapshot, more))
  }

  /** A file that is cut between two blocks reads well, and lifts those behind the cut: one that is copied slowly, or in place, onto a disk
   *  that is full. So what lifts a block counts once it has stood for two seconds; what lifts none, at once.
   *  @returns undefined for a file that keeps changing: the blocks in force stay, and what else the folder says is not held up by it */
  async #settled(reading: BlocksReading): Promise<BlocksReading | undefined> {
    let found = reading
    let looks = 0
    for (let same = 0; same < enough && !this.#ended && this.#lift(found.blocks); looks += 1) {
      if (looks === most) return undefined
      await this.#ports.sleep(lookAgain)
      const next = this.#ports.loadBlocks()
      if (this.#lift(next.blocks)) await this.#add(next)
      same = canonicalJson(next.content ?? null) === canonicalJson(found.content ?? null) ? same + 1 : 0
      found = next
    }
    return found
  }

  #lift(blocks: readonly Block[] | undefined): boolean {
    return blocks !== undefined && lifts(this.#snapshot.blocks, blocks)
  }

  /** @param kept what stands against lifting blocks: they stay, and the rest of the folder is taken up without that */
  async #takeUpFolder(kept: readonly Finding[]): Promise<void> {
    const { snapshot: read, findings, place } = this.#ports.load()
    const errors = findings.filter(({ severity }) => severity === 'error')
    if (read === undefined) return this.#notInForce([...errors, ...kept])
    const lifting = this.#lift(read.blocks)
    if (lifting && kept.length === 0) {
      this.#due = true // they are others than were read alone: read again, and after some times behind the rest of the folder
      this.#rereads += 1
      if (this.#rereads <= mostRereads) return
    }
    this.#rereads = 0
    const next = lifting ? withBlocks(read, blocksIn(this.#snapshot)) : read
    if (next.digest !== this.#snapshot.digest) {
      const objections = await this.#ports.against(this.#snapshot, next, place)
      if (objections.length > 0) return this.#notInForce([...objections, ...kept])
      if (!(await this.#activate(next))) return
    } else if ((this.#findings.length > 0 || this.#notJudged !== undefined) && !lifting && kept.length === 0)
      this.#ports.report({ event: 'as-in-force', policy: next.digest })
    if (kept.length > 0) return this.#notInForce(kept)
    this.#findings = []
  }

  #notInForce(findings: readonly Finding[]): void {
    const [policy, since] = [this.#snapshot.digest, this.#since]
    // Once for each state of the folder: an editor that saves twice is no news.
    const same = JSON.stringify(findings) === JSON.stringify(this.#findings)
    this.#findings = findings
    if (!same) this.#ports.report({ event: 'not-in-force', findings, policy, since })
  }

  /** @returns whether it is in force: not where the folder changed again before the log could hold it */
  async #activate(next: Snapshot): Promise<boolean> {
    const refusing = this.#refusing.get(next.digest) ?? Promise.withResolvers<boolean>()
    this.#refusing.set(next.digest, refusing)
    this.#ports.refuse(next, refusing.promise)
    if (!(await this.#recorded(next))) return false
    this.#settle(next)
    this.#ports.swap(next)
    this.#snapshot = next
    this.#since = this.#ports.wall()
    this.#ports.report({ event: 'in-force', policy: next.digest })
    return true
  }

  /** Of all rules that refused, one snapshot at most came into force. */
  #settle(inForce?: Snapshot): void {
    for (const [digest, { resolve }] of this.#refusing) resolve(digest === inForce?.digest)
    this.#refusing.clear()
  }

  async #recorded(next: Snapshot): Promise<boolean> {
    for (;;) {
      try {
        await this.#ports.activate(next, this.#snapshot)
        return true
      } catch (error) {
        this.#ports.report({ event: 'not-recorded', error })
        await this.#ports.sleep(again)
        if (this.#due || this.#ended) return false
      }
    }
  }
}
