// households.ts: the households of the sample welfare system. Every person, number and address is invented.
// Identifiers are checksum-valid, with serial numbers of mostly zeros so that they are seen to be invented.
import { compact, escapedNames, type HouseholdRecord, indented, largeAmount, type Member, type Writing } from './record.ts'

type Draft = Pick<HouseholdRecord, 'householdId' | 'caseNo' | 'status' | 'applicant' | 'members'> &
  Partial<HouseholdRecord> & { readonly writing?: Writing }

const adult = (name: string, nationalId: string, relation: string, countedIncome: number): Member => ({
  name,
  nationalId,
  relation,
  studentStatus: null,
  countedIncome,
  disability: { class: null, level: null },
})

const pupil = (name: string, nationalId: string, relation: string, studentStatus: string): Member => ({
  ...adult(name, nationalId, relation, 0),
  studentStatus,
})

const disabled = (member: Member, type: string, level: string): Member => ({ ...member, disability: { class: type, level } })

/** Fills what most households have alike. */
function household({ writing = compact, ...draft }: Draft): { record: HouseholdRecord; text: string } {
  const perCapita = Math.round(draft.members.reduce((sum, each) => sum + each.countedIncome, 0) / draft.members.length)
  const record: HouseholdRecord = {
    protectedPerson: false,
    income: { monthlyPerCapita: perCapita, sources: [{ kind: '薪資所得', amount: perCapita * draft.members.length * 12 }] },
    assets: { movable: 86_000, realEstate: 0 },
    bankAccount: { bankCode: '004', account: `00${draft.householdId.slice(-4)}00012345` },
    visits: [{ on: '2026-09-03', worker: '何柏翰', note: '案家居住環境尚可，主要照顧者健康狀況需持續追蹤。' }],
    staffMemo: '（內部備註）鄰里通報一次，詳紙本卷。',
    lastEditor: 'OLDSYS\\worker07',
    ...draft,
  }
  return { record, text: writing(record) }
}

