// problems.ts: every refusal of the gateway: code, status, title and remedy in two languages (RFC 9457, design §7).

interface Row {
  readonly status: number
  /** Where it may be said: before the caller is identified, after it, or as the outcome of a call that was allowed. */
  readonly said: readonly ('anybody' | 'identified' | 'outcome')[]
  readonly title: string
  readonly titleZh: string
  readonly remedy: string
  readonly remedyZh: string
}

const table = {
  'request-invalid': {
    status: 400,
    said: ['anybody', 'identified'],
    title: 'The request is not one that this interface accepts',
    titleZh: '請求格式不符',
    remedy: 'Correct what the detail names and send it again.',
    remedyZh: '請依 detail 所指之處修正後重送。',
  },
  'expectation-failed': {
    status: 417,
    said: ['anybody'],
    title: 'This interface sends no interim responses',
    titleZh: '不支援 Expect 標頭',
    remedy: 'Send the request without the header Expect.',
    remedyZh: '請移除 Expect 標頭後重送。',
  },
  'network-not-allowed': {
    status: 403,
    said: ['anybody', 'identified'],
    title: 'This address is not an approved network of the caller',
    titleZh: '來源IP未登錄',
    remedy: 'Call from a network that the department approved for the agency, or apply for this one.',
    remedyZh: '請由核可之網路連線，或向社會局申請登錄此網段。',
  },
  'credentials-missing': {
    status: 401,
    said: ['anybody'],
    title: 'No credential was given',
    titleZh: '未提供憑證',
    remedy: 'Send Authorization: Bearer with an API key or a signed assertion.',
    remedyZh: '請以 Authorization: Bearer 提供 API 金鑰或簽章憑證。',
  },
  'credentials-invalid': {
    status: 401,
    said: ['anybody'],
    title: 'The credential is not valid',
    titleZh: '憑證無效',
    remedy: 'Check the key or the signature; ask the operations staff where it was revoked.',
    remedyZh: '請檢查金鑰或簽章；如已註銷，請洽系統管理者。',
  },
  'credentials-expired': {
    status: 401,
    said: ['identified'],
    title: 'The credential is past its last day, revoked, or not yet valid',
    titleZh: '憑證已逾期、已註銷或尚未生效',
    remedy: 'Ask the operations staff for a new credential.',
    remedyZh: '請向系統管理者申請換發憑證。',
  },
  'assertion-mismatch': {
    status: 401,
    said: ['identified'],
    title: 'The assertion was not signed for this request',
    titleZh: '簽章憑證與本次請求不符',
    remedy: 'Sign the method, the full URL and the body of this very request.',
    remedyZh: '請就本次請求之方法、完整網址與內容重新簽章。',
  },
  'assertion-replayed': {
    status: 401,
    said: ['identified'],
    title: 'This assertion was used before',
    titleZh: '簽章憑證已使用過',
    remedy: 'Sign a new assertion, with a jti of its own, for each call.',
    remedyZh: '每次呼叫請使用新的 jti 重新簽章。',
  },
  blocked: {
    status: 403,
    said: ['identified'],
    title: 'An emergency block is in force',
    titleZh: '緊急封鎖中',
    remedy: 'Call the operations staff of the department.',
    remedyZh: '請聯絡社會局系統管理者。',
  },
  'agency-not-approved': {
    status: 403,
    said: ['identified'],
    title: 'The agency has no approval in force',
    titleZh: '機關尚未核可',
    remedy: 'Apply through the data owner, or wait for the day of approval.',
    remedyZh: '請透過業務權責單位提出申請，或待核可生效。',
  },
  'agency-suspended': {
    status: 403,
    said: ['identified'],
    title: 'The linkage of the agency is suspended (六(五))',
    titleZh: '連結作業已暫停（作業規定六（五））',
    remedy: 'Complete the improvements, then apply to the department for restoration.',
    remedyZh: '請完成改善事項後，向社會局申請回復。',
  },
  'agency-terminated': {
    status: 403,
    said: ['identified'],
    title: 'The linkage of the agency has ended',
    titleZh: '連結作業已終止',
    remedy: 'Apply anew where the linkage is needed again.',
    remedyZh: '如需再使用，請重新提出申請。',
  },
  'operation-not-granted': {
    status: 403,
    said: ['identified'],
    title: 'This operation is not granted to the caller',
    titleZh: '未核可此項作業',
    remedy: 'Check method and path; apply for the operation where it is needed.',
    remedyZh: '請檢查方法與路徑；如有需要，請申請此項作業。',
  },
  'grant-not-valid': {
    status: 403,
    said: ['identified'],
    title: 'The grant is not in force today',
    titleZh: '核可不在有效期間',
    remedy: 'Apply for its extension.',
    remedyZh: '請申請展延核可期間。',
  },
  'purpose-missing': {
    status: 403,
    said: ['identified'],
    title: 'The call states no purpose',
    titleZh: '未敘明使用目的',
    remedy: 'State the purpose code: Linkage-Purpose, or the member purpose of the assertion.',
    remedyZh: '請以 Linkage-Purpose 標頭或簽章內 purpose 敘明目的代碼。',
  },
  'purpose-not-granted': {
    status: 403,
    said: ['identified'],
    title: 'This purpose is not granted for this operation',
    titleZh: '使用目的未經核可',
    remedy: 'Use a purpose of the grant, or apply for this one.',
    remedyZh: '請使用核可之目的，或申請增列。',
  },
  'outside-hours': {
    status: 403,
    said: ['identified'],
    title: 'The grant is not open at this hour',
    titleZh: '非核可使用時段',
    remedy: 'Call within the hours of the grant (Asia/Taipei).',
    remedyZh: '請於核可時段內查詢（臺北時間）。',
  },
  'user-missing': {
    status: 403,
    said: ['identified'],
    title: 'The call names no user',
    titleZh: '未提供使用者帳號',
    remedy: 'Name the end user: Linkage-User, or the member sub of the assertion.',
    remedyZh: '請以 Linkage-User 標頭或簽章內 sub 提供使用者帳號。',
  },
  'user-unknown': {
    status: 403,
    said: ['identified'],
    title: 'This account is not on the roster of the caller',
    titleZh: '使用者不在清冊內',
    remedy: 'Have the agency manager submit the user.',
    remedyZh: '請由連結機關管理者申請該使用者帳號。',
  },
  'user-inactive': {
    status: 403,
    said: ['identified'],
    title: 'This account is not in service today',
    titleZh: '使用者未在職或已停用',
    remedy: 'Have the agency manager submit the change, where the user is in service.',
    remedyZh: '如仍在職，請由連結機關管理者申請異動。',
  },
  'case-missing': {
    status: 403,
    said: ['identified'],
    title: 'The call states no case number',
    titleZh: '未提供案號',
    remedy: 'State the case or document number: Linkage-Case, or the member case of the assertion.',
    remedyZh: '請以 Linkage-Case 標頭或簽章內 case 提供案號或文號。',
  },
  'case-malformed': {
    status: 403,
    said: ['identified'],
    title: 'The case number has not the form that this operation asks for',
    titleZh: '案號格式不符',
    remedy: 'Write the case number as the application describes it.',
    remedyZh: '請依申請書所載格式填寫案號。',
  },
  'reason-missing': {
    status: 403,
    said: ['identified'],
    title: 'The call states no reason',
    titleZh: '未敘明查詢事由',
    remedy: 'State the reason: Linkage-Reason, or the member reason of the assertion.',
    remedyZh: '請以 Linkage-Reason 標頭或簽章內 reason 敘明查詢事由。',
  },
  'fields-not-granted': {
    status: 403,
    said: ['identified'],
    title: 'The call asks for fields, or by fields, that are not granted',
    titleZh: '要求之資料項目未經核可',
    remedy: 'Leave out the fields that the detail names, or apply for them.',
    remedyZh: '請刪除 detail 所列資料項目，或提出申請。',
  },
  'body-too-large': {
    status: 413,
    said: ['anybody', 'identified'],
    title: 'The request body is too large',
    titleZh: '請求內容過大',
    remedy: 'Send at most 64 KiB.',
    remedyZh: '請求內容上限為 64 KiB。',
  },
  'media-type': {
    status: 415,
    said: ['identified'],
    title: 'The request body is not plain application/json in UTF-8',
    titleZh: '請求內容類型不符',
    remedy: 'Send Content-Type: application/json, without Content-Encoding.',
    remedyZh: '請使用 Content-Type: application/json，且不壓縮。',
  },
  'rate-limited': {
    status: 429,
    said: ['anybody', 'identified'],
    title: 'Too many calls in a short time',
    titleZh: '短時間內呼叫過多',
    remedy: 'Wait as long as Retry-After says.',
    remedyZh: '請依 Retry-After 所示時間後再試。',
  },
  'daily-limit-reached': {
    status: 429,
    said: ['identified'],
    title: 'The limit of today is used up',
    titleZh: '已達每日上限',
    remedy: 'Continue tomorrow (Asia/Taipei), or apply for a higher limit.',
    remedyZh: '請於次日再查詢，或申請提高上限。',
  },
  'user-limit-reached': {
    status: 429,
    said: ['identified'],
    title: 'This user has used the calls of today',
    titleZh: '使用者已達每日上限',
    remedy: 'Continue tomorrow (Asia/Taipei), or apply for a higher limit.',
    remedyZh: '請於次日再查詢，或申請提高上限。',
  },
  'not-found-limit-reached': {
    status: 429,
    said: ['identified'],
    title: 'This user has asked for too many unknown subjects in this hour',
    titleZh: '使用者本小時查無資料次數已達上限',
    remedy: 'Check the identifiers; continue as Retry-After says, or apply for a higher limit.',
    remedyZh: '請檢查識別碼，依 Retry-After 所示時間後再查詢，或申請提高上限。',
  },
  'case-limit-reached': {
    status: 429,
    said: ['identified'],
    title: 'This case has asked about as many subjects today as it may',
    titleZh: '本案號已達每日查詢對象上限',
    remedy: 'Use the case of each subject; continue tomorrow (Asia/Taipei), or apply for a higher limit.',
    remedyZh: '請以各查詢對象之案號查詢，於次日再查詢，或申請提高上限。',
  },
  'not-found': {
    status: 404,
    said: ['identified'],
    title: 'Nothing stands here that the caller may have',
    titleZh: '查無可提供之紀錄',
    remedy: 'Check log and number; what was recorded just now is there once the newest checkpoint covers it.',
    remedyZh: '請檢查紀錄檔與序號；甫寫入之紀錄，待最新檢核點涵蓋後即可取得。',
  },
  'mode-not-available': {
    status: 501,
    said: ['identified'],
    title: 'This mode of provision is not available yet',
    titleZh: '此提供方式尚未開放',
    remedy: 'Use mode api until the department announces this one.',
    remedyZh: '請先使用 API 系統介接方式，待公告開放。',
  },
  released: {
    status: 200,
    said: ['outcome'],
    title: 'Released',
    titleZh: '已提供',
    remedy: '',
    remedyZh: '',
  },
  'subject-not-found': {
    status: 404,
    said: ['outcome'],
    title: 'The welfare system holds nothing on this subject',
    titleZh: '查無資料',
    remedy: 'Check the identifier.',
    remedyZh: '請檢查查詢對象之識別碼。',
  },
  'upstream-refused': {
    status: 502,
    said: ['outcome'],
    title: 'The welfare system refused the query',
    titleZh: '福利系統拒絕查詢',
    remedy: 'Tell the operations staff the request id.',
    remedyZh: '請將 Request-Id 告知系統管理者。',
  },
  'upstream-malformed': {
    status: 502,
    said: ['outcome'],
    title: 'The welfare system gave an answer that cannot be released',
    titleZh: '福利系統回覆內容不符',
    remedy: 'Tell the operations staff the request id.',
    remedyZh: '請將 Request-Id 告知系統管理者。',
  },
  'upstream-timeout': {
    status: 504,
    said: ['outcome'],
    title: 'The welfare system did not answer in time',
    titleZh: '福利系統逾時未回覆',
    remedy: 'Try again later.',
    remedyZh: '請稍後再試。',
  },
  'upstream-unavailable': {
    status: 503,
    said: ['outcome'],
    title: 'The welfare system is not available',
    titleZh: '福利系統暫時無法使用',
    remedy: 'Try again after the time that Retry-After says.',
    remedyZh: '請依 Retry-After 所示時間後再試。',
  },
  'query-log-unavailable': {
    status: 503,
    said: ['anybody', 'identified', 'outcome'],
    title: 'The query log cannot be written, so nothing is released',
    titleZh: '查詢紀錄機制異常，暫停提供資料',
    remedy: 'Try again after the time that Retry-After says.',
    remedyZh: '請依 Retry-After 所示時間後再試。',
  },
  'clock-unsound': {
    status: 503,
    said: ['identified', 'outcome'],
    title: 'The clock of the gateway is not sound, so nothing is released',
    titleZh: '系統時鐘異常，暫停提供資料',
    remedy: 'Try again after the time that Retry-After says.',
    remedyZh: '請依 Retry-After 所示時間後再試。',
  },
  overloaded: {
    status: 503,
    said: ['anybody', 'identified', 'outcome'],
    title: 'The gateway has as many calls as it can hold',
    titleZh: '系統忙碌中',
    remedy: 'Try again after the time that Retry-After says.',
    remedyZh: '請依 Retry-After 所示時間後再試。',
  },
  'client-left': {
    status: 499,
    said: ['outcome'],
    title: 'The caller left before the answer',
    titleZh: '呼叫端已中斷連線',
    remedy: '',
    remedyZh: '',
  },
  'internal-error': {
    status: 500,
    said: ['anybody', 'identified', 'outcome'],
    title: 'The gateway failed',
    titleZh: '系統內部錯誤',
    remedy: 'Tell the operations staff the request id.',
    remedyZh: '請將 Request-Id 告知系統管理者。',
  },
} as const satisfies Record<string, Row>

