// taipei.ts: months of Asia/Taipei.

/** UTC+8, without daylight saving since 1980; ms. */
export const taipei = 8 * 3_600_000

/** `2026-11` */
export const monthAt = (ms: number): string => new Date(ms + taipei).toISOString().slice(0, 7)
