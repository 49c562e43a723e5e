// mutations.test.ts: writers that break a rule of the protocol: the faults find each of them out.
import t from 'tap'
import type { MarkFile } from '../../src/querylog/mark.ts'
import { StoreError } from '../../src/querylog/ports.ts'
import { Databases } from './databases.ts'
import { killed, replyCut, requestCut, requestLate } from './kinds.ts'
import { Chance } from './random.ts'
import { outcomeOf } from './series.ts'
import type { SlotUnderTest, Spoil } from './slot.ts'

const databases = await Databases.open(t)
const isAmbiguous = (error: unknown): boolean => error instanceof StoreError && error.code === 'ambiguous'

interface Mutation {
  readonly spoil?: Spoil
  /** A function of the database, and what of it is written otherwise. */
  readonly sql?: { readonly of: string; readonly from: RegExp; readonly to: string }
  readonly fault: (slot: SlotUnderTest) => Promise<void>
  /** What is said of it. */
  readonly found: RegExp
}

/** A mark that says and does otherwise. */
const marked = (mark: MarkFile, current: () => MarkFile['current'], write: MarkFile['write']): MarkFile =>
  new Proxy(mark, {
    get: (target, name) => (name === 'current' ? current() : name === 'write' ? write : Reflect.get(target, name, target)),
  })

const mutations: Readonly<Record<string, Mutation>> = {
  'releases before the commit': {
    spoil: ({ store }) => ({
      store: {
        ...store,
        append: async (batch, within) => {
          store.append(batch, within).catch(() => undefined)
          return { databaseTime: Date.now() }
        },
      },
    }),
    fault: requestCut,
    found: /head-moved|database-behind|other-history|served without an entry/,
  },
  'takes an outcome that is unknown for a commit': {
    spoil: ({ store }) => ({
      store: {
        ...store,
        append: async (batch, within) => {
          try {
            return await store.append(batch, within)
          } catch (error) {
            if (!isAmbiguous(error)) throw error
            await store.claim(batch.slot, '', '', 1_000).catch(() => undefined)
            return { databaseTime: Date.now() }
          }
        },
      },
    }),
    fault: requestCut,
    found: /database-behind|head-moved|served without an entry/,
  },
  'has no epoch compared': {
    sql: { of: 'append_batch', from: / AND epoch = p_epoch/, to: '' },
    fault: requestLate,
    found: /head-moved/,
  },
  'writes its mark some time later': {
    spoil: ({ mark }) => {
      let current = mark.current
      const write = async (next: typeof current): Promise<void> => {
        current = next
      }
      return { mark: marked(mark, () => current, write) }
    },
    fault: killed,
    found: /served, and a completion calls it not-released/,
  },
  'believes the database instead of its mark': {
    spoil: ({ store, mark }) => {
      let head = mark.current.head
      const claim: typeof store.claim = async (...given) => {
        const claimed = await store.claim(...given)
        head = claimed.head
        return claimed
      }
      // Without numbers, by which it would be found at its claim.
      const believed = {
        checkpoint: mark.current.checkpoint,
        epoch: 0,
        get head() {
          return head
        },
      }
      return {
        store: { ...store, claim },
        mark: marked(
          mark,
          () => believed,
          (next) => mark.write(next),
        ),
      }
    },
    fault: replyCut,
    found: /refused to its client, released by entry/,
  },
}

const most = 40

async function rewrite({ admin }: SlotUnderTest, { of, from, to }: Exclude<Mutation['sql'], undefined>): Promise<void> {
  const { rows } = await admin.query('SELECT pg_get_functiondef(oid) AS text FROM pg_proc WHERE proname = $1', [of])
  const text = String(rows[0]?.text)
  if (!from.test(text)) throw new Error(`${of} has nothing like ${String(from)}`)
  await admin.query(text.replace(from, to))
}

for (const [name, { spoil, sql, fault, found }] of Object.entries(mutations)) {
  t.test(`a writer that ${name} is found out`, async (t) => {
    const slot = await databases.slot(new Chance(name), spoil && { spoil })
    if (sql !== undefined) await rewrite(slot, sql)
    let complaints: readonly string[] = []
    for (let at = 0; at < most && complaints.length === 0; at += 1) complaints = await outcomeOf(slot, () => fault(slot), false)
    t.match(complaints.join('\n'), found)
  })
}
