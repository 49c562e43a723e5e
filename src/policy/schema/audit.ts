// audit.ts: the schema of audit.yaml: what is assumed where the regulation is silent (D-numbers), and thresholds of the signals.
import Type, { type Static } from 'typebox'
import { choice, closed, list, text, whole } from './parts.ts'

const threshold = (zh: string, en: string) => whole(zh, en, 1, 1_000_000)

/** audit.yaml. A default that only one answer is built for yet accepts only that answer. */
export const auditFile = closed('稽核設定', 'Defaults of the audit', {
  'D-1': choice('每次呼叫都要有使用者帳號', 'Every call names its user', ['required']),
  'D-2': choice('限定來源網段', 'Networks are limited', ['required']),
  'D-3': choice('未核可之資料項目不出現', 'A field that is not approved is absent', ['absent']),
  'D-4': choice('每季下載之期限', 'When the quarter’s download is due', ['end-of-following-month', 'end-of-quarter']),
  'D-5': choice('逾期報送', 'A late report', ['flag']),
  'D-6': closed('保存年限', 'Retention', { years: whole('年', 'Years', 5, 30), plus_years: whole('另加', 'More', 0, 10) }),
  'D-7': choice('百分之一之小數', 'Fractions of one per cent', ['up']),
  'D-8': choice('每月筆數之計算單位', 'Records are counted by', ['agency']),
  'D-9': choice('檔案傳輸之筆數', 'A file transfer counts as', ['transfer', 'row']),
  'D-10': choice('計入之紀錄', 'Records that count', ['served-and-not-found']),
  'D-11': choice('總使用人數', 'Users are', ['roster-and-log']),
  'D-12': choice('半數使用者之計算單位', 'Coverage is counted by', ['agency']),
  'D-13': choice('三個月末日遇休息日', 'Three months that end on a rest day', ['literal']),
  'D-14': choice('終止通知不足一個月', 'A short notice of termination', ['warn']),
  'D-15': choice('報送期限遇休息日', 'Due dates on a rest day', ['nominal']),
  'D-16': choice('查詢之身分證統一編號檢查碼不符', 'A wrong check digit in a query', ['refuse']),
  'D-17': whole('保護案件稽核百分比', 'Protection cases audited, per cent', 1, 100),
  'D-18': choice('迄日', 'Last days', ['inclusive']),
  'D-19': choice('光碟加密', 'Encryption of discs', ['per-agency', 'always', 'never']),
  'D-20': whole('使用者在此人數以下，稽核人員由其他單位擔任', 'Users up to which the auditor comes from another unit', 0, 100),
  'D-21': choice('是否如期之認定', 'On time is judged by', ['dispatch', 'receipt']),
  protection_apis: Type.Optional(
    list(
      '保護案件之 API，依 D-17 稽核；不寫為無',
      'APIs about protection cases, audited by D-17; absent: none',
      text('id', 'API 代號', 'Id of the API'),
      {
        uniqueItems: true,
      },
    ),
  ),
  openings: Type.Optional(
    closed('解除查詢對象之遮蔽', 'Openings of sealed subjects', {
      per_auditor_per_day: threshold('每位稽核人員每日至多幾筆，不寫為 50', 'Of an auditor, a day; absent: 50'),
    }),
  ),
  usual_sensitivity: Type.Optional(
    closed(
      '各類機關通常可見之敏感程度，核可高於此者 config check 會提醒',
      'What agencies of a kind usually see: a grant above it is worth a look',
      {
        linked_agency: whole('連結機關，不寫為 3', 'Linked agencies; absent: 3', 1, 4),
        using_unit: whole('使用單位，不寫為 4', 'Using units; absent: 4', 1, 4),
      },
    ),
  ),
  signals: Type.Optional(
    closed('異常徵兆之門檻：達此數即列出', 'Thresholds of the signals: from this many on they are listed', {
      off_hours_calls_per_day: threshold('每日非上班時間呼叫', 'Calls off hours, a day'),
      calls_per_user_per_hour: threshold('每位使用者每小時呼叫', 'Calls of a user, an hour'),
      subjects_per_user_per_day: threshold('每位使用者每日查詢對象', 'Subjects of a user, a day'),
      users_per_subject_per_month: threshold('每位對象每月被多少使用者查詢', 'Users of a subject, a month'),
      refusals_per_credential_per_day: threshold('每一憑證每日被拒絕', 'Refusals of a credential, a day'),
      addresses_per_account_per_day: threshold('每一帳號每日來源位址', 'Addresses of an account, a day'),
      office_hours: Type.Optional(
        list(
          '上班時間，其外為非上班時間；不寫為 08:00-18:00 workdays',
          'Office hours: what is outside is off hours; absent: 08:00-18:00 workdays',
          text('hours', '時段', 'Hours'),
          { minItems: 1, uniqueItems: true },
        ),
      ),
      subjects_per_case_per_month: Type.Optional(threshold('每一案號每月查詢對象，不寫為 50', 'Subjects of a case, a month; absent: 50')),
      not_found_percent: Type.Optional(
        whole('每位使用者回覆中查無資料之百分比，不寫為 50', 'Of a user’s answers those that found nobody, per cent; absent: 50', 1, 100),
      ),
      not_found_answers: Type.Optional(
        threshold('回覆達此數才計算查無資料之百分比，不寫為 20', 'Answers from which on that is counted; absent: 20'),
      ),
      address_change_minutes: Type.Optional(
        whole(
          '同一帳號在此分鐘數內由另一位址查詢，視為同時，不寫為 10',
          'Minutes within which another address is at once; absent: 10',
          1,
          1440,
        ),
      ),
      days_after_joining: Type.Optional(
        whole('啟用日起此日數內之查詢，不寫為 7', 'Days from the first day on the roster; absent: 7', 1, 366),
      ),
      days_before_leaving: Type.Optional(
        whole('最後在職日止此日數內之查詢，不寫為 14', 'Days up to the last day on the roster; absent: 14', 1, 366),
      ),
      idle_days: Type.Optional(
        whole('久未使用之帳號：此日數未查詢後再用，不寫為 180', 'Days without a query after which use is a signal; absent: 180', 1, 3660),
      ),
      unused_grant_days: Type.Optional(
        whole('核可在此日數內未使用，不寫為 180', 'Days without use after which a grant is listed; absent: 180', 1, 3660),
      ),
      comparison_records: Type.Optional(
        threshold('紀錄達此數之機關才相比較，不寫為 100', 'Records of a month from which on an agency is compared; absent: 100'),
      ),
      similar_agencies: Type.Optional(
        whole('其他相似機關達此數才比較，不寫為 3', 'Other similar agencies that a comparison needs; absent: 3', 2, 100),
      ),
    }),
  ),
})

export type AuditFile = Static<typeof auditFile>
