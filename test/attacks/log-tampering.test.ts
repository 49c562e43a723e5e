// log-tampering.test.ts: what a database's administrator does to the query log, past every guard, and who notices it with what.
// docs/evidence.md shows the same table, which is held against what was found here.
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { openingEntry } from '../../src/querylog/opening-entry.ts'
import { retireEntry } from '../../src/querylog/slot-entries.ts'
import { grow, nothingGrown } from '../../src/querylog/tile.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { batchOf, emptyPlace } from '../store/batches.ts'
import { edited, newId } from '../verifier/written-log.ts'
import { type Attacked, LogBench, logOf, type Noticed, ownKey } from './log-bench.ts'
import { anotherUser, heldAgainstEvidence, target, unnoticed, withEdit, withMarkOf } from './log-rewriting.ts'

// Each act has a copy of the database to itself.
t.setTimeout(300_000)
const bench = await LogBench.open(t)

const octoberOf = (entries: readonly { readonly month: string }[]): number => entries.findIndex(({ month }) => month > '2026-10-31')
const privateKey = (): string => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const entryAt = `slot = '1' AND index = ${target}`

const retired = (month: string, of: { from: number; to: number; root: string }) => ({
  ...of,
  id: newId(),
  document: '北市社資字第1150000999號',
  keys: [bench.kept[1]?.verifierKey ?? ''],
  log: logOf('1'),
  month,
})

interface Act {
  readonly act: string
  readonly does: (database: Attacked) => Promise<void>
  /** What is noticed beside nothing. */
  readonly noticed: Partial<Noticed>
  readonly slot?: string
}

