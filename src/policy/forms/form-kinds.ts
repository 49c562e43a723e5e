// form-kinds.ts: the forms that are filled, and the placeholders that each template may hold and must hold (R24).

type Need = 'required' | 'optional'
type Names = Readonly<Record<string, Need>>

export interface FormKind {
  /** Flat ODF: it opens in LibreOffice as it is, and a difference of two versions can be read. */
  readonly extension: 'fods' | 'fodt'
  readonly title: string
  /** `{{機關名稱}}`: one value. */
  readonly values: Names
  /** `{{各筆.序號}}`: the row of a table, or the paragraph, in which it stands is repeated for each item. */
  readonly lists: Readonly<Record<string, Names>>
}

/** What fills a template: every placeholder of its kind has its text. */
export interface FormValues<K extends FormKind> {
  readonly values: { readonly [Name in keyof K['values']]: string }
  readonly lists: { readonly [List in keyof K['lists']]: readonly { readonly [Name in keyof K['lists'][List]]: string }[] }
}

const required = 'required'
const optional = 'optional'

/** Of whom, and of when: on every form. */
const head = { 機關名稱: required, 稽核期間: required, 製表日期: optional, 表單版本: optional } as const

/** Rule 六(一)3: users, those who left included, and how many of them are audited. */
const users = {
  總使用人數: required,
  離調職人數: optional,
  應稽核人數: required,
  列入稽核人數: optional,
  列入比率: optional,
  實稽核人數: required,
  稽核比率: required,
  抽件人數: optional,
  清查人數: optional,
} as const

const totals = { 紀錄總數: optional, 應抽總數: optional, 實抽總數: optional } as const

/** D-10: calls that do not count: how many, and in which file they are listed. */
const notCounted = { 未計入筆數: optional, 未計入檔名: optional } as const

const months = {
  月份: required,
  紀錄數: required,
  應抽: required,
  實抽: required,
  含拒絕紀錄數: optional,
  含拒絕應抽: optional,
  各方式紀錄數: optional,
} as const

const units = { 單位: required, 使用人數: required, 抽件人數: optional, 清查人數: optional, 件數: required, 稽核比率: optional } as const

const manager = { 管理者姓名: optional, 管理者職稱: optional, 管理者電話: optional, 管理者信箱: optional } as const

const results = { 正常件數: required, 異常件數: required, 待說明件數: required, 未填件數: optional } as const

/** How the seed was thrown: the throw that counts, what it is worth, and each of them with those that count no more. */
const seed = { 抽樣種子值: optional, 種子產生方式: optional, 種子說明: optional, 擲出紀錄: optional } as const

const findings = { 序號: required, 單位: optional, 結果: required, 情形: required } as const

const due = { 報送期限: optional, 期限說明: optional } as const

const auditForm = {
  extension: 'fods',
  title: '連結機關查詢應用社會福利資料稽核紀錄表',
  values: {
    ...head,
    機關代碼: required,
    單位: required,
    提供方式: required,
    ...users,
    ...totals,
    ...notCounted,
    本單位件數: optional,
    本單位清查人數: optional,
    抽樣種子值: required,
    種子產生方式: required,
    種子說明: optional,
    母體封存紀錄: optional,
    指定稽核人員: optional,
    查詢對象說明: optional,
    使用者說明: optional,
  },
  lists: {
    各月: months,
    各單位: units,
    封存點: { 紀錄簿: required, 筆數: required, 雜湊值: required },
    擲出: { 次序: required, 情形: required, 處置: required },
    設定: { 代號: required, 事項: required, 採用: required },
    各筆: {
      序號: required,
      日期: required,
      時間: required,
      姓名: required,
      單位: required,
      職稱: required,
      帳號: required,
      帳號註記: required,
      在職狀態: required,
      提供方式: required,
      資料: required,
      資料項目: required,
      查詢目的: optional,
      查詢事由: required,
      案號: required,
      查詢對象: required,
      來源IP: required,
      回傳筆數: required,
      紀錄識別碼: required,
      抽樣原因: required,
      調閱案卷: required,
      案卷比對: required,
      逾必要範圍: required,
      稽核結果: required,
      異常說明及處置: required,
      稽核日期: required,
      稽核人員: required,
    },
    各案: {
      序號: required,
      姓名: required,
      職稱: optional,
      案號: required,
      查詢對象: optional,
      查詢期間: required,
      件數: optional,
      表內序號: required,
    },
    清查: {
      序號: required,
      帳號: required,
      姓名: required,
      單位: required,
      職稱: optional,
      類別: optional,
      啟用日: required,
      最後在職日: optional,
      最後使用日: required,
      仍需使用: required,
      是否共用: required,
      清查結果: required,
      清查說明: required,
      清查日期: required,
      清查人員: required,
    },
  },
} as const satisfies FormKind

const approvalMemo = {
  extension: 'fodt',
  title: '稽核結果簽稿',
  values: { ...head, ...users, ...totals, ...notCounted, ...results, ...due, ...manager, ...seed },
  lists: { 各月: months, 各單位: units, 異常: findings },
} as const satisfies FormKind

const reportLetter = {
  ...approvalMemo,
  title: '稽核紀錄報送函稿',
  lists: { ...approvalMemo.lists, 各單位: { ...units, 單位: optional, 使用人數: optional, 件數: optional } },
} as const satisfies FormKind

const recordLetter = {
  extension: 'fodt',
  title: '備查函稿',
  values: {
    ...head,
    來文日期: required,
    來文字號: required,
    收文日期: optional,
    總使用人數: required,
    應稽核人數: required,
    實稽核人數: required,
    稽核比率: required,
    應抽總數: optional,
    實稽核件數: required,
    ...results,
    ...due,
    報送情形: optional,
  },
  lists: { 補正事項: { 序號: required, 事項: required } },
} as const satisfies FormKind

const reminderLetter = {
  extension: 'fodt',
  title: '稽催函稿',
  values: { ...head, ...due, 報送期限: required, 逾期日數: optional, 聯絡單位: optional },
  lists: { 未辦事項: { 序號: required, 事項: required, 期限: required } },
} as const satisfies FormKind

/** By the name that their files begin with. */
export const formKinds = {
  'audit-form': auditForm,
  'approval-memo': approvalMemo,
  'report-letter': reportLetter,
  'record-letter': recordLetter,
  'reminder-letter': reminderLetter,
} as const satisfies Readonly<Record<string, FormKind>>

export type FormName = keyof typeof formKinds
export const formNames = Object.keys(formKinds) as readonly FormName[] // the keys of a constant

/** Every placeholder that a template of a kind may hold, as it is written between braces. */
export function placeholdersOf({ lists, values }: FormKind): readonly string[] {
  const members = Object.entries(lists).flatMap(([list, names]) => Object.keys(names).map((name) => `${list}.${name}`))
  return [...Object.keys(values), ...members]
}

/** Those that it must hold. */
export function requiredOf({ lists, values }: FormKind): readonly string[] {
  const needed = (names: Names): readonly string[] => Object.keys(names).filter((name) => names[name] === required)
  return [...needed(values), ...Object.entries(lists).flatMap(([list, names]) => needed(names).map((name) => `${list}.${name}`))]
}
