// recorded-as-is.ts: a step as the log of the commands holds it, held against nothing: what another version of the program wrote.
import { join } from 'node:path'
import { canonicalJson } from '../../../src/canonical.ts'
import { readAuditor } from '../../../src/cli/auditor.ts'
import { recordAct } from '../../../src/cli/command-log.ts'
import { openPlace } from '../../../src/cli/command-place.ts'
import { reportEntry } from '../../../src/querylog/report-entry.ts'
import type { TestDepartment } from '../../end-to-end/department.ts'
import { who } from '../log/auditing.ts'

/** @param held the bytes that it names */
export async function recordStepAsIs({ folder }: Pick<TestDepartment, 'folder'>, asked: object, held: Buffer): Promise<void> {
  const place = await openPlace(join(folder, 'config'))
  try {
    await place.store.writer.putDocument('results', held)
    const act = { command: 'audit-report', asked: canonicalJson(asked), needsDocument: false }
    const key = join(folder, 'auditors', 'ethics-lin.jwk')
    const auditor = await readAuditor({ config: '', key, as: who.account, reason: who.reason, document: who.document }, act, place.snapshot)
    await recordAct(place, join(folder, 'cli-keys'), { act, auditor, write: reportEntry })
  } finally {
    await place.close()
  }
}
