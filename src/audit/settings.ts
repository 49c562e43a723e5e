// settings.ts: the settings that decide a draw, and whether they are those that the logs committed before the period was over.
import type { AuditFile } from '../policy/schema/audit.ts'
import type { Agency } from '../policy/snapshot.ts'
import type { DrawParameters } from '../querylog/sample-entry.ts'

const settings = ['D-7', 'D-8', 'D-9', 'D-10', 'D-11', 'D-12', 'D-17'] as const

/** D-17: a protection case is a record of an API that audit.yaml names as such, or one that was decided by a grant of the agency that lifts
 *  the suppression of protected persons. Who was protected stands in no record in clear, so nothing else can tell. */
export function drawParameters(audit: AuditFile, agency: Pick<Agency, 'grants'> | undefined): DrawParameters {
  const lifted = (agency?.grants ?? []).filter(({ protectedDocument }) => protectedDocument !== undefined)
  return {
    'D-7': audit['D-7'],
    'D-8': audit['D-8'],
    'D-9': audit['D-9'],
    'D-10': audit['D-10'],
    'D-11': audit['D-11'],
    'D-12': audit['D-12'],
    'D-17': audit['D-17'],
    protection: { apis: [...(audit.protection_apis ?? [])].sort(), grants: lifted.map(({ id }) => id).sort() },
  }
}

/** Settings that are not what a log committed, in its opening or a `month` entry.
 *  @param committed its `parameters` */
export function deviationsFrom(parameters: DrawParameters, committed: unknown): readonly string[] {
  const audit: unknown = typeof committed === 'object' && committed !== null ? Reflect.get(committed, 'audit') : undefined
  if (typeof audit !== 'object' || audit === null) return [...settings, 'protection_apis']
  const then: unknown = Reflect.get(audit, 'protection_apis') ?? []
  return [
    ...settings.filter((name) => Reflect.get(audit, name) !== parameters[name]),
    ...(Array.isArray(then) && then.toSorted().join() === parameters.protection.apis.join() ? [] : ['protection_apis']),
  ]
}
