// verify-report.ts: what a verification found, for people (Chinese first) and for programs.
import { type Finding, findingCodes, shown } from '../../verifier/finding.ts'
import type { Summary } from '../../verifier/summary.ts'
import { painter } from '../terminal-text.ts'
import { uncheckedText } from './unchecked-text.ts'

/** What a verification without findings still does not say. */
const limitsOf = {
  'tail-unproven': [
    '未附證據（--known），他槽亦無所載：僅證明前後一致，不能證明尾端無缺',
    'nothing kept elsewhere was given (--known) and no other log speaks of it: this proves consistency, not that the tail is there',
  ],
  'own-key': [
    '未指定金鑰（--key、--trust）：以紀錄自稱之金鑰驗證',
    'no key was given (--key, --trust): it was verified by the key that it names itself',
  ],
  'not-signed': ['最後一個紀錄封存點之後尚有未簽章之紀錄', 'entries behind the last checkpoint are not signed here'],
} as const satisfies Record<string, readonly [zh: string, en: string]>

type Limit = keyof typeof limitsOf

function limits(of: Summary): Limit[] {
  const found: Limit[] = []
  if (of.knownTo === 0) found.push('tail-unproven')
  if (of.keys !== 'given') found.push('own-key')
  if (of.signedTo < of.size) found.push('not-signed')
  return found
}

export function findingText({ slot, index, code, found, expected }: Finding, coloured: boolean): string {
  const [zh, en] = findingCodes[code]
  const paint = painter(coloured)
  return [
    `${paint('red', `槽 ${slot} 第 ${index} 筆`)}：${zh} [${code}]`,
    `    找到：${found}　應為：${expected}`,
    `    ${paint('dim', `slot ${slot}, entry ${index}: ${en}; found ${found}, expected ${expected}`)}`,
    '',
  ].join('\n')
}

export function summaryText(summaries: readonly Summary[], findings: number): string {
  const rows = summaries.flatMap((each) => {
    const { slot, log, size, firstAt, lastAt, signedTo, knownTo, checkpoints, retired, counts, searchTo } = each
    const period = firstAt === undefined ? '' : `（${firstAt} 至 ${lastAt}）`
    const uncounted = [...counts].filter(([, count]) => count > 1).map(([code, count]) => `${code} ${count}`)
    return [
      `槽 ${slot} ${shown(log)}：${size} 筆${period}，紀錄封存點 ${checkpoints} 個，簽至 ${signedTo} 筆，證據至 ${knownTo} 筆`,
      `    slot ${slot}: ${size} entries, ${checkpoints} checkpoints, signed to ${signedTo}, known to ${knownTo}, root ${each.root?.toString('base64') ?? 'none'}`,
      ...(searchTo === undefined ? [] : [`    查詢欄位核對至 ${searchTo} 筆 search columns held against their entries: ${searchTo}`]),
      ...retired.map(({ month, from, to, document }) => `    已移出 retired: ${month} (${from}–${to - 1}) ${shown(document)}`),
      ...limits(each).map((limit) => `    注意 note: ${limitsOf[limit].join(' / ')}`),
      ...uncheckedText(each.unchecked ?? []).map((line) => `    ${line}`),
      ...(uncounted.length > 0 ? [`    共計 in all: ${uncounted.join(', ')}`] : []),
    ]
  })
  const end = findings === 0 ? '查核完成：無不符 / verified: no findings' : `查核完成：${findings} 項不符 / verified: ${findings} findings`
  return `${[...rows, end].join('\n')}\n`
}

/** The document of `--json`. Members are only ever added. */
export function reportJson(summaries: readonly Summary[], findings: readonly Finding[]): string {
  const logs = summaries.map((each) => ({
    slot: each.slot,
    log: each.log,
    size: each.size,
    root: each.root?.toString('base64') ?? null,
    keys: each.keys,
    checkpoints: each.checkpoints,
    signed_to: each.signedTo,
    known_to: each.knownTo,
    first_at: each.firstAt ?? null,
    last_at: each.lastAt ?? null,
    search_to: each.searchTo ?? null,
    retired: each.retired.map(({ month, from, to, document }) => ({ month, from, to, document })),
    counts: Object.fromEntries(each.counts),
    limits: limits(each),
    unchecked: (each.unchecked ?? []).map(({ code, index }) => ({ index, code })),
  }))
  return `${JSON.stringify({ content: findings.length === 0, logs, findings }, null, 2)}\n`
}
