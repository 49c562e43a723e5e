// valid-snapshot.ts: the rules of a folder that is to be compared or asked; of one that is not valid, what is wrong and whom it concerns.
import { type Finding, findingLine, harmless } from '../policy/finding.ts'
import type { Loaded } from '../policy/load.ts'
import type { Snapshot } from '../policy/snapshot.ts'

/** What was asked for cannot be compared: neither a folder nor a revision, or not valid. */
export class NotComparable extends Error {
  readonly code = 'folder-invalid'
}

/** @param before what it would be compared with
 *  @throws NotComparable where it has none, saying which grants it breaks */
export function validSnapshot(name: string, { snapshot, findings }: Loaded, before?: Snapshot): Snapshot {
  if (snapshot !== undefined) return snapshot
  const broken = before === undefined ? '' : brokenText(findings, before)
  throw new NotComparable(`${name}：未通過檢查，無從比較 not valid, not compared\n${broken}${findings.map(findingLine).join('\n')}`)
}

/** Fields that went or are called otherwise while grants still name them, or that became so sensitive that what names them lacks something:
 *  whoever changed one sees at once whom to ask. */
function brokenText(findings: readonly Finding[], before: Snapshot): string {
  const of = (...codes: readonly string[]) => findings.filter(({ code }) => codes.includes(code)).flatMap((each) => fieldsOf(each, before))
  return [
    ...heldText(
      of('field-not-declared'),
      before,
      ['資料項目消失或改名', '影響核可'],
      ['field removed or renamed', 'grants that it breaks'],
    ),
    ...heldText(
      of('assertion-missing', 'reason-missing').filter(({ level }) => level < 3),
      before,
      ['敏感程度升高', '持有之核可'],
      ['field more sensitive', 'grants that hold it'],
    ),
  ].join('')
}

interface NamedField {
  readonly api: string
  readonly field: string
  /** As sensitive as it was. */
  readonly level: number
}

/** The fields that a finding names, as they were: in an API's own file, or by a grant of the agency's. */
function fieldsOf({ file, found = '' }: Finding, { agencies, apis }: Snapshot): NamedField[] {
  const fields = found.split('、').map((each) => each.replace(/ \(\d\)$/, ''))
  const grants = [...agencies.values()].filter(({ id }) => file === `agencies/${id}.yaml`).flatMap((agency) => agency.grants)
  return [...apis.values()].flatMap((api) => {
    const declared = new Map([...api.operations.values()].flatMap(({ answer }) => [...answer.sensitivity]))
    const isNamed = (field: string): boolean =>
      file === `apis/${api.id}.yaml` || grants.some((grant) => grant.api === api.id && grant.fields.includes(field))
    return fields.flatMap((field) => {
      const level = declared.get(field)
      return level !== undefined && isNamed(field) ? [{ api: api.id, field, level }] : []
    })
  })
}

function heldText(
  named: readonly NamedField[],
  { agencies }: Snapshot,
  [zh, whoZh]: readonly [string, string],
  [en, whoEn]: readonly [string, string],
): readonly string[] {
  const lines = named.flatMap(({ api, field }) => {
    const holders = [...agencies.values()].flatMap(({ grants, id }) =>
      grants.filter((grant) => grant.api === api && grant.fields.includes(field)).map((grant) => `${id}/${grant.id}`),
    )
    if (holders.length === 0) return []
    const held = holders.join('、')
    return [`${harmless(`${zh} ${api} ${field}；${whoZh}：${held}`)}\n  ${harmless(`${en}: ${api} ${field}; ${whoEn}: ${held}`)}\n`]
  })
  return [...new Set(lines)]
}
