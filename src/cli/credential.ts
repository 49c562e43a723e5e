// credential.ts: `linkage credential issue|rotate|revoke`: an agency's own public key or a key that is shown once, one that follows another, one that no longer opens.
import { Command, Option } from 'commander'
import type { YAMLMap } from 'yaml'
import { addDays, type CivilDate, civilDateOf, showInstant } from '../calendar.ts'
import { drawApiKey } from '../credential/api-key.ts'
import { harmless } from '../policy/finding.ts'
import { append, dayOf, type Editing, editing, freeId, itemOf, listOf, openAgency } from './agency-file.ts'
import { EditRefused } from './edited-file.ts'
import type { Output } from './output.ts'
import { propose } from './proposed-change.ts'
import { readPublicKey } from './public-key-file.ts'

/** Days in which a new key and the one before it both open, where nothing else is said: a change of systems takes weeks. */
const OVERLAP = 30
/** Days of a credential where nothing else is said (R8: at most 365). */
const TERM = 364

interface Key {
  readonly expires?: CivilDate
  readonly delegate?: string
  readonly publicKey?: string
}

interface Issued extends Editing, Key {
  readonly id: string
  readonly mode?: string
  readonly role: string
}

interface Rotated extends Editing, Key {
  readonly id: string
  readonly newId?: string
  readonly oldUntil?: CivilDate
}

interface Revoked extends Editing {
  readonly id: string
  readonly by: string
  readonly reason: string
  readonly delegate?: string
}

const withKey = (command: Command): Command =>
  command
    .option('--public-key <file>', '機關自己之公鑰（建議）：PEM、憑證、JWK the agency’s own public key: preferred')
    .option('--expires <day>', '最後一日（預設 364 日後） last day (364 days from now)', dayOf)
    .option('--delegate <id>', '受託者之憑證 of a delegate')

/** `linkage credential …`.
 *  @param now milliseconds since 1970 UTC */
export function credentialCommand(output: Output = process.stdout, now: () => number = Date.now): Command {
  const credential = new Command('credential').description('憑證 credentials of an agency')
  withKey(
    editing(
      credential
        .command('issue <agency>')
        .description('登錄機關之公鑰，或核發 API 金鑰（只顯示一次） take a public key, or draw an API key: it is shown once'),
    ),
  )
    .requiredOption('--id <id>', '憑證代號 id')
    .addOption(new Option('--mode <mode>', '提供方式（預設 api） mode (api)').choices(['api', 'file', 'online']))
    .addOption(new Option('--role <role>', '身分 role').choices(['system', 'manager', 'auditor']).default('system'))
    .action((agency: string, options: Issued) => issue(agency, options, now(), output))
  withKey(
    editing(
      credential
        .command('rotate <agency>')
        .description('換發：新舊並存至舊者之最後一日 a key that follows another: both open until the old one’s last day'),
    ),
  )
    .requiredOption('--id <id>', '舊憑證代號 id of the old one')
    .option('--new-id <id>', '新憑證代號（預設依舊者編號） id of the new one')
    .option('--old-until <day>', `舊者之最後一日（預設 ${OVERLAP} 日後） last day of the old one (${OVERLAP} days from now)`, dayOf)
    .action((agency: string, options: Rotated) => rotate(agency, options, now(), output))
  editing(credential.command('revoke <agency>').description('註銷：保留其列並記載 revoke: the line stays, and says so'))
    .requiredOption('--id <id>', '憑證代號 id')
    .requiredOption('--by <name>', '何人 who')
    .requiredOption('--reason <text>', '原因 why')
    .option('--delegate <id>', '受託者之憑證 of a delegate')
    .action((agency: string, options: Revoked) => revoke(agency, options, now(), output))
  return credential
}

/** What a credential is opened by: the members of its line, and the key to show, where it was drawn here. */
async function keyOf(file: string | undefined): Promise<{ readonly members: object; readonly shown?: string }> {
  if (file !== undefined) return { members: { jwks: { keys: [await readPublicKey(file)] } } }
  const { key, sha256 } = drawApiKey()
  return { members: { sha256 }, shown: key }
}

const handOver = (key: string | undefined): string =>
  key === undefined
    ? ''
    : `${key}\n只顯示這一次，請當面或以加密方式交付；機關自備金鑰對（--public-key）則無須交付 shown this once: hand it over in person or encrypted; of a key pair of the agency’s own nothing is handed over\n`

