// database.ts: `linkage database roles|migrate`: what a PostgreSQL that somebody runs needs before a gateway can use it.
import { join } from 'node:path'
import { Command } from 'commander'
import { migrate } from '../store/migrate.ts'
import { rolePasswords } from '../store/passwords.ts'
import { makeRoles } from '../store/roles.ts'
import { FINDINGS } from './exit-code.ts'
import type { Output } from './output.ts'

/** The variable, and not an argument: arguments of a process are read by everybody on its machine. */
const variable = 'DATABASE_ADMIN_URL'

class NoDatabase extends Error {
  readonly code = 'settings'
}

interface Options {
  readonly json?: boolean
}

/** `linkage database …`: run by an administrator, never by the gateway.
 *  @param environment of the process: where the administrator's URL stands */
export function databaseCommand(output: Output = process.stdout, environment: NodeJS.ProcessEnv = process.env): Command {
  const url = (): string => {
    const found = environment[variable]
    if (found === undefined || found === '')
      throw new NoDatabase(`${variable} 未設定：請設為資料庫管理者之連線網址。 ${variable} is not set: give the administrator's URL in it.`)
    return found
  }
  const database = new Command('database').description('建立資料庫角色及資料表 roles and tables of a database that you run')
  database
    .command('roles')
    .description('建立不存在之角色 make the roles that do not exist, as a superuser')
    .requiredOption('--passwords <folder>', '存放新角色密碼之資料夾 where the passwords of new roles are kept, one file each')
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async ({ passwords, json }: Options & { passwords: string }) => {
      const { made, open } = await makeRoles(url(), rolePasswords(passwords))
      const files = Object.fromEntries(made.filter((role) => role !== 'linkage_owner').map((role) => [role, join(passwords, role)]))
      output.write(json === true ? `${JSON.stringify({ made, passwords: files, open }, null, 2)}\n` : rolesText(made, files, open))
      if (open.length > 0) process.exitCode = FINDINGS
    })
  database
    .command('migrate')
    .description('建立或更新資料表 bring tables and functions to this version, as a member of linkage_owner')
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async ({ json }: Options) => {
      const ran = await migrate(url())
      output.write(json === true ? `${JSON.stringify({ ran }, null, 2)}\n` : migratedText(ran))
    })
  return database
}

function rolesText(made: readonly string[], files: Readonly<Record<string, string>>, open: readonly string[]): string {
  const lines = made.map((role) => (files[role] === undefined ? role : `${role}　密碼 password: ${files[role]}`))
  if (made.length === 0) lines.push('角色均已存在 all roles exist')
  if (open.length > 0) {
    lines.push(
      '尚未關閉：函式任何可連線者均可使用，角色得為所列之事；請以超級使用者再執行一次。',
      `Still open, functions to everybody who may connect, the rest to the role named; run this once more as a superuser: ${open.join(', ')}`,
    )
  }
  return `${lines.join('\n')}\n`
}

const migratedText = (ran: readonly string[]): string =>
  ran.length === 0 ? '資料表已是本版 tables are of this version\n' : `${ran.join('\n')}\n`
