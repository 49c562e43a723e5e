// drawn.ts: a draw as the log of the commands holds it, where a test only needs that there is one.
import { monthsOf } from '../../../src/audit/period.ts'
import { sha256Hex } from '../../../src/canonical.ts'
import type { FreezeAsked } from '../../../src/querylog/sample-entry.ts'
import type { TestDepartment } from '../../end-to-end/department.ts'
import { drawnOf } from './drawn-of.ts'

const nothing = { counted: 0, digest: sha256Hex('[]'), drawn: 0, population: 0, quota: 0, records: 0 }

/** Records a freeze of logs that begin behind its months, a seed, and the draw of nothing that they give.
 *  @returns the id of the draw */
export const drawn = (
  department: Pick<TestDepartment, 'folder'>,
  of: Pick<FreezeAsked, 'agency' | 'from' | 'round' | 'until'>,
): Promise<string> =>
  drawnOf(department, of, {
    coverage: { drawn: 0, need: 0, reviews: 0, users: 0, withRecords: 0 },
    list: { drawn: [], modes: [], reviews: [], skipped: [], transfers: [] },
    logs: [],
    months: monthsOf(of).map((month) => ({ ...nothing, month })),
    roster: '[]',
  })
