// calendar.ts: civil time of Asia/Taipei.

declare const brand: unique symbol
/** A day, `2026-11-24` (ISO 8601): compared and sorted as text. */
export type CivilDate = string & { readonly [brand]: 'CivilDate' }
