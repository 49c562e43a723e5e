// api.test.ts: a changed catalogue: what an operation asks and answers, each direction where it is known, and who holds it.
import t from 'tap'
import { diff } from '../../../src/policy/diff/diff.ts'
import type { Snapshot } from '../../../src/policy/snapshot.ts'
import { API, edit, good, snapshotOf } from '../good-folder.ts'

const base = snapshotOf({})

/** Of operations: what is asked of a call, and what an answer says; each direction where it is known. */
// biome-ignore format: a table
const operations: readonly (readonly [string, string, string, readonly string[], RegExp])[] = [
  ['an assertion no longer required', 'requires: [assertion, case, reason]\n        subject', 'requires: [case, reason]\n        assertion_exception: {document: 文1, reason: 試辦}\n        subject', ['open requires-assertion', 'other file-changed'], /不再須附簽章憑證（education\/review）/],
  ['a reason more', 'requires: [case]\n        case_pattern', 'requires: [case, reason]\n        case_pattern', ['closed requires-reason'], /須附事由（education\/fee-waiver）/],
  ['a case no longer required', 'requires: [case]\n        case_pattern', 'requires: []\n        case_pattern', ['open requires-case'], /不再須附案號/],
  ['another pattern of cases', '{4,20}', '{4,21}', ['closed case-pattern', 'open case-pattern'], /案號格式 \^\[0-9A-Z-\]\{4,20\}\$ → \^\[0-9A-Z-\]\{4,21\}\$/],
  ['no pattern of cases', '        case_pattern: "^[0-9A-Z-]{4,20}$"\n', '', ['open case-pattern'], /→ 不限/],
  ['a mode less', 'modes: [api, online]', 'modes: [api]', ['closed mode-removed'], /online/],
  ['another place of the subject', 'subject: $request.body#/nationalId\n        answer', 'subject: $request.body#/other\n        answer', ['closed request-bound', 'closed subject', 'open parameter-added', 'open request-bound', 'open request-bound', 'open subject', 'other file-changed'], /查詢對象之位置 \/nationalId \(tw-national-id\) → \/other/],
  ['people that the answer names', '        answerSubjects: ["members[].nationalId"]\n', '', ['other answer-subjects'], /members\[\]\.nationalId .*→ 無/],
  ['what counts as rows', '        rows: members\n', '', ['other rows'], /members → —/],
  ['a marker of protected persons', '        protected: protectedPerson\n', '', ['open protected-marker'], /./],
  ['a longer text', 'items: {type: string, maxLength: 10}', 'items: {type: string, maxLength: 12}', ['open request-bound'], /\/filter\/kinds\/\* 字數上限 10 → 12（education\/fee-waiver）/],
  ['fewer elements', 'maxItems: 4', 'maxItems: 3', ['closed request-bound'], /筆數上限 4 → 3/],
  ['no bound any more', '                      maxItems: 4\n', '', ['open request-bound'], /筆數上限 4 → 不限/],
  ['an enum', 'items: {type: string, maxLength: 10}', 'items: {type: string, maxLength: 10, enum: [a, b]}', ['closed request-bound'], /可用之值 不限 → a、b/],
  ['a format that is gone', 'asOf: {type: string, format: date,', 'asOf: {type: string,', ['open request-bound'], /格式 date → 不限/],
  ['null besides', 'asOf: {type: string, format', 'asOf: {type: [string, "null"], format', ['open request-bound'], /型別 string → string、null/],
  ['a parameter’s pattern', '"^[a-z]+$"', '"^[a-z0-9]+$"', ['closed request-bound', 'open request-bound'], /path:region 樣式/],
  ['a parameter’s least', 'minimum: 100', 'minimum: 90', ['open request-bound'], /query:year 最小值 100 → 90（education\/review）/],
  ['a parameter that every call gives', 'in: query, schema', 'in: query, required: true, schema', ['closed request-bound'], /query:year 改為必要/],
  ['a property that every call gives', 'required: [nationalId]\n              properties:\n                nationalId: {$ref: "#/components/schemas/NationalId"}\n                asOf', 'required: [nationalId, asOf]\n              properties:\n                nationalId: {$ref: "#/components/schemas/NationalId"}\n                asOf', ['closed request-bound'], /\/asOf 改為必要/],
  ['a bound that calls share', 'minLength: 10, maxLength: 10', 'minLength: 9, maxLength: 10', ['open request-bound', 'open request-bound'], /\/nationalId 字數下限 10 → 9/],
  ['nobody found', '        "404":\n          description: 查無資料\n', '', ['closed not-found'], /不再回覆查無資料/],
  ['a field of another type', 'income: {type: number', 'income: {type: integer', ['closed field-type', 'open field-type', 'other file-changed'], /income number → integer；持有者：education\/review/],
]

