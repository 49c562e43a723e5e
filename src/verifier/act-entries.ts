// act-entries.ts: what auditors did: read entries, opened sealed parts, took a step of an audit; what an agency's manager downloaded.
import { needDownload } from './downloads.ts'
import { readSample, type Sample } from './draws/sample.ts'
import type { JsonObject } from './json-value.ts'
import { count, digest, hash, may, need, object, objects, text, uuid } from './members.ts'
import { needIncident, needReport, type RoundStep } from './steps.ts'

export interface ActContent {
  readonly kind: 'act'
  /** The rules by which they were known. */
  readonly policy: string
  readonly download?: { readonly agency: string }
  readonly round?: RoundStep
  readonly sample?: Sample
}

/** What an act says of who, what and why. @returns the rules by which they were known */
function needAct(from: JsonObject): string {
  for (const name of ['agency', 'credential', 'user', 'reason']) need(from, name, text)
  need(from, 'asked', object)
  may(from, 'document', text)
  const auth = need(from, 'auth', object)
  need(auth, 'jti', text)
  need(auth, 'kid', text)
  need(auth, 'token', digest)
  return need(from, 'policy', digest)
}

/** By kind. */
export const actEntries = {
  export: (from) => {
    const policy = needAct(from)
    const asked = need(from, 'asked', object)
    need(asked, 'form', text)
    may(from, 'continues', uuid)
    const download = needDownload(from, asked)
    return { kind: 'act', policy, ...(download && { download }) }
  },
  disclosure: (from) => {
    const policy = needAct(from)
    need(from, 'recipient', text)
    for (const each of objects(from, 'entries')) {
      need(each, 'id', uuid)
      need(each, 'index', count)
      need(each, 'leaf', hash)
      need(each, 'log', text)
    }
    return { kind: 'act', policy }
  },
  sample: (from) => ({ kind: 'act', policy: needAct(from), sample: readSample(from) }),
  report: (from) => {
    const round = needReport(need(from, 'asked', object))
    return { kind: 'act', policy: needAct(from), ...(round && { round }) }
  },
  incident: (from) => {
    needIncident(need(from, 'asked', object))
    return { kind: 'act', policy: needAct(from) }
  },
} satisfies Record<string, (from: JsonObject) => ActContent>
