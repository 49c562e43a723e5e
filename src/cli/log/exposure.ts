// exposure.ts: `linkage log exposure`: after a leak, what left through a credential, an account or in a span of time (R23, 個資法 §12).
import { Command } from 'commander'
import { type ExposedCall, Exposure } from '../../querylog/exposure.ts'
import type { FindStore, FoundCall } from '../../querylog/find.ts'
import { type PlacedEnd, untoldOf } from '../../querylog/untold.ts'
import { type AuditorOptions, withAuditor } from '../auditor.ts'
import type { Output } from '../output.ts'
import { type Exposed, exposureJson, exposureText } from './exposure-report.ts'
import { callsOf, type Searching, searching } from './searching.ts'
import { type DecidedCall, WithheldPlaces } from './withheld-places.ts'

interface Options extends AuditorOptions {
  readonly account?: string
  readonly agency?: string
  readonly credential?: string
  readonly json?: boolean
  readonly since: string
  readonly until?: string
}

/** `linkage log exposure`. */
export function exposureCommand(output: Output): Command {
  const command = new Command('exposure')
    .description(
      '外洩時釐清範圍：呼叫、位址、使用者、資料項目、筆數、當事人（先記錄何人、為何） what a leak exposed, once who asks and why is recorded',
    )
    .requiredOption('--since <time>', '自何時（臺北時間），2026-11-24 或 "115/11/24 14:05" since when, in Taipei')
    .option('--until <time>', '至何時，含該日或該分鐘；不寫則至今 until when, that day or minute included')
    .option('--credential <id>', '憑證代號 of this credential')
    .option('--agency <id>', '機關代號 of this agency')
    .option('--account <account>', '使用者帳號 of this account')
    .option('--json', '以 JSON 輸出（當事人標籤逐一列出） print JSON, the tag of each person in it')
  return withAuditor(command).action(async ({ since, until, ...options }: Options) => {
    const sought = { ...options, from: since, ...(until !== undefined && { to: until }) }
    await searching(sought, 'exposure', async (given) => {
      const found = await exposed(given)
      output.write(options.json === true ? exposureJson(given, found) : exposureText(given, found))
    })
  })
}

async function exposed({ find, place, sought }: Searching): Promise<Exposed> {
  const [exposure, untold] = [new Exposure(), []]
  const places = new WithheldPlaces(place.store.reader)
  for await (const call of callsOf(find, sought)) await take({ exposure, untold }, find, places, call)
  return { exposure, untold }
}

async function take({ exposure, untold }: Exposed, find: FindStore, places: WithheldPlaces, found: FoundCall): Promise<void> {
  const { completedAt = 0, completion, entry, index, slot } = found
  const call: ExposedCall & DecidedCall = JSON.parse(entry)
  const end: PlacedEnd | undefined = completion === undefined ? undefined : { ...JSON.parse(completion), index: completedAt }
  if (!exposure.add(slot, index, call, end)) return
  untold.push(...untoldOf(slot, index, call, end, await places.mayIdentify(call)))
  if (call.rows !== undefined && tagsOf(call) < ofEntry) return
  for await (const more of find.subjects(slot, [index])) exposure.persons(slot, index, call, JSON.parse(more.entry).subjects)
}

/** Of up to so many people a query's entry says who; of more, and of a stream, `subjects` entries do. */
const ofEntry = 100
const tagsOf = ({ answer_subjects = [] }: ExposedCall): number => answer_subjects.reduce((sum, { tags }) => sum + tags.length, 0)
