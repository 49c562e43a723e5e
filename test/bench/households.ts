// households.ts: answers of a welfare system, invented, every record different, for the benches.
import { type LeafType, leavesOf, type Shape } from '../../src/projection/paths.ts'

const leaf = (type: LeafType): Shape => ({ kind: 'leaf', type })
const array = (items: Shape): Shape => ({ kind: 'array', items })
const object = (properties: Record<string, Shape>): Shape => ({ kind: 'object', properties: new Map(Object.entries(properties)) })
const text = leaf('string')

/** One household of the low-income list: 20 members, 46 leaves. */
const household = object({
  householdId: text,
  caseNo: text,
  status: object({ category: text, validFrom: text, validUntil: text, approvedBy: text, reviewed: leaf('boolean') }),
  applicant: object({ name: text, nationalId: text, birthDate: text, phone: text, address: text }),
  registeredAddress: object({ city: text, district: text, village: text, street: text }),
  members: array(
    object({
      name: text,
      nationalId: text,
      relation: text,
      countedIncome: leaf('integer'),
      studentStatus: text,
      disability: object({ class: text, level: text }),
    }),
  ),
  income: object({ monthlyPerCapita: leaf('number'), sources: array(object({ kind: text, amount: leaf('integer') })) }),
  assets: object({ movable: leaf('integer'), realEstate: leaf('integer') }),
  bankAccount: object({ bankCode: text, account: text }),
  visits: array(object({ on: text, worker: text, note: text })),
  benefits: array(object({ code: text, amount: leaf('integer'), status: text })),
  rentSubsidy: leaf('boolean'),
  healthInsurance: text,
  contactNote: text,
  language: text,
  lastChanged: text,
  changedBy: text,
  version: leaf('integer'),
  sourceSystem: text,
  remarks: text,
})
export const answerShape: Shape = object({ asOf: text, total: leaf('integer'), households: array(household) })

/** About a quarter of the leaves. */
export const quarter: readonly string[] = [
  'total',
  'householdId',
  'status.category',
  'status.validUntil',
  'applicant.name',
  'registeredAddress.district',
  'members[].name',
  'members[].studentStatus',
  'benefits[].code',
  'benefits[].amount',
  'benefits[].status',
  'rentSubsidy',
].map((path) => (path === 'total' ? path : `households[].${path}`))

/** About nine leaves in ten. */
export const mostLeaves: readonly string[] = leavesOf(answerShape).filter((_, k) => k % 10 !== 5)

/** A generator of numbers in [0, 1) that gives the same records in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const surnames = [...'陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴周𠮷']
const given = [...'志明雅婷俊傑淑芬家豪怡君美玲文雄秀英建宏麗華𡘙']
const districts = ['中正區', '大同區', '中山區', '松山區', '大安區', '萬華區', '信義區', '士林區', '北投區', '內湖區', '南港區', '文山區']
const streets = ['和平東路二段', '羅斯福路三段', '民生東路五段', '重慶北路', '環河南路一段', '木柵路']
const categories = ['低收入戶第0類', '低收入戶第1類', '低收入戶第2類', '低收入戶第3類', '低收入戶第4類', '中低收入戶']
const notes = [
  '家訪時案主在家，居住環境尚可。',
  '案主因工傷休養中，由長女照顧起居，需轉介居家服務。',
  '電話聯繫未果，擇期再訪。',
  '已說明補助項目及應備文件，案主表示理解並同意簽章。',
]

/** A household in which nothing is real: the identifiers are random digits. */
function makeHousehold(random: () => number): object {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T // the index is within the list
  const digits = (count: number): string => Array.from({ length: count }, () => Math.floor(random() * 10)).join('')
  const person = (): string => pick(surnames) + pick(given) + (random() < 0.9 ? pick(given) : '')
  const day = (): string => `20${10 + Math.floor(random() * 16)}-0${1 + Math.floor(random() * 9)}-${10 + Math.floor(random() * 18)}`
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: Math.floor(random() * (most + 1)) }, make)
  const district = pick(districts)
  return {
    householdId: `HH-${digits(7)}`,
    caseNo: `北市社助字第${digits(10)}號`,
    status: { category: pick(categories), validFrom: day(), validUntil: day(), approvedBy: `${district}公所`, reviewed: random() < 0.5 },
    applicant: {
      name: person(),
      nationalId: `${pick([...'ABCDEF'])}0${digits(8)}`,
      birthDate: day(),
      phone: `09${digits(2)}-${digits(6)}`,
      address: `臺北市${district}${pick(streets)}${digits(2)}號${1 + Math.floor(random() * 12)}樓`,
    },
    registeredAddress: { city: '臺北市', district, village: `${pick(given)}${pick(given)}里`, street: pick(streets) },
    members: some(3, () => ({
      name: person(),
      nationalId: `${pick([...'ABCDEF'])}0${digits(8)}`,
      relation: pick(['配偶', '長子', '長女', '次子', '母']),
      countedIncome: Math.floor(random() * 40_000),
      studentStatus: pick(['無', '國小', '國中', '高中職', '大專校院']),
      disability: random() < 0.3 ? { class: '第一類', level: pick(['輕度', '中度', '重度']) } : null,
    })),
    income: {
      monthlyPerCapita: Math.floor(random() * 2_000_000) / 100,
      sources: some(2, () => ({ kind: pick(['薪資', '利息', '租金']), amount: Math.floor(random() * 50_000) })),
    },
    assets: { movable: Math.floor(random() * 500_000), realEstate: Math.floor(random() * 5_000_000) },
    bankAccount: { bankCode: digits(3), account: digits(14) },
    visits: some(1, () => ({ on: day(), worker: person(), note: pick(notes) })),
    benefits: some(2, () => ({ code: `B${digits(3)}`, amount: Math.floor(random() * 9_000), status: pick(['發放中', '停發', '審核中']) })),
    rentSubsidy: random() < 0.3,
    healthInsurance: pick(['全額補助', '半額補助', '無']),
    contactNote: pick(['', '請於上午聯絡', '請以簡訊聯絡']),
    language: pick(['國語', '臺語', '客語', '阿美語']),
    lastChanged: `${day()}T10:${10 + Math.floor(random() * 50)}:00+08:00`,
    changedBy: `u${digits(5)}`,
    version: Math.floor(random() * 40),
    sourceSystem: pick(['社福平臺', '區公所系統']),
    remarks: random() < 0.2 ? pick(notes) : '',
  }
}

/** An answer of at least so many bytes, whole records, compact, Chinese as raw UTF-8. */
export function makeAnswer(bytes: number, seed: number): Buffer {
  const random = generator(seed)
  const households: string[] = []
  let length = 0
  while (length < bytes - 600) {
    const record = JSON.stringify(makeHousehold(random))
    households.push(record)
    length += Buffer.byteLength(record)
  }
  return Buffer.from(`{"asOf":"2026-03-31","total":${households.length},"households":[${households.join(',')}]}`)
}

/** The same answer, byte for byte as long, with Latin letters for everything that is not ASCII. */
export function inLetters(answer: Buffer): Buffer {
  return Buffer.from(answer.map((byte) => (byte < 0x80 ? byte : 0x61 + (byte % 26))))
}
