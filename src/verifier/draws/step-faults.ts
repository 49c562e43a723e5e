// step-faults.ts: how the steps of a draw stand to one another, and what is told where they do not stand so.
import type { Fault } from '../finding.ts'
import type { Freeze, Ref } from './sample.ts'
import type { Step } from './seen.ts'

export const told = ({ id, index, log }: Ref): string => `${id} at ${index} of ${log}`

type Standing = Pick<Step, 'index' | 'log' | 'ms'>

/** Steps of one log stand in order; those of logs that followed one another, by their dates. */
export const isEarlier = (one: Standing, other: Standing): boolean => (one.log === other.log ? one.index < other.index : one.ms < other.ms)

export const overlaps = (one: Freeze, other: Freeze): boolean =>
  one.agency === other.agency &&
  one.selfAudit &&
  other.selfAudit &&
  one.supplements === undefined &&
  one.from <= other.until &&
  one.until >= other.from

/** Whether two freezes are of the same records. */
export const isOfSame = ({ sample: one }: Step<Freeze>, { sample: other }: Step<Freeze>): boolean => recordsOf(one) === recordsOf(other)

export const recordsOf = ({ agency, from, selfAudit, subject, supplements, until, user }: Freeze): string => {
  const only = Object.entries({ user, subject, supplements: supplements?.id }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  )
  return [agency, selfAudit ? 'self-audit' : 'unannounced', `${from}–${until}`, ...only].join(' ')
}

export const otherRecords = (replaced: Freeze, own: Freeze): Fault => ({
  code: 'sample-again',
  found: `in place of ${recordsOf(replaced)}`,
  expected: `in place of ${recordsOf(own)}: the same agency, months and kind`,
})

export const unknownStep = (what: string, ref: Ref): Fault => ({
  code: 'sample-order',
  found: `${what} ${told(ref)}`,
  expected: what === 'seed' ? 'the last seed of this freeze, before this entry and behind the freeze' : `a ${what} before this entry`,
})

/** Late records of late records: what was drawn first would not be counted with them. */
export const lateOfLate = (late: Ref, first: Ref): Fault => ({
  code: 'sample-order',
  found: `late records of ${told(late)}, which are late themselves`,
  expected: `late records of ${told(first)}`,
})

/** Late records of what was frozen anew: that holds them, or what is late behind it is added to that. */
export const lateOfReplaced = (first: Ref): Fault => ({
  code: 'sample-order',
  found: `late records of ${told(first)}, which was frozen anew`,
  expected: 'late records of what took its place',
})

export const again = (found: string): Fault => ({ code: 'sample-again', found, expected: 'once; or in its place, named, with a document' })
