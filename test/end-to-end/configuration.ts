// configuration.ts: changes to a copied configuration before a gateway starts on it: settings, and agencies made for one test.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, parseDocument } from 'yaml'
import { addDays, type CivilDate, civilDateOf } from '../../src/calendar.ts'
import { drawApiKey } from '../../src/credential/api-key.ts'

/** A civil day of Asia/Taipei, so many days from today. */
export const day = (from: number): CivilDate => addDays(civilDateOf(Date.now()), from)

export interface MadeAgency {
  readonly id: string
  /** An address of its only network. */
  readonly address: string
  /** Its API key, credential `<id>-key`. */
  readonly key: string
}

/** A YAML file as it stands; `set` and its like take text for every scalar, as the failsafe schema does. */
export type Edit = (document: Document) => void

export class Configuration {
  readonly folder: string
  #made = 0

  constructor(folder: string) {
    this.folder = folder
  }

  edit(file: string, change: Edit): void {
    const path = join(this.folder, file)
    const document = parseDocument(readFileSync(path, 'utf8'), { schema: 'failsafe' })
    change(document)
    writeFileSync(path, document.toString({ lineWidth: 0 }))
  }

  /** Limits of the education bureau that no test reaches. */
  withoutLimits(): void {
    this.edit('agencies/taipei-education.yaml', (document) => {
      for (const limit of ['per_minute', 'per_day', 'per_user_per_day', 'not_found_per_user_per_hour', 'subjects_per_case_per_day'])
        document.setIn(['grants', 0, 'limits', limit], '100000')
      document.setIn(['grants', 0, 'limits', 'concurrent'], '10000')
    })
    this.edit('gateway.yaml', (document) => {
      for (const limit of ['recorded_refusals_per_minute', 'downloads_per_day']) document.setIn(['limits', limit], '100000')
    })
  }

  /** One more agency like the example's education bureau, with a network and a key of its own, so that limits and standing of one
   *  test reach no other. At most 32. */
  addAgency(id: string, change: Edit = () => undefined): MadeAgency {
    const file = `agencies/${id}.yaml`
    copyFileSync(join(this.folder, 'agencies/taipei-education.yaml'), join(this.folder, file))
    copyFileSync(join(this.folder, 'rosters/taipei-education.csv'), join(this.folder, `rosters/${id}.csv`))
    const { key, sha256 } = drawApiKey()
    const base = 128 + 4 * this.#made
    const code = `3791${String(70_000 + this.#made)}Z`
    this.#made += 1
    this.edit(file, (document) => {
      document.set('id', id)
      document.set('code', code)
      const network = { cidr: `203.0.113.${base}/30`, from: day(-100), until: day(100), document: '北市社資字第1150000123號' }
      document.set('networks', document.createNode([network]))
      const credential = { id: `${id}-key`, type: 'api-key', mode: 'api', sha256, issued: day(-100), expires: day(100) }
      document.set('credentials', document.createNode([credential]))
      change(document)
    })
    return { id, address: `203.0.113.${base + 1}`, key }
  }

  /** One more API like the example's low-income one, under an id of its own. */
  addApi(id: string, change: Edit): void {
    copyFileSync(join(this.folder, 'apis/low-income.yaml'), join(this.folder, `apis/${id}.yaml`))
    this.edit(`apis/${id}.yaml`, change)
  }
}
