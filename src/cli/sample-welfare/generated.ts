// generated.ts: any number of different households, for benches and tests of size.
import type { HouseholdRecord, Member } from './record.ts'

const surnames = ['陳', '林', '黃', '張', '李', '王', '吳', '劉', '蔡', '楊', '許', '鄭', '𠮷田']
const given = ['志明', '淑芬', '家豪', '雅婷', '冠宇', '怡君', '承恩', '詠晴', '品睿', '宥廷', '子晴', '𡘙']
const districts = ['萬華', '大同', '中山', '中正', '大安', '信義', '松山', '內湖', '南港', '士林', '北投', '文山']
const categories = ['低收入戶第1類', '低收入戶第2類', '低收入戶第3類', '低收入戶第4類', '中低收入戶']
const relations = ['本人', '配偶', '長子', '長女', '次子', '次女', '父', '母']
const schooling = ['國小在學', '國中在學', '高中職在學', '大專院校在學', null]
const notes = [
  '案家居住環境尚可，主要照顧者需喘息服務。',
  '收入不穩定，已轉介就業服務，下次訪視追蹤。',
  '長輩行動不便，已協助申請輔具及居家服務。',
]

/** An identifier with a valid check digit (the letter's two digits and the nine digits, weighted 1 9 8 7 6 5 4 3 2 1 1, sum to a
 *  multiple of ten), whose serial begins with 00 so that it is seen to be invented. */
function identifier(gender: 1 | 2, serial: number): string {
  // A stands for 10: 1 × 1 + 0 × 9.
  const digits = `${gender}${String(serial % 100_000).padStart(7, '0')}`
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (8 - at), 1)
  return `A${digits}${(10 - (sum % 10)) % 10}`
}

/** xorshift32: the same numbers for the same seed, on every machine. */
function numbersFrom(seed: number): (below: number) => number {
  let state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % below
  }
}

type Pick = <T>(from: readonly T[]) => T

/** Members with whom an answer has about 1.6 KB and about 20 KB: the two sizes that benches measure. */
export const membersOfSize = { small: 4, large: 118 } as const

/** A household in the shape of the sample's answers, as JSON text with raw UTF-8.
 *  @param seed a safe integer ≥ 0; equal seeds give equal texts
 *  @param members an integer ≥ 1
 *  @throws RangeError for anything else */
export function generateHousehold(seed: number, members: number): string {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed: expected an integer ≥ 0, found ${seed}`)
  if (!Number.isSafeInteger(members) || members < 1) throw new RangeError(`members: expected an integer ≥ 1, found ${members}`)
  const next = numbersFrom(seed)
  const pick: Pick = <T>(from: readonly T[]) => from[next(from.length)] as T // the lists here are never empty, and next() stays below their length
  const people = Array.from({ length: members }, (_, index) => memberOf(seed, index, next, pick))
  return JSON.stringify(recordOf(seed, people, next, pick))
}

const nameFrom = (pick: Pick): string => pick(surnames) + pick(given)

function memberOf(seed: number, index: number, next: (below: number) => number, pick: Pick): Member {
  return {
    name: nameFrom(pick),
    nationalId: identifier(next(2) === 0 ? 1 : 2, seed * 97 + index),
    relation: index === 0 ? '本人' : pick(relations),
    studentStatus: pick(schooling),
    countedIncome: next(40_000),
    disability: next(5) === 0 ? { class: '第七類', level: '中度' } : { class: null, level: null },
  }
}

function recordOf(seed: number, people: readonly Member[], next: (below: number) => number, pick: Pick): HouseholdRecord {
  const number = String(seed % 1_000_000).padStart(6, '0')
  const district = pick(districts)
  return {
    householdId: `LH115${number}`,
    caseNo: `115${district}低${number}`,
    protectedPerson: false,
    status: { category: pick(categories), validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: `${district}區公所` },
    applicant: {
      name: people[0]?.name ?? '',
      nationalId: people[0]?.nationalId ?? '',
      birthDate: `${1940 + next(60)}-0${1 + next(9)}-${10 + next(18)}`,
      phone: `02-0000-${String(next(10_000)).padStart(4, '0')}`,
      address: `臺北市${district}區虛構路${1 + next(300)}號${1 + next(12)}樓`,
    },
    members: people,
    income: {
      monthlyPerCapita: next(26_000),
      sources: [
        { kind: '薪資所得', amount: next(400_000) },
        { kind: '利息所得', amount: next(3_000) },
      ],
    },
    assets: { movable: next(150_000), realEstate: next(7_000_000) },
    bankAccount: { bankCode: '004', account: `000${String(next(1_000_000_000)).padStart(9, '0')}` },
    visits: [
      { on: '2026-03-12', worker: nameFrom(pick), note: pick(notes) },
      { on: '2026-09-03', worker: nameFrom(pick), note: pick(notes) },
    ],
    staffMemo: '（內部備註）詳紙本卷。',
    lastEditor: `OLDSYS\\worker${String(next(100)).padStart(2, '0')}`,
  }
}
