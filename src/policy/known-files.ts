// known-files.ts: readings of files that have not changed since the last load: parsing them and holding them against their schema is nearly all that a load costs.
import type { CivilDate } from '../calendar.ts'
import type { ApiReading } from './catalogue/api.ts'
import type { Examined } from './examine.ts'
import { type Finding, Report } from './finding.ts'
import type { Roster } from './roster.ts'
import type { Kind } from './schema/kinds.ts'
import type { Agency } from './snapshot.ts'
import type { YamlDocument } from './yaml-document.ts'

/** One reading of a file: what it was read from, what came of it, what was wrong with it. */
interface Kept<T> {
  readonly text: string
  readonly reading: T
  readonly findings: readonly Finding[]
}

/** Reads each file once for each text that it has. */
export class Once<T> {
  #kept = new Map<string, Kept<T>>()
  #next = new Map<string, Kept<T>>()

  /** A file's reading: the last one, where nothing that it depends on has changed.
   *  @param text all that the reading depends on
   *  @param report gets what was found wrong, now or then */
  read(name: string, text: string, report: Report, read: (report: Report) => T): T {
    const known = this.#kept.get(name)
    let kept = known?.text === text ? known : undefined
    if (kept === undefined) {
      const own = new Report()
      kept = { text, reading: read(own), findings: own.findings }
    }
    this.#next.set(name, kept)
    report.take(kept.findings)
    return kept.reading
  }

  /** A load has ended: what it did not ask for is forgotten. */
  turn(): void {
    this.#kept = this.#next
    this.#next = new Map()
  }
}

/** Rest days of a year, and what the digest holds of them. */
interface Calendar {
  readonly days: ReadonlySet<CivilDate>
  readonly content: readonly CivilDate[]
}

/** What one load leaves for the next. Readings are not changed once they are made. */
export class KnownFiles {
  readonly documents = new Once<{ readonly file: YamlDocument; readonly value: Examined<Kind> }>()
  readonly apis = new Once<ApiReading>()
  readonly rosters = new Once<Roster>()
  readonly calendars = new Once<Calendar | undefined>()
  /** Agencies by what their files say, and the rosters beside them. */
  readonly agencies = new WeakMap<object, { readonly rows: Roster['rows']; readonly agency: Agency }>()

  turn(): void {
    this.documents.turn()
    this.apis.turn()
    this.rosters.turn()
    this.calendars.turn()
  }
}
