// payments.ts: the allowances of the sample welfare system, per person and month, and the monthly list of payees. Invented persons only.

export interface Payment {
  readonly type: string
  readonly month: string
  readonly amount: number
  readonly payee: { readonly name: string; readonly account: string }
  readonly status: string
  readonly startedOn: string | null
  readonly stoppedOn: string | null
  readonly stopReason: string | null
}

interface Allowance extends Omit<Payment, 'month'> {
  readonly nationalId: string
  readonly bankCode: string
  readonly firstMonth: string
  readonly lastMonth: string
}

const running = { status: '已撥付', stoppedOn: null, stopReason: null, firstMonth: '2026-01', lastMonth: '2026-12' } as const

const allowances: readonly Allowance[] = [
  {
    ...running,
    nationalId: 'H100000517',
    type: '中低收入老人生活津貼',
    amount: 8329,
    payee: { name: '李𪚥', account: '0006001234567' },
    bankCode: '700',
    startedOn: '2024-01-01',
  },
  {
    ...running,
    nationalId: 'A100000127',
    type: '兒童及少年生活扶助',
    amount: 2197,
    payee: { name: '王小明', account: '00000100012345' },
    bankCode: '004',
    startedOn: '2026-01-01',
  },
  {
    ...running,
    nationalId: 'A200000003',
    type: '身心障礙者生活補助',
    amount: 9485,
    payee: { name: '陳喆安', account: '00012340005678' },
    bankCode: '700',
    startedOn: '0990201',
  },
  {
    ...running,
    nationalId: 'A200000718',
    type: '身心障礙者生活補助',
    amount: 4049,
    payee: { name: '林淑惠', account: '00000800012345' },
    bankCode: '004',
    startedOn: '2023-07-01',
    lastMonth: '2026-06',
    stoppedOn: '2026-06-30',
    stopReason: '證明逾期',
  },
]

function monthsBetween(from: string, until: string): string[] {
  const number = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1
  return Array.from({ length: Math.max(0, number(until) - number(from) + 1) }, (_, index) => {
    const at = number(from) + index
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`
  })
}

const later = (one: string, other: string): string => (one > other ? one : other)
const earlier = (one: string, other: string): string => (one < other ? one : other)

/** Payments of a person in the months from `2026-01` to `2026-12`, both included.
 *  @returns undefined for a person who never received an allowance */
export function paymentsOf(nationalId: string, from: string, until: string): readonly Payment[] | undefined {
  const own = allowances.filter((each) => each.nationalId === nationalId)
  if (own.length === 0) return undefined
  return own.flatMap(({ nationalId: _, bankCode: _code, firstMonth, lastMonth, ...payment }) =>
    monthsBetween(later(from, firstMonth), earlier(until, lastMonth)).map((month) => ({ ...payment, month })),
  )
}

/** The payees of a month as CSV (RFC 4180, CRLF, header first): accounts keep their leading zeros, and there is one column,
 *  `remark`, that the catalogue does not declare. */
export function payeesCsv(month: string): string {
  const rows = allowances
    .filter((each) => each.firstMonth <= month && month <= each.lastMonth)
    .map((each) =>
      [
        each.nationalId,
        each.payee.name,
        each.type,
        month,
        each.amount,
        each.bankCode,
        each.payee.account,
        each.status,
        '"舊系統備註,含逗號"',
      ].join(','),
    )
  return [`nationalId,name,type,month,amount,bankCode,account,status,remark`, ...rows].map((row) => `${row}\r\n`).join('')
}
