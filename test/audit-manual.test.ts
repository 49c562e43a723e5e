// audit-manual.test.ts: docs/audit.md says what the commands are called, and its examples are what the law's arithmetic gives.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import t from 'tap'
import { coverageNeed, monthlyQuota } from '../src/audit/quota.ts'
import { auditCommand } from '../src/cli/audit/command.ts'
import { logCommand } from '../src/cli/log/command.ts'
import { rosterCommand } from '../src/cli/roster/command.ts'
import { tableCells, tableHeadings } from '../src/querylog/export/csv.ts'

const manual = readFileSync(join(import.meta.dirname, '../docs/audit.md'), 'utf8')
const commands = [auditCommand(), logCommand(), rosterCommand()]

/** Follows words as far as they name commands. @returns the command, and what is left */
function follow(
  words: readonly string[],
  among: readonly Command[],
): { readonly command: Command | undefined; readonly rest: readonly string[] } {
  const [word, ...rest] = words
  const command = among.find((each) => each.name() === word)
  if (command === undefined || command.commands.length === 0) return { command, rest }
  return follow(rest, command.commands)
}

t.test('every command in it is there, with its options', async (t) => {
  const lines = [...manual.matchAll(/(?:^|`)linkage ([^`\n]+)/gm)].map(([, line = '']) => line.trim())
  t.ok(lines.length > 20)
  for (const line of lines) {
    const { command, rest } = follow(line.split(/\s+/), commands)
    if (!t.ok(command, `linkage ${line}`)) continue
    const known = command?.options.map(({ long }) => long) ?? []
    for (const option of rest.filter((word) => word.startsWith('--'))) t.ok(known.includes(option), `${option} of linkage ${line}`)
  }
})

const numbers = (row: string): number[] =>
  row
    .split('|')
    .slice(2, -1)
    .map((cell) => Number(cell.replaceAll(',', '').trim()))

t.test('六(一)3: its tables are what the law gives', async (t) => {
  const rows = manual.split('\n')
  for (const [head, below, rule] of [
    ['| 每月筆數', '| 應抽件數', monthlyQuota],
    ['| 總使用人數', '| 應稽核人數', coverageNeed],
  ] as const) {
    const given = numbers(rows.find((row) => row.startsWith(head)) ?? '')
    t.ok(given.length > 5)
    t.same(numbers(rows.find((row) => row.startsWith(below)) ?? ''), given.map(rule), below)
  }
})

t.test('六(一)3: its worked examples', async (t) => {
  const halfYear = (records: number): number => 6 * monthlyQuota(records)
  t.equal(halfYear(1_700), 102)
  t.match(manual, '6 × 17 = 102 件')
  t.equal(halfYear(3), 18)
  t.match(manual, '半年 18 件全部稽核')
  t.equal(coverageNeed(10) - 3, 2)
  t.match(manual, '其餘 2 人以帳號清查補足')
  t.match(manual, `帳號清查 ${coverageNeed(10)} 人`)
  t.match(manual, `6 × 120 = ${halfYear(15_000)} 件`)
})

t.test('what a manager reads of who was asked about is what the tables hold: a tag, and no part of a number', async (t) => {
  const [, said = ''] = /^(\*\*查詢對象全部遮蔽，一碼也不顯示。\*\*.*)$/m.exec(manual) ?? []
  t.equal(manual.split('一碼也不顯示').length, 2, 'said once')
  const tag = 'ab'.repeat(16)
  const entry = JSON.stringify({ kind: 'query', at: '2026-07-01T01:00:00.000Z', subject: { key: '2026', kind: 'tw-national-id', tag } })
  for (const ofTag of ['（未解除遮蔽）', '']) {
    const cells = tableCells(entry, { slot: '1', index: 7, leaf: '', outcome: undefined }, { roc: true, ofTag })
    t.equal(cells[tableHeadings.indexOf('查詢對象標籤')], `${tag}${ofTag}`)
  }
  for (const word of ['查詢對象標籤', '未解除遮蔽', `${tag.length} 個字元之標籤`, 'A12****789']) t.ok(said.includes(word), word)
})
