// report-rules.ts: tells operations staff, in their words, what became of a change of the configuration.
import { civilDateOf, showRocDate } from '../calendar.ts'
import { findingLine } from '../policy/finding.ts'
import type { Metrics } from './metrics.ts'
import type { OperationalLog } from './operational-log.ts'
import type { RulesEvent } from './rules-in-force.ts'

/** Findings that are written to the operational log; `config check` shows all. */
const written = 20

export function reportRules(event: RulesEvent, metrics: Metrics, operational: OperationalLog): void {
  switch (event.event) {
    case 'in-force':
      metrics.policyInForce()
      operational.info('設定已生效 configuration in force', { policy: event.policy })
      return
    case 'not-in-force': {
      const { findings, policy, since } = event
      metrics.configurationErrors(findings.length)
      const [date, day] = [civilDateOf(since), showRocDate(civilDateOf(since))]
      const waits = findings.every(({ code }) => code === 'not-committed')
      const [zh, en] = waits ? ['尚未提交', 'not committed'] : ['未通過檢查', 'not valid']
      operational.error(`${zh}，尚未生效，線上仍為 ${day} 版本 ${en}, not in force: the version of ${date} still serves`, { policy })
      for (const finding of findings.slice(0, written))
        operational.error('設定錯誤 configuration', { file: finding.file, line: finding.line, finding: findingLine(finding) })
      return
    }
    case 'as-in-force':
      metrics.configurationErrors(0)
      operational.info('設定已更正，即為線上版本 configuration mended: it is what is in force', { policy: event.policy })
      return
    case 'not-recorded':
      operational.error('設定尚未生效：紀錄無法寫入，將再試 configuration not yet in force: the query log cannot hold it', {
        error: event.error,
      })
      return
    case 'not-judged':
      metrics.configurationErrors(1)
      operational.error('設定無法判讀，線上版本不變 configuration not judged: what is in force stays', { error: event.error })
  }
}
