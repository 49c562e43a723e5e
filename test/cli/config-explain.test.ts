// config-explain.test.ts: what `linkage config explain` prints of the example: permitted, refused, and a name that does not exist.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configCommand } from '../../src/cli/config.ts'

const config = join(import.meta.dirname, '../../config')
async function explained(...args: readonly string[]): Promise<string> {
  let out = ''
  await configCommand({ write: (text) => (out += text) }).parseAsync(['explain', config, '--at', '2026-11-24T10:00+08:00', ...args], {
    from: 'user',
  })
  return out
}
const education = ['--agency', 'taipei-education', '--address', '203.0.113.5', '--operation', 'low-income/getHouseholdStatus']
const whole = [...education, '--purpose', 'school-fee-waiver', '--case', '北市教字第1150000045號', '--reason', '審查']

t.test('permitted: every step with its line, and the fields', async (t) => {
  const out = await explained(...whole, '--user', 'edu-chang')
  t.match(out, /✔ 來源網段 network {2}agencies\/taipei-education\.yaml:14:5\n/)
  t.match(out, /✔ 使用者 user {2}rosters\/taipei-education\.csv:2:1\n/)
  t.match(out, /准予 permitted .*\n資料項目 fields: status\.category, status\.validUntil, members\[\]\.name, members\[\]\.studentStatus\n$/)
  t.notMatch(out, /✘/)
})

t.test('refused: the step, the line, the reason and what to do, in both languages', async (t) => {
  const out = await explained(...whole, '--user', 'nobody')
  t.match(out, /✘ 使用者 user .*\n拒絕 refused：使用者不在清冊內 .* \[user-unknown\]\n {2}請由連結機關管理者申請該使用者帳號。\n/)
  t.match(await explained(...education, '--address', '192.0.2.1'), /\[network-not-allowed\]/)
  t.match(await explained(...whole, '--user', 'edu-chang', '--fields', 'diagnosis'), /\[fields-not-granted\]\n {2}diagnosis\n/)
})

t.test('a credential that is not valid opens nothing, whatever the rules say; of several the one that is valid is taken', async (t) => {
  const past = ['--at', '2027-02-15T10:00+08:00']
  const out = await explained(...whole, '--user', 'edu-chang', '--credential', 'edu-2026a', ...past)
  t.match(out, /^✘ 憑證 credential {2}agencies\/taipei-education\.yaml:20:5\n拒絕 refused：.*\[credentials-expired\]\n/)
  t.notMatch(out, /✔|准予/)
  t.match(await explained(...whole, '--user', 'edu-chang', '--credential', 'edu-2026a'), /准予/, 'the day before it ends')
  t.notMatch(await explained(...whole, '--user', 'edu-chang', ...past), /credentials-expired/, 'edu-2026b')
})

t.test('for machines', async (t) => {
  const { effect, code, place, ended, passed } = JSON.parse(await explained('--agency', 'taipei-revenue', ...education.slice(2), '--json'))
  t.same(
    { effect, code, place, ended, passed },
    {
      effect: 'deny',
      code: 'agency-suspended',
      place: 'agencies/taipei-revenue.yaml:26:5',
      ended: 'standing',
      passed: [{ step: 'block' }],
    },
  )
})

t.test('names that do not exist: the nearest that does', async (t) => {
  for (const [args, message] of [
    [['--agency', 'taipei-eduction', ...education.slice(2)], /是否為 taipei-education？/],
    [[...education.slice(0, 4), '--operation', 'low-income/getHouseholdStatu'], /是否為 getHouseholdStatus？/],
    [[...education, '--credential', 'edu-2026z'], /是否為 edu-2026/],
    [[...education, '--address', '203.0.113.005'], /應為 IP 位址/],
  ] as const)
    await t.rejects(explained(...args), { code: 'folder-invalid', message })
})

t.test('a call that a range on trial would let pass: refused, and what it would be is said beside it', async (t) => {
  const folder = join(t.testdir({}), 'config')
  cpSync(config, folder, { recursive: true })
  const file = join(folder, 'agencies/taipei-education.yaml')
  const text = readFileSync(file, 'utf8')
  const line = '  - {cidr: 203.0.113.160/28, from: 2026-11-24, until: 2027-12-31, document: 北市社資字第1150001303號, trial: true}'
  writeFileSync(file, text.replace('\nnetworks:\n', `\nnetworks:\n${line}\n`))
  const args = ['explain', folder, '--at', '2026-11-24T10:00+08:00', ...whole, '--address', '203.0.113.161', '--user', 'edu-chang']
  const printed = async (...more: readonly string[]): Promise<string> => {
    let out = ''
    await configCommand({ write: (part) => (out += part) }).parseAsync([...args, ...more], { from: 'user' })
    return out
  }
  t.match(
    await printed(),
    /\[network-not-allowed\][\s\S]*試行 on trial：若開放，將准予 .*agencies\/taipei-education\.yaml:\d+:\d+；status\.category/,
  )
  t.match(JSON.parse(await printed('--json')), { effect: 'deny', trial: { effect: 'permit', code: 'released' } })
})
