// forms.ts: the written forms of single values (days, ids, networks …): how each is recognised, and what a finding says it should be.
import { isIP } from 'node:net'
import { readCivilDate, readRocDate } from '../../calendar.ts'
import { FieldPathError, parseFieldPath } from '../../projection/paths.ts'
import { parseHours } from '../hours.ts'
import { parseCidr } from '../networks.ts'

/** One sentence in Traditional Chinese and in English. */
export interface Said {
  readonly zh: string
  readonly en: string
}

export interface Form extends Said {
  readonly accepts: (text: string) => boolean
  /** For editors, which know no form of ours; looser than `accepts`. */
  readonly pattern?: string
  /** What a person who wrote this probably meant. */
  readonly meant?: (text: string) => string | undefined
}

const matches = (pattern: string, zh: string, en: string): Form => {
  const form = new RegExp(pattern, 'u')
  return { zh, en, pattern, accepts: (text) => form.test(text) }
}

/** Something is written, and nothing that a screen would not show: no control, bidi or line-separator characters, no space at an end. */
function isLine(text: string, most: number): boolean {
  return (
    text.trim() === text &&
    text !== '' &&
    [...text].length <= most &&
    text.isWellFormed() &&
    !/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u.test(text)
  )
}

function isUrl(text: string, accepts: (url: URL) => boolean): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '' && accepts(url)
}

function isFieldPath(text: string): boolean {
  try {
    return parseFieldPath(text).length > 0
  } catch (error) {
    if (error instanceof FieldPathError) return false
    throw error
  }
}

function isInstant(text: string): boolean {
  const [, date, hour] = /^(\d{4}-\d{2}-\d{2})T(\d{2}):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/.exec(text) ?? []
  return date !== undefined && readCivilDate(date) !== undefined && Number(hour) < 24
}

const form = {
  date: {
    zh: '西元日期，例如 2026-01-05',
    en: 'a day that exists, written YYYY-MM-DD',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
    accepts: (text) => readCivilDate(text) !== undefined,
    meant: (text) =>
      readRocDate(text) ??
      readCivilDate(text.replaceAll(/[/.]/g, '-')) ??
      readCivilDate(text.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')),
  },
  instant: {
    zh: '日期時間及時差，例如 2026-11-24T22:15:00+08:00',
    en: 'a time of RFC 3339 with its offset, like 2026-11-24T22:15:00+08:00',
    accepts: isInstant,
  },
  id: matches(
    '^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$',
    '小寫英文字母、數字、連字號，以字母開頭，例如 taipei-education',
    'lower-case letters, digits and hyphens, beginning with a letter',
  ),
  line: { zh: '一行文字，前後不留空白，200 字以內', en: 'one line of text of up to 200 characters', accepts: (text) => isLine(text, 200) },
  document: { zh: '公文文號，例如 北市社資字第1150000123號', en: 'the number of a document', accepts: (text) => isLine(text, 100) },
  'agency-code': matches(
    '^[0-9A-Z][0-9A-Z-]{3,19}$',
    '機關代碼（數字、大寫英文字母），例如 379110000E',
    'an agency code of digits and capital letters',
  ),
  email: matches('^[^@ ]{1,64}@[^@ ]{1,190}$', '電子郵件地址', 'a mail address'),
  cidr: {
    zh: '網段，例如 203.0.113.0/28、2001:db8:20::/48',
    en: 'a network in canonical form, like 203.0.113.0/28',
    accepts: (text) => parseCidr(text).ok,
    meant: (text) => {
      const read = parseCidr(text)
      return read.ok ? undefined : read.nearest
    },
  },
  hours: {
    zh: '時:分-時:分 及日別（workdays 工作日、restdays 放假日、all 每日），例如 "08:00-18:00 workdays"；跨午夜請寫成兩段',
    en: 'HH:MM-HH:MM and workdays, restdays or all, like "08:00-18:00 workdays"; past midnight is written as two',
    pattern: '^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9] (workdays|restdays|all)$',
    accepts: (text) => parseHours(text) !== undefined,
  },
  sha256: matches('^[0-9a-f]{64}$', 'SHA-256 雜湊值，64 個小寫十六進位數字', 'a SHA-256 digest of 64 lower-case hex digits'),
  base64url: matches('^[A-Za-z0-9_-]{4,2048}$', 'base64url 文字', 'base64url text'),
  thumbprint: matches(
    '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$',
    '憑證 DER 之 SHA-256，43 個 base64url 字元',
    'the SHA-256 of a certificate’s DER, 43 characters of base64url',
  ),
  'key-id': matches(
    '^[A-Za-z0-9._-]{1,64}$',
    '金鑰代號（英數字、點、底線、連字號），64 字以內',
    'a key id of up to 64 letters, digits, dots, hyphens',
  ),
  year: matches('^20[0-9]{2}$', '西元年，例如 2026', 'a year, like 2026'),
  origin: {
    zh: '對外網址，只含主機與連接埠，例如 https://linkage.example.gov.tw',
    en: 'an origin without a path, like https://linkage.example.gov.tw',
    pattern: '^https?://',
    accepts: (text) => isUrl(text, (url) => /^https?:$/.test(url.protocol) && url.origin === text),
  },
  'upstream-url': {
    zh: '上游網址，結尾沒有斜線，例如 https://welfare.example.gov.tw/api',
    en: 'an http or https URL without a slash at its end',
    pattern: '^https?://[^?#]*[^/?#]$',
    accepts: (text) =>
      !text.endsWith('/') &&
      isUrl(text, (url) => /^https?:$/.test(url.protocol) && !/%2f|%2e|\/\/|\/\./i.test(url.pathname) && text.startsWith(url.origin)),
  },
  'copy-url': {
    zh: 'https 網址，結尾沒有斜線，例如 https://witness.example.gov.tw/linkage',
    en: 'an https URL without a slash at its end',
    pattern: '^https://[^?#]*[^/?#]$',
    accepts: (text) => !text.endsWith('/') && isUrl(text, (url) => url.protocol === 'https:' && text.startsWith(url.origin)),
  },
  'jwks-uri': {
    zh: 'https 網址，例如 https://keys.example.gov.tw/jwks.json',
    en: 'an https URL without query, like https://keys.example.gov.tw/jwks.json',
    pattern: '^https://[^?#]+$',
    accepts: (text) => isUrl(text, (url) => url.protocol === 'https:' && url.href === text),
  },
  host: matches(
    '^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?$',
    '主機名稱（小寫），可加連接埠，例如 keys.example.gov.tw',
    'a host in lower case, with its port where it has one, like keys.example.gov.tw',
  ),
  address: { zh: 'IP 位址，例如 127.0.0.1', en: 'an IP address, like 127.0.0.1', accepts: (text) => isIP(text) > 0 && !text.includes('%') },
  'file-path': { zh: '檔案或資料夾路徑', en: 'a path', accepts: (text) => isLine(text, 1024) },
  'field-path': {
    zh: '資料項目路徑，例如 members[].name；以 [ 開頭要加引號',
    en: 'a field path, like members[].name; one that begins with [ is quoted',
    accepts: isFieldPath,
  },
} as const satisfies Record<string, Form>

export type FormName = keyof typeof form
/** Every form, by the name under which schemas give it as `format`. */
export const forms: Readonly<Record<FormName, Form>> = form
