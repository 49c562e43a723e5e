// audit-manual-run.test.ts: the commands of docs/audit.md, in its order and as it prints them, from the freeze to the archive of a department.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import t from 'tap'
import { civilDateOf, showRocDateShort } from '../src/calendar.ts'
import { auditCommand } from '../src/cli/audit/command.ts'
import { logCommand } from '../src/cli/log/command.ts'
import { filled, normal } from './cli/audit/filled.ts'
import { startHalfYear } from './cli/audit/half-year.ts'
import { place, runCommand, who } from './cli/log/auditing.ts'

const manual = readFileSync(join(import.meta.dirname, '../docs/audit.md'), 'utf8')
const { folder, from, until } = await startHalfYear(t)
const agency = 'taipei-education'
const today = showRocDateShort(civilDateOf(Date.now()))
const makes = { audit: auditCommand, log: logCommand } as const

/** Lines of the blocks between two headings. */
const [, steps = ''] = manual.split('## 第一步')
const lines = [...(steps.split('## 隨時')[0] ?? '').matchAll(/^linkage (audit|log) (.+)$/gm)].map(([, group = '', typed = '']) => ({
  group: group === 'log' ? ('log' as const) : ('audit' as const),
  typed,
}))

/** What a person fills in; grows with what the commands print. */
const given: Record<string, string> = {
  '<機關>': agency,
  '<匯出資料夾>': join(folder, 'export'),
  '<結果檔>': join(folder, 'results.json'),
  '<日期>': today,
  '<姓名>': '王大明',
  '<職稱>': '局長',
  '<文號>': who.document,
  '<檔號>': '115/050401/1',
  '<片數>': '1',
  '<月份>': from,
}
/** Opened subjects have tests of their own: here nobody holds a recipient's key. */
const notHere = / --recipient-key <私鑰> --recipient <代號>/

const folders: Readonly<Record<string, string>> = { form: 'forms', package: 'package', archive: 'archive', import: 'forms' }
let last = ''

function wordsOf(typed: string): string[] {
  const [name = ''] = typed.split(' ')
  last = folders[name] ?? last
  const all: Readonly<Record<string, string>> = { ...given, '115H1': `${from}..${until}`, '<資料夾>': join(folder, last) }
  return typed
    .replace(notHere, '')
    .split(' ')
    .map((word) => all[word] ?? word)
}

/** The options by which an auditor signs, of those that a command has. */
function signed(make: () => Command, words: readonly string[]): string[] {
  let command: Command | undefined = make()
  for (const word of words) command = command?.commands.find((each) => each.name() === word) ?? command
  const known = new Set(command?.options.map(({ long }) => long))
  const own = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', '115年自行稽核']
  if (!known.has('--as')) known.delete('--key') // a verifier’s, there
  return own.flatMap((word, at) => (at % 2 === 0 && known.has(word) ? [word, own[at + 1] ?? ''] : []))
}

/** As the units send their forms back. */
function fillIn(): void {
  const forms = join(folder, 'forms')
  const csv = readdirSync(forms).find((name) => name.endsWith('_抽查紀錄.csv')) ?? ''
  const ids = [...readFileSync(join(forms, csv), 'utf8').matchAll(/^\ufeff?(\d+#\d+),/gm)].map(([, id = '']) => id)
  const review = { 仍需使用: '是', 是否共用: '否', 清查結果: '正常', 清查日期: today, 清查人員: '陳大文' }
  const answers = Object.fromEntries([
    ...ids.map((id) => [id, { ...normal, 稽核日期: today }] as const),
    ...reviewed.map((account) => [account, review] as const),
  ])
  for (const name of readdirSync(forms).filter((each) => each.endsWith('.ods')))
    writeFileSync(join(forms, name), filled(readFileSync(join(forms, name)), answers))
  given['<檔案>'] = join(forms, csv)
}
let reviewed: readonly string[] = []

t.test('every step of the manual runs as it is printed', async (t) => {
  t.ok(lines.length >= 18)
  for (const { group, typed } of lines) {
    t.notMatch(typed, /…/, 'nothing is left out')
    const words = wordsOf(typed)
    t.notMatch(words.join(' '), /<.*>/, `${typed}: everything that is to be filled in is known`)
    const json = /^sample draw/.test(typed) ? ['--json'] : []
    const one = /^sample freeze/.test(typed) ? ['--agency', agency] : []
    const { code, error, out } = await runCommand(makes[group], ...words, ...one, ...json, ...signed(makes[group], words))
    // Five years have not gone by: it says so.
    t.equal(`${code} ${error}`, /^retire/.test(typed) ? '1 ' : '0 ', `linkage ${group} ${typed}\n${out}`)
    if (/^retire/.test(typed)) t.match(out, /不得移出/)
    if (json.length > 0) {
      const [{ draw, id }] = JSON.parse(out).drawn
      given['<抽樣編號>'] = id
      reviewed = draw.reviews.flatMap(({ accounts }: { readonly accounts: readonly string[] }) => accounts)
    }
    if (/^report round sampled/.test(typed)) given['<編號>'] = /^[\w-]+/.exec(out)?.[0] ?? ''
    if (/^form /.test(typed)) fillIn()
  }
})