const drafts: readonly Draft[] = [
  {
    householdId: 'LH115000001',
    caseNo: '115萬社低000001',
    status: { category: '低收入戶第2類', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '萬華區公所' },
    applicant: {
      name: '王小明',
      nationalId: 'A123456789',
      birthDate: '1981-05-17',
      phone: '02-0000-1001',
      address: '臺北市萬華區虛構路一段12號3樓',
    },
    members: [
      adult('王小明', 'A123456789', '本人', 18_500),
      disabled(adult('李淑芬', 'A200000110', '配偶', 0), '第七類', '中度'),
      pupil('王柏宇', 'A100000127', '長子', '國中在學'),
      pupil('王品妤', 'A200000138', '長女', '國小在學'),
    ],
    visits: [
      { on: '2026-03-12', worker: '何柏翰', note: '案主從事臨時工，收入不穩定；長子課後由社區據點協助。' },
      { on: '2026-09-03', worker: '何柏翰', note: '案妻復健中，已轉介居家服務，下次訪視確認使用情形。' },
    ],
  },
  {
    householdId: 'LH115000002',
    caseNo: '115大同低000002',
    status: { category: '低收入戶第1類', validFrom: '1150101', validUntil: '1151231', approvedBy: '大同區公所' },
    applicant: { name: '陳喆安', nationalId: 'A200000003', birthDate: '0480229', phone: null, address: '臺北市大同區示範街５號二樓之１' },
    members: [disabled(adult('陳喆安', 'A200000003', '本人', 0), '第一類', '重度')],
    bankAccount: { bankCode: '700', account: '00012340005678' },
  },
  {
    householdId: 'LH115000003',
    caseNo: '115中山低000003',
    status: { category: '中低收入戶', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '中山區公所' },
    applicant: {
      name: '𠮷田美智子',
      nationalId: 'F200000213',
      birthDate: '1969-11-02',
      phone: '02-0000-1003',
      address: '臺北市中山區虛構北路100巷8弄6號',
    },
    members: [adult('𠮷田美智子', 'F200000213', '本人', 21_000), pupil('𠮷田翔太', 'F100000220', '長子', '高中職在學')],
  },
  {
    householdId: 'LH115000004',
    caseNo: '115萬社低000004',
    status: { category: '低收入戶第3類', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '萬華區公所' },
    applicant: {
      name: 'Nguyễn Thị Hoa',
      nationalId: 'A800000014',
      birthDate: '1990-08-30',
      phone: '0900-000-104',
      address: '臺北市萬華區示範街77號5樓',
    },
    members: [adult('Nguyễn Thị Hoa', 'A800000014', '本人', 16_000), pupil('張語桐', 'A200000316', '長女', '國小在學')],
    writing: escapedNames,
  },
  {
    householdId: 'LH115000005',
    caseNo: '115信義低000005',
    status: { category: '中低收入戶', validFrom: '2026-03-01', validUntil: '2026-12-31', approvedBy: '信義區公所' },
    applicant: {
      name: '谷辣斯‧尤達卡',
      nationalId: 'V100000410',
      birthDate: '1975-01-20',
      phone: '02-0000-1005',
      address: '臺北市信義區虛構路9號',
    },
    members: [adult('谷辣斯‧尤達卡', 'V100000410', '本人', 24_000), adult('Panay Kacaw', 'U200000420', '配偶', 15_000)],
    writing: largeAmount,
  },
  {
    householdId: 'LH115000006',
    caseNo: '115中正低000006',
    status: { category: '低收入戶第4類', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '中正區公所' },
    applicant: {
      name: '李𪚥',
      nationalId: 'H100000517',
      birthDate: '1958-12-08',
      phone: '02-0000-1006',
      address: '臺北市中正區示範路二段1號之2',
    },
    members: [adult('李𪚥', 'H100000517', '本人', 9_000), adult('游玉堃', 'H200000528', '配偶', 12_000)],
    writing: indented,
  },
  {
    householdId: 'LH115000007',
    caseNo: '115士林低000007',
    status: { category: '低收入戶第0類', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '士林區公所' },
    applicant: { name: '黃𡘙', nationalId: 'W100000618', birthDate: null, phone: null, address: '臺北市士林區虛構街3號' },
    members: [disabled(adult('黃𡘙', 'W100000618', '本人', 0), '第二類', '極重度')],
    assets: { movable: 0, realEstate: 0 },
  },
  {
    householdId: 'LH115000008',
    caseNo: '115萬社低000008',
    protectedPerson: true,
    status: { category: '低收入戶第2類', validFrom: '2026-02-01', validUntil: '2026-12-31', approvedBy: '萬華區公所' },
    applicant: {
      name: '林淑惠',
      nationalId: 'A200000718',
      birthDate: '1988-04-11',
      phone: '0900-000-108',
      address: '臺北市萬華區保密街1號',
    },
    members: [adult('林淑惠', 'A200000718', '本人', 8_000), pupil('林安', 'A100000725', '長子', '國小在學')],
    staffMemo: '（內部備註）保護個案，地址不得外洩。',
  },
  {
    householdId: 'LH115000009',
    caseNo: '115內湖低000009',
    status: { category: '中低收入戶', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '內湖區公所' },
    applicant: {
      name: '張文賢',
      nationalId: 'A100000814',
      birthDate: '1979-09-09',
      phone: '02-0000-1009',
      address: '臺北市內湖區示範路四段55號',
    },
    members: [
      adult('張文賢', 'A100000814', '本人', 31_000),
      pupil('張子晴', 'A200000825', '長女', '大專院校在學'),
      pupil('張子安', 'A100000832', '長子', '高中職在學'),
      pupil('張子樂', 'A100000841', '次子', '國小在學'),
    ],
  },
  {
    householdId: 'LH115000010',
    caseNo: '115文山低000010',
    status: { category: '低收入戶第3類', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '文山區公所' },
    applicant: {
      name: 'Takisvilainan Savi Maria Immaculata Ngerenger Salinan',
      nationalId: 'V200000912',
      birthDate: '1995-06-25',
      phone: '0900-000-110',
      address: '臺北市文山區虛構路三段20號',
    },
    members: [adult('Takisvilainan Savi Maria Immaculata Ngerenger Salinan', 'V200000912', '本人', 14_000)],
  },
  {
    householdId: 'LH115000011',
    caseNo: '115北投低000011',
    status: { category: '低收入戶第4類', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '北投區公所' },
    applicant: {
      name: 'Siti Aminah',
      nationalId: 'AC00000003',
      birthDate: '1983-02-14',
      phone: '0900-000-111',
      address: '臺北市北投區示範街1巷1號',
    },
    members: [adult('Siti Aminah', 'AC00000003', '本人', 15_500), pupil('周以樂', 'A100000921', '長子', '國小在學')],
  },
  {
    householdId: 'LH114000012',
    caseNo: '114松山低000012',
    // Moved away: the category has ended, and the old system leaves the dates empty.
    status: { category: '無', validFrom: null, validUntil: null, approvedBy: '松山區公所' },
    applicant: { name: '鄭宇軒', nationalId: 'A100000958', birthDate: '1971-07-07', phone: null, address: null },
    members: [adult('鄭宇軒', 'A100000958', '本人', 33_000)],
    visits: [],
  },
]

export interface SampleHousehold {
  /** Identifier of the applicant, under which the household is found. */
  readonly nationalId: string
  readonly record: HouseholdRecord
  /** The exact JSON text that the system answers. */
  readonly text: string
}

export const households: readonly SampleHousehold[] = drafts.map((draft) => {
  const { record, text } = household(draft)
  return { nationalId: record.applicant.nationalId, record, text }
})
