// archive-report.ts: what a verification of an archive found, for people (Chinese first) and for programs.
import type { VerifiedDisc } from '../../verifier/archive/discs.ts'
import { type ArchiveFinding, archiveFindingCodes, placeOf } from '../../verifier/archive/finding.ts'
import { resultsRemarks } from '../../verifier/archive/rounds.ts'
import type { ArchiveSummary } from '../../verifier/archive/verify.ts'
import { shown } from '../../verifier/shown.ts'
import { type Paint, painter } from '../terminal-text.ts'

/** Those that are counted only, too. */
const countOf = ({ summary }: VerifiedDisc): number => [...summary.counts.values()].reduce((sum, count) => sum + count, 0)

export const findingsOf = (discs: readonly VerifiedDisc[]): number => discs.reduce((sum, disc) => sum + countOf(disc), 0)

function findingText(finding: ArchiveFinding, paint: Paint): readonly string[] {
  const [zh, en] = archiveFindingCodes[finding.code]
  const { expected, found } = finding
  return [
    `${paint('red', placeOf(finding))}：${zh} [${finding.code}]`,
    `    找到：${found}　應為：${expected}`,
    `    ${paint('dim', `${en}; found ${found}, expected ${expected}`)}`,
  ]
}

function summaryText({ bytes, description, files, keys, logs, manifest, recipients, results }: ArchiveSummary): readonly string[] {
  if (description === undefined) return [`    ${files} 個檔案 files，${bytes.toLocaleString('en')} 位元組 bytes`]
  const { agency, disc, period } = description
  return [
    `    ${shown(agency.name)}（${shown(agency.code)}，${shown(agency.id)}），${period.from} – ${period.until}，光碟 disc ${disc.at}/${disc.of}`,
    `    ${files} 個檔案 files，${bytes.toLocaleString('en')} 位元組 bytes；清單雜湊值 SHA-256 of MANIFEST.csv: ${manifest ?? '–'}`,
    ...logs.flatMap(({ counted, key, log, open, records, size }) => [
      `    ${shown(log)}：查詢紀錄 ${records} 筆 records，計次 ${counted} counted，簽至 ${size} 筆 signed to; ${key}`,
      ...open.map(
        (month) =>
          `    注意 note: ${month} 尚無換月紀錄，無法證明該月末尾未遺漏 / no month entry ends it: that nothing is missing at its end is not shown`,
      ),
    ]),
    ...[...recipients].sort().map(([name, count]) => `    可解除遮蔽 opens: ${shown(name)}，${count} 筆 entries`),
    ...resultsRemarks(results).map((each) => `    注意 note: ${each}`),
    ...(keys === 'own'
      ? [
          '    注意 note: 未指定金鑰（--key、--trust）：以光碟所附金鑰驗證，請與社會局公布者比對 / no key was given: hold those above against the ones published',
        ]
      : []),
  ]
}

export function archiveText(discs: readonly VerifiedDisc[], coloured: boolean): string {
  const paint = painter(coloured)
  const lines = discs.flatMap((disc) => {
    const found = countOf(disc)
    const verdict = found === 0 ? '查核完成：無不符 / verified: no findings' : `查核完成：${found} 項不符 / verified: ${found} findings`
    return [
      ...disc.findings.flatMap((each) => findingText(each, paint)),
      ...(found > disc.findings.length
        ? [`另有 ${found - disc.findings.length} 項未列出 / ${found - disc.findings.length} more are not listed`]
        : []),
      `${disc.folder === '' ? '' : `${shown(disc.folder)} `}${verdict}`,
      ...summaryText(disc.summary),
    ]
  })
  return `${lines.join('\n')}\n`
}

/** The document of `--json`. Members are only ever added. */
export function archiveJson(discs: readonly VerifiedDisc[]): string {
  const told = discs.map((disc) => {
    const { bytes, counts, description, files, keys, logs, manifest, recipients, results } = disc.summary
    return {
      folder: disc.folder,
      content: countOf(disc) === 0,
      agency: description?.agency ?? null,
      period: description?.period ?? null,
      disc: description?.disc ?? null,
      manifest: manifest ?? null,
      files,
      bytes,
      keys,
      logs,
      recipients: Object.fromEntries(recipients),
      results,
      counts: Object.fromEntries(counts),
      findings: disc.findings,
    }
  })
  return `${JSON.stringify({ content: findingsOf(discs) === 0, discs: told }, null, 2)}\n`
}
