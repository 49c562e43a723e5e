// request.ts: what a changed operation asks of a call: its subject, its parameters and what they reveal, and the values that it takes.
import { canonicalJson } from '../../canonical.ts'
import type { SchemaObject } from '../schema/api.ts'
import type { Operation } from '../snapshot.ts'
import { type Changes, type Direction, list, shown } from './change.ts'

/** @param zh and en: before what is said: of which operation
 *  @param held who holds it, in words */
export function compareRequests(old: Operation, now: Operation, [zh, en]: readonly [string, string], held: string, changes: Changes): void {
  compareSubjects(old, now, zh, en, held, changes)
  compareReveals(old, now, zh, en, changes)
  const tell: Tell = (direction, place, ofZh, ofEn) => {
    const [sayZh, sayEn] = [`${zh}查詢條件 ${place} ${ofZh}（${held}）`, `${en}${place} ${ofEn} (${held})`]
    if (direction === 'either') changes.either('request-bound', sayZh, sayEn)
    else changes.add(direction, 'request-bound', sayZh, sayEn)
  }
  compareParameters(old, now, tell)
  const [body, is] = [old.request, now.request]
  if (body === undefined && is === undefined) return
  if (body === undefined || is === undefined)
    changes.either(
      'request-body',
      `${zh}請求內容 ${is === undefined ? '移除' : '新增'}`,
      `${en}request body ${is === undefined ? 'removed' : 'added'}`,
    )
  else {
    if (body.required !== is.required) tell(is.required ? 'closed' : 'open', '/', ...neededText(is.required))
    compareSchemas(schemaOf(body), schemaOf(is), '', tell)
  }
}

type Tell = (direction: Direction | 'either', place: string, zh: string, en: string) => void
const neededText = (needed: boolean): readonly [string, string] =>
  needed ? ['改為必要', 'now required'] : ['改為非必要', 'no longer required']
/** What a catalogue’s request is compiled from: a schema of ours, references in place. */
const schemaOf = ({ validate }: NonNullable<Operation['request']>): SchemaObject => validate.schema as SchemaObject

/** Whom a call asks about, and of a batch how many at once. */
function compareSubjects(old: Operation, now: Operation, zh: string, en: string, held: string, changes: Changes): void {
  const [was, is] = [old.maxSubjects ?? 1, now.maxSubjects ?? 1]
  if (was !== is)
    changes.add(
      is > was ? 'open' : 'closed',
      'max-subjects',
      `${zh}每次查詢對象上限 ${was} → ${is}（${held}）`,
      `${en}subjects of one call ${was} → ${is} (${held})`,
    )
  const [before, after] = [subjectText(old), subjectText(now)]
  if (before === after) return
  const say = [`${zh}查詢對象之位置 ${before} → ${after}`, `${en}place of the subject ${before} → ${after}`] as const
  // Of a call without a subject no record says about whom it was, and no limit counts people.
  if (now.request?.subject === undefined) changes.add('open', 'subject', ...say)
  else if (old.request?.subject === undefined) changes.add('closed', 'subject', ...say)
  else changes.either('subject', ...say)
}
const subjectText = ({ request }: Operation): string =>
  request?.subject === undefined ? '無 none' : `${request.subject.pointer} (${request.subject.kind})`

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

function compareParameters(old: Operation, now: Operation, tell: Tell): void {
  const keyOf = ({ in: place, name }: Operation['parameters'][number]): string => `${place}:${name}`
  const before = new Map(old.parameters.map((each) => [keyOf(each), each]))
  for (const each of now.parameters) {
    const [key, was] = [keyOf(each), before.get(keyOf(each))]
    // A new one that every call must give refuses the calls of before.
    if ((was?.required ?? false) !== each.required) tell(each.required ? 'closed' : 'open', key, ...neededText(each.required))
    if (was !== undefined) compareSchemas(was.schema, each.schema, key, tell)
  }
}

