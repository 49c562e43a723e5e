// api.ts: what a changed catalogue means: who gains, who loses, and what nobody may see yet.
import { shapeAt } from '../../projection/paths.ts'
import type { Agency, Answer, Api, Operation } from '../snapshot.ts'
import { type Changes, compare, list } from './change.ts'
import { compareRequests } from './request.ts'

/** Who holds what of an operation: the agencies, by their grants. */
export interface Holders {
  readonly before: readonly Agency[]
  readonly after: readonly Agency[]
}

/** Agencies and grants that name a field of an operation, as `agency/grant`. */
function holdersOf(agencies: readonly Agency[], api: string, operation: string, field?: string): string[] {
  return agencies.flatMap(({ id, grants }) =>
    grants
      .filter((each) => each.api === api && each.operations.includes(operation) && (field === undefined || each.fields.includes(field)))
      .map((each) => `${id}/${each.id}`),
  )
}

/** Ids of agencies whose grants name an API, or one of its operations, or a field of that, before or after. */
export function concerned({ before, after }: Holders, api: string, operation?: string, field?: string): string[] {
  return [...before, ...after]
    .filter(({ grants }) =>
      grants.some(
        (each) =>
          each.api === api &&
          (operation === undefined || each.operations.includes(operation)) &&
          (field === undefined || each.fields.includes(field)),
      ),
    )
    .map(({ id }) => id)
}

export function compareApi(before: Api, after: Api, holders: Holders, all: Changes): void {
  const changes = all.concerning(concerned(holders, after.id))
  changes.note('api-title', before.title, after.title, '名稱', 'title')
  changes.note('api-dataOwner', before.dataOwner, after.dataOwner, '業務權責單位', 'data owner')
  changes.note('api-officer', before.officer, after.officer, '承辦人', 'officer')
  changes.note('api-version', before.version, after.version, '目錄版本', 'version')
  // Another system answers: what it sends is its own matter.
  if (before.upstream !== after.upstream)
    changes.add(
      'open',
      'api-upstream',
      `上游系統 ${before.upstream} → ${after.upstream}`,
      `upstream ${before.upstream} → ${after.upstream}`,
    )
  compareOperations(before, after, holders, all)
}

/** Operations of an API that came, went, or ask and answer something else. */
export function compareOperations(before: Api, after: Api, holders: Holders, all: Changes): void {
  compare(before.operations.values(), after.operations.values(), ({ id }) => id, {
    added: ({ id, title, answer }) => {
      const held = holdersOf(holders.after, after.id, id)
      const highest = Math.max(0, ...answer.sensitivity.values())
      const [zh, en] =
        held.length === 0 ? ['尚未核可任何機關', 'nobody may call it yet'] : [`已核可 ${list(held)}`, `granted to ${list(held)}`]
      all
        .concerning(concerned(holders, after.id, id))
        .add(
          held.length === 0 ? 'other' : 'open',
          'operation-added',
          `新作業 ${id} ${title}（${answer.sensitivity.size} 項資料，最高敏感程度 ${highest}）：${zh}`,
          `new operation ${id}: ${en}`,
        )
    },
    removed: ({ id, title }) => {
      const held = holdersOf(holders.before, before.id, id)
      all
        .concerning(concerned(holders, before.id, id))
        .add(
          held.length > 0 ? 'closed' : 'other',
          'operation-removed',
          `移除作業 ${id} ${title}；影響核可：${list(held)}`,
          `operation removed: ${id}; grants that it breaks: ${list(held)}`,
        )
    },
    both: (old, now) => compareOperation(before.id, old, now, holders, all.concerning(concerned(holders, before.id, now.id))),
  })
}

function compareOperation(api: string, old: Operation, now: Operation, holders: Holders, changes: Changes): void {
  const [zh, en] = [`作業 ${now.id} `, `operation ${now.id}: `]
  const held = list(holdersOf(holders.after, api, now.id))
  for (const [name, called] of Object.entries(needs)) {
    const need = name as keyof typeof needs // the table's own keys
    if (old.requires[need] === now.requires[need]) continue
    changes.add(
      now.requires[need] ? 'closed' : 'open',
      `requires-${need}`,
      `${zh}${now.requires[need] ? '須附' : '不再須附'}${called}（${held}）`,
      `${en}${need} ${now.requires[need] ? 'required' : 'no longer required'} (${held})`,
    )
  }
  if (old.casePattern?.source !== now.casePattern?.source) {
    const [was, is] = [old.casePattern?.source, now.casePattern?.source]
    const say = [
      `${zh}案號格式 ${was ?? '不限'} → ${is ?? '不限'}（${held}）`,
      `${en}case pattern ${was ?? 'any'} → ${is ?? 'any'} (${held})`,
    ] as const
    if (was === undefined) changes.add('closed', 'case-pattern', ...say)
    else if (is === undefined) changes.add('open', 'case-pattern', ...say)
    // Whether one pattern is within another is not asked: both are said.
    else changes.either('case-pattern', ...say)
  }
  changes.names('mode', old.modes, now.modes, ` ${zh}之介接方式`, `${en}modes`)
  if (old.method !== now.method || old.path !== now.path)
    changes.add(
      'closed',
      'operation-path',
      `${zh}位址 ${old.method} ${old.path} → ${now.method} ${now.path}（${held}）`,
      `${en}${old.method} ${old.path} → ${now.method} ${now.path} (${held})`,
    )
  compareRequests(old, now, [zh, en], held, changes)
  compareAnswers(old.answer, now.answer, zh, en, changes)
  compareFields(api, old, now, holders, changes)
  compareProtection(old, now, zh, en, changes)
}

