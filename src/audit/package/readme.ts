// readme.ts: 讀我.txt of a package: what the agency does with which file, by when, and how it verifies what it was given.
import { type CivilDate, showRocDate } from '../../calendar.ts'
import type { DueDate } from '../due-dates.ts'
import { showPeriod } from '../form/wording.ts'
import { technicalFolder } from './layout.ts'

export interface PackageFacts {
  readonly agency: { readonly code: string; readonly name: string }
  /** First and last day. */
  readonly period: { readonly from: CivilDate; readonly until: CivilDate }
  /** Number of the round. */
  readonly round: string
  /** When the round is reported; absent of an unannounced audit, which is reported to nobody. */
  readonly due?: DueDate
  readonly units: readonly string[]
  /** Drawn records, and those of them whose subject is not opened. */
  readonly items: number
  readonly sealed: number
  readonly reviews: number
  /** Query records of the period. */
  readonly records: number
  /** Refused and failed calls of the period (D-10), listed in their annex. */
  readonly notCounted: number
  /** Why there are no .pdf; absent where there are. */
  readonly withoutPdf?: string
  /** SHA-256 of the list of the technical files, lower-case hex. */
  readonly manifest: string
}

const count = (value: number): string => value.toLocaleString('en')

function dueText({ after, before, nominal }: DueDate): string {
  const day = showRocDate(nominal)
  return before === undefined || after === undefined
    ? day
    : `${day}（該日為休息日，其前一工作日為${showRocDate(before)}，後一工作日為${showRocDate(after)}）`
}

/** CRLF and a byte order mark, so that every editor of an office shows it. The same facts give the same text. */
export function packageReadme(facts: PackageFacts): string {
  const { agency, due, items, manifest, notCounted, period, records, reviews, round, sealed, units, withoutPdf } = facts
  const lines = [
    '稽核資料交付 What the department hands over for the audit',
    '',
    `機關 agency：${agency.name}（${agency.code}）`,
    `稽核期間 period：${showPeriod(period)}；稽核編號 round：${round}`,
    `抽查 items：${count(items)} 件；帳號清查 account reviews：${count(reviews)} 個帳號；本期查詢紀錄 query records：${count(records)} 筆`,
    due === undefined
      ? '社會局不定期稽核：不必簽報、報送 an audit of the department: nothing is to be reported'
      : `報送期限 due：${dueText(due)}`,
    '',
    '內含個人資料查詢紀錄，僅供稽核；請存放於限閱之處，交付單位主管時各交各的。',
    'Query records of personal data, for the audit only: give each unit head what is theirs.',
    '',
    '一、請依下列步驟辦理 What to do',
    `  1. 將「稽核紀錄表」（每單位一份：${units.join('、')}）交各單位主管；可先印「調卷單」調閱案卷。`,
    '     Give each unit head their workbook; its slips (調卷單) find the paper files.',
    '  2. 稽核人員以 LibreOffice 或 Excel 逐件填白底欄位，選項用下拉選單；查詢的人不得稽核自己的紀錄。鎖定欄位請勿更動。',
    '     Auditors fill the white cells; who queried does not audit. Leave the locked cells as they are.',
    '  3. 沒有紀錄可查之使用者，填同一檔案之「帳號清查」。',
    '     Users without records are reviewed in the sheet 帳號清查.',
    '  4. 填好之 .ods（或 .xlsx、.csv）以公文送回社會局資訊室彙整；可分批，檔名不拘。',
    '     Send the filled files back to the department; in parts, under any name.',
    ...(due === undefined
      ? []
      : [
          '  5. 依「簽稿」簽報機關首長核定，依「報送函稿」函報社會局備查；備查後將社會局交付之歸檔資料夾燒錄光碟，，至少保存五年。',
          '     Then approval by the head (簽稿), the report (報送函稿), and, once it is on record, the archive on discs.',
        ]),
    '',
    '二、有哪些檔案 What is here',
    '  *_稽核紀錄表_*.ods     各單位之稽核紀錄表、調卷單、帳號清查、抽樣說明 a workbook for each unit head',
    '  *_抽查紀錄.csv         抽中之紀錄，右側空欄亦可填寫 the drawn records as a table, which may be filled in instead',
    ...(due === undefined ? [] : ['  *_簽稿.odt、*_報送函稿.odt  簽報及報送之草稿 drafts of the letters']),
    withoutPdf === undefined ? '  *.pdf                  上列表單及函稿之列印檔 the same to print' : `  （沒有 .pdf：${withoutPdf}）`,
    '  *_使用者查詢紀錄.csv   本期全部查詢紀錄；取得本檔即完成各季下載（六（一）2） all query records of the period',
    `  *_未計入紀錄.csv       本期拒絕及失敗之呼叫 ${count(notCounted)} 筆，不計入應抽，另列於此（D-10） calls that do not count`,
    '  verify.html            查核程式，以瀏覽器開啟 verifies this folder in a browser',
    `  ${technicalFolder}  紀錄原文、雜湊磚、封存點、驗證金鑰，無須開啟 exact entries, tiles, checkpoints, keys`,
    '',
    ...(sealed === 0
      ? []
      : [
          `  ${count(sealed)} 件之查詢對象印為「未解除遮蔽」：需要時請洽社會局政風室解除遮蔽。 Subjects of ${count(sealed)} items are sealed: ask the ethics office.`,
          '',
        ]),
    '三、如何查核 How to verify it',
    '  以瀏覽器開啟 verify.html，選擇本資料夾；不需網路，不需安裝，檔案不會離開本機。畫面所示「清單雜湊值」應與公文所載相同：',
    '  Open verify.html and choose this folder. The SHA-256 that it shows is the one in the letter:',
    `  ${manifest.slice(0, 32)}`,
    `  ${manifest.slice(32)}`,
    '  填寫、列印或搬移上列表單，不影響查核；技術檔案請勿更動。 Filling in forms changes nothing of it.',
  ]
  return `\ufeff${lines.join('\r\n')}\r\n`
}
