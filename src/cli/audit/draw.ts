// draw.ts: `linkage audit sample draw`: what the seed draws of a frozen population; with `--more` an enlargement, which only adds.
import { Command } from 'commander'
import type { Draw } from '../../audit/draw.ts'
import { drawSample } from '../../audit/drawing.ts'
import { sampleDocument } from '../../audit/sample-document.ts'
import {
  currentDraw,
  drawnBefore,
  type Freeze,
  isReplaced,
  type RecordedDraw,
  type Samples,
  type Seed,
  seedOf,
  wholeDraw,
} from '../../audit/samples.ts'
import { drawSeed } from '../../audit/tickets.ts'
import { sha256Hex } from '../../canonical.ts'
import { type DrawAsked, drawEntry } from '../../querylog/sample-entry.ts'
import type { ProvenHeads } from '../../verifier/draws/proven.ts'
import { type AuditorOptions, withAuditor } from '../auditor.ts'
import type { CommandPlace } from '../command-place.ts'
import { readCount } from '../log/find-asked.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { drawText } from './draw-text.ts'
import { drawingOf, earlierOf, holdToEntries, listOf, requireSearched } from './frozen-population.ts'
import { requireProven } from './proven-logs.ts'
import { atPlace, freezeAsked, freezeLine, recordStep, samplesOf } from './sampling.ts'

interface Options extends AuditorOptions {
  readonly agency?: string
  readonly freeze?: string
  readonly more?: string
  readonly moreUsers?: string
  readonly json?: boolean
}

/** `linkage audit sample draw`. */
export function drawCommand(output: Output): Command {
  const command = new Command('draw')
    .description('抽樣：每月應抽件數、半數使用者、保護案件，取聯集 draw by month, by user, protection cases: the union')
    .option('--agency <id>', '機關代號；不寫則所有已有種子值而未抽者 agency; absent: all that have a seed and are not drawn')
    .option('--freeze <id>', '封存編號 id of the frozen population')
    .option('--more <n>', '擴大：每月再多抽幾件（只增不減） enlarge by so many items a month: nothing is taken out')
    .option('--more-users <n>', '擴大：再多抽幾人 … by so many users')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action((options: Options) =>
    atPlace(options.config, async (place) => {
      const drawn: Shown[] = []
      const due = freezesDue(options, await samplesOf(place.store.reader))
      const heads = await requireProven(
        place.store,
        due.map(({ asked }) => asked),
      )
      for (const freeze of due) drawn.push(await draw(place, freeze, heads, options))
      output.write(options.json === true ? `${JSON.stringify({ drawn }, null, 2)}\n` : drawn.map(({ draw }) => drawText(draw)).join('\n'))
    }),
  )
}

interface Shown {
  readonly id: string
  readonly index: number
  readonly log: string
  readonly draw: Draw
}

/** @throws UsageError where there is nothing to draw */
function freezesDue({ agency, assertion, freeze, more, moreUsers }: Options, samples: Samples): readonly Freeze[] {
  const enlarging = more !== undefined || moreUsers !== undefined
  if (agency !== undefined || freeze !== undefined) return [freezeAsked(samples, freeze, agency)]
  const due = samples.freezes.filter(
    (each) => !isReplaced(samples, each) && seedOf(samples, each) !== undefined && currentDraw(samples, each) === undefined,
  )
  if (enlarging || (assertion !== undefined && due.length > 1))
    throw new UsageError('請以 --agency 或 --freeze 指定一個。 Name one: --agency or --freeze.')
  if (due.length > 0) return due
  throw new UsageError(
    [
      '沒有待抽樣者：先封存（freeze），再擲種子值（seed）。 Nothing is to be drawn: freeze first, then throw the seed.',
      ...samples.freezes.slice(-20).map(freezeLine),
    ].join('\n'),
  )
}

