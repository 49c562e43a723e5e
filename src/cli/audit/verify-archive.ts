// verify-archive.ts: `linkage audit verify-archive`: whether an archive, or its discs, is whole and unaltered: with nothing but itself.
import { existsSync, statSync } from 'node:fs'
import { Command } from 'commander'
import { readVerifierKey, type VerifierKey } from '../../verifier/archive/checkpoint.ts'
import { type VerifiedDisc, verifyDiscs } from '../../verifier/archive/discs.ts'
import { filesOnDisk, nodeCryptography } from '../../verifier/archive/disk.ts'
import { FINDINGS } from '../exit-code.ts'
import { Progress } from '../log/progress.ts'
import { type TrustOptions, trustedKeys } from '../log/trusted-keys.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { isColoured } from '../terminal-text.ts'
import { archiveJson, archiveText, findingsOf } from './archive-report.ts'

interface Options extends TrustOptions {
  readonly json?: boolean
}

/** `linkage audit verify-archive`. Findings set exit code 1. */
export function verifyArchiveCommand(output: Output): Command {
  return new Command('verify-archive')
    .description('查核歸檔資料夾（光碟）是否完整且未經竄改，不需網路及資料庫 verify an archive, or its discs, without network or database')
    .argument('<folder>', '歸檔資料夾、光碟，或含各片光碟之資料夾 an archive, a disc, or a folder with several')
    .option('--key <key...>', '另行取得之驗證金鑰 verifier keys that you got elsewhere')
    .option('--trust <file>', '信任政策檔 a trust policy (C2SP tlog-policy)')
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (folder: string, options: Options) => {
      if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new UsageError(`${folder}: 查無此資料夾。 There is no such folder.`)
      const discs = await verifyFolder(folder, archiveKeys(options))
      output.write(options.json === true ? archiveJson(discs) : archiveText(discs, isColoured(output)))
      if (findingsOf(discs) > 0) process.exitCode = FINDINGS
    })
}

/** The keys that were given, with how far compromised ones are believed.
 *  @throws UsageError for what is no key */
function archiveKeys(options: TrustOptions): readonly VerifierKey[] {
  return trustedKeys(options).flatMap(({ believedTo, text }) => {
    const key = readVerifierKey(text, nodeCryptography)
    return key === undefined ? [] : [{ ...key, believedTo }]
  })
}

/** Verifies every disc of a folder.
 *  @throws Error where the folder cannot be read */
export async function verifyFolder(folder: string, trusted: readonly VerifierKey[]): Promise<readonly VerifiedDisc[]> {
  const progress = new Progress(process.stderr)
  const { files, close } = await filesOnDisk(folder)
  try {
    const onProgress = (done: number, all: number): void => progress.tell('–', done, all)
    const discs: VerifiedDisc[] = []
    for await (const disc of verifyDiscs(files, { crypto: nodeCryptography, trusted, onProgress })) discs.push(disc)
    return discs
  } finally {
    progress.clear()
    await close()
  }
}