/** Bounds by whether a greater value lets more pass. */
const bounds = {
  maxLength: [true, '字數上限', 'most characters'],
  maxItems: [true, '筆數上限', 'most elements'],
  maximum: [true, '最大值', 'most'],
  exclusiveMaximum: [true, '須小於', 'less than'],
  minLength: [false, '字數下限', 'least characters'],
  minItems: [false, '筆數下限', 'least elements'],
  minimum: [false, '最小值', 'least'],
  exclusiveMinimum: [false, '須大於', 'more than'],
} as const satisfies Partial<Record<keyof SchemaObject, readonly [boolean, string, string]>>
/** Forms: whether one is within another is not asked. */
const forms = {
  pattern: ['樣式', 'pattern'],
  format: ['格式', 'format'],
  multipleOf: ['倍數', 'multiple of'],
} as const satisfies Partial<Record<keyof SchemaObject, readonly [string, string]>>

/** Properties that came or went are told by what they reveal. */
function compareSchemas(old: SchemaObject, now: SchemaObject, at: string, tell: Tell): void {
  const place = at === '' ? '/' : at
  // Bounds of a text say nothing of a list.
  if (!compareTypes(old, now, place, tell)) return
  for (const [keyword, [moreOpens, zh, en]] of Object.entries(bounds)) {
    const [was, is] = [old[keyword as keyof typeof bounds], now[keyword as keyof typeof bounds]] // the table's own keys
    if (was === is) continue
    const wider = was !== undefined && (is === undefined || is > was === moreOpens)
    tell(wider ? 'open' : 'closed', place, `${zh} ${was ?? '不限'} → ${is ?? '不限'}`, `${en} ${was ?? 'any'} → ${is ?? 'any'}`)
  }
  for (const [keyword, [zh, en]] of Object.entries(forms)) {
    const [was, is] = [old[keyword as keyof typeof forms], now[keyword as keyof typeof forms]] // the table's own keys
    if (was === is) continue
    const direction = was === undefined ? 'closed' : is === undefined ? 'open' : 'either'
    tell(direction, place, `${zh} ${was ?? '不限'} → ${is ?? '不限'}`, `${en} ${was ?? 'any'} → ${is ?? 'any'}`)
  }
  compareValues(old.enum, now.enum, place, tell)
  for (const name of new Set([...(old.required ?? []), ...(now.required ?? [])])) {
    const needed = now.required?.includes(name) === true
    if (needed !== (old.required?.includes(name) === true)) tell(needed ? 'closed' : 'open', `${at}/${name}`, ...neededText(needed))
  }
  if (old.items !== undefined && now.items !== undefined) compareSchemas(old.items, now.items, `${at}/*`, tell)
  for (const [name, property] of Object.entries(old.properties ?? {})) {
    const is = now.properties?.[name]
    if (is !== undefined) compareSchemas(property, is, `${at}/${name}`, tell)
  }
}

/** @returns whether they are of one type, null aside */
function compareTypes(old: SchemaObject, now: SchemaObject, place: string, tell: Tell): boolean {
  const types = ({ type }: SchemaObject): readonly string[] => (typeof type === 'string' ? [type] : (type ?? []))
  const [was, is] = [types(old), types(now)]
  const came = is.filter((each) => !was.includes(each))
  const went = was.filter((each) => !is.includes(each))
  if (came.length === 0 && went.length === 0) return true
  const direction = came.length > 0 && went.length > 0 ? 'either' : came.length > 0 ? 'open' : 'closed'
  tell(direction, place, `型別 ${was.join('、')} → ${is.join('、')}`, `type ${was.join(', ')} → ${is.join(', ')}`)
  return [...came, ...went].every((each) => each === 'null')
}

function compareValues(old: SchemaObject['enum'], now: SchemaObject['enum'], place: string, tell: Tell): void {
  if (canonicalJson([old ?? null]) === canonicalJson([now ?? null])) return
  if (old === undefined || now === undefined) {
    const [was, is] = [old?.map(shown), now?.map(shown)]
    const text = (values: readonly string[] | undefined, any: string): string => values?.join('、') ?? any
    tell(
      now === undefined ? 'open' : 'closed',
      place,
      `可用之值 ${text(was, '不限')} → ${text(is, '不限')}`,
      `values ${text(was, 'any')} → ${text(is, 'any')}`,
    )
    return
  }
  const came = now.filter((each) => !old.includes(each)).map(shown)
  const went = old.filter((each) => !now.includes(each)).map(shown)
  if (came.length > 0) tell('open', place, `多了可用之值 ${came.join('、')}`, `takes ${came.join(', ')} besides`)
  if (went.length > 0) tell('closed', place, `少了可用之值 ${went.join('、')}`, `takes no more ${went.join(', ')}`)
}
