// report.ts: what was found, as a person reads it: Chinese first, then English, every word set as text and never as markup.
import { shown } from '../../shown.ts'
import type { VerifiedDisc } from '../discs.ts'
import { type ArchiveFinding, archiveFindingCodes, placeOf } from '../finding.ts'
import { resultsRemarks } from '../rounds.ts'
import type { ArchivedLogSummary, ArchiveSummary } from '../verify.ts'
import { type PageElement, page } from './browser.ts'

/** An element with a text, or with elements in it. */
export function element(name: string, ...content: readonly (PageElement | string)[]): PageElement {
  const made = page().createElement(name)
  made.append(...content.map((each) => (typeof each === 'string' ? shown(each) : each)))
  return made
}

function classed(className: string, made: PageElement): PageElement {
  made.className = className
  return made
}

/** One disc: whether anything was found, what was verified, and each finding where it stands. */
export function discReport({ findings, folder, summary }: VerifiedDisc): PageElement {
  const found = [...summary.counts.values()].reduce((sum, count) => sum + count, 0)
  const good = found === 0
  const verdict = good ? '查核相符：未發現任何不符 Verified: nothing was found' : `發現 ${found} 項不符 ${found} findings`
  const report = element('section', classed(good ? 'good' : 'bad', element('h2', `${folder}${folder === '' ? '' : '　'}${verdict}`)))
  report.setAttribute('data-findings', String(found))
  if (findings.length > 0) report.append(findingsTable(findings, found))
  report.append(facts(summary), remarks(summary))
  return report
}

function findingsTable(findings: readonly ArchiveFinding[], found: number): PageElement {
  const head = ['代碼 code', '位置 place', '說明 meaning', '所見 found', '應為 expected'].map((each) => element('th', each))
  const rows = findings.map((each) => {
    const [zh, en] = archiveFindingCodes[each.code]
    const cells = [each.code, placeOf(each), `${zh} ${en}`, each.found, each.expected].map((text) => element('td', text))
    return element('tr', ...cells)
  })
  const table = element('table', element('thead', element('tr', ...head)), element('tbody', ...rows))
  const more =
    found > findings.length
      ? [element('p', `另有 ${found - findings.length} 項同類不符未列出。 ${found - findings.length} more of these kinds are not listed.`)]
      : []
  return element('div', table, ...more)
}

function facts(summary: ArchiveSummary): PageElement {
  const { bytes, description, files, logs, manifest, recipients } = summary
  const list = element('dl')
  const say = (term: string, ...values: readonly string[]) => list.append(element('dt', term), ...values.map((each) => element('dd', each)))
  if (description !== undefined) {
    const { agency, disc, period } = description
    say('機關 agency', `${agency.name}（${agency.code}，${agency.id}）`)
    say('期間 period', `${rocMonth(period.from)}至${rocMonth(period.until)}（${period.from} – ${period.until}）`)
    say('光碟 disc', `${disc.at}／${disc.of}`)
  }
  if (manifest !== undefined)
    say('清單雜湊值（請與標籤及簽呈比對） SHA-256 of MANIFEST.csv: hold it against the label and the signed document', manifest)
  say('檔案 files', `${files.toLocaleString('en')} 個，${bytes.toLocaleString('en')} 位元組 bytes`)
  if (logs.length > 0) say('紀錄 logs', ...logs.map(logText))
  if (logs.length > 0) say('驗證金鑰（請與公布者比對） verifier keys: hold them against those published', ...logs.map(({ key }) => key))
  if (recipients.size > 0)
    say(
      '可解除查詢對象之遮蔽之金鑰 keys that open subjects',
      ...[...recipients].sort().map(([name, count]) => `${name}：${count.toLocaleString('en')} 筆 entries`),
    )
  return list
}

const logText = ({ counted, log, records, size }: ArchivedLogSummary): string =>
  `${log}：查詢紀錄 ${records.toLocaleString('en')} 筆 records，計次 ${counted.toLocaleString('en')} counted，封存點 ${size.toLocaleString('en')} 筆 signed to ${size.toLocaleString('en')} entries`

/** `民國115年11月` */
const rocMonth = (month: string): string => `民國${Number(month.slice(0, 4)) - 1911}年${Number(month.slice(5))}月`

function remarks({ description, keys, logs, results }: ArchiveSummary): PageElement {
  const list = element('ul')
  if (keys === 'own' && logs.length > 0)
    list.append(
      element(
        'li',
        '未輸入驗證金鑰：僅能證明光碟內部一致；請將上列金鑰與社會局公布者比對。 No key was given: the archive is shown to agree with itself. Hold its keys against those that were published.',
      ),
    )
  for (const { log, open } of logs)
    if (open.length > 0)
      list.append(
        element(
          'li',
          `${log}：${open.join('、')} 尚無換月紀錄，無法證明該月末尾未遺漏。 No month entry ends ${open.join(', ')}: that nothing is missing at its end is not shown.`,
        ),
      )
  for (const each of resultsRemarks(results)) list.append(element('li', each))
  if (description !== undefined && description.disc.of > 1)
    list.append(
      element(
        'li',
        `共 ${description.disc.of} 片，每片各自查核；全部相符始為完整。 There are ${description.disc.of} discs: the archive is whole where each of them verifies.`,
      ),
    )
  return list
}
