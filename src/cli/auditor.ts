// auditor.ts: who runs a command that shows records: an assertion that was signed elsewhere, or a key that signs one on the spot.
import { createPrivateKey, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { SignJWT } from 'jose'
import { civilDateOf } from '../calendar.ts'
import { type Auditor, auditorKeys, bindingOf, type CommandAct, expectedOf, verifyAuditor } from '../credential/command-assertion.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { UsageError } from './log/usage-error.ts'

/** Options of every command that shows records. */
export interface AuditorOptions {
  readonly config: string
  readonly keys?: string
  readonly assertion?: string
  readonly key?: string
  readonly kid?: string
  readonly as?: string
  readonly reason?: string
  readonly document?: string
}

export function withAuditor(command: Command): Command {
  return provingAuditor(command)
    .option('--config <folder>', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--reason <text>', '事由 why')
}

/** The same for a command that names its folder, and takes a reason, in a way of its own. */
export function provingAuditor(command: Command): Command {
  return command
    .option('--keys <folder>', '指令之金鑰資料夾（預設 LINKAGE_CLI_KEYS） key directory of slot cli (LINKAGE_CLI_KEYS)')
    .option('--assertion <file>', '稽核人員簽署之 JWT an assertion that the auditor signed for this command')
    .option('--key <file>', '稽核人員之私鑰（JWK 或 PEM），當場簽署 the auditor’s private key, to sign on the spot')
    .option('--kid <kid>', '該私鑰之代號 its key id, where the file does not say it')
    .option('--as <account>', '稽核人員之帳號 the auditor’s account')
    .option('--document <number>', '文號 number of the document')
}

/** The key directory of slot `cli`.
 *  @throws UsageError */
export function commandKeys({ keys = process.env.LINKAGE_CLI_KEYS }: AuditorOptions): string {
  if (keys === undefined || keys === '')
    throw new UsageError(
      '請以 --keys 或 LINKAGE_CLI_KEYS 指定指令之金鑰資料夾；第一次請先產生：linkage keys init --slot cli --directory <資料夾>。\n' +
        'Give the key directory of slot cli: --keys or LINKAGE_CLI_KEYS. It is made once: linkage keys init --slot cli --directory <folder>.',
    )
  return resolve(keys)
}

/** The auditor who asks for this act.
 *  @throws UsageError, AuditorRefused: both say what was expected */
export async function readAuditor(options: AuditorOptions, act: CommandAct, snapshot: Snapshot): Promise<Auditor> {
  const now = Date.now()
  const token = options.assertion === undefined ? await signed(options, act, snapshot, now) : readToken(options)
  return await verifyAuditor(token, act, snapshot, { now, today: civilDateOf(now) })
}

function readToken({ assertion = '', key, kid, as, reason, document }: AuditorOptions): string {
  if ([key, kid, as, reason, document].some((each) => each !== undefined))
    throw new UsageError(
      '--assertion 已載明何人、事由：請勿再給 --key、--kid、--as、--reason、--document。 The assertion says who and why: give it alone.',
    )
  return readGiven(assertion).trim()
}

function readGiven(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file}: 無法讀取。 It cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function signed(options: AuditorOptions, act: CommandAct, snapshot: Snapshot, now: number): Promise<string> {
  const { key: file, as: user, reason, document } = options
  if (file === undefined)
    throw new UsageError(
      `請以 --assertion 或 --key 證明稽核人員身分。 Prove that an auditor asks: --assertion or --key.\n${expectedOf(act, snapshot.origin)}`,
    )
  if (user === undefined || reason === undefined)
    throw new UsageError('當場簽署需要 --as 及 --reason。 To sign on the spot, give --as and --reason.')
  const { key, kid } = readKey(file, options.kid)
  const known = auditorKeys(snapshot)
  const own = known.find((each) => each.kid === kid)
  if (own === undefined)
    throw new UsageError(
      `--kid: 應為稽核憑證之金鑰代號：${known.map((each) => `${each.kid}（${each.iss}）`).join('、') || '（設定中沒有）'}。 ` +
        `Expected the key id of a credential with role: auditor, found ${kid ?? 'none'}.`,
    )
  const seconds = Math.floor(now / 1000)
  const claims = {
    ...bindingOf(snapshot.origin, act),
    iss: own.iss,
    sub: user,
    iat: seconds,
    exp: seconds + 60,
    jti: randomUUID(),
    reason,
    ...(document !== undefined && { case: document }),
  }
  try {
    return await new SignJWT(claims).setProtectedHeader({ typ: 'linkage-assertion+jwt', alg: own.alg, kid: own.kid }).sign(key)
  } catch (error) {
    throw new UsageError(
      `${file}: 無法以此金鑰簽署 ${own.alg}。 It cannot sign ${own.alg}: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** A private key from a file that only its user can read.
 *  @throws UsageError */
export function readKey(file: string, kid: string | undefined): { readonly key: KeyObject; readonly kid: string | undefined } {
  const text = readGiven(file)
  if ((statSync(file).mode & 0o077) !== 0)
    throw new UsageError(`${file}: 其他人可讀取，請將權限設為 0600。 Others can read it: set its mode to 0600.`)
  try {
    if (!text.trimStart().startsWith('{')) return { key: createPrivateKey(text), kid }
    const jwk: JsonWebKey & { readonly kid?: string } = JSON.parse(text)
    return { key: createPrivateKey({ key: jwk, format: 'jwk' }), kid: kid ?? jwk.kid }
  } catch (error) {
    // The message of a parser could hold a part of the key.
    const found = error instanceof SyntaxError ? 'no JSON' : error instanceof Error && 'code' in error ? String(error.code) : 'no key'
    throw new UsageError(`${file}: 應為私鑰（JWK 或 PEM）。 Expected a private key, JWK or PEM: ${found}.`)
  }
}
