// config.ts: `linkage config check` and `linkage config schema`: whether a folder may be served, before it is.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { type CivilDate, civilDateOf } from '../calendar.ts'
import { attention } from '../policy/attention.ts'
import type { Finding } from '../policy/finding.ts'
import { checkForms } from '../policy/forms/form-folder.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { requirementOf } from '../policy/requirements.ts'
import type { Said } from '../policy/schema/forms.ts'
import { jsonSchema, kinds } from '../policy/schema/kinds.ts'
import { states } from '../policy/states.ts'
import { unusedAfter, unusedNetworks, usedSince } from '../policy/unused-networks.ts'
import { dayOf } from './agency-file.ts'
import { applyCommand } from './config-apply.ts'
import { diffCommand } from './config-diff.ts'
import { explainCommand } from './config-explain.ts'
import { historyCommand } from './config-history.ts'
import { simulateCommand } from './config-simulate.ts'
import { configStatusCommand } from './config-status.ts'
import { callersSince } from './database-beside.ts'
import { INVALID } from './exit-code.ts'
import { findingText } from './finding-text.ts'
import { rewrittenIn } from './histories.ts'
import type { Output } from './output.ts'
import { isColoured } from './terminal-text.ts'

/** `linkage config …`. A folder with errors sets exit code 2. */
export function configCommand(output: Output = process.stdout): Command {
  const config = new Command('config').description('設定：檢查、比較、說明、提交 the configuration: check, compare, explain, commit')
  config
    .command('check')
    .description('列出設定之全部錯誤及提醒 list everything that is wrong with a folder, all at once')
    .argument('[folder]', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--at <date>', '以哪一日判斷是否逾期（預設今日） the day by which lines have ended (today)', dayOf)
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (folder: string, options: { at?: CivilDate; json?: boolean }) => {
      const loaded = loadFolder(folder)
      const day = options.at ?? civilDateOf(Date.now())
      const forms = checkForms(folder)
      const callers = loaded.snapshot === undefined ? [] : await callersSince(folder, usedSince(day), loaded)
      const [unused, unknown] = 'zh' in callers ? [[], callers] : [unusedNetworks(loaded, day, callers), undefined]
      const histories = await rewrittenIn(folder, loaded, day)
      const findings = [...loaded.findings, ...histories, ...forms.sorted(), ...states(loaded, day), ...attention(loaded, day), ...unused]
      const valid = loaded.snapshot !== undefined && forms.errors === 0 && histories.length === 0
      output.write(
        options.json === true ? asJson(loaded, valid, findings, unknown) : asText(folder, loaded, findings, unknown, isColoured(output)),
      )
      if (!valid) process.exitCode = INVALID
    })
  config
    .command('schema')
    .description('產生 JSON Schema，供編輯器提示 write the JSON Schemas for editors')
    .argument('[folder]', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .action((folder: string) => {
      mkdirSync(join(folder, 'schema'), { recursive: true })
      for (const kind of kinds) writeFileSync(join(folder, 'schema', `${kind}.json`), jsonSchema(kind))
      output.write(`${join(folder, 'schema')}: ${kinds.map((kind) => `${kind}.json`).join(' ')}\n`)
    })
  config.addCommand(applyCommand(output))
  config.addCommand(diffCommand(output))
  config.addCommand(explainCommand(output))
  config.addCommand(historyCommand(output))
  config.addCommand(simulateCommand(output))
  config.addCommand(configStatusCommand(output))
  return config
}

/** What nobody has looked for yet in a folder with errors: that none is listed does not say that there is none. */
const UNSEEN: Said = {
  zh: '其他提醒（屆期、未使用之網段、文號待補、項目過寬等）須更正錯誤後始檢查',
  en: 'other warnings (what ends, unused ranges, documents to follow, wide fields) are looked for once the errors are corrected',
}

/** @param unknown why it is not known which ranges are used */
function asJson({ snapshot }: Loaded, valid: boolean, findings: readonly Finding[], unknown: Said | undefined): string {
  const told = findings.map((each) => ({ ...each, requirement: requirementOf(each.code)?.id }))
  const report = {
    valid,
    digest: snapshot?.digest ?? null,
    findings: told,
    ...(unknown !== undefined && { use_unknown: unknown.en }),
    ...(snapshot === undefined && { warnings_unknown: UNSEEN.en }),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

function asText(folder: string, { snapshot }: Loaded, findings: readonly Finding[], unknown: Said | undefined, coloured: boolean): string {
  const lines = new Map<string, readonly string[]>()
  const texts = findings.map((finding) => findingText(finding, join(folder, finding.file), lineOf(folder, finding, lines), coloured))
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.length - errors
  const counts = `${errors} 項錯誤、${warnings} 項提醒 / ${errors} errors, ${warnings} warnings`
  const use =
    unknown === undefined
      ? []
      : [`未檢查哪些網段 ${unusedAfter} 日未使用：${unknown.zh} / ranges unused for ${unusedAfter} days were not looked for: ${unknown.en}`]
  const end =
    snapshot === undefined
      ? `未通過檢查，不會生效 / not valid, not to be served：${counts}`
      : findings.some(({ code }) => code === 'standing-rewritten' || code === 'roster-rewritten')
        ? `未通過檢查，不會生效：已生效之歷程不可改寫 / not valid, not to be served: histories that took effect are only extended：${counts}`
        : errors > 0
          ? `未通過檢查：表單有誤，無法產生稽核紀錄表；其餘設定可以生效 / not valid: forms cannot be filled; the rest may be served：${counts}`
          : `通過檢查 / valid：${counts}\n${snapshot.digest}`
  const unseen = snapshot === undefined ? [`${UNSEEN.zh} / ${UNSEEN.en}`] : []
  return `${[...texts, ...use, ...unseen, end].join('\n')}\n`
}

/** A finding's line, read once more: findings hold places, not contents. */
function lineOf(folder: string, { code, file, line }: Finding, known: Map<string, readonly string[]>): string | undefined {
  if (code === 'not-utf8' || code.startsWith('file-')) return undefined
  const lines = known.get(file) ?? linesOf(join(folder, file))
  known.set(file, lines)
  return lines[line - 1]
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .replace(/^\ufeff/, '')
      .split(/\r\n|\n/)
  } catch {
    return [] // gone or unreadable meanwhile: the finding says where it was, and is shown without its line
  }
}