for (const [title, from, to, expected, text] of operations) {
  t.test(`of an operation: ${title}`, (t) => {
    const spelled = title.startsWith('another place of the subject')
      ? {
          [API]: String(good[API])
            .replace(from, () => to)
            .replace('required: [nationalId]', 'required: [nationalId, other]')
            .replace(
              'nationalId: {$ref: "#/components/schemas/NationalId"}',
              'nationalId: {type: string, maxLength: 10, x-reveals: []}\n                other: {type: string, format: tw-national-id}',
            ),
        }
      : { [API]: String(good[API]).replace(from, () => to) }
    t.not(spelled[API], good[API])
    const found = diff(base, snapshotOf(spelled))
    t.same(found.map(({ code, direction }) => `${direction} ${code}`).sort(), expected)
    t.match(found.map(({ what }) => what.zh).join('\n'), text)
    const back = new Set(diff(snapshotOf(spelled), base).map(({ direction }) => direction))
    const opposite = { open: 'closed', closed: 'open', other: 'other' }
    t.same(back, new Set(found.map(({ direction }) => opposite[direction])), 'and the other way round')
    t.end()
  })
}

t.test('a removed field names the grants that it breaks; rising sensitivity who holds it; a removal is loud', async (t) => {
  const wider = snapshotOf({})
  const api = wider.apis.get('benefits')
  const [first] = api?.operations.values() ?? []
  if (api === undefined || first === undefined) throw new Error('the good folder has an operation')
  const sensitivity = new Map(first.answer.sensitivity)
  sensitivity.delete('category')
  const without = { ...first, answer: { ...first.answer, sensitivity } }
  const after: Snapshot = {
    ...wider,
    apis: new Map([['benefits', { ...api, operations: new Map([...api.operations, [first.id, without]]) }]]),
  }
  const [change] = diff(wider, after)
  t.match(change, { code: 'field-removed', direction: 'closed', removed: true, agencies: ['education'] })
  t.match(change?.what.zh, /education\/fee-waiver/)
  const risen = diff(
    base,
    snapshotOf(
      edit(API, 'category: {title: 類別, type: string, x-sensitivity: 1}', 'category: {title: 類別, type: string, x-sensitivity: 2}'),
    ),
  )
  t.match(risen[0]?.what.en, /held by education\//)
})

t.test('an API that came or went names its operations, and who holds them', (t) => {
  const without = { ...base, apis: new Map(), agencies: new Map() }
  const unheld = { ...base, agencies: new Map() }
  t.same(
    diff(without, unheld).map(({ code, direction }) => `${direction} ${code}`),
    ['other api-added', ...Array(3).fill('other operation-added')],
  )
  t.match(
    diff(without, unheld).map(({ what }) => what.zh),
    [/福利資格/, /getStatus 查詢資格.*尚未核可任何機關/, /getIncome/, /listAll/],
  )
  const gained = diff({ ...base, apis: new Map() }, base)
  t.match(
    gained.find(({ what }) => what.zh.includes('getStatus')),
    { direction: 'open', agencies: ['education'], what: { zh: /education\/fee-waiver/ } },
  )
  const lost = diff(base, { ...base, apis: new Map() })
  t.match(
    lost.find(({ code, what }) => code === 'operation-removed' && what.zh.includes('getIncome')),
    { direction: 'closed', what: { zh: /影響核可：education\/review/ } },
  )
  t.end()
})