async function draw(place: CommandPlace, freeze: Freeze, heads: ProvenHeads, options: Options): Promise<Shown> {
  const { reader } = place.store
  const samples = await samplesOf(reader)
  const { before, seed } = seedAndDraw(samples, freeze)
  const asked = askedOf(options, freeze, before)
  await requireSearched(place.store, freeze)
  const counted = place.store.openCounted()
  try {
    const earlier = await earlierOf(reader, samples, freeze)
    const drawing = await drawingOf(reader, freeze, asked.more ?? { items: 0, persons: 0 }, earlier)
    const drawn = await drawSample(drawing, drawSeed(freeze.leaf, seed.asked.randomness), counted)
    await holdToEntries(reader, freeze, drawn.drawn, heads)
    const list = { ...drawn, agency: freeze.asked.agency }
    const bytes = Buffer.from(sampleDocument(list))
    const { coverage, months, protection } = drawn
    const sample = { count: drawn.drawn.length, digest: sha256Hex(bytes) }
    const own = { coverage, enlarges: before?.ref, freeze: freeze.ref, months, protection, sample, seed: seed.ref }
    if (before !== undefined) requireAdded((await listOf(reader, before)).drawn, list.drawn)
    const { at: _, ...ref } = await recordStep(place, options, {
      asked,
      needsDocument: false,
      check: (now) => requireSame(now, samples, freeze),
      documents: [['sample', bytes]],
      write: (facts, given) => drawEntry({ ...facts, ...own }, given),
    })
    return { ...ref, draw: wholeDraw(freeze, own, list) }
  } finally {
    await counted.close()
  }
}

function seedAndDraw(samples: Samples, freeze: Freeze): { readonly seed: Seed; readonly before: RecordedDraw | undefined } {
  const seed = seedOf(samples, freeze)
  if (seed === undefined)
    throw new UsageError(
      `尚無種子值，請先 linkage audit sample seed。 There is no seed yet: linkage audit sample seed.\n${freezeLine(freeze)}`,
    )
  return { seed, before: currentDraw(samples, freeze) }
}

/** @param before what was drawn already: more is counted beside that */
function askedOf({ more, moreUsers }: Options, freeze: Freeze, before: RecordedDraw | undefined): DrawAsked {
  const enlarging = more !== undefined || moreUsers !== undefined
  const { id } = freeze.ref
  if (!enlarging) {
    if (before === undefined) return { act: 'draw', freeze: id }
    throw new UsageError(
      `已抽樣（${before.ref.log} 第 ${before.ref.index} 筆），不重抽；擴大請用 --more 或 --more-users。 It is drawn already, and not drawn again; to enlarge: --more, --more-users.\n${freezeLine(freeze)}`,
    )
  }
  if (before === undefined) throw new UsageError(`尚未抽樣，無從擴大。 Nothing is drawn yet that could be enlarged.\n${freezeLine(freeze)}`)
  const had = before.asked.more ?? { items: 0, persons: 0 }
  const items = had.items + (more === undefined ? 0 : readCount('--more', more))
  const persons = had.persons + (moreUsers === undefined ? 0 : readCount('--more-users', moreUsers))
  return { act: 'enlarge', freeze: id, more: { items, persons } }
}

/** Under the lock of the log: what was drawn from is what still counts, and so is what was drawn before late records.
 *  @throws UsageError */
function requireSame(now: Samples, then: Samples, freeze: Freeze): void {
  const counting = (samples: Samples): string =>
    [seedOf(samples, freeze), currentDraw(samples, freeze), ...drawnBefore(samples, freeze).map(({ drawn }) => drawn)]
      .map((each) => each?.ref.id)
      .join()
  if (counting(now) !== counting(then))
    throw new UsageError('同時另有抽樣或重擲，請再執行一次。 Another draw or throw came in between: run it once more.')
}

/** An enlargement takes nothing out.
 *  @throws Error that says what is gone: then the records are not what they were */
function requireAdded(
  before: readonly { readonly log: string; readonly countedSeq: number; readonly row?: number }[],
  now: typeof before,
): void {
  const name = ({ countedSeq, log, row }: (typeof before)[number]): string => `${log} ${countedSeq} ${row ?? ''}`
  const drawn = new Set(now.map(name))
  const gone = before.find((each) => !drawn.has(name(each)))
  if (gone !== undefined)
    throw new Error(
      `擴大抽樣缺少原已抽出之 ${name(gone)}，請先 linkage log verify。 The enlargement lacks ${name(gone)}: run linkage log verify.`,
    )
}
