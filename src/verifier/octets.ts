// octets.ts: bytes as text and text as bytes, with nothing but what Node and browsers have alike.

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** The text that bytes hold; undefined where they are no UTF-8. A byte order mark is kept. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

export const bytesOf = (text: string): Uint8Array => encoder.encode(text)

/** Lower-case hex. */
export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (each) => each.toString(16).padStart(2, '0')).join('')

/** Standard base64 with its padding. For short values: keys, hashes, signatures. */
export const base64Of = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/** The bytes of a text in standard base64; undefined where it is not the one text that encodes them. SPEC RFC 4648 §4, §3.5. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text)
    return btoa(binary) === text ? Uint8Array.from(binary, (each) => each.charCodeAt(0)) : undefined
  } catch {
    return undefined
  }
}

export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at])
}

/** @returns one behind the other */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
