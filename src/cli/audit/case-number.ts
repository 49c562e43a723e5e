// case-number.ts: the name that a case has among its kind: given, or the next that is free.
import { allCases } from '../../audit/all-cases.ts'
import type { CaseKind, RecordedSteps } from '../../audit/recorded.ts'
import type { CivilDate } from '../../calendar.ts'
import { periodName } from './sampled.ts'

/** Of a round its agency and months, `taipei-education-115H1`; of others the year and a running number, `115-F3`.
 *  @param asked members of its first step */
export function freeNumber(
  kind: CaseKind,
  before: RecordedSteps,
  day: CivilDate,
  asked: { readonly agency?: string; readonly audit?: string; readonly from?: string; readonly until?: string },
): string {
  const taken = allCases(before)[kind].cases
  const isFree = (number: string): boolean => !taken.has(number)
  if (kind === 'rounds') {
    const { agency = '', audit, from = day.slice(0, 7), until = from } = asked
    const name = `${agency}-${periodName({ from, until })}${audit === 'unannounced' ? '-U' : ''}`
    return isFree(name) ? name : running(`${name}-`, isFree, 2)
  }
  return running(`${Number(day.slice(0, 4)) - 1911}-${kind === 'findings' ? 'F' : 'I'}`, isFree, 1)
}

function running(begin: string, isFree: (number: string) => boolean, from: number): string {
  let nth = from
  while (!isFree(`${begin}${nth}`)) nth += 1
  return `${begin}${nth}`
}
