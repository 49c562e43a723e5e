// entry.test.ts: every kind of entry is written in its RFC 8785 form, whatever its members hold.
import fc from 'fast-check'
import t from 'tap'
import { canonicalJson, type DigestHex } from '../../src/canonical.ts'
import { disclosureEntry, exportEntry } from '../../src/querylog/act-entries.ts'
import { completionEntry } from '../../src/querylog/completion-entry.ts'
import { incidentEntry } from '../../src/querylog/incident-entry.ts'
import { keyEntry } from '../../src/querylog/key-entry.ts'
import { monthEntry } from '../../src/querylog/month-entry.ts'
import { openingEntry } from '../../src/querylog/opening-entry.ts'
import { policyEntry } from '../../src/querylog/policy-entry.ts'
import { queryEntry } from '../../src/querylog/query-entry.ts'
import { refusalsEntry } from '../../src/querylog/refusals-entry.ts'
import { reportEntry } from '../../src/querylog/report-entry.ts'
import { abandonEntry, headsEntry, retireEntry } from '../../src/querylog/slot-entries.ts'
import { streamCompletionEntry } from '../../src/querylog/stream-entry.ts'
import { subjectsEntry } from '../../src/querylog/subjects-entry.ts'

const text = fc.string({
  unit: fc.oneof(fc.constantFrom('a', '"', '\\', '\u2028', '字', '𠮷', '\u007f', '\u0001', '/'), fc.string({ minLength: 1, maxLength: 1 })),
})
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const digest = fc.constant('a'.repeat(64) as DigestHex) // of the right form
const given = fc.record({ at: text, clock: maybe(text) })
const head = fc.record({ log: text, root: text, size: count, slot: text })
const heads = fc.array(head, { maxLength: 3 })
const supersedes = fc.record({
  why: fc.constantFrom('database-behind' as const, 'other-history' as const),
  mark: fc.record({ size: count, root: text, epoch: count, checkpoint: maybe(text) }),
  head,
  document: text,
})

const sealed = fc.record({ bytes: text, counter: count, key: text })
const act = {
  id: text,
  agency: text,
  asked: fc.constant({ agency: 'a', form: 'csv', slots: ['1'] }),
  auth: fc.record({ type: fc.constant('assertion' as const), token: digest, kid: text, jti: text }),
  credential: text,
  document: maybe(text),
  policy: digest,
  reason: text,
  sealed,
  user: text,
}
const read = fc.record({ to: count, slot: text, size: count, root: text, log: text, from: count })
const opened = fc.record({ log: text, leaf: text, index: count, id: text })

const tagged = fc.array(fc.record({ tags: fc.array(text), kind: text, key: text }))

const query = fc.record({
  id: text,
  address: text,
  agency: text,
  answerSubjects: maybe(tagged),
  api: maybe(text),
  application: maybe(text),
  auth: fc.oneof(
    fc.constant({ type: 'api-key' as const }),
    fc.record({ kid: text, token: digest, type: fc.constant('assertion' as const) }),
  ),
  bytes: count,
  case: maybe(text),
  code: text,
  credential: text,
  decision: fc.constantFrom('permit' as const, 'deny' as const),
  delegate: maybe(text),
  fieldsAsked: maybe(fc.array(text)),
  fieldsReleased: maybe(fc.array(text)),
  grant: maybe(text),
  mode: maybe(text),
  operation: maybe(text),
  policy: digest,
  purpose: maybe(text),
  reason: maybe(text),
  releasedHmac: maybe(digest),
  requestHmac: maybe(digest),
  rows: maybe(count),
  rule: text,
  sealed,
  status: count,
  subject: maybe(fc.record({ key: text, kind: text, tag: text })),
  trace: text,
  trial: maybe(
    fc.oneof(
      fc.record({ rule: text, decision: fc.constant('permit' as const) }),
      fc.record({ rule: text, decision: fc.constant('deny' as const), code: text }),
    ),
  ),
  user: maybe(text),
})

