// decimal.ts: sizes and indexes as text.

/** A whole number without sign and leading zeros, below 2^53; undefined for any other text. */
export function readDecimal(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,15})$/.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : undefined
}
