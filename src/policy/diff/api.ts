// api.ts: what a changed catalogue means: who gains, who loses, and what nobody may see yet.
import type { Agency, Api, Operation } from '../snapshot.ts'
import { type Changes, compare } from './change.ts'

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
  for (const member of ['title', 'dataOwner', 'officer', 'version'] as const)
    changes.note(`api-${member}`, before[member], after[member], member, member)
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

const list = (names: readonly string[]): string => (names.length === 0 ? '無 none' : names.join('、'))

function compareOperation(api: string, old: Operation, now: Operation, holders: Holders, changes: Changes): void {
  const [zh, en] = [`作業 ${now.id} `, `operation ${now.id}: `]
  const held = list(holdersOf(holders.after, api, now.id))
  for (const need of ['assertion', 'case', 'reason'] as const) {
    if (old.requires[need] === now.requires[need]) continue
    const direction = now.requires[need] ? 'closed' : 'open'
    changes.add(
      direction,
      `requires-${need}`,
      `${zh}${now.requires[need] ? '須附' : '不再須附'} ${need}（${held}）`,
      `${en}${need} ${now.requires[need] ? 'required' : 'no longer required'} (${held})`,
    )
  }
  if (old.casePattern?.source !== now.casePattern?.source) {
    // Whether one pattern is within another is not asked: both are said.
    changes.either(
      'case-pattern',
      `${zh}案號格式 ${old.casePattern?.source ?? '—'} → ${now.casePattern?.source ?? '—'}`,
      `${en}case pattern changed`,
    )
  }
  changes.names('mode', old.modes, now.modes, ` ${zh}之介接方式`, `${en}modes`)
  if (old.method !== now.method || old.path !== now.path)
    changes.add(
      'closed',
      'operation-path',
      `${zh}位址 ${old.method} ${old.path} → ${now.method} ${now.path}（${held}）`,
      `${en}${old.method} ${old.path} → ${now.method} ${now.path} (${held})`,
    )
  compareSubjects(old, now, zh, en, held, changes)
  compareReveals(old, now, zh, en, changes)
  compareFields(api, old, now, holders, changes)
  compareProtection(old, now, zh, en, changes)
}

/** One call of a batch asks about as many people as it may name. */
function compareSubjects(old: Operation, now: Operation, zh: string, en: string, held: string, changes: Changes): void {
  const [was, is] = [old.maxSubjects ?? 1, now.maxSubjects ?? 1]
  if (was === is) return
  changes.add(
    is > was ? 'open' : 'closed',
    'max-subjects',
    `${zh}每次查詢對象上限 ${was} → ${is}（${held}）`,
    `${en}subjects of one call ${was} → ${is} (${held})`,
  )
}

function compareReveals(old: Operation, now: Operation, zh: string, en: string, changes: Changes): void {
  for (const key of new Set([...old.reveals.keys(), ...now.reveals.keys()])) {
    const [was, is] = [old.reveals.get(key), now.reveals.get(key)]
    if (is === undefined) changes.add('closed', 'parameter-removed', `${zh}移除查詢條件 ${key}`, `${en}parameter removed: ${key}`)
    else if (was === undefined)
      changes.add(
        'open',
        'parameter-added',
        `${zh}新增查詢條件 ${key}（透露：${list(is)}）`,
        `${en}parameter added: ${key}, reveals ${list(is)}`,
      )
    else {
      const fewer = was.filter((path) => !is.includes(path))
      const more = is.filter((path) => !was.includes(path))
      if (fewer.length > 0)
        changes.add(
          'open',
          'reveals-fewer',
          `${zh}查詢條件 ${key} 不再視為透露 ${fewer.join('、')}`,
          `${en}${key} no longer counts as revealing ${fewer.join(', ')}`,
        )
      if (more.length > 0)
        changes.add(
          'closed',
          'reveals-more',
          `${zh}查詢條件 ${key} 視為透露 ${more.join('、')}`,
          `${en}${key} counts as revealing ${more.join(', ')}`,
        )
    }
  }
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
    else if (is !== level)
      changes.add(
        'other',
        'sensitivity',
        `敏感等級 ${now.id} ${field} ${level} → ${is}；持有者：${held}`,
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
