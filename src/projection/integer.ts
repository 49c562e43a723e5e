// integer.ts: whether the text of a JSON number stands for an integer.

/** JSON Schema (2020-12, §6.1.1) and so the catalogue: any number without a fractional part is an integer, `1.0`, `1e2` and
 *  `100e-2` as well as `1`. Decided on the digits, so that no size is too large.
 *  @param text bytes of a well-formed JSON number, at [0, length) */
export function isInteger(text: Uint8Array, length: number): boolean {
  let places = 0 // digits after the point
  let trailing = 0 // zeros at the end of all digits
  let nonzero = false
  let pointed = false
  let at = 0
  for (; at < length; at++) {
    const byte = text[at] ?? 0
    if (byte === 0x65 || byte === 0x45) break
    if (byte === 0x2e) pointed = true
    else if (byte !== 0x2d) {
      if (pointed) places++
      if (byte === 0x30) trailing++
      else {
        trailing = 0
        nonzero = true
      }
    }
  }
  if (!nonzero) return true
  let exponent = 0
  let sign = 1
  for (at++; at < length; at++) {
    const byte = text[at] ?? 0
    if (byte === 0x2d) sign = -1
    else if (byte !== 0x2b) exponent = Math.min(exponent * 10 + byte - 0x30, 1e9) // beyond any number of digits that fits
  }
  return trailing + sign * exponent >= places
}