async function issue(agency: string, options: Issued, now: number, output: Output): Promise<void> {
  const { delegate, expires, id, publicKey, role } = options
  if (publicKey === undefined && role !== 'system')
    throw new EditRefused(
      `--role ${role}：須以 --public-key 給公鑰，API 金鑰不能證明是誰 needs --public-key: an API key does not prove who asks`,
    )
  const file = openAgency(options.config, agency)
  const today = civilDateOf(now)
  const { members, shown } = await keyOf(publicKey)
  const entry = {
    id,
    type: publicKey === undefined ? 'api-key' : 'assertion',
    ...(role === 'system' ? { mode: options.mode ?? 'api' } : { role, ...(options.mode !== undefined && { mode: options.mode }) }),
    ...members,
    issued: today,
    expires: expires ?? addDays(today, TERM),
  }
  append(listOf(file, 'credentials', delegate), file.document.createNode(entry, { flow: true }))
  await propose({ folder: options.config, file, yes: options.yes }, output)
  output.write(handOver(shown))
}

/** The new one opens what the old one does, and is bound as it is; the old one ends by its last day. */
async function rotate(agency: string, options: Rotated, now: number, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const list = listOf(file, 'credentials', options.delegate)
  const old = itemOf(list, 'id', options.id, '--id')
  const today = civilDateOf(now)
  const last = lastDay(old, options, today)
  const { members, shown } = await keyOf(options.publicKey)
  const kept = Object.fromEntries(
    ['role', 'mode', 'certificates'].filter((member) => old.has(member)).map((member) => [member, plain(old, member)]),
  )
  const entry = {
    id: options.newId ?? freeId(list, options.id),
    type: options.publicKey === undefined ? 'api-key' : 'assertion',
    ...kept,
    ...members,
    issued: today,
    expires: options.expires ?? addDays(today, TERM),
  }
  old.set('expires', last)
  append(list, file.document.createNode(entry, { flow: true, aliasDuplicateObjects: false }))
  await propose({ folder: options.config, file, yes: options.yes }, output)
  output.write(`${options.id} 至 ${last} 止，${entry.id} 自今日起 ${options.id} until ${last}, ${entry.id} from today\n${handOver(shown)}`)
}

const plain = (item: YAMLMap, member: string): unknown => {
  const value: unknown = item.toJSON()
  return typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined
}

/** The old key's last day: never later than it was, and never in the past, for which there is revocation.
 *  @throws EditRefused */
function lastDay(old: YAMLMap, { id, oldUntil, publicKey }: Rotated, today: CivilDate): string {
  const refuse = (zh: string, en: string): EditRefused => new EditRefused(harmless(`${id}：${zh} ${en}`))
  const expires = String(old.get('expires'))
  if (old.has('revoked')) throw refuse('已註銷，請以 credential issue 核發新憑證', 'revoked: issue another')
  if (expires < today) throw refuse(`${expires} 已到期，請以 credential issue 核發新憑證`, `it ended on ${expires}: issue another`)
  if (old.get('type') === 'assertion' && publicKey === undefined)
    throw refuse('為簽章憑證，換發須以 --public-key 給機關之新公鑰', 'signs assertions: give the agency’s new public key, --public-key')
  if (oldUntil !== undefined && oldUntil > expires)
    throw refuse(`至遲 ${expires}；換發不延長舊金鑰（--old-until）`, `${expires} at the latest: the old key is not prolonged`)
  if (oldUntil !== undefined && oldUntil < today) throw refuse('須立即失效請用 credential revoke', 'credential revoke closes it at once')
  const usual = addDays(today, OVERLAP)
  return oldUntil ?? (usual < expires ? usual : expires)
}

/** Revoking closes: it is never asked for, whatever else of the folder is broken. */
async function revoke(agency: string, options: Revoked, now: number, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const item = itemOf(listOf(file, 'credentials', options.delegate), 'id', options.id, '--id')
  if (item.has('revoked')) throw new EditRefused(harmless(`${options.id}：早已註銷，未變更 revoked already, nothing changed`))
  item.set('revoked', file.document.createNode({ at: showInstant(now), by: options.by, reason: options.reason }, { flow: true }))
  await propose({ folder: options.config, file, yes: true }, output)
}