const needs = { assertion: '簽章憑證', case: '案號', reason: '事由' } as const satisfies Record<keyof Operation['requires'], string>

/** Of an answer, what is said beside its fields. */
function compareAnswers(old: Answer, now: Answer, zh: string, en: string, changes: Changes): void {
  if (old.notFound !== now.notFound)
    changes.add(
      now.notFound ? 'open' : 'closed',
      'not-found',
      `${zh}查無此人時${now.notFound ? '回覆查無資料' : '不再回覆查無資料'}`,
      `${en}says ${now.notFound ? '' : 'no more '}that nobody was found`,
    )
  changes.note('media-type', old.mediaType, now.mediaType, `${zh}回覆格式`, `${en}media type of the answer`)
  changes.note('rows', old.rows, now.rows, `${zh}列數以何者計`, `${en}rows are the elements of`)
  const places = ({ subjects }: Answer): string => list(subjects.map(({ path, kind }) => `${path} (${kind})`).sort())
  changes.note(
    'answer-subjects',
    places(old),
    places(now),
    `${zh}回覆中識別當事人之項目（留存於紀錄）`,
    `${en}places of the answer that identify people`,
  )
  changes.note(
    'suppressed',
    [...old.suppressed].sort(),
    [...now.suppressed].sort(),
    `${zh}受保護之人之項目如何隱去`,
    `${en}how places of protected persons are suppressed`,
  )
}

function compareFields(api: string, old: Operation, now: Operation, holders: Holders, all: Changes): void {
  const [before, after] = [old.answer.sensitivity, now.answer.sensitivity]
  for (const [field, level] of before) {
    const holding = holdersOf(after.has(field) ? holders.after : holders.before, api, now.id, field)
    const held = list(holding)
    const is = after.get(field)
    const changes = all.concerning(concerned(holders, api, now.id, field))
    if (is === undefined)
      changes.add(
        holding.length > 0 ? 'closed' : 'other',
        'field-removed',
        `資料項目消失 ${now.id} ${field}；影響核可：${held}`,
        `field removed: ${now.id} ${field}; grants that it breaks: ${held}`,
      )
    const types = [old, now].map(({ answer }) => shapeAt(answer.shape, field)).map((shape) => (shape?.kind === 'leaf' ? shape.type : '—'))
    // What an upstream sends as another type is withheld.
    if (is !== undefined && types[0] !== types[1])
      changes.either(
        'field-type',
        `資料項目型別 ${now.id} ${field} ${types.join(' → ')}；持有者：${held}`,
        `type of ${now.id} ${field} ${types.join(' → ')}; held by ${held}`,
      )
    if (is !== undefined && is !== level)
      changes.add(
        'other',
        'sensitivity',
        `敏感程度 ${now.id} ${field} ${level} → ${is}；持有者：${held}`,
        `sensitivity of ${now.id} ${field} ${level} → ${is}; held by ${held}`,
      )
  }
  for (const field of after.keys()) {
    if (before.has(field)) continue
    // A grant may name it already, by another of its operations.
    const held = holdersOf(holders.after, api, now.id, field)
    const changes = all.concerning(concerned(holders, api, now.id, field))
    if (held.length === 0)
      changes.add(
        'other',
        'field-added',
        `新資料項目 ${now.id} ${field}：尚未核可任何機關`,
        `new field ${now.id} ${field}: nobody may see it yet`,
      )
    else
      changes.add(
        'open',
        'field-added',
        `新資料項目 ${now.id} ${field}：已核可 ${list(held)}`,
        `new field ${now.id} ${field}: granted to ${list(held)} already`,
      )
  }
}

function compareProtection(old: Operation, now: Operation, zh: string, en: string, changes: Changes): void {
  const [before, after] = [old.answer, now.answer]
  if (before.protectedMarker !== after.protectedMarker) {
    const direction = after.protectedMarker === undefined ? 'open' : before.protectedMarker === undefined ? 'closed' : 'open'
    changes.add(
      direction,
      'protected-marker',
      `${zh}受保護註記 ${before.protectedMarker ?? '無'} → ${after.protectedMarker ?? '無'}`,
      `${en}marker of protected persons ${before.protectedMarker ?? 'none'} → ${after.protectedMarker ?? 'none'}`,
    )
  }
  const fewer = [...before.locates].filter((path) => !after.locates.has(path) && after.sensitivity.has(path))
  const more = [...after.locates].filter((path) => !before.locates.has(path))
  if (fewer.length > 0)
    changes.add(
      'open',
      'locates-fewer',
      `${zh}不再視為可循線找到人：${fewer.join('、')}`,
      `${en}no longer marked as locating: ${fewer.join(', ')}`,
    )
  if (more.length > 0)
    changes.add('closed', 'locates-more', `${zh}視為可循線找到人：${more.join('、')}`, `${en}marked as locating: ${more.join(', ')}`)
}
