// list-faults.ts: the list of a draw held against its entry, its months and the records that it names.
import { readEntry } from '../entry.ts'
import type { Fault } from '../finding.ts'
import type { StoredLogs } from '../stored.ts'
import { itemsOf, type ListedRecord, type SampleList } from './list.ts'
import { digestOf, type Skipped } from './month-draw.ts'
import { type Draw, type Freeze, isFiltered } from './sample.ts'
import type { Step } from './seen.ts'

interface Beside {
  readonly freeze: Step<Freeze>
  readonly place: StoredLogs
  readonly skipped: ReadonlyMap<string, readonly Skipped[]>
  /** List of the draw that this one enlarges. */
  readonly smaller: SampleList | undefined
}

const wrong = (found: string, expected: string): Fault => ({ code: 'sample-list', found, expected })
const nameOf = ({ countedSeq, log, row }: ListedRecord): string => `${log} ${countedSeq}${row === undefined ? '' : ` row ${row}`}`

/** @throws Error where a place cannot be read */
export async function listFaults(
  list: SampleList,
  { sample }: Step<Draw>,
  { freeze, place, skipped, smaller }: Beside,
): Promise<readonly Fault[]> {
  const faults: Fault[] = []
  const { agency } = freeze.sample
  if (list.agency !== agency) faults.push(wrong(list.agency, agency))
  if (list.drawn.length !== sample.sample.count)
    faults.push(wrong(`${list.drawn.length} records`, `${sample.sample.count}, as the entry says`))
  if (list.reviews.length !== sample.coverage.reviews)
    faults.push(wrong(`${list.reviews.length} reviews`, `${sample.coverage.reviews}, as the entry says`))
  const covered = list.drawn.filter(({ why }) => why.includes('coverage'))
  const persons = new Set(covered.map(({ person, user }) => (person === undefined ? `account ${user}` : `person ${person}`)))
  if (covered.length !== sample.coverage.drawn || persons.size !== covered.length)
    faults.push(wrong(`${covered.length} records of ${persons.size} persons`, `one each of ${sample.coverage.drawn}`))
  for (const { digest, month } of sample.months) {
    const found = digestOf(itemsOf(list, month))
    if (found !== digest) faults.push(wrong(`${month}: ${found}`, `${digest}, as the entry says`))
  }
  faults.push(...skippedFaults(list, freeze.sample, skipped))
  const names = new Set(list.drawn.map(nameOf))
  for (const each of smaller?.drawn ?? [])
    if (!names.has(nameOf(each))) faults.push(wrong(`no ${nameOf(each)}`, 'everything that was drawn before'))
  for (const each of list.drawn)
    if (!(await isThere(each, agency, freeze.sample, place)))
      faults.push(wrong(nameOf(each), `a counted record of ${agency} and ${each.user} there`))
  return faults
}

/** Of a population of some records alone those that are passed over are among them. */
function* skippedFaults(list: SampleList, { logs, ...freeze }: Freeze, skipped: ReadonlyMap<string, readonly Skipped[]>): Generator<Fault> {
  for (const { log } of logs) {
    const name = ({ completion, countedSeq, index }: Skipped): string => `${countedSeq} at ${index} by ${completion}`
    const only = new Set(list.only.get(log) ?? [])
    const expected = (skipped.get(log) ?? []).filter(({ countedSeq }) => !isFiltered(freeze) || only.has(countedSeq)).map(name)
    const found = list.skipped.filter((each) => each.log === log).map(name)
    const [more, less] = [found.filter((each) => !expected.includes(each)), expected.filter((each) => !found.includes(each))]
    if (more.length > 0 || less.length > 0)
      yield wrong(`${log}: ${[...more, ...less].slice(0, 3).join(', ')}`, 'the numbers that completions call not released, and no others')
  }
}

/** Whether the entry that a record of the list names is that record; of one that is not to be had here it is not said. */
async function isThere(
  { countedSeq, index, log, user }: ListedRecord,
  agency: string,
  { logs }: Freeze,
  place: StoredLogs,
): Promise<boolean> {
  const [frozen, stored] = [logs.find((each) => each.log === log), place.logs.find((each) => each.log === log)]
  if (frozen === undefined || index >= frozen.size) return false
  const bytes = await stored?.entry(index)
  if (bytes === undefined) return true
  const content = readEntry(bytes, () => undefined)?.content
  if (content?.kind !== 'query' || content.agency !== agency || content.countedSeq !== countedSeq) return false
  const members: { readonly user?: string } = JSON.parse(Buffer.from(bytes).toString('utf8'))
  return (members.user ?? '') === user
}
