// orders.ts: the protection cases of the sample welfare system. Invented persons only.

export interface ProtectionRecord {
  readonly caseNo: string
  readonly protectedPerson: boolean
  readonly type: string
  readonly status: string
  readonly worker: { readonly name: string; readonly unit: string; readonly phone: string }
  readonly order: { readonly no: string; readonly kind: string; readonly validUntil: string }
  readonly riskLevel: string
  readonly shelter: { readonly name: string | null; readonly address: string | null }
  readonly perpetrator: { readonly name: string; readonly nationalId: string }
  /** Declared nowhere. */
  readonly victim: { readonly name: string; readonly nationalId: string; readonly school: string | null }
}

export const orders: readonly ProtectionRecord[] = [
  {
    caseNo: 'DV115000071',
    protectedPerson: true,
    type: '家庭暴力',
    status: '服務中',
    worker: { name: '沈靜宜', unit: '成人保護組', phone: '02-0000-3071' },
    order: { no: '115年度家護字第000071號', kind: '通常保護令', validUntil: '2027-04-30' },
    riskLevel: '高',
    shelter: { name: '第三庇護處所', address: '（保密）臺北市保密街0號' },
    perpetrator: { name: '林國棟', nationalId: 'A100000752' },
    victim: { name: '林淑惠', nationalId: 'A200000718', school: null },
  },
  {
    caseNo: 'CP115000082',
    protectedPerson: true,
    type: '兒少保護',
    status: '開案',
    worker: { name: '杜承翰', unit: '兒少保護組', phone: '02-0000-3082' },
    order: { no: '115年度暫家護字第000082號', kind: '暫時保護令', validUntil: '2026-12-31' },
    riskLevel: '中',
    shelter: { name: null, address: null },
    perpetrator: { name: '張大同', nationalId: 'A100000869' },
    victim: { name: '張子樂', nationalId: 'A100000841', school: '示範國民小學' },
  },
]
