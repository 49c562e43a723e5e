// seed.ts: `linkage audit sample seed`: what was thrown after the freeze: one public seed for all agencies, and only one.
import { Command } from 'commander'
import { type Freeze, isReplaced, type Samples, seedOf } from '../../audit/samples.ts'
import { diceThrown, drandThrown, NoSeed, nonceThrown, requireSeed, requireWitness, roundTime } from '../../audit/throw.ts'
import { showInstant } from '../../calendar.ts'
import { type SeedAsked, seedEntry } from '../../querylog/sample-entry.ts'
import { type AuditorOptions, withAuditor } from '../auditor.ts'
import { readTime } from '../log/find-asked.ts'
import { readGiven } from '../log/trusted-keys.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { atPlace, freezeAsked, freezeLine, recordStep, requireNoRound, samplesOf } from './sampling.ts'

interface Options extends AuditorOptions {
  readonly dice?: string
  readonly nonce?: string
  readonly drand?: string
  readonly freeze?: readonly string[]
  readonly thrown?: string
  readonly witness?: readonly string[]
  readonly replace?: boolean
  readonly json?: boolean
}

/** `linkage audit sample seed`. */
export function seedCommand(output: Output): Command {
  const command = new Command('seed')
    .description('登載種子值：封存之後擲出，各機關共用一個 record what was thrown after the freeze, one seed for all agencies')
    .option('--dice <digits>', '骰子點數，依擲出順序，20 個以上 dice in the order thrown, 20 or more')
    .option('--drand <file>', 'drand 該輪之 JSON（輪次由規則決定） the round of drand as JSON; which round, the rule says')
    .option('--nonce <hex>', '亂數，十六進位 a random number in hex')
    .option('--freeze <id...>', '用於哪些封存；不寫則自行稽核尚無種子值者 for which; absent: all of self-audits that have no seed')
    .option('--thrown <time>', '何時擲出（臺北時間）；不寫則現在 when, in Taipei; absent: now')
    .option(
      '--witness <name...>',
      '在場見證之人，如「資訊室 王大同」；骰子、亂數必填，且非登載者 who was there; of dice and nonces at least one who is not the signer',
    )
    .option('--replace', '重擲，取代先前之種子值，需 --document in place of an earlier seed; needs --document')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action((options: Options) =>
    atPlace(options.config, async (place) => {
      const samples = await samplesOf(place.store.reader)
      const freezes = freezesGiven(options, samples)
      const asked = refusing(() => seedAsked(options, freezes, samples, Date.now()))
      const seeds = samples.seeds.filter(({ ref }) => asked.replaces?.includes(ref.id))
      const recorded = await recordStep(place, options, {
        asked,
        needsDocument: asked.replaces !== undefined,
        check: async (now, { user }) => {
          refusing(() => requireSeed(asked, now, Date.now()))
          refusing(() => requireWitness(asked, user))
          await requireNoRound(place.store.reader, now, asked.freezes)
        },
        documents: [],
        write: (facts, given) => {
          const replaces = asked.replaces === undefined ? undefined : seeds.map(({ ref }) => ref)
          return seedEntry({ ...facts, freezes: freezes.map(({ ref }) => ref), replaces }, given)
        },
      })
      const { id, index, log } = recorded
      output.write(
        options.json === true ? `${JSON.stringify({ seed: { id, index, log }, asked }, null, 2)}\n` : textOf(asked, freezes, recorded),
      )
    }),
  )
}

/** What is no seed was asked for in vain. */
function refusing<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof NoSeed ? new UsageError(error.message, { cause: error }) : error
  }
}

/** R11b: an unannounced audit is hidden from its agency until it is released, and the entry of a seed goes onto the disc of each agency whose
 *  freeze it names: so it is thrown by itself.
 *  @throws UsageError */