/** A stable reason (design §7): it stands in problems, entries and metrics, and is never renamed. */
export type Code = keyof typeof table
/** A reason for which a caller is refused or a call fails. */
export type Refusal = Exclude<Code, 'released'>

export const problems: Readonly<Record<Code, Row>> = table

/** A refusal as it is raised, where it is known; answered in one place (gateway/release.ts).
 *  `detail` names pointer, header or keyword, and never a value. */
export class Refused extends Error {
  readonly code: Refusal
  readonly detail: string | undefined
  constructor(code: Refusal, detail?: string) {
    // A refusal is an answer, not a fault: the lines that it came through are nobody's, and writing them down costs 11 µs of 12.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(detail === undefined ? code : `${code}: ${detail}`)
    Error.stackTraceLimit = stackTraceLimit
    this.name = 'Refused'
    this.code = code
    this.detail = detail
  }
}

/** The RFC 9457 document of a refusal. `instance` is the record's id, where there is a record. */
export function problemDocument(code: Refusal, instance?: string, detail?: string): string {
  const { status, title, titleZh, remedy, remedyZh } = problems[code]
  return JSON.stringify({
    type: `urn:linkage:problem:${code}`,
    title,
    title_zh: titleZh,
    status,
    code,
    detail,
    remedy,
    remedy_zh: remedyZh,
    instance: instance === undefined ? undefined : `urn:uuid:${instance}`,
  })
}
