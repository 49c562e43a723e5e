// package-report.ts: what a person, or a program, is told of a package that was written.
import { resolve } from 'node:path'
import type { AuditForm } from '../../audit/form/audit-form.ts'
import type { RecordedAct } from '../command-log.ts'
import { type OpenedSubjects, sealedIn, sealedText } from './opened-subjects.ts'
import type { Packing, Written } from './package-folder.ts'

export interface ReportedPackage extends Written {
  readonly packing: Packing
  readonly options: { readonly out: string; readonly json?: boolean }
  readonly form: AuditForm
  readonly opened: OpenedSubjects
  readonly recorded: RecordedAct
}

export function packageReport({ disc, form, names, opened, options, packing, print, recorded }: ReportedPackage): string {
  const { evidence, facts, of } = packing
  const [folder, sealed] = [resolve(options.out), sealedIn(form.rows)]
  const { id, index, log } = recorded
  if (options.json === true) {
    const told = {
      folder,
      round: of.round.number,
      agency: facts.agency,
      period: facts.period,
      files: names,
      manifest: disc.manifest,
      records: disc.records,
      items: form.rows.length,
      sealed,
      faults: opened.faults,
      unread: evidence.unread,
      pdf: print?.kind ?? 'not-asked',
      entry: { id, index, log },
    }
    return `${JSON.stringify(told, null, 2)}\n`
  }
  return [
    `已產生 written: ${folder}`,
    `    ${facts.agency.name}，${of.round.number}：抽查 ${form.rows.length} 件 items，查詢紀錄 ${disc.records.toLocaleString('en')} 筆 records；已查核 verified`,
    ...names.map((name) => `    ${name}`),
    `    清單雜湊值，請載入函文 SHA-256 of MANIFEST.csv, for the letter: ${disc.manifest}`,
    ...(sealed > 0 ? [`    ${sealedText(sealed)}`] : []),
    ...opened.faults.map((fault) => `    無法解除遮蔽 it does not open: ${fault}`),
    ...evidence.unread.map(
      (digest) => `    ${digest}：該版本設定無法重建，名稱依現行設定 rules that cannot be made again: titles are today’s`,
    ),
    ...(print?.kind === 'absent' ? ['    未安裝 LibreOffice（soffice），未製作 .pdf LibreOffice is not installed: no .pdf'] : []),
    ...(print?.kind === 'failed' ? [`    注意 note: .pdf 製作失敗 could not be made: ${print.why}`] : []),
    `    已記入 recorded: ${log} 第 ${index} 筆`,
    '',
  ].join('\n')
}
