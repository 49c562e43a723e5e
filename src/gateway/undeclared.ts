// undeclared.ts: members that upstreams send and catalogues do not declare: their owners should know. Where and how many, and no name:
// a name can itself be an identifier.
import type { UndeclaredAt } from '../projection/stream-projector.ts'
import type { Metrics } from './metrics.ts'
import type { OperationalLog } from './operational-log.ts'

/** Declared paths that one API is told apart by. */
const mostPaths = 100
const others = '…'

/** Counts them by API and declared path of the object that they stand in, and warns once for each. */
export class UndeclaredMembers {
  readonly #metrics: Pick<Metrics, 'undeclared'>
  readonly #operational: Pick<OperationalLog, 'warn'>
  readonly #paths = new Map<string, Set<string>>()

  constructor(metrics: Pick<Metrics, 'undeclared'>, operational: Pick<OperationalLog, 'warn'>) {
    this.#metrics = metrics
    this.#operational = operational
  }

  saw(api: string, undeclared: UndeclaredAt): void {
    if (undeclared.size === 0) return
    const known = this.#paths.get(api) ?? new Set()
    this.#paths.set(api, known)
    for (const [path, count] of undeclared) {
      const parent = known.has(path) || known.size < mostPaths ? path : others
      this.#metrics.undeclared(api, parent === '' ? '(root)' : parent, count)
      if (known.has(parent)) continue
      known.add(parent)
      this.#operational.warn('members that the catalogue does not declare', { api, parent, count })
    }
  }
}
