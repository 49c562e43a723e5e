// sampling.ts: what the commands of a draw have in common: draws that the log tells of, and an act that is recorded before anything is shown.
import { resolve } from 'node:path'
import type { Freeze, RecordedDraw, Samples, Seed } from '../../audit/samples.ts'
import { inOrder, isReplaced, readSamples } from '../../audit/samples.ts'
import { canonicalJson } from '../../canonical.ts'
import type { CommandAct } from '../../credential/command-assertion.ts'
import type { ActFacts } from '../../querylog/act-entries.ts'
import type { Given } from '../../querylog/entry.ts'
import type { HistoryStore } from '../../querylog/ports.ts'
import { type AuditorOptions, commandKeys, readAuditor } from '../auditor.ts'
import { type RecordedAct, recordAct } from '../command-log.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'

/** Every draw that a database tells of, whichever log of commands holds it, in order. */
export async function samplesOf(reader: Pick<HistoryStore, 'heads' | 'ofKind'>): Promise<Samples> {
  const [freezes, seeds, draws]: [Freeze[], Seed[], RecordedDraw[]] = [[], [], []]
  for (const { log, slot } of await reader.heads()) {
    const samples = await readSamples(log, reader.ofKind(slot, 'sample'))
    freezes.push(...samples.freezes)
    seeds.push(...samples.seeds)
    draws.push(...samples.draws)
  }
  return { freezes: freezes.sort(inOrder), seeds: seeds.sort(inOrder), draws: draws.sort(inOrder) }
}

/** A step of a draw. */
export interface SampleAct<Asked extends { readonly act: string }> {
  readonly asked: Asked
  readonly needsDocument: boolean
  /** Held against what the log says under its lock, before the entry is written.
   *  @throws UsageError */
  check(samples: Samples): void
  /** Bytes that the entry names, by kind. */
  readonly documents: readonly (readonly [kind: string, bytes: Buffer])[]
  write(facts: ActFacts & { readonly asked: Asked }, given: Given): string
}

/** Records a step; nothing of it may be shown before.
 *  @throws UsageError, AuditorRefused, and what recording throws: then there is no such step */
export async function recordStep<Asked extends { readonly act: string }>(
  place: CommandPlace,
  options: AuditorOptions,
  { asked, check, documents, needsDocument, write }: SampleAct<Asked>,
): Promise<RecordedAct> {
  const keys = commandKeys(options)
  const act: CommandAct = { command: `audit-sample-${asked.act}`, asked: canonicalJson(asked), needsDocument }
  const auditor = await readAuditor(options, act, place.snapshot)
  const { reader, writer } = place.store
  check(await samplesOf(reader)) // what is refused already is not signed for
  return await recordAct(place, keys, {
    act,
    auditor,
    check: async () => {
      check(await samplesOf(reader))
      for (const [kind, bytes] of documents) await writer.putDocument(kind, bytes)
    },
    write: (facts, given) => write({ ...facts, asked }, given),
  })
}

/** @throws what opening the place throws, and what `run` throws */
export async function atPlace(config: string, run: (place: CommandPlace) => Promise<void>): Promise<void> {
  const place = await openPlace(resolve(config))
  try {
    await run(place)
  } finally {
    await place.close()
  }
}

/** A freeze by its id, or the only one of an agency and months that none took the place of.
 *  @throws UsageError that names those there are */
export function freezeAsked({ freezes }: Samples, id: string | undefined, agency: string | undefined): Freeze {
  const standing = freezes.filter((each) => !isReplaced({ freezes }, each))
  const found =
    id === undefined
      ? standing.filter(({ asked }) => asked.agency === (agency ?? asked.agency))
      : freezes.filter(({ ref }) => ref.id === id)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  // The newest round of an agency is the one that is worked on.
  const newest = found.at(-1)
  if (id === undefined && agency !== undefined && newest !== undefined) return newest
  throw new UsageError(
    [
      id === undefined
        ? '請以 --freeze 或 --agency 指定哪一次封存。 Say which frozen population: --freeze or --agency.'
        : `--freeze：查無封存 ${id}。 There is no such frozen population.`,
      ...freezes.slice(-20).map(freezeLine),
    ].join('\n'),
  )
}

export const rounds: Readonly<Record<Freeze['asked']['round'], string>> = { 'self-audit': '自行稽核', unannounced: '不定期稽核' }

/** One freeze in a list. */
export const freezeLine = ({ asked: { agency, from, round, until }, ref: { id } }: Freeze): string =>
  `  ${id}  ${agency}　${rounds[round]}　${from}–${until}`
