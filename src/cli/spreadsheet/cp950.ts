// cp950.ts: text in the Big5 of Taiwan's Windows: what has no character of its own is marked with its bytes, never guessed and never lost.

/** Between these noncharacters stand the bytes of what could not be read: `\ufdd0FA40\ufdd1`. No text of a person holds them. */
export const unreadable = /\ufdd0([0-9A-F]{2,4})\ufdd1/g
const marked = (bytes: readonly number[]): string =>
  `\ufdd0${bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('')}\ufdd1`

/** Codes that cp950 leaves to its users (造字): what a character stands there is known only to the agency that drew it. WHATWG's Big5
 *  puts characters of Hong Kong there, so that a name would silently become another.
 *  SPEC Microsoft cp950: 0x8140–0xA0FE, 0xC6A1–0xC8FE, 0xFA40–0xFEFE. */
function isUsers(code: number): boolean {
  return code < 0xa140 || (code >= 0xc6a1 && code <= 0xc8fe) || code >= 0xfa40
}

/** @param known characters for codes that the person who imports has looked up: `FA40` → `𠮷` */
export function decodeCp950(bytes: Uint8Array, known: ReadonlyMap<string, string> = new Map()): string {
  const big5 = new TextDecoder('big5', { fatal: true })
  const characters = new Map<number, string>()
  const characterOf = (lead: number, trail: number): string => {
    const code = lead * 256 + trail
    let character = characters.get(code)
    if (character === undefined) {
      character = known.get(code.toString(16).toUpperCase()) ?? (isUsers(code) ? marked([lead, trail]) : standard(big5, lead, trail))
      characters.set(code, character)
    }
    return character
  }
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at++) {
    const [lead = 0, trail = 0] = [bytes[at], bytes[at + 1]]
    if (lead < 0x80) pieces.push(String.fromCharCode(lead))
    else if (lead > 0x80 && lead < 0xff && ((trail >= 0x40 && trail <= 0x7e) || (trail >= 0xa1 && trail <= 0xfe))) {
      pieces.push(characterOf(lead, trail))
      at++
    } else pieces.push(marked([lead]))
  }
  return pieces.join('')
}

function standard(big5: { decode(bytes: Uint8Array): string }, lead: number, trail: number): string {
  try {
    const character = big5.decode(Uint8Array.of(lead, trail))
    return /^[^\p{Co}\p{Cn}\ufffd]$/u.test(character) ? character : marked([lead, trail])
  } catch {
    return marked([lead, trail])
  }
}
