// locked-cell.ts: whether a locked cell says what it said when it was handed out, though an office program may have written it anew in its own way.
import { sealedWord } from '../../../audit/form/wording.ts'
import { foldIdentifier } from '../../../identifier.ts'

/** What stands in a locked column. */
export type LockedKind = 'day' | 'subject' | 'text' | 'time'

/** Who a record asked about, as far as that is known without any key. */
export interface SubjectKnown {
  /** `tw-national-id`, or another that has no form of its own. */
  readonly kind: string
  /** Whether a `disclosure` entry opened it: else no form shows it. */
  readonly opened: boolean
}

/** A text without spaces and line ends: office programs and CSV keep these in ways of their own. */
export const squeezed = (text: string): string => text.normalize('NFKC').replaceAll(/\s/g, '').replace(/^'/, '')

/** @param expected as it was handed out; a subject as one that is sealed */
export function isHeld(kind: LockedKind, found: string, expected: string, subject: SubjectKnown | undefined): boolean {
  const [one, other] = [squeezed(found), squeezed(expected)]
  if (one === other) return true
  if (kind === 'subject') return subject !== undefined && isOpened(one, other, subject)
  if (kind === 'day') return isSameDay(one, other)
  if (kind === 'time') return isSameTime(one, other)
  const [number, meant] = [numberIn(one), numberIn(other)]
  return meant !== undefined && number === meant
}

/** A wrong check digit is let pass where the caller insisted (D-16). */
const nationalId = /^[A-Z][0-9A-D]\d{8}$/

/** A template may say other words beside the subject. */
function isOpened(found: string, expected: string, { kind, opened }: SubjectKnown): boolean {
  const at = expected.indexOf(sealedWord)
  if (!opened || at < 0) return false
  const [before, behind] = [expected.slice(0, at), expected.slice(at + sealedWord.length)]
  if (!found.startsWith(before) || !found.endsWith(behind)) return false
  const subject = found.slice(before.length, found.length - behind.length)
  return kind === 'tw-national-id' ? nationalId.test(foldIdentifier(subject)) : subject !== ''
}

/** `0012` and `1e5` come back as `12` and `1.00E+05`: to a spreadsheet they are these numbers. */
function numberIn(text: string): number | undefined {
  const digits = text.replaceAll(',', '')
  return /^\d+(?:\.\d+)?(?:E[+-]?\d+)?$/i.test(digits) ? Number(digits) : undefined
}

/** `115/05/16` comes back as `2026-05-16`, `115年5月16日`, or `5/16/15`, after the country that is set. */
function isSameDay(found: string, expected: string): boolean {
  const [one, other] = [numbersIn(found), numbersIn(expected)]
  const [year = 0, month, day] = other
  if (one.length !== 3 || other.length !== 3) return false
  const years = new Set([year, year + 1911, (year + 1911) % 100, year % 100, 1900 + (year % 100), 2000 + (year % 100)])
  const [first, second, third] = one
  return [
    [first, second, third],
    [third, first, second],
    [third, second, first],
  ].some(([y = -1, m, d]) => years.has(y) && m === month && d === day)
}

/** `23:05:03` comes back as `11:05:03 PM`, `下午 11:05:03`, or without its seconds. */
function isSameTime(found: string, expected: string): boolean {
  const [hour = -1, minute, second] = numbersIn(found)
  const [meant, minutes, seconds] = numbersIn(expected)
  const half = /PM|下午/i.test(found) ? 12 : 0
  const hours = /[AP]M|[上下]午/i.test(found) ? (hour % 12) + half : hour
  return hours === meant && minute === minutes && (second === undefined || second === seconds)
}

const numbersIn = (text: string): readonly number[] => (text.match(/\d+/g) ?? []).map(Number)
