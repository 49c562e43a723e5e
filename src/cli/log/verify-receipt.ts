// verify-receipt.ts: `linkage log verify-receipt`: whether an answer that an agency kept is the one that the log holds, offline.
import { Command } from 'commander'
import { type Answer, answerFaults, type KeptAnswer, verifyAnswer } from '../../verifier/answer.ts'
import { fromBase64 } from '../../verifier/base64.ts'
import { shown } from '../../verifier/finding.ts'
import { FINDINGS } from '../exit-code.ts'
import type { Output } from '../output.ts'
import { readGiven, type TrustOptions, trustedKeys } from './trusted-keys.ts'
import { UsageError } from './usage-error.ts'

interface Options extends TrustOptions {
  readonly receipt?: string
  readonly proof?: string
  readonly queryProof?: string
  readonly entry?: string
  readonly salt?: string
  readonly body?: string
  readonly request?: string
  readonly json?: boolean
}

const words = {
  signed: ['紀錄已簽章承諾此筆', 'the log signed a tree that reaches this entry'],
  included: ['此筆確在紀錄之中', 'the entry stands in the signed tree'],
  body: ['答覆內容即紀錄所載', 'the body is the one that was recorded'],
  request: ['請求內容即紀錄所載', 'the request is the one that was recorded'],
} as const

/** `linkage log verify-receipt`. What does not hold sets exit code 1. */
export function verifyReceiptCommand(output: Output): Command {
  return new Command('verify-receipt')
    .description('離線查核一筆答覆之收據 verify the receipt of an answer, offline')
    .option('--receipt <file>', '標頭 Linkage-Receipt 之內容 the header Linkage-Receipt')
    .option('--proof <file>', 'GET /receipts/… 所得之證明 the tlog-proof that GET /receipts/… gave')
    .option(
      '--query-proof <file>',
      '分批答覆：其查詢之證明，連同完成紀錄之證明 of a stream: its query’s proof, beside that of its completion',
    )
    .option('--entry <file>', '紀錄原文（無證明時） the entry’s exact bytes, where there is no proof')
    .option('--salt <base64>', '收據之鹽（無收據時） the receipt’s salt, where the header was not kept')
    .option('--body <file>', '答覆內容 the body of the answer')
    .option('--request <file>', '請求內容 the body of the request')
    .option('--key <key...>', '信任之驗證金鑰 verifier keys that are trusted')
    .option('--trust <file>', '信任政策檔 a trust policy (C2SP tlog-policy)')
    .option('--json', '以 JSON 輸出 print JSON')
    .action((options: Options) => {
      const trusted = trustedKeys(options)
      if (trusted.length === 0) throw new UsageError('請以 --key 或 --trust 指定公布之金鑰。 Name the published key: --key or --trust.')
      const answer = verifyAnswer(keptOf(options), trusted)
      output.write(options.json === true ? asJson(answer) : asText(answer))
      if (answer.faults.length > 0) process.exitCode = FINDINGS
    })
}

/** @throws UsageError where what is given could show nothing, or not what is asked */
function keptOf({ receipt, proof, queryProof, entry, salt, body, request }: Options): KeptAnswer {
  if (receipt === undefined && proof === undefined)
    throw new UsageError('請指定 --receipt 或 --proof。 Give --receipt or --proof: nothing else is signed.')
  if (queryProof !== undefined && proof === undefined)
    throw new UsageError('--query-proof 須連同完成紀錄之 --proof。 Give --query-proof beside the --proof of the completion.')
  const asked = body !== undefined || request !== undefined
  if (asked && proof === undefined && entry === undefined)
    throw new UsageError('比對內容需要 --proof 或 --entry。 To compare a body, give --proof or --entry: the receipt holds no digest of it.')
  if (asked && receipt === undefined && salt === undefined)
    throw new UsageError('比對內容需要 --receipt 或 --salt。 To compare a body, give --receipt or --salt.')
  const bytes = salt === undefined ? undefined : fromBase64(salt)
  if (salt !== undefined && bytes?.length !== 32) throw new UsageError('--salt: 應為 32 位元組之 base64。 Expected 32 bytes in base64.')
  const headerOf = (text: string) => text.trim().replace(/^linkage-receipt:\s*/i, '')
  return {
    ...(receipt !== undefined && { receipt: headerOf(readGiven(receipt).toString('utf8')) }),
    ...(proof !== undefined && { proof: readGiven(proof).toString('utf8') }),
    ...(queryProof !== undefined && { queryProof: readGiven(queryProof).toString('utf8') }),
    ...(entry !== undefined && { entry: readGiven(entry) }),
    ...(bytes !== undefined && { salt: bytes }),
    ...(body !== undefined && { body: readGiven(body) }),
    ...(request !== undefined && { request: readGiven(request) }),
  }
}

const asJson = ({ log, index, size, shown, faults, entry }: Answer): string =>
  `${JSON.stringify({ content: faults.length === 0, log: log ?? null, index: index ?? null, size: size ?? null, shown, faults, entry: entry ?? null }, null, 2)}\n`

function asText({ log, index, size, shown: holds, faults, entry }: Answer): string {
  const rows = [
    ...(log === undefined ? [] : [`${shown(log)} 第 ${index} 筆 entry ${index}（tree ${size}）`]),
    ...(entry === undefined
      ? []
      : [
          `    ${['at', 'agency', 'user', 'purpose', 'case', 'code'].map((name) => `${name} ${shown(String(entry[name] ?? '–'))}`).join('，')}`,
        ]),
    ...holds.map((each) => `✓ ${words[each].join(' / ')}`),
    ...faults.map(({ code, found, expected }) => {
      const [zh, en] = answerFaults[code]
      return `✗ ${zh} [${code}]\n    找到：${shown(found)}　應為：${shown(expected)}\n    ${en}`
    }),
  ]
  if (holds.includes('signed') && !holds.includes('included'))
    rows.push(
      '注意：收據證明紀錄承諾此筆；確在其中須以 --proof 證明。 The receipt shows that the log owes this entry; that it stands there, --proof shows.',
    )
  return `${rows.join('\n')}\n`
}
