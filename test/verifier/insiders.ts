// insiders.ts: what somebody with the signing key can write instead of a log, and where it is found.
import { at, edited, newId, newSigner, police, type Written } from './written-log.ts'

export interface Insider {
  readonly act: string
  readonly entries: readonly Buffer[]
  /** `index code` */
  readonly finds: readonly string[]
}

const without = <T>(items: readonly T[], index: number): T[] => items.toSpliced(index, 1)
const stranger = newSigner()

/** Somebody with the key writes the log anew: only what entries say of each other is left to find it. */
export function insiders({ entries, leaves }: Written): readonly Insider[] {
  const entry = (index: number): Buffer => entries[index] ?? Buffer.alloc(0)
  return [
    { act: 'no opening', entries: without(entries, 0), finds: ['0 opening-missing', '6 completion-unknown'] },
    {
      act: 'a second opening',
      entries: entries.toSpliced(
        at.size,
        0,
        edited(entry(0), (it) => Object.assign(it, { id: newId(), at: '2027-02-03T02:00:00.000Z', heads: [] })),
      ),
      finds: ['22 opening-repeated'],
    },
    {
      act: 'the opening of another slot',
      entries: entries.with(
        0,
        edited(entry(0), (it) => (it.slot = '2')),
      ),
      finds: ['0 opening-mismatch'],
    },
    {
      act: 'another key in the opening',
      entries: entries.with(
        0,
        edited(entry(0), (it) => (it.verifier_key = stranger.verifierKey)),
      ),
      finds: ['0 opening-mismatch'],
    },
    {
      act: 'a mangled key in the opening',
      entries: entries.with(
        0,
        edited(entry(0), (it) => (it.verifier_key += 'A')),
      ),
      finds: ['0 opening-mismatch'],
    },
    {
      act: 'a step back in time',
      entries: entries.with(
        8,
        edited(entry(8), (it) => (it.at = '2026-11-24T01:59:59.999Z')),
      ),
      finds: ['8 time-step-back'],
    },
    {
      act: 'a step back into another month',
      entries: entries.with(
        14,
        edited(entry(14), (it) => (it.at = '2026-11-24T01:59:59.999Z')),
      ),
      finds: ['14 time-step-back'],
    },
    {
      act: 'a time in another form',
      entries: entries.with(
        8,
        edited(entry(8), (it) => (it.at = '2026-11-24T02:01:00Z')),
      ),
      finds: ['8 entry-malformed'],
    },
    {
      act: 'a clock that was not behind',
      entries: entries.with(
        at.lateClock,
        edited(entry(at.lateClock), (it) => (it.clock = it.at)),
      ),
      finds: ['9 clock-mismatch'],
    },
    {
      act: 'a clock where the date moved on',
      entries: entries.with(
        8,
        edited(entry(8), (it) => (it.clock = '2026-11-24T02:00:59.000Z')),
      ),
      finds: ['8 clock-mismatch'],
    },
    { act: 'a query removed', entries: without(entries, 12), finds: ['14 agency-seq', '14 counted-seq', '18 month-numbers'] },
    {
      act: 'a counted query made uncounted',
      entries: entries.with(
        12,
        edited(entry(12), (it) => delete it.counted_seq),
      ),
      finds: ['15 counted-seq', '19 month-numbers'],
    },
    {
      act: 'an agency’s number repeated',
      entries: entries.with(
        6,
        edited(entry(6), (it) => (it.agency_seq = 2)),
      ),
      finds: ['6 agency-seq', '10 month-numbers', '11 agency-seq'],
    },
    { act: 'no month entry', entries: without(entries, at.december), finds: ['10 month-missing'] },
    {
      act: 'a month entry too many',
      entries: entries.toSpliced(
        12,
        0,
        edited(entry(at.december), (it) => (it.id = newId())),
      ),
      finds: ['12 month-unexpected'],
    },
    {
      act: 'a month entry that ends another month',
      entries: entries.with(
        at.february,
        edited(entry(at.february), (it) => (it.ended = '2027-01')),
      ),
      finds: ['19 month-mismatch'],
    },
    {
      act: 'a wrong count of a month',
      entries: entries.with(
        at.december,
        edited(entry(at.december), (it) => (it.agencies[0].counted -= 1)),
      ),
      finds: ['10 month-numbers'],
    },
    {
      act: 'an agency left out of a month',
      entries: entries.with(
        at.february,
        edited(entry(at.february), (it) => it.agencies.pop()),
      ),
      finds: ['19 month-numbers'],
    },
    {
      act: 'an agency invented',
      entries: entries.with(
        at.december,
        edited(entry(at.december), (it) => it.agencies.push({ agency: 'x', counted: 0, counted_to: 0, records: 0, records_to: 0 })),
      ),
      finds: ['10 month-numbers', '19 month-numbers'],
    },
    { act: 'no policy entry', entries: without(entries, at.secondPolicy), finds: ['13 policy-unknown'] },
    {
      act: 'an unknown policy',
      entries: entries.with(
        4,
        edited(entry(4), (it) => (it.policy = '0'.repeat(64))),
      ),
      finds: ['4 policy-unknown'],
    },
    { act: 'no key entry', entries: without(entries, at.secondKey), finds: ['17 key-unknown'] },
    {
      act: 'a key entry twice',
      entries: entries.toSpliced(
        2,
        0,
        edited(entry(1), (it) => it),
      ),
      finds: ['2 key-repeated', '8 completion-unknown'],
    },
    {
      act: 'a nonce that comes twice',
      entries: entries.with(
        6,
        edited(entry(6), (it) => (it.sealed.counter = 0)),
      ),
      finds: ['6 nonce-repeated'],
    },
    {
      act: 'a nonce of an older query under the key before',
      entries: entries.with(
        17,
        edited(entry(17), (it) => (it.sealed.counter = 2)),
      ),
      finds: ['17 nonce-repeated'],
    },
    {
      act: 'a completion of no query',
      entries: entries.with(
        at.completion,
        edited(entry(at.completion), (it) => (it.of.index = 8)),
      ),
      finds: ['7 completion-unknown'],
    },
    {
      act: 'a completion of another kind',
      entries: entries.with(
        at.completion,
        edited(entry(at.completion), (it) => (it.of.index = 2)),
      ),
      finds: ['7 completion-unknown'],
    },
    {
      act: 'a completion of another id',
      entries: entries.with(
        at.completion,
        edited(entry(at.completion), (it) => (it.of.id = newId())),
      ),
      finds: ['7 completion-unknown'],
    },
    {
      act: 'a completion in another agency’s name',
      entries: entries.with(
        at.completion,
        edited(entry(at.completion), (it) => (it.agency = police)),
      ),
      finds: ['7 completion-unknown'],
    },
    {
      act: 'a completion of an unknown agency',
      entries: entries.with(
        at.completion,
        edited(entry(at.completion), (it) => (it.agency = 'x')),
      ),
      finds: ['7 completion-unknown'],
    },
    {
      act: 'tags of people in an answer to no query',
      entries: entries.with(
        at.completion,
        edited(entry(at.completion), (it) => Object.assign(it, { kind: 'subjects', subjects: [], of: { ...it.of, index: 2 } })),
      ),
      finds: ['7 subjects-unknown'],
    },
    {
      act: 'tags that are none',
      entries: entries.with(
        at.completion,
        edited(entry(at.completion), (it) =>
          Object.assign(it, { kind: 'subjects', subjects: [{ key: '2026', kind: 'tw-national-id', tags: ['A123456789'] }] }),
        ),
      ),
      finds: ['7 entry-malformed'],
    },
    {
      act: 'a completion twice',
      entries: entries.toSpliced(
        at.completion + 1,
        0,
        edited(entry(at.completion), (it) => (it.id = newId())),
      ),
      finds: ['8 completion-repeated'],
    },
    {
      act: 'a stream that was whole, and nothing of what left',
      entries: entries.with(
        at.completion,
        edited(entry(at.completion), (it) => (it.outcome = 'whole')),
      ),
      finds: ['7 entry-malformed'],
    },
    {
      act: 'a stream that was cut by rules that were never in force',
      entries: entries.with(
        at.completion,
        edited(entry(at.completion), (it) =>
          Object.assign(it, { outcome: 'cut', code: 'blocked', bytes: 0, released_hmac: 'a'.repeat(64), policy: 'b'.repeat(64) }),
        ),
      ),
      finds: ['7 policy-unknown'],
    },
    {
      act: 'another log that shrank',
      entries: entries.with(
        at.february,
        edited(entry(at.february), (it) => (it.heads[0].size = 1)),
      ),
      finds: ['19 head-step-back'],
    },
    {
      act: 'another root at one size',
      entries: entries.with(
        at.december,
        edited(entry(at.december), (it) => Object.assign(it.heads[0], { size: 40, root: leaves[0]?.toString('base64') })),
      ),
      finds: ['10 head-step-back'],
    },
    {
      act: 'a kind of a later version',
      entries: entries.with(
        8,
        edited(entry(8), (it) => (it.kind = 'constructor')),
      ),
      finds: ['8 kind-unknown'],
    },
    {
      act: 'a later version',
      entries: entries.with(
        8,
        edited(entry(8), (it) => (it.v = 2)),
      ),
      finds: ['8 version-unknown'],
    },
    { act: 'spaces', entries: entries.with(8, Buffer.from(entry(8).toString().replace(',', ', '))), finds: ['8 entry-not-canonical'] },
    {
      act: 'a repeated member',
      entries: entries.with(8, Buffer.from(entry(8).toString().replace('{', '{"v":1,'))),
      finds: ['8 entry-not-canonical'],
    },
    {
      act: 'members out of order',
      entries: entries.with(8, Buffer.from(JSON.stringify({ kind: 0, ...JSON.parse(entry(8).toString()) }))),
      finds: ['8 entry-not-canonical'],
    },
    {
      act: 'an entry too long for a bundle',
      entries: entries.with(
        8,
        edited(entry(8), (it) => (it.more = 'x'.repeat(65_536))),
      ),
      finds: ['8 entry-malformed'],
    },
  ]
}