const kinds = {
  query: fc.tuple(query, given, fc.record({ agencySeq: count, countedSeq: maybe(count) })).map((of) => queryEntry(...of)),
  completion: fc.oneof(
    fc
      .tuple(
        fc.record({
          id: text,
          agency: text,
          of: fc.record({ index: count, id: text }),
          outcome: fc.constantFrom('not-released' as const, 'lost' as const),
        }),
        given,
      )
      .map((of) => completionEntry(...of)),
    fc
      .tuple(
        fc.record({
          id: text,
          agency: text,
          of: fc.record({ index: count, id: text }),
          outcome: fc.constantFrom('whole' as const, 'cut' as const),
          code: maybe(text),
          policy: maybe(digest),
          rule: maybe(text),
          bytes: count,
          releasedHmac: digest,
          rows: maybe(count),
          sealed: fc.record({ bytes: text, counter: count, key: text }),
        }),
        given,
      )
      .map((of) => streamCompletionEntry(...of)),
  ),
  subjects: fc
    .tuple(fc.record({ subjects: tagged, of: fc.record({ index: count, id: text }), id: text, agency: text }), given)
    .map((of) => subjectsEntry(...of)),
  refusals: fc
    .tuple(
      fc.record({
        id: text,
        minute: text,
        counts: fc.array(
          fc.oneof(fc.record({ code: text, address: text, count }), fc.record({ credential: text, agency: text, count, code: text })),
        ),
        other: count,
      }),
      given,
    )
    .map((of) => refusalsEntry(...of)),
  policy: fc
    .tuple(
      fc.record({
        id: text,
        digest,
        previous: maybe(digest),
        changed: fc.record({ document: digest, count }),
        observed: fc.record({ uid: count, host: text, owners: fc.array(count) }),
        claimed: fc.option(
          fc.record({ at: text, author: text, commit: text, document: text, handler: text }, { requiredKeys: ['at', 'author', 'commit'] }),
          { nil: undefined },
        ),
        proven: fc.option(fc.record({ key: text, signer: text }), { nil: undefined }),
      }),
      given,
    )
    .map((of) => policyEntry(...of)),
  key: fc
    .tuple(fc.record({ id: text, jwe: fc.constant({ ciphertext: 'c', iv: 'i', recipients: [] }), recipients: fc.array(text) }), given)
    .map((of) => keyEntry(...of)),
  opening: fc
    .tuple(
      fc.record({
        id: text,
        heads,
        log: text,
        parameters: fc.constant({ audit: { 'D-1': 'required' } }),
        slot: text,
        software: text,
        supersedes: maybe(supersedes),
        verifierKey: text,
      }),
      given,
    )
    .map((of) => openingEntry(...of)),
  month: fc
    .tuple(
      fc.record({
        id: text,
        agencies: fc.array(fc.record({ records: count, agency: text, counted: count, countedTo: count, recordsTo: count }), {
          maxLength: 3,
        }),
        begins: text,
        ended: text,
        heads,
        keyChange: maybe(fc.record({ to: text, from: text })),
        parameters: fc.constant({}),
      }),
      given,
    )
    .map((of) => monthEntry(...of)),
  heads: fc.tuple(fc.record({ id: text, heads }), given).map((of) => headsEntry(...of)),
  abandon: fc.tuple(fc.record({ id: text, checkpoint: maybe(text), document: text, head }), given).map((of) => abandonEntry(...of)),
  export: fc
    .tuple(fc.record({ ...act, continues: maybe(text), logs: fc.array(read, { maxLength: 3 }) }), given)
    .map((of) => exportEntry(...of)),
  disclosure: fc
    .tuple(fc.record({ ...act, entries: fc.array(opened, { maxLength: 3 }), recipient: text }), given)
    .map((of) => disclosureEntry(...of)),
  report: fc.tuple(fc.record(act), given).map((of) => reportEntry(...of)),
  incident: fc.tuple(fc.record(act), given).map((of) => incidentEntry(...of)),
  retire: fc
    .tuple(
      fc.record({
        id: text,
        document: text,
        from: count,
        keys: fc.array(text, { maxLength: 2 }),
        log: text,
        month: text,
        root: text,
        to: count,
      }),
      given,
    )
    .map((of) => retireEntry(...of)),
}

for (const [kind, entries] of Object.entries(kinds)) {
  t.test(`RFC 8785: a ${kind} entry is its own canonical form, names its kind and its version`, async () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const value = JSON.parse(entry)
        return canonicalJson(value) === entry && value.kind === kind && value.v === 1
      }),
      { numRuns: 300 },
    )
  })
}
