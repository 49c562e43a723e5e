// sample-list.ts: `linkage audit sample list`: which populations are frozen, with which seed, and what was drawn of them.
import { Command } from 'commander'
import { currentDraw, drawsOf, type Freeze, isReplaced, type Samples, seedOf } from '../../audit/samples.ts'
import type { Output } from '../config.ts'
import { openDatabase } from '../database-beside.ts'
import { tableText } from '../log/terminal-table.ts'
import { rounds, samplesOf } from './sampling.ts'

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
        output.write(json === true ? `${JSON.stringify({ freezes: rows.map(shownOf) }, null, 2)}\n` : textOf(rows))
      } finally {
        await store.close()
      }
    })
}

function standOf(samples: Samples, freeze: Freeze) {
  return {
    seed: seedOf(samples, freeze),
    drawn: currentDraw(samples, freeze),
    draws: drawsOf(samples, freeze),
    replaced: isReplaced(samples, freeze),
  }
}

type Row = ReturnType<typeof standOf> & { readonly freeze: Freeze }

const shownOf = ({ drawn, draws, freeze, replaced, seed }: Row): object => ({
  ...freeze.ref,
  asked: freeze.asked,
  at: freeze.at,
  replaced,
  seed: seed === undefined ? null : { ...seed.ref, asked: seed.asked },
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

const textOf = (rows: readonly Row[]): string =>
  tableText(
    headings,
    rows.map(({ drawn, freeze: { asked, ref }, replaced, seed }) => [
      asked.agency,
      rounds[asked.round],
      `${asked.from}–${asked.until}`,
      seed === undefined ? '未擲 none' : seed.asked.method,
      replaced ? '已取代 replaced' : drawn === undefined ? '未抽 not drawn' : `${drawn.sample.count} 件 items`,
      ref.id,
    ]),
  )
