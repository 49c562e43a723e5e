// base64.ts: standard base64 with its padding, and nothing that only looks like it.

/** The bytes of a text in standard base64; undefined where it is not the one text that encodes them. SPEC RFC 4648 §4, §3.5. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
