// subjects-known.ts: whose subjects a form may show in full: those of records that a `disclosure` entry opened. Nobody is decrypted for that.
import { recordKey } from '../../../audit/answers/answer.ts'
import type { AuditForm } from '../../../audit/form/audit-form.ts'
import type { HistoryStore } from '../../../querylog/ports.ts'
import { type FormEvidence, type PlaceOfRecord, placeName } from '../form-evidence.ts'
import type { SubjectKnown } from './locked-cell.ts'

/** Records that were opened, by `placeName`. */
async function openedRecords(reader: Pick<HistoryStore, 'heads' | 'ofKind'>): Promise<ReadonlySet<string>> {
  const opened = new Set<string>()
  for (const { slot } of await reader.heads())
    for await (const { entry } of reader.ofKind(slot, 'disclosure')) {
      const { entries }: { entries?: readonly PlaceOfRecord[] } = JSON.parse(entry) // what its writer built
      for (const place of entries ?? []) opened.add(placeName(place))
    }
  return opened
}

/** @param forms of each of the evidence, subjects sealed
 *  @returns by key of an item: of every record that asked about somebody */
export async function subjectsKnown(
  reader: Parameters<typeof openedRecords>[0],
  forms: readonly AuditForm[],
  evidence: readonly Pick<FormEvidence, 'entries'>[],
): Promise<ReadonlyMap<string, SubjectKnown>> {
  const opened = await openedRecords(reader)
  return new Map(
    forms.flatMap(({ rows }, at) =>
      rows.flatMap(({ id }): [string, SubjectKnown][] => {
        const kind = evidence[at]?.entries.get(placeName(id))?.query.subject?.kind
        return kind === undefined ? [] : [[recordKey(id), { kind, opened: opened.has(placeName(id)) }]]
      }),
    ),
  )
}
