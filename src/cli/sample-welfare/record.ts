// record.ts: one household as the sample welfare system holds it, and as its old programs write it.

export interface Disability {
  readonly class: string | null
  readonly level: string | null
}

export interface Member {
  readonly name: string
  readonly nationalId: string
  readonly relation: string
  readonly studentStatus: string | null
  readonly countedIncome: number
  readonly disability: Disability
}

/** The whole record. The old system sends all of it to every operation: members that an operation's catalogue does not declare
 *  (`staffMemo`, `lastEditor`, and for most operations much more) must be stopped by whoever stands in front of it. */
export interface HouseholdRecord {
  readonly householdId: string
  readonly caseNo: string
  readonly protectedPerson: boolean
  readonly status: {
    readonly category: string
    /** ISO 8601 or ROC text (`1150101`): old rows were never converted. */
    readonly validFrom: string | null
    readonly validUntil: string | null
    readonly approvedBy: string
  }
  readonly applicant: {
    readonly name: string
    readonly nationalId: string
    readonly birthDate: string | null
    readonly phone: string | null
    readonly address: string | null
  }
  readonly members: readonly Member[]
  readonly income: { readonly monthlyPerCapita: number; readonly sources: readonly { readonly kind: string; readonly amount: number }[] }
  readonly assets: { readonly movable: number; readonly realEstate: number }
  readonly bankAccount: { readonly bankCode: string; readonly account: string }
  readonly visits: readonly { readonly on: string; readonly worker: string; readonly note: string }[]
  /** Declared nowhere: free text that case workers leave for each other. */
  readonly staffMemo: string
  readonly lastEditor: string
}

/** How the old programs write a record's JSON text. */
export type Writing = (record: HouseholdRecord) => string

export const compact: Writing = (record) => JSON.stringify(record)

/** Indented, with CRLF, as the report program writes. */
export const indented: Writing = (record) => `${JSON.stringify(record, null, 2).replaceAll('\n', '\r\n')}\r\n`

/** `name` spelled with an escape, as a library of 2009 does: the same key to a parser, another one to a text search. */
export const escapedNames: Writing = (record) => compact(record).replaceAll('"name":', '"na\\u006de":')

/** An amount beyond 2^53, as a JSON number: it must come through digit for digit. */
export const largeAmount: Writing = (record) => compact(record).replace(/"realEstate":\d+/, '"realEstate":1234567890123456789')
