// unsealed.ts: what a recipient reads in the sealed part of a record, with a private key that the gateway never has.
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generalDecrypt } from 'jose'
import { open } from '../../src/querylog/unseal.ts'
import type { StoredRecord, TestDepartment } from './department.ts'

/** @throws Error where the entry has none, or it opens with no key of this recipient */
export async function unsealed(
  department: TestDepartment,
  { entry }: StoredRecord,
  recipient = 'ethics-office',
): Promise<Record<string, unknown>> {
  const { sealed } = entry
  if (sealed === undefined) throw new Error('the entry has no sealed part')
  const records = await department.records()
  const key = records.find((each) => each.entry.kind === 'key' && each.entry.id === sealed.key)
  const year = new Date(Date.now() + 8 * 3_600_000).getUTCFullYear()
  const pem = readFileSync(join(department.folder, 'recipients', `${recipient}-${year}.pem`), 'utf8')
  const jwe = JSON.parse(key?.text ?? '{}').jwe
  const { plaintext } = await generalDecrypt(jwe, createPrivateKey(pem))
  return JSON.parse(open(sealed, department.serving.process.gateway.log.log, entry.id, plaintext))
}
