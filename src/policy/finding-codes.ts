// finding-codes.ts: every finding on a configuration: its severity and what it says, in two languages.
import type { Said } from './schema/forms.ts'

export type Severity = 'error' | 'warning'

interface Row extends Said {
  readonly severity: Severity
}

const error = (zh: string, en: string): Row => ({ severity: 'error', zh, en })
/** A state, or what deserves a look: it never makes a folder invalid. */
const warning = (zh: string, en: string): Row => ({ severity: 'warning', zh, en })

const table = {
  // Files
  'file-missing': error('缺少檔案', 'A file is missing'),
  'file-unreadable': error('檔案無法讀取', 'The file cannot be read'),
  'file-name': error('檔名不符', 'The file’s name is not as it must be'),
  'file-ignored': warning('這個檔案不會被讀取', 'This file is not read'),
  'file-empty': error('檔案沒有內容', 'The file is empty'),
  'too-many-files': error(
    '檔案過多，均未讀取；備份或解壓縮之檔案請移往他處',
    'Too many files, of which none was read: move backups elsewhere',
  ),
  'folder-too-large': error('YAML 檔案合計超過 8 MiB，此檔未讀取', 'YAML files of more than 8 MiB in all: this one was not read'),
  'file-too-large': error('檔案過大', 'The file is too large'),
  'not-utf8': error('檔案不是 UTF-8，請以 UTF-8 另存', 'The file is not UTF-8: save it as UTF-8'),
  'byte-order-mark': error('檔案開頭有 BOM，請以 UTF-8（無 BOM）另存', 'The file begins with a byte order mark: save it as UTF-8 without'),
  // YAML
  'yaml-syntax': error('YAML 語法錯誤', 'Not well-formed YAML'),
  'yaml-tab': error('縮排使用了 Tab，請改用空格', 'A tab in the indentation: use spaces'),
  'yaml-alias': error('別名（*）不存在，或超過可用次數', 'An alias of nothing, or too many aliases'),
  'yaml-tag': error('不可使用 YAML 標籤（!）', 'A tag that is not known'),
  'yaml-key': error('名稱必須是文字', 'A member’s name must be text'),
  'yaml-too-large': error('內容過多或層次過深', 'Too many values, or nested too deeply'),
  'duplicate-key': error('同一名稱寫了兩次', 'A member stands twice'),
  'full-width': error('使用了全形字元或彎引號，請改為半形', 'Full-width characters or curly quotes where half-width is due'),
  // Against the schema
  'unknown-key': error('沒有這個欄位', 'No member has this name'),
  'missing-key': error('缺少欄位', 'A member is missing'),
  'wrong-type': error('內容的型別不符', 'A value of another type'),
  'wrong-value': error('不是可用的值', 'Not one of the values'),
  'wrong-form': error('寫法不符', 'Not written as it must be'),
  'wrong-length': error('項目數不符', 'Too few or too many'),
  'out-of-range': error('超出範圍', 'Out of range'),
  'duplicate-item': error('清單中有重複的項目', 'An item stands twice in a list'),
  'leading-zero': error('整數不可以 0 開頭', 'A whole number with a leading zero'),
  'yaml-word': error('只能寫 true 或 false', 'Neither true nor false'),
  'roc-date': error('日期請寫西元年（ISO 8601）', 'An ROC date: days are written YYYY-MM-DD'),
  'wrong-date': error('不是存在的日期', 'Not a day that exists'),
  'wrong-network': error('網段寫法不符：須為標準寫法，且主機位元為 0', 'Not a network in canonical form without host bits'),
  'wrong-hours': error('時段寫法不符', 'Not a span of hours'),
  'secret-in-file': error(
    '金鑰不可寫在設定檔中：請立即註銷此金鑰並重新核發',
    'A key must not stand in a file: revoke it and issue another',
  ),
  'private-key': error('私鑰不可寫在設定檔中：請立即更換此金鑰', 'A private key must not stand in a file: replace it'),
  // Names
  'unknown-name': error('找不到所指的名稱', 'Nothing has this name'),
  'duplicate-id': error('代號重複', 'An id is used twice'),
  'id-not-file-name': error('代號與檔名不同', 'The id differs from the file’s name'),
  // Days
  'dates-reversed': error('日期先後顛倒', 'Days in the wrong order'),
  'credential-too-long': error('憑證有效期間超過 365 日', 'A credential of more than 365 days'),
  // Networks
  'network-too-large': error('網段合計超過 /16（IPv6 為 /32），須寫明 allow_any', 'More than a /16 (IPv6: /32) in all without allow_any'),
  'network-of-proxy': error('網段與受信任之代理重疊', 'The network overlaps a trusted proxy'),
  'network-shared': warning('與其他機關之網段重疊', 'The network overlaps another agency’s'),
  'documentation-network': error('正式環境不可使用文件專用位址', 'A documentation address in production'),
  // Agencies
  'manager-missing': error('連結機關須有管理者', 'A linked agency has a manager'),
  'standing-order': error('歷程的先後不合規定', 'A step that cannot follow the one before'),
  'restored-too-late': error('逾三個月始完成改善，須重新申請（reapprove）', 'Completed after more than three months: approve anew'),
  'notice-missing': error('機關終止須有書面通知', 'A termination by the agency needs its notice'),
  'notice-short': warning('終止通知不足一個月', 'Notice of less than a month'),
  'standing-rewritten': error('已生效的歷程不可修改，只可往下加', 'A history that took effect was changed: it is only extended'),
  'credential-mode': error('system 憑證須寫明 mode，其他身分不可寫', 'A mode belongs to credentials of role system, and only to them'),
  'auditor-outside': error(
    'auditor 憑證限社會局自身（using-unit），受託者不得持有',
    'Auditors’ credentials belong to the department itself, not to a delegate',
  ),
  'key-invalid': error('公鑰無效', 'Not a valid public key'),
  'keys-one-way': error('jwks 與 jwks_uri 須恰好寫一項', 'Exactly one of jwks and jwks_uri'),
  'key-shared': error('同一金鑰出現兩次', 'One key stands twice'),
  'delegate-order': error('受託關係不成立', 'The delegate works under nobody'),
  // Grants
  'mode-not-offered': error('此作業不提供這種方式', 'The operation is not offered in this mode'),
  'field-not-declared': error('資料項目目錄沒有這個項目', 'No operation of the grant declares this field'),
  'fields-none': error('此作業沒有任何核可項目', 'The grant lists no field of this operation'),
  'reason-missing': error('敏感程度 3 以上之項目須敘明理由', 'A field of sensitivity 3 or more needs a reason'),
  'reason-of-nothing': error('理由所指的項目不在核可之內', 'A reason for a field that is not granted'),
  'not-data-owner': error('申請未經此資料之業務權責單位', 'Not the data owner of this API'),
  'grants-overlap': error('同一作業、方式、目的、期間有兩項核可', 'Two grants for one operation, mode, purpose and day'),
  'protected-document': error('protected: true 須有 protected_document', 'protected: true needs a document of its own'),
  'protected-file': error('檔案傳輸一律不提供受保護之人的列', 'Rows of protected persons never pass in mode file'),
  'grant-long': warning('核可期間超過三年', 'A grant of more than three years'),
  'grant-superseded': warning('重新核可後，先前之核可已失效', 'Closed by the approval anew: the grant was applied for before'),
  // Catalogue
  'path-reserved': error('這個名稱保留給閘道', 'This name is the gateway’s own'),
  'path-wrong': error('路徑寫法不符', 'Not a path of plain segments and {parameters}'),
  'path-twice': error('兩項作業的方法與路徑相同', 'Two operations on one method and path'),
  'parameter-wrong': error('參數與路徑或規定不符', 'A parameter that does not fit'),
  'schema-wrong': error('資料結構不符', 'A schema that cannot be enforced'),
  'schema-open': error('請求內容須為封閉（additionalProperties: false）', 'A request schema that is not closed'),
  'schema-recursive': error('資料結構不可引用自己', 'A schema that refers to itself'),
  'property-name': error('欄位名稱不可含 . [ ]', 'A property name with a dot or bracket'),
  'subject-wrong': error('查詢對象之設定不符', 'The subject does not stand where it must'),
  'subject-in-url': error('識別個人之號碼不可放在網址', 'Identifiers do not stand in URLs'),
  'reveals-missing': error('未寫明此條件透露哪些項目（x-reveals；沒有則寫 []）', 'x-reveals is missing ([] for none)'),
  'sensitivity-missing': error('資料項目沒有敏感程度（x-sensitivity）', 'A field without x-sensitivity'),
  'assertion-missing': error('可提供敏感程度 3 以上之作業須要求簽章憑證', 'An operation of sensitivity 3 or more requires an assertion'),
  'pattern-wrong': error('樣式無效，或沒有從 ^ 到 $', 'Not a regular expression from ^ to $'),
  'media-type': error('內容類型與提供方式不符', 'A content type that does not go with the modes'),
  'marker-missing': warning(
    '有 x-locates 之項目，但沒有受保護之人註記（protected）',
    'Fields that locate people, and no marker of protected persons',
  ),
  'locates-always': error(
    'x-locates 之項目若一律存在，須可為 "null"；否則受保護之人會因缺少此項而被認出',
    'A locating field that is always there must be nullable, or protected persons stand out by its absence',
  ),
  // Rosters and calendars
  'csv-wrong': error('CSV 格式不符', 'Not well-formed CSV'),
  'column-missing': error('缺少欄位名稱', 'A column is missing'),
  'column-unknown': error('沒有這個欄位名稱', 'No column has this name'),
  'cell-missing': error('此欄必須填寫', 'A cell must be filled in'),
  'account-twice': error('兩個帳號只差大小寫或全半形', 'Accounts that differ only in case or width'),
  'account-overlap': error('同一帳號的期間重疊', 'Periods of one account overlap'),
  'account-of-two': error('同一帳號屬於兩個人', 'One account of two persons'),
  'account-identifier': error('帳號不可使用身分證統一編號', 'An account must not be a national identifier'),
  'stop-reason-missing': warning('有最後在職日，但沒有停用原因', 'A last day without a reason'),
  'stop-day-missing': error('有停用原因，但沒有最後在職日', 'A reason without a last day'),
  'roster-rewritten': error('清冊的列不可刪除或改寫，只可補上最後在職日', 'A roster row vanished or was rewritten'),
  'roster-missing': warning('沒有使用者清冊，任何使用者都會被拒絕', 'No roster: every user is refused'),
  'calendar-wrong': error('辦公日曆表不符', 'Not the calendar of its year'),
  'calendar-missing': warning('沒有今年的辦公日曆表，工作日時段一律不開放', 'No calendar of this year: hours of workdays stay closed'),
  // Forms
  'form-wrong': error('不是可用的表單範本', 'Not a template of this form'),
  'placeholder-unknown': error('表單沒有這個代換項', 'The form has no such placeholder'),
  'placeholder-missing': error('範本缺少必要之代換項', 'A placeholder that the form needs is missing'),
  'placeholder-wrong': error('代換項之括號須為半形 {{ 與 }}，且成對', 'Placeholders stand between {{ and }}, in half width'),
  'placeholder-lists': error('同一列（段）只可有一份清單之代換項', 'Placeholders of two lists in one row or paragraph'),
  'placeholder-formula': error('重複之列不可有公式', 'A formula in a row that is repeated'),
  // Blocks
  'block-target': error('一項封鎖須恰好指明一個對象', 'A block names exactly one target'),
  // The gateway
  'demo-public': error('示範環境只能監聽本機', 'The demo listens on loopback only'),
  'admin-public': error('管理埠於本機以外須有 tls 及 token_file', 'An admin port off loopback needs tls and token_file'),
  'tls-missing': error('對外監聽須有 TLS', 'A public listener needs TLS'),
  'certificate-unseen': error(
    '此憑證綁定 TLS 憑證，但閘道不會向呼叫者要求憑證（listeners/public/tls/client_certificates）',
    'A credential bound to certificates, where callers are asked for none (listeners/public/tls/client_certificates)',
  ),
  'proxy-missing': error('tls: terminated 須列出受信任之代理', 'tls: terminated needs trusted proxies'),
  'origin-insecure': error('正式環境之對外網址須為 https', 'A production origin is https'),
  'sandbox-name': error(
    '試連環境之主機名稱須有以 sandbox 開頭之一節，其他環境不可有：紀錄由名稱即可分辨',
    'One label of a sandbox’s host begins with sandbox, and of no other’s: its log is told by its name',
  ),
  'copies-missing': warning(
    '紀錄封存點沒有任何副本：維運與資料庫管理者聯手改寫紀錄時，僅機關之收據可以證明',
    'No place takes copies of checkpoints: what operations and the database’s administrator rewrite together, only receipts convict',
  ),
  'recipients-missing': warning(
    '沒有這一年之解除遮蔽之金鑰：該年之查詢對象將密封於前一年之金鑰，銷毀前一年之金鑰時一併無法解除遮蔽',
    'No recipient of this year: its subjects are sealed for those of the year before, and close when those keys are destroyed',
  ),
  'upstream-insecure': error('本機以外之上游須為 https', 'An upstream off loopback is https'),
  'credential-published': error('此金鑰公開於範例中，不可用於正式環境', 'This key stands in the published example'),
  'needs-restart': error(
    '此項變更須重新啟動閘道始生效；在此之前整個資料夾之變更都不生效',
    'The gateway must be started anew for this change; until then nothing of the folder is taken up',
  ),
  'not-committed': error(
    '尚未提交：閘道只採用 git 已提交之版本（source: committed），請執行 linkage config apply',
    'Not committed: the gateway takes up only what its git repository holds (source: committed); linkage config apply commits it',
  ),
  // States
  ended: warning('最後一日已過，此項已失效', 'The last day has passed'),
  ending: warning('三十日內到期', 'It ends within thirty days'),
  'users-ended': warning('有使用者之最後在職日已過', 'Users whose last day has passed'),
  'users-ending': warning('有使用者於三十日內離任', 'Users whose last day is within thirty days'),
  // What deserves a look
  'network-unused': warning(
    '九十日內無呼叫來自此網段，是否仍有需要？',
    'No call came from this range for ninety days: is it still needed?',
  ),
  'field-above-usual': warning(
    '核可之項目，敏感程度高於此類機關通常可見者；請確認為執行職務所必要',
    'Fields above what agencies of this kind usually see: is each necessary?',
  ),
  'field-beside-rows': warning(
    '批次查詢核可了各列以外之項目：單問這些項目之呼叫，其查詢對象全數計為查無資料',
    'Fields beside the rows of a batch: a call for these alone counts everybody it asks about as not found',
  ),
  'operation-ungranted': warning('沒有任何機關獲核可此項作業', 'No agency is granted this operation'),
  'user-on-two-rosters': warning(
    '同一使用者同時列於另一機關之清冊；一帳號只屬一人，請確認是否已調職',
    'A user who is on another agency’s roster too: did they move?',
  ),
  'document-to-follow': warning('文號待補', 'Its document is to follow'),
} as const satisfies Record<string, Row>

/** A stable name of a finding: it is never renamed. */
export type FindingCode = keyof typeof table
export const findingCodes: Readonly<Record<FindingCode, Row>> = table
