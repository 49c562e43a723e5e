// log-export.ts: how many entries a second `linkage log export` writes in each form, beside a plain COPY of the same rows to a file.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { ExportAsked, ExportedLog } from '../../src/querylog/export/asked.ts'
import { PartialFolder } from '../../src/querylog/export/partial-folder.ts'
import { beginRows, exportRows, rowsBegin } from '../../src/querylog/export/rows.ts'
import { exportTiles, tilesBegin } from '../../src/querylog/export/tiles.ts'
import { Tree } from '../../src/querylog/tree.ts'
import { PostgresExport } from '../../src/store/export-store.ts'
import { startTestDatabase } from '../store/server.ts'
import { storeWritten } from '../verifier/written-database.ts'
import { education, log, newId, police, policies, slot, WritingLog, type Written } from '../verifier/written-log.ts'
import { median } from './stage.ts'

const entriesOfLog = Number(process.env.ENTRIES ?? 100_000)
const rounds = Number(process.env.ROUNDS ?? 5)

/** Two agencies, whose calls come by turns. */
export async function longLog(entries: number): Promise<{ written: Written; verifierKey: string }> {
  const writing = new WritingLog()
  let now = Date.parse('2026-11-02T02:00:00.000Z')
  const next = (): string => {
    now += 20
    return new Date(now).toISOString()
  }
  writing.batch(next(), writing.opening(), await writing.key())
  for (const policy of policies.slice(0, 1)) writing.batch(next(), writing.policy(policy))
  const unreleased = newId()
  writing.batch(next(), writing.query(police, true, unreleased))
  writing.batch(next(), writing.completion(police, { id: unreleased, index: writing.size - 1 }))
  while (writing.size < entries)
    writing.batch(next(), ...Array.from({ length: 500 }, (_, nth) => writing.query(nth % 10 === 0 ? police : education, nth % 50 !== 0)))
  return { written: writing.written, verifierKey: writing.signer.verifierKey }
}

/** Rows of a COPY to a file, as they come (SPEC PostgreSQL 18, "COPY Operations"). */
function copyTo(client: pg.Client, statement: string, file: string): Promise<void> {
  const descriptor = openSync(file, 'w')
  const done = new Promise<void>((resolve, reject) => {
    const nothing = (): void => undefined
    client.query({
      submit: (connection: pg.Connection) => connection.query(statement),
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => void writeSync(descriptor, chunk),
      handleCopyInResponse: nothing,
      handleRowDescription: nothing,
      handleDataRow: nothing,
      handlePortalSuspended: nothing,
      handleEmptyQuery: nothing,
      handleCommandComplete: nothing,
      handleParseComplete: nothing,
      handleReadyForQuery: resolve,
      handleError: reject,
    } as pg.Submittable) // what pg calls on it; its types name only the first
  })
  return done.finally(() => {
    fsyncSync(descriptor)
    closeSync(descriptor)
  })
}

/** The last line. */
export async function benchExport(): Promise<string> {
  const teardowns: (() => void | Promise<void>)[] = []
  const folder = mkdtempSync(join(tmpdir(), 'linkage-bench-'))
  try {
    const { written, verifierKey } = await longLog(entriesOfLog)
    const { auditorUrl, gatewayUrl } = await startTestDatabase({ teardown: (handler) => teardowns.unshift(handler) })
    await storeWritten(gatewayUrl, verifierKey, written)
    const client = new pg.Client({ connectionString: auditorUrl })
    await client.connect()
    teardowns.unshift(() => client.end())
    const store = new PostgresExport(auditorUrl)
    teardowns.unshift(() => store.close())
    const size = written.entries.length
    const [checkpoint] = written.checkpoints.slice(-1).map(({ note }) => note)
    const whole: ExportedLog = {
      ...{ slot, log, verifierKeys: [verifierKey], size, from: 0, to: size },
      root: new Tree().extended(written.leaves).root.toString('base64'),
      ...(checkpoint !== undefined && { checkpoint }),
    }
    let names = 0
    const rows = async (asked: ExportAsked): Promise<number> => {
      const into = await PartialFolder.begin(join(folder, String(names++)))
      await beginRows(into, [whole], asked)
      const options = { roc: false, step: 64 * 1024 * 1024, onProgress: () => undefined }
      const { rows: count } = await exportRows(store, into, [whole], asked, rowsBegin, (state) => into.save(state), options)
      await into.finish()
      return count
    }
    const tiles = async (): Promise<number> => {
      const into = await PartialFolder.begin(join(folder, String(names++)))
      await exportTiles(store, into, [whole], tilesBegin, (state) => into.save(state), { step: 8, onProgress: () => undefined })
      await into.finish()
      return size
    }
    const copy = async (where: string, count: number): Promise<number> => {
      await copyTo(
        client,
        `COPY (SELECT entry FROM linkage.log_entry WHERE slot = '${slot}'${where} ORDER BY index) TO STDOUT`,
        join(folder, 'copy'),
      )
      return count
    }
    const ofPolice = written.entries.filter((each) => each.includes(`"agency":"${police}"`)).length
    const parts: Record<string, { readonly run: () => Promise<number>; readonly rates: number[]; readonly peer?: string }> = {
      copy: { run: () => copy('', size), rates: [] },
      ndjson: { run: () => rows({ form: 'ndjson' }), rates: [], peer: 'copy' },
      tiles: { run: tiles, rates: [], peer: 'copy' },
      csv: { run: () => rows({ form: 'csv' }), rates: [], peer: 'copy' },
      'copy of one agency': { run: () => copy(` AND strpos(entry, '"agency":"${police}"') > 0`, ofPolice), rates: [] },
      'ndjson of one agency': { run: () => rows({ form: 'ndjson', agency: police }), rates: [], peer: 'copy of one agency' },
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const { run, rates } of Object.values(parts)) {
        const started = performance.now()
        rates.push((await run()) / ((performance.now() - started) / 1_000))
      }
      for (let old = 0; old < names; old += 1) rmSync(join(folder, String(old)), { recursive: true, force: true })
    }
    const said = Object.entries(parts).map(([name, { rates, peer }]) => {
      const beside = peer === undefined ? [] : rates.map((rate, at) => rate / (parts[peer]?.rates[at] ?? Number.NaN))
      const ratio = peer === undefined ? '' : `, ${median(beside).toFixed(2)} x ${peer}`
      return `${name}: ${Math.round(median(rates)).toLocaleString('en')} entries/s${ratio}`
    })
    for (const line of said) process.stdout.write(`${line}\n`)
    return `export: ${said.filter((line) => line.includes(' x ')).join('; ')}`
  } finally {
    for (const teardown of teardowns) await teardown()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) process.stdout.write(`${await benchExport()}\n`)
