// finding-text.ts: findings as a person reads them in a terminal: the line, a caret under the place, Chinese first.
import { type Finding, harmless, redactedLine } from '../policy/finding.ts'
import { requirementOf } from '../policy/requirements.ts'
import { narrowedPunctuation } from '../policy/yaml-document.ts'
import { painter, widthOf } from './terminal-text.ts'

/** The line with a caret under what is meant. Keys and identifiers are starred; a line that is too long is shown around the place. */
function excerpt(line: string, { column, length }: Finding): readonly [shown: string, caret: string] {
  const bare = redactedLine(line)
  const from = Math.max(0, column - 1 - 60)
  const shown = bare.slice(from, from + 120)
  const indent = widthOf(bare.slice(from, column - 1))
  return [shown, `${' '.repeat(indent)}${'^'.repeat(Math.max(1, Math.min(widthOf(bare.slice(column - 1, column - 1 + length)), 80)))}`]
}

/** The line as it should be, where what was found stands in it and what was meant is known. */
function corrected(line: string | undefined, { code, column, found, length, nearest }: Finding): string | undefined {
  const [from, to] = [column - 1, column - 1 + length]
  if (line === undefined || nearest === undefined || line.length > 120 || line.slice(from, to) !== found) return undefined
  if (code === 'full-width' && length === 1) return redactedLine(narrowedPunctuation(line))
  return redactedLine(`${line.slice(0, from)}${nearest}${line.slice(to)}`)
}

const joined = (parts: readonly (string | undefined | false)[], by: string): string =>
  parts.filter((part) => typeof part === 'string').join(by)

/** @param line of the file, as far as it could be read
 *  @param path by which the reader knows the file
 *  @param coloured for a terminal */
export function findingText(finding: Finding, path: string, line: string | undefined, coloured: boolean): string {
  const { code, column, expected, expectedZh, found, message, messageZh, nearest, severity } = finding
  const paint = painter(coloured)
  const colour = severity === 'error' ? 'red' : 'yellow'
  const rows = [
    `${harmless(path)}:${finding.line}:${column}: ${paint(colour, severity === 'error' ? '錯誤' : '提醒')} ${messageZh} [${code}]`,
  ]
  if (line !== undefined && line.trim() !== '') {
    const [shown, caret] = excerpt(line, finding)
    rows.push(`    ${shown}`, `    ${paint(colour, caret)}`)
  }
  const zh = joined([found && `找到：${found}`, expectedZh && `應為：${expectedZh}`, nearest && `是否為：${nearest}`], '　')
  if (zh !== '') rows.push(`    ${zh}`)
  const better = corrected(line, finding)
  if (better !== undefined) rows.push(`    改為：${better.trim()}`)
  const requirement = requirementOf(code)
  if (requirement !== undefined) rows.push(`    依據：作業規定${requirement.provision}（${requirement.id}）`)
  rows.push(
    `    ${paint('dim', `${severity}: ${joined([message, found && `found ${found}`, expected && `expected ${expected}`, nearest && `did you mean ${nearest}?`], '; ')}`)}`,
  )
  return `${rows.join('\n')}\n`
}
