// shown.ts: text of a log, which may hold anything, as it can be shown.

/** Control and format characters escaped, not too long. */
export function shown(text: string): string {
  const escaped = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (each) => `\\u{${each.codePointAt(0)?.toString(16)}}`)
  return escaped.length > 1000 ? `${escaped.slice(0, 1000)} …` : escaped
}
