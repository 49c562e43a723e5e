// audit.ts: what audit.yaml must hold beyond its schema: the APIs that it names.
import type { Examined } from '../examine.ts'
import type { Report } from '../finding.ts'
import { nearest } from '../nearest.ts'
import type { YamlDocument } from '../yaml-document.ts'

/** D-17: protection cases are told by their API: one that does not exist would leave them to the monthly draw, unsaid. */
export function checkAudit(
  file: YamlDocument,
  { protection_apis }: Examined<'audit'>,
  apis: ReadonlyMap<string, unknown>,
  report: Report,
): void {
  if (!Array.isArray(protection_apis) || !file.sound('/protection_apis')) return
  for (const [index, id] of protection_apis.entries())
    if (!apis.has(id)) report.add(file, `/protection_apis/${index}`, 'unknown-name', { found: id, nearest: nearest(id, apis.keys()) })
}