function freezesGiven({ freeze, replace }: Options, samples: Samples): readonly Freeze[] {
  const freezes =
    freeze === undefined
      ? samples.freezes.filter(
          (each) => each.asked.round === 'self-audit' && seedOf(samples, each) === undefined && !isReplaced(samples, each),
        )
      : [...new Set(freeze)].map((id) => freezeAsked(samples, id, undefined))
  if (replace === true && freeze === undefined)
    throw new UsageError('--replace 須以 --freeze 指明取代何者之種子值。 --replace needs --freeze: whose seed.')
  if (freezes.length > 1 && freezes.some(({ asked }) => asked.round === 'unannounced'))
    throw new UsageError(
      '不定期稽核告知前不得讓機關知悉，其種子值須單獨擲出：--freeze 只給該次封存。 An unannounced audit stays hidden: throw its seed by itself, with its freeze alone.',
    )
  if (freezes.length > 0) return freezes
  throw new UsageError(
    '沒有待擲種子值之封存：種子值只能在封存之後擲出。請先 linkage audit sample freeze；不定期稽核者以 --freeze 指定。\n' +
      'Nothing is frozen that has no seed yet, and a seed thrown before a freeze is none: linkage audit sample freeze first; one of an unannounced audit is named by --freeze.',
  )
}

/** @throws UsageError, NoSeed */
function seedAsked(options: Options, freezes: readonly Freeze[], samples: Samples, now: number): SeedAsked {
  const { dice, drand, nonce, replace, witness } = options
  const replaces = freezes.flatMap((each) => seedOf(samples, each)?.ref.id ?? [])
  const common = {
    act: 'seed' as const,
    freezes: freezes.map(({ ref }) => ref.id),
    ...(replace === true && replaces.length > 0 && { replaces: [...new Set(replaces)] }),
    ...(witness !== undefined && { witnesses: witness.map(nameOf) }),
  }
  if ([dice, drand, nonce].filter((each) => each !== undefined).length !== 1)
    throw new UsageError('請以 --dice、--drand、--nonce 之一說明如何擲出。 Say how it was thrown: --dice, --drand or --nonce.')
  if (drand !== undefined) {
    const thrown = drandThrown(readGiven(drand).toString('utf8'))
    return { ...common, ...thrown, method: 'drand', thrown: new Date(roundTime(thrown.drand, freezes)).toISOString() }
  }
  const thrown = new Date(thrownAt(options, now)).toISOString()
  return dice === undefined
    ? { ...common, method: 'nonce', randomness: nonceThrown(nonce ?? ''), thrown }
    : { ...common, method: 'dice', randomness: diceThrown(dice), thrown }
}

/** A minute that is named is meant to its end, as far as it is over. */
function thrownAt({ assertion, thrown }: Options, now: number): number {
  if (thrown !== undefined) return Math.min(readTime('--thrown', thrown).to - 1, now)
  if (assertion !== undefined)
    throw new UsageError('簽署於他處者須載明 --thrown。 What was signed elsewhere says when it was thrown: --thrown.')
  return now
}

function nameOf(text: string): string {
  const name = text.trim()
  if (name === '' || name.length > 100 || !name.isWellFormed() || /\p{C}/u.test(name))
    throw new UsageError('--witness：應為一行文字之姓名。 A witness: expected a name on one line.')
  return name
}

const methods: Readonly<Record<SeedAsked['method'], string>> = { dice: '骰子 dice', drand: 'drand', nonce: '亂數 nonce' }

const textOf = (
  { method, randomness, thrown }: SeedAsked,
  freezes: readonly Freeze[],
  { index, log }: { readonly index: number; readonly log: string },
): string =>
  [
    `抽樣種子值 seed（${methods[method]}，擲於 thrown ${showInstant(Date.parse(thrown))}）：${randomness}`,
    `用於 for:`,
    ...freezes.map(freezeLine),
    `已記入 recorded: ${log} 第 ${index} 筆`,
    '接著抽樣 next: linkage audit sample draw',
    '',
  ].join('\n')
