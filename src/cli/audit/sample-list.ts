// sample-list.ts: `linkage audit sample list`: which populations are frozen, with which seed, and what was drawn of them.
import { Command } from 'commander'
import { currentDraw, drawsOf, type Freeze, isReplaced, type Samples, type Seed, seedOf } from '../../audit/samples.ts'
import { type Throw, throwsOf } from '../../audit/throws.ts'
import { showInstant } from '../../calendar.ts'
import { loadFolder } from '../../policy/load.ts'
import { openDatabase } from '../database-beside.ts'
import { tableText } from '../log/terminal-table.ts'
import type { Output } from '../output.ts'
import { rounds, samplesOf } from './sampling.ts'
import { throwerOf } from './thrower.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}

/** `linkage audit sample list`. No record is shown. */
export function listCommand(output: Output): Command {
  return new Command('list')
    .description('列出封存、種子值與抽樣 list what is frozen, thrown and drawn')
    .option('--config <folder>', '設定資料夾（取其資料庫） configuration folder, for its database', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async ({ config, json }: Options) => {
      const store = await openDatabase(config)
      try {
        const samples = await samplesOf(store.reader)
        const rows = samples.freezes.map((freeze) => ({ freeze, ...standOf(samples, freeze) }))
        output.write(json === true ? `${JSON.stringify({ freezes: rows.map(shownOf) }, null, 2)}\n` : textOf(rows, thrower(config)))
      } finally {
        await store.close()
      }
    })
}

/** Who recorded a throw, by name where the configuration can be read. */
function thrower(config: string): (seed: Seed) => string {
  const { snapshot } = loadFolder(config)
  return (seed) => (snapshot === undefined ? `${seed.agency} ${seed.user}` : throwerOf(snapshot, seed))
}

function standOf(samples: Samples, freeze: Freeze) {
  const seed = seedOf(samples, freeze)
  return {
    seed,
    throws: seed === undefined ? [] : throwsOf(samples, freeze, seed),
    drawn: currentDraw(samples, freeze),
    draws: drawsOf(samples, freeze),
    replaced: isReplaced(samples, freeze),
  }
}

type Row = ReturnType<typeof standOf> & { readonly freeze: Freeze }

const shownOf = ({ drawn, draws, freeze, replaced, seed, throws }: Row): object => ({
  ...freeze.ref,
  asked: freeze.asked,
  at: freeze.at,
  replaced,
  seed: seed === undefined ? null : { ...seed.ref, asked: seed.asked },
  throws: throws.map(({ drawn: wasDrawn, replacedBy, seed: { agency, asked, ref, user } }) => ({
    ...ref,
    asked,
    agency,
    user,
    drawn: wasDrawn,
    replaced_by: replacedBy ?? null,
  })),
  drawn: drawn === undefined ? null : { ...drawn.ref, months: drawn.months, coverage: drawn.coverage, sample: drawn.sample },
  draws: draws.map(({ ref }) => ref),
})

const headings = [
  ['機關', 'agency'],
  ['稽核', 'audit'],
  ['期間', 'period'],
  ['種子值', 'seed'],
  ['樣本', 'sample'],
  ['封存編號', 'id'],
] as const

const textOf = (rows: readonly Row[], by: (seed: Seed) => string): string =>
  tableText(
    headings,
    rows.map(({ drawn, freeze: { asked, ref }, replaced, seed, throws }) => [
      asked.agency,
      rounds[asked.round],
      `${asked.from}–${asked.until}`,
      seed === undefined ? '未擲 none' : `${seed.asked.method}（第 ${throws.length} 次 throw ${throws.length}）`,
      replaced ? '已取代 replaced' : drawn === undefined ? '未抽 not drawn' : `${drawn.sample.count} 件 items`,
      ref.id,
    ]),
  ) + rows.map((row) => throwsText(row, by)).join('')

/** Each throw of a population and of what it took the place of: who recorded it, before whom, and by which document it counts no more. */
const throwsText = ({ freeze, throws }: Row, by: (seed: Seed) => string): string =>
  (throws.length === 0 ? [] : [`${freeze.ref.id}　擲出 throws`, ...throws.map((each, at) => throwLine(each, at, by))])
    .map((line) => `${line}\n`)
    .join('')

function throwLine({ drawn, replacedBy, seed }: Throw, at: number, by: (seed: Seed) => string): string {
  const { method, randomness, thrown, witnesses = [] } = seed.asked
  const replaced = replacedBy === undefined ? '' : `；${drawn ? '已抽樣 drawn，' : ''}不採用，依 replaced by ${replacedBy || '–'}`
  return `  第 ${at + 1} 次　${method} ${randomness}　${showInstant(Date.parse(thrown))}　登載 by ${by(seed)}　見證 before ${witnesses.join('、') || '–'}${replaced}`
}
