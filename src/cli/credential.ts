// credential.ts: `linkage credential issue|revoke`: a key that is shown once, and one that no longer opens.
import { Command } from 'commander'
import { addDays, type CivilDate, civilDateOf, showInstant } from '../calendar.ts'
import { drawApiKey } from '../credential/api-key.ts'
import { harmless } from '../policy/finding.ts'
import { append, dayOf, type Editing, editing, itemOf, listOf, openAgency } from './agency-file.ts'
import type { Output } from './config.ts'
import { EditRefused } from './edited-file.ts'
import { propose } from './proposed-change.ts'

interface Issued extends Editing {
  readonly id: string
  readonly mode: string
  readonly expires?: CivilDate
  readonly delegate?: string
}

interface Revoked extends Editing {
  readonly id: string
  readonly by: string
  readonly reason: string
  readonly delegate?: string
}

/** `linkage credential …`.
 *  @param now milliseconds since 1970 UTC */
export function credentialCommand(output: Output = process.stdout, now: () => number = Date.now): Command {
  const credential = new Command('credential').description('憑證 credentials of an agency')
  editing(
    credential
      .command('issue <agency>')
      .description('核發 API 金鑰：只顯示一次 issue an API key: it is shown once, only its digest is kept'),
  )
    .requiredOption('--id <id>', '憑證代號 id')
    .option('--mode <mode>', '介接方式 api 或 file mode', 'api')
    .option('--expires <day>', '最後一日（預設 364 日後） last day (364 days from now)', dayOf)
    .option('--delegate <id>', '受託者之憑證 of a delegate')
    .action((agency: string, options: Issued) => issue(agency, options, now(), output))
  editing(credential.command('revoke <agency>').description('註銷：保留其列並記載 revoke: the line stays, and says so'))
    .requiredOption('--id <id>', '憑證代號 id')
    .requiredOption('--by <name>', '何人 who')
    .requiredOption('--reason <text>', '原因 why')
    .option('--delegate <id>', '受託者之憑證 of a delegate')
    .action((agency: string, options: Revoked) => revoke(agency, options, now(), output))
  return credential
}

async function issue(agency: string, options: Issued, now: number, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const today = civilDateOf(now)
  const { key, sha256 } = drawApiKey()
  const entry = {
    id: options.id,
    type: 'api-key',
    mode: options.mode,
    sha256,
    issued: today,
    expires: options.expires ?? addDays(today, 364),
  }
  append(listOf(file, 'credentials', options.delegate), file.document.createNode(entry, { flow: true }))
  await propose({ folder: options.config, file, yes: options.yes }, output)
  output.write(`${key}\n只顯示這一次，請當面或以加密方式交付 shown this once: hand it over in person or encrypted\n`)
}

/** Revoking closes: it is never asked for, whatever else of the folder is broken. */
async function revoke(agency: string, options: Revoked, now: number, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const item = itemOf(listOf(file, 'credentials', options.delegate), 'id', options.id, '--id')
  if (item.has('revoked')) throw new EditRefused(harmless(`${options.id}：早已註銷，未變更 revoked already, nothing changed`))
  item.set('revoked', file.document.createNode({ at: showInstant(now), by: options.by, reason: options.reason }, { flow: true }))
  await propose({ folder: options.config, file, yes: true }, output)
}
