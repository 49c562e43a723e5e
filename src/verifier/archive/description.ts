// description.ts: archive.json, what an archive says that it is: whose, of which months, and which part of them is on which disc.
import { isObject, type JsonObject } from '../json-value.ts'
import { isSlot } from '../layout.ts'
import { countAt, objectAt, objectsAt, parsed, textAt } from './entry.ts'
import { Unusable } from './finding.ts'
import { type ArchiveFile, textIn } from './place.ts'

export const technical = 'technical'
export const descriptionName = `${technical}/archive.json`

/** An agency's last running numbers in a log, at some place of it. */
export interface Numbers {
  readonly records: number
  readonly counted: number
}

/** What a disc holds of a log: the records with numbers above `after`, up to `to`. */
export interface Part {
  readonly disc: number
  readonly after: Numbers
  readonly to: Numbers
}

export interface DescribedLog {
  readonly slot: string
  readonly log: string
  readonly parts: readonly Part[]
}

export interface Description {
  readonly agency: { readonly id: string; readonly code: string; readonly name: string }
  /** Months of Asia/Taipei, both included: `2026-07`. */
  readonly period: { readonly from: string; readonly until: string }
  readonly disc: { readonly at: number; readonly of: number }
  readonly logs: readonly DescribedLog[]
  /** The lists of the other discs, which the first vouches for: SHA-256 by disc. */
  readonly others: ReadonlyMap<number, string>
}

class Misshapen extends Error {}

function need<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Misshapen(name)
  return value
}

const month = /^\d{4}-(0[1-9]|1[0-2])$/

/** @throws Unusable where it is missing, or says less than it must */
export async function readDescription(file: ArchiveFile | undefined): Promise<Description> {
  const wrong = (found: string): Unusable =>
    new Unusable({ code: 'description-malformed', file: descriptionName, found, expected: 'a description of an archive, version 1' })
  if (file === undefined) throw wrong('no such file')
  const value = parsed((await textIn(file)) ?? '')
  if (!isObject(value) || value.v !== 1) throw wrong('no JSON object of version 1')
  try {
    return describe(value)
  } catch (error) {
    if (error instanceof Misshapen) throw wrong(`the member ${error.message}`)
    throw error
  }
}

function describe(from: JsonObject): Description {
  const agency = need(objectAt(from, 'agency'), 'agency')
  const period = need(objectAt(from, 'period'), 'period')
  const disc = need(objectAt(from, 'disc'), 'disc')
  const described = {
    agency: { id: need(textAt(agency, 'id'), 'agency.id'), code: textAt(agency, 'code') ?? '', name: textAt(agency, 'name') ?? '' },
    period: { from: need(textAt(period, 'from'), 'period.from'), until: need(textAt(period, 'until'), 'period.until') },
    disc: { at: need(countAt(disc, 'at'), 'disc.at'), of: need(countAt(disc, 'of'), 'disc.of') },
    logs: objectsAt(from, 'logs').map(describedLog),
    others: new Map(objectsAt(from, 'others').map((each) => [countAt(each, 'disc') ?? 0, textAt(each, 'manifest') ?? ''])),
  }
  if (!month.test(described.period.from) || !month.test(described.period.until)) throw new Misshapen('period')
  if (described.disc.at < 1 || described.disc.at > described.disc.of) throw new Misshapen('disc')
  if (described.logs.length === 0 || new Set(described.logs.map(({ slot }) => slot)).size < described.logs.length)
    throw new Misshapen('logs')
  return described
}

function describedLog(from: JsonObject): DescribedLog {
  const slot = need(textAt(from, 'slot'), 'logs.slot')
  if (!isSlot(slot)) throw new Misshapen('logs.slot')
  return { slot, log: need(textAt(from, 'log'), 'logs.log'), parts: objectsAt(from, 'parts').map(partOf) }
}

function partOf(from: JsonObject): Part {
  return {
    disc: need(countAt(from, 'disc'), 'logs.parts.disc'),
    after: numbersOf(need(objectAt(from, 'after'), 'logs.parts.after')),
    to: numbersOf(need(objectAt(from, 'to'), 'logs.parts.to')),
  }
}

function numbersOf(from: JsonObject): Numbers {
  return { records: need(countAt(from, 'records'), 'records'), counted: need(countAt(from, 'counted'), 'counted') }
}