const acts: readonly Act[] = [
  {
    act: 'nothing is done, and nothing is found',
    does: async () => undefined,
    noticed: {},
  },
  {
    act: 'an entry is edited, its hash left as it was',
    does: (database) => database.run(`UPDATE linkage.log_entry SET entry = replace(entry, 'edu-chang', 'edu-chung') WHERE ${entryAt}`),
    noticed: {
      verifier: ['checkpoint-root', 'known-root', 'leaf-mismatch'],
      search: ['search-mismatch'],
      receipts: ['known-leaf', 'known-root'],
      copy: ['known-root'],
      otherLog: ['known-root'],
    },
  },
  {
    act: 'an entry is edited, and its hash with it',
    does: (database) =>
      database.run(
        `UPDATE linkage.log_entry SET entry = replace(entry, 'edu-chang', 'edu-chung') WHERE ${entryAt}`,
        `UPDATE linkage.log_entry SET leaf_hash = sha256('\\x00'::bytea || convert_to(entry, 'UTF8')) WHERE ${entryAt}`,
      ),
    noticed: {
      verifier: ['checkpoint-root', 'known-root'],
      search: ['search-mismatch'],
      receipts: ['known-leaf', 'known-root'],
      copy: ['known-root'],
      otherLog: ['known-root'],
      start: 'other-history',
    },
  },
  {
    act: 'only a search column is edited',
    does: (database) => database.run(`UPDATE linkage.log_search SET account = 'edu-chung' WHERE ${entryAt}`),
    noticed: { search: ['search-mismatch'] },
  },
  {
    act: 'a search row is removed',
    does: (database) => database.run(`DELETE FROM linkage.log_search WHERE ${entryAt}`),
    noticed: { search: ['search-mismatch'] },
  },
  {
    act: 'a search row is added, of a query that never was',
    does: (database) =>
      database.run(`INSERT INTO linkage.log_search SELECT (jsonb_populate_record(s, '{"index": 100000, "account": "edu-chung"}')).*
        FROM linkage.log_search AS s WHERE ${entryAt}`),
    noticed: { search: ['search-mismatch'] },
  },
  {
    act: 'a tile of hashes is edited, of which proofs are made',
    slot: '2',
    does: (database) =>
      database.run(
        `UPDATE linkage.log_tile SET hashes = set_byte(hashes, 7, get_byte(hashes, 7) # 1) WHERE slot = '2' AND level = 0 AND index = 0`,
      ),
    noticed: { verifier: ['tile-mismatch'] },
  },
  {
    act: 'a document is edited: rules that decided read otherwise',
    does: (database) =>
      database.run(
        'ALTER TABLE linkage.document DROP CONSTRAINT digest_is_of_bytes',
        `UPDATE linkage.document SET bytes = 'policy 9' WHERE bytes = 'policy 1'`,
      ),
    noticed: { verifier: ['document-missing'] },
  },
  {
    act: 'a document is removed',
    does: (database) => database.run(`DELETE FROM linkage.document WHERE bytes = 'policy 1'`),
    noticed: { verifier: ['document-missing'] },
  },
  {
    act: 'a row is removed from the middle',
    does: (database) => database.run(`DELETE FROM linkage.log_entry WHERE ${entryAt}`),
    noticed: {
      verifier: ['checkpoint-root', 'entry-missing', 'known-root'],
      receipts: ['known-root'],
      copy: ['known-root'],
      otherLog: ['known-root'],
      start: 'other-history',
    },
  },
  {
    act: 'a row is removed from the middle, and those behind it move up',
    does: async (database) =>
      database.rewrite(
        (await database.entries()).filter(({ index }) => index !== target),
        undefined,
      ),
    noticed: {
      verifier: ['agency-seq', 'checkpoint-beyond', 'checkpoint-root', 'counted-seq', 'month-numbers'],
      receipts: ['known-beyond', 'known-leaf', 'known-root'],
      copy: ['known-root'],
      otherLog: ['known-beyond', 'known-root'],
      start: 'database-behind',
    },
  },
  {
    act: 'a row is put into the middle',
    does: async (database) => {
      const entries = await database.entries()
      await database.rewrite([...entries.slice(0, target + 1), ...entries.slice(target)], undefined)
    },
    noticed: {
      verifier: ['agency-seq', 'checkpoint-root', 'counted-seq', 'month-numbers', 'nonce-repeated'],
      receipts: ['known-leaf', 'known-root'],
      copy: ['known-root'],
      otherLog: ['known-root'],
      start: 'other-history',
    },
  },
  {
    act: 'two rows change places',
    does: async (database) => {
      const entries = await database.entries()
      const [one, two] = [entries[target], entries[target + 1]]
      if (one === undefined || two === undefined) throw new Error('no entries')
      await database.rewrite([...entries.slice(0, target), two, one, ...entries.slice(target + 2)], undefined)
    },
    noticed: {
      verifier: ['checkpoint-root', 'nonce-repeated'],
      receipts: ['known-leaf', 'known-root'],
      copy: ['known-root'],
      otherLog: ['known-root'],
      start: 'other-history',
    },
  },
  {
    act: 'the tail is cut, with every signed head that reaches it',
    does: async (database) => {
      const entries = await database.entries()
      const left = entries.slice(0, octoberOf(entries))
      await database.rewrite(left, undefined)
      await database.run(
        `DELETE FROM linkage.log_checkpoint WHERE slot = '1' AND size > ${left.length}`,
        `UPDATE linkage.slot SET checkpoint = NULL WHERE slot = '1'`,
      )
    },
    noticed: { receipts: ['known-beyond'], otherLog: ['known-beyond'], start: 'database-behind' },
  },
  {
    act: 'the tail is cut by the size of its log alone, and its rows are left',
    does: async (database) => {
      const { from: size } = await database.spanOf((month) => month > '2026-09-30')
      const { root, frontier } = new Tree().extended((await database.entries()).slice(0, size).map(({ text }) => leafHash(text)))
      await database.admin.query(`UPDATE linkage.slot SET size = $1, root = $2, frontier = $3, checkpoint = NULL WHERE slot = '1'`, [
        size,
        root,
        frontier,
      ])
      await database.run(`DELETE FROM linkage.log_checkpoint WHERE slot = '1' AND size > ${size}`)
    },
    noticed: {
      verifier: ['entry-unexpected'],
      search: ['search-mismatch'],
      receipts: ['known-beyond'],
      copy: ['known-beyond'],
      otherLog: ['known-beyond'],
      start: 'database-behind',
    },
  },
  {
    act: 'the row of a slot is removed, and its entries are left',
    does: (database) => database.run(`DELETE FROM linkage.slot WHERE slot = '1'`),
    noticed: {
      verifier: ['entry-unexpected', 'log-missing'],
      receipts: ['log-missing'],
      copy: ['log-missing'],
      otherLog: ['log-missing'],
      start: 'database-behind',
    },
  },
  {
    act: 'a month is hidden',
    does: (database) => database.run('DROP TABLE linkage.log_entry_2026_10'),
    noticed: {
      verifier: ['checkpoint-root', 'entry-missing', 'known-root'],
      receipts: ['known-root'],
      copy: ['known-root'],
      otherLog: ['known-root'],
      start: 'other-history',
    },
  },
  {
    act: 'a month is hidden, and a log of the administrator’s own says that it was taken out, dated when it might be',
    does: async (database) => {
      const gone = await database.spanOf((month) => month === '2026-10-01')
      const signer = ownKey(privateKey(), '4')
      const given = { at: '2032-01-02T00:00:00.000Z', clock: undefined }
      const facts = { id: newId(), heads: [], log: logOf('4'), parameters: {}, slot: '4', software: 'x', verifierKey: signer.verifierKey }
      await database.addLog('4', '2032-01-01', [openingEntry(facts, given), retireEntry(retired('2026-10', gone), given)], signer)
      await database.takeOut(gone)
    },
    noticed: { verifier: ['entry-missing', 'key-not-given', 'retire-early', 'time-ahead'], start: 'other-history' },
  },
  {
    act: 'the newest month is hidden, and another slot’s log, with its stolen key, says that it was taken out as an old one',
    does: async (database) => {
      const gone = await database.spanOf((month) => month > '2026-10-31')
      const entries = await database.entries('2')
      const last = entries.at(-1)
      const text = retireEntry(retired('2020-01', gone), { at: JSON.parse(last?.text ?? '{}').at, clock: undefined })
      await database.rewrite([...entries, { month: '2026-11-01', text }], await database.stolenKey('2'), '2')
      await database.takeOut(gone)
    },
    noticed: { verifier: ['retire-mismatch'], start: 'other-history' },
  },
  {
    act: 'a log is dropped, with everything that is kept of it',
    does: async (database) => {
      for (const table of ['log_entry', 'log_checkpoint', 'log_tile', 'log_search', 'log_search_cursor', 'slot'])
        await database.run(`DELETE FROM linkage.${table} WHERE slot = '1'`)
    },
    noticed: {
      verifier: ['log-missing'],
      receipts: ['log-missing'],
      copy: ['log-missing'],
      otherLog: ['log-missing'],
      start: 'database-behind',
    },
  },
  {
    act: 'the log is written anew without its key, stored checkpoints left',
    does: async (database) => database.rewrite(await withEdit(database), undefined),
    noticed: {
      verifier: ['checkpoint-root'],
      receipts: ['known-leaf', 'known-root'],
      copy: ['known-root'],
      otherLog: ['known-root'],
      start: 'other-history',
    },
  },
  {
    act: 'the log is written anew without its key, and every stored checkpoint removed',
    does: async (database) => {
      await database.rewrite(await withEdit(database), undefined)
      await database.forget()
    },
    noticed: {
      verifier: ['checkpoint-missing'],
      receipts: ['known-leaf', 'known-root'],
      copy: ['known-root'],
      otherLog: ['known-root'],
      start: 'other-history',
    },
  },
  {
    act: 'the log is written anew and signed with another key',
    does: async (database) => database.rewrite(await withEdit(database), ownKey(privateKey())),
    noticed: {
      verifier: ['checkpoint-invalid'],
      receipts: ['known-leaf', 'known-root'],
      copy: ['known-root'],
      otherLog: ['known-root'],
      start: 'other-history',
    },
  },
  {
    act: 'the log is written anew and signed with the stolen key',
    does: async (database) => database.rewrite(await withEdit(database), await database.stolenKey()),
    noticed: { receipts: ['known-leaf', 'known-root'], copy: ['known-root'], otherLog: ['known-root'], start: 'other-history' },
  },
  {
    act: 'operations and administrator together write the log anew: key, database and mark',
    does: async (database) => {
      const entries = await withEdit(database)
      const signer = await database.stolenKey()
      await database.rewrite(entries, signer)
      database.keys = await withMarkOf(bench, entries, database)
    },
    noticed: { receipts: ['known-leaf', 'known-root'], copy: ['known-root'], otherLog: ['known-root'] },
  },
  {
    act: 'the newest month is written anew, which no copy reaches',
    does: async (database) => {
      const entries = await database.entries()
      const last = entries.findLastIndex(({ text }) => JSON.parse(text).kind === 'query')
      await database.rewrite(
        entries.map((each) => (each.index === last ? { ...each, text: anotherUser(each.text) } : each)),
        await database.stolenKey(),
      )
    },
    noticed: { receipts: ['known-leaf', 'known-root'], otherLog: ['known-root'], start: 'other-history' },
  },
  {
    act: 'not found today: an entry is added with the password of the gateway’s database role while no gateway runs',
    does: async (database) => {
      const entries = await database.entries()
      const last = entries.findLast(({ text }) => JSON.parse(text).kind === 'query')
      if (last === undefined) throw new Error('no query')
      const forged = edited(Buffer.from(last.text), (members) => {
        members.id = '019abcde-0000-7000-8000-ffffffffffff'
        members.agency_seq += 1
        members.counted_seq += 1
        members.sealed.counter += 1
      }).toString()
      const at = JSON.parse(entries.at(-1)?.text ?? '{}').at
      await appendAsGateway(database, forged.replace(/"at":"[^"]+"/, `"at":"${at}"`))
    },
    noticed: {},
  },
]

/** Appends as the gateway's own code would, with nothing but its role's password: key and log stand in the database. */
async function appendAsGateway(database: Attacked, text: string): Promise<void> {
  const store = new PostgresLogWriter(database.gatewayUrl)
  try {
    const claimed = await store.claim('1', logOf('1'), bench.kept[1]?.verifierKey ?? '', 5_000)
    const place = {
      ...emptyPlace('1', claimed),
      ...grow(
        nothingGrown,
        (await database.entries()).map((each) => leafHash(each.text)),
      ),
    }
    const { agency, agency_seq: records, counted_seq: counted } = JSON.parse(text)
    const before = claimed.agencies.get(agency)
    if (before === undefined) throw new Error(`no numbers of ${agency}`)
    await store.append(batchOf(place, [text], { agencies: new Map([[agency, { ...before, records, counted }]]) }), 5_000)
  } finally {
    await store.close()
  }
}

const found = new Map<string, Noticed>()

for (const { act, does, noticed, slot } of acts) {
  t.test(act, async (t) => {
    const database = await bench.copy()
    await does(database)
    const all = await database.noticed(slot)
    found.set(act, all)
    t.same(all, { ...unnoticed, ...noticed })
  })
}

heldAgainstEvidence(t, 'test/attacks/log-tampering.test.ts', found)
