// half-year.ts: the audit of a half-year over five agencies, from a million records to verified archives, timed step by step.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addDays, civilDateOf, halfYearOf, showRocDateShort } from '../../src/calendar.ts'
import { auditCommand } from '../../src/cli/audit/command.ts'
import { openStore } from '../../src/store/open.ts'
import { filled, normal } from '../cli/audit/filled.ts'
import { place, runCommand, who } from '../cli/log/auditing.ts'
import { startTestDatabase, temporaryFolder } from '../store/server.ts'
import { writeHalfYear } from './half-year-log.ts'

const records = Number(process.env.RECORDS ?? 1_000_000)
const teardowns: (() => void | Promise<void>)[] = []
const t = { teardown: (each: () => void | Promise<void>): void => void teardowns.unshift(each) }
/** The newest half-year that is over. */
const half = halfYearOf(addDays(halfYearOf(civilDateOf(Date.now())).from, -1))

/** What was taken so far, s. */
const steps: { readonly step: string; readonly seconds: number }[] = []
async function timed<T>(step: string, run: () => Promise<T>): Promise<T> {
  const from = performance.now()
  const result = await run()
  const seconds = (performance.now() - from) / 1000
  steps.push({ step, seconds })
  process.stdout.write(`${step.padEnd(52)}${seconds.toFixed(1).padStart(8)} s\n`)
  return result
}

type Make = Parameters<typeof runCommand>[0]
async function done(make: Make, ...args: readonly string[]): Promise<string> {
  const { code, error, out } = await runCommand(make, ...args)
  if (error !== '' || code !== 0) throw new Error(`${args.slice(0, 4).join(' ')}: ${error}${out}`)
  return out
}

interface Drawn {
  readonly id: string
  readonly draw: {
    readonly agency: string
    readonly drawn: readonly { readonly index: number }[]
    readonly reviews: readonly { readonly accounts: readonly string[] }[]
  }
}

/** As the units send their forms back: every row answered. */
function fillIn(forms: string, { drawn, reviews }: Drawn['draw']): readonly string[] {
  const today = showRocDateShort(civilDateOf(Date.now()))
  const answers = Object.fromEntries([
    ...drawn.map(({ index }) => [`1#${index}`, { ...normal, 稽核日期: today }] as const),
    ...reviews.flatMap(({ accounts }) =>
      accounts.map(
        (account) => [account, { 仍需使用: '是', 是否共用: '否', 清查結果: '正常', 清查日期: today, 清查人員: '陳大文' }] as const,
      ),
    ),
  ])
  const workbooks = readdirSync(forms).filter((name) => name.includes('稽核紀錄表') && name.endsWith('.ods'))
  return workbooks.map((name) => {
    writeFileSync(join(forms, name), filled(readFileSync(join(forms, name)), answers))
    return join(forms, name)
  })
}

try {
  const folder = temporaryFolder(t)
  const database = await startTestDatabase(t)
  const agencies = await timed(`${records} records written, over five agencies and six months`, () =>
    writeHalfYear({ folder, url: database.gatewayUrl, half, records }),
  )
  const store = await openStore({ databaseUrl: database.gatewayUrl })
  await timed('searchable', async () => {
    while ((await store.search.fill(1_000)) > 0); // everything is found
  })
  await store.close()
  process.env.DATABASE_URL = database.gatewayUrl
  const mine = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', who.reason]
  const audit = (...args: readonly string[]) => done(auditCommand, ...args, ...mine, '--document', who.document)
  const at = (...names: readonly string[]): string => join(folder, ...names)

  await timed('freeze', () => audit('sample', 'freeze', '--period', half.label, '--agency', ...agencies))
  await timed('seed', () => audit('sample', 'seed', '--dice', '3 5 1 4 2 6 6 1 5 3 4 2 1 6 4 2 5 3 6 1', '--witness', '政風室 林淑芬'))
  const { drawn } = JSON.parse(await timed('draw', () => audit('sample', 'draw', '--json')))
  for (const { draw, id } of drawn as readonly Drawn[]) {
    const { agency } = draw
    const round = `${agency}-${half.label}`
    process.stdout.write(`${agency}: ${draw.drawn.length} records and ${draw.reviews.length} accounts drawn\n`)
    await timed('  recomputed', () => done(auditCommand, 'recompute', '--agency', agency))
    await audit('report', 'round', 'sampled', '--sample', id)
    await audit('report', 'round', 'started', round, '--auditor', `陳大文/政風室/${who.account}`)
    await timed('  form, its subjects sealed', () => audit('form', round, '--out', at(`form-${agency}`)))
    const filledIn = await timed('  filled in', async () => fillIn(at(`form-${agency}`), draw))
    await timed('  taken back', () => audit('import', round, ...filledIn, '--record'))
    await audit('report', 'round', 'approved', round, '--by', '王大明', '--title', '局長')
    await audit('report', 'round', 'sent', round)
    await audit('report', 'round', 'on-record', round)
    await timed('  handed over, verified', () => audit('package', round, '--out', at(`package-${agency}`), '--no-pdf'))
    const period = ['--period', half.label, '--no-iso']
    await timed('  archived, verified', () => audit('archive', agency, ...period, '--out', at(`archive-${agency}`), '--file', ...filledIn))
    await timed('  verified once more', () => done(auditCommand, 'verify-archive', at(`archive-${agency}`)))
    await audit('report', 'round', 'archived', round, '--file-number', '115/050401/1', '--discs', '1')
  }
  const total = steps.slice(2).reduce((sum, { seconds }) => sum + seconds, 0)
  process.stdout.write(`half-year: ${records} records, ${drawn.length} agencies, from draw to verified archive in ${total.toFixed(0)} s\n`)
} finally {
  for (const each of teardowns) await each()
}
