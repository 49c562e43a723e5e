// agency.ts: the schema of agencies/<agency>.yaml: one linked agency or using unit.
import Type, { type Static } from 'typebox'
import { choice, closed, day, document, letter, list, tagged, text, whole, yesNo } from './parts.ts'

const person = {
  name: text('line', '姓名', 'Name'),
  title: text('line', '職稱', 'Title'),
  phone: text('line', '電話', 'Telephone'),
  email: text('email', '電子郵件', 'Mail address'),
}
const term = { ...person, from: day('起日', 'First day'), document: document('指派之公文文號', 'Document that names the person') }
const deputy = Type.Optional(closed('職務代理人', 'Deputy', person))

const manager = closed('連結機關管理者', 'Agency manager: the person whom the agency names', {
  ...term,
  until: Type.Optional(day('迄日', 'Last day')),
  deputy,
})
const formerManager = closed('歷任管理者', 'A former agency manager', { ...term, until: day('迄日', 'Last day'), deputy })

const line = {
  effective: day('生效日，自當日 00:00 起', 'First day, from 00:00 in Taipei'),
  document: document(),
  note: Type.Optional(text('line', '備註', 'Note')),
}
const action = <const A extends string>(name: A, zh: string, en: string) => ({ action: choice(zh, en, [name]) })

const standing = tagged(
  '歷程之一列（只可往下加，不可修改已生效者）',
  'One line of the history: it is extended, never rewritten',
  'action',
  [
    closed('核可', 'Approval', { ...line, ...action('approve', '核可', 'Approve') }),
    closed('暫停（作業規定六（五））', 'Suspension: improvement notice, its deadline, the decision', {
      ...line,
      ...action('suspend', '暫停', 'Suspend'),
      notice: letter('限期改善之通知', 'Notice to improve'),
      deadline: day('改善期限', 'Deadline of the improvement'),
      decision: letter('暫停之核定', 'Decision to suspend'),
    }),
    closed('回復（三個月內完成改善）', 'Restoration: the improvement was completed within three months', {
      ...line,
      ...action('restore', '回復', 'Restore'),
      completed: day('改善完成日', 'Day on which the improvement was completed'),
      last_day: Type.Optional(
        choice(
          '三個月末日遇休息日時，由人決定以何日為準（D-13）；不寫為 literal（該日）',
          'Where the three months end on a rest day: the day that a person has decided on (D-13); absent: literal',
          ['literal', 'next-working-day'],
        ),
      ),
      applied: letter('機關申請回復', 'Application of the agency'),
      consent: letter('社會局同意', 'Consent of the department'),
    }),
    closed('重新核可（逾三個月或終止後，重新申請）', 'Approval anew: older grants are closed', {
      ...line,
      ...action('reapprove', '重新核可', 'Approve anew'),
      application: Type.Optional(letter('重新申請', 'New application')),
    }),
    closed('終止（作業規定六（六））', 'Termination', {
      ...line,
      ...action('terminate', '終止', 'Terminate'),
      by: choice('由誰終止：agency 機關、department 社會局、abolished 機關裁撤', 'By whom', ['agency', 'department', 'abolished']),
      notice: Type.Optional(
        closed('機關之終止通知', 'Notice of the agency', {
          document: document(),
          received: day('收文日', 'Day on which the department received it'),
        }),
      ),
    }),
  ],
)

const trial = yesNo(
  '試行：尚不開放，但紀錄載明開放時將如何判定',
  'A trial: it opens nothing; records say what would have been decided with it',
)

const network = closed('核可之來源網段', 'An approved network', {
  cidr: text('cidr', '網段', 'Network'),
  note: Type.Optional(text('line', '說明', 'Note')),
  for: Type.Optional(
    choice('用途：calls 呼叫（預設）、self-service 管理者下載紀錄', 'For calls (default), or the manager’s self-service', [
      'calls',
      'self-service',
    ]),
  ),
  from: day('起日', 'First day'),
  until: day('迄日，當日 24:00 止', 'Last day, to 24:00'),
  document: document(),
  trial: Type.Optional(trial),
  allow_any: Type.Optional(yesNo('允許超過 /16（IPv6 為 /32）', 'More than a /16 (IPv6: /32), by this document')),
})

const jwk = tagged('公鑰（JWK）', 'A public key (RFC 7517)', 'kty', [
  closed('Ed25519 公鑰', 'Ed25519', {
    kty: choice('OKP', 'OKP', ['OKP']),
    crv: choice('曲線', 'Curve', ['Ed25519']),
    alg: choice('演算法', 'Algorithm', ['EdDSA']),
    kid: text('key-id', '金鑰代號', 'Key id'),
    x: text('base64url', '公鑰', 'Public key'),
    use: Type.Optional(choice('用途', 'Use', ['sig'])),
  }),
  closed('P-256 公鑰', 'P-256', {
    kty: choice('EC', 'EC', ['EC']),
    crv: choice('曲線', 'Curve', ['P-256']),
    alg: choice('演算法', 'Algorithm', ['ES256']),
    kid: text('key-id', '金鑰代號', 'Key id'),
    x: text('base64url', '公鑰 x', 'Public key, x'),
    y: text('base64url', '公鑰 y', 'Public key, y'),
    use: Type.Optional(choice('用途', 'Use', ['sig'])),
  }),
  closed('RSA 公鑰', 'RSA of at least 2,048 bits', {
    kty: choice('RSA', 'RSA', ['RSA']),
    alg: choice('演算法', 'Algorithm', ['PS256']),
    kid: text('key-id', '金鑰代號', 'Key id'),
    n: text('base64url', '模數', 'Modulus'),
    e: text('base64url', '指數', 'Exponent'),
    use: Type.Optional(choice('用途', 'Use', ['sig'])),
  }),
])

const mode = choice('提供方式：api API系統介接、file 檔案傳輸、online 線上資料查詢', 'Mode of provision', ['api', 'file', 'online'])
const credentialOf = {
  id: text('id', '憑證代號，全部設定中不重複', 'Id, unique in the whole folder'),
  mode: Type.Optional(mode),
  issued: day('核發日', 'First day'),
  expires: day('最後一日，當日 24:00 止；核發日起最長 365 日', 'Last day, at most 365 days after the first'),
  certificates: Type.Optional(
    list(
      '只在出示下列憑證之 TLS 連線可用（RFC 8705）；不寫則不限',
      'Good only on a TLS connection whose caller shows one of these certificates (RFC 8705); absent: on any',
      text('thumbprint', '憑證 DER 之 SHA-256（base64url，x5t#S256）', 'SHA-256 of its DER, base64url (x5t#S256)'),
      { minItems: 1, uniqueItems: true },
    ),
  ),
  revoked: Type.Optional(
    closed('註銷', 'Revocation: the line stays', {
      at: text('instant', '時間', 'When'),
      by: text('line', '何人', 'By whom'),
      reason: text('line', '原因', 'Why'),
    }),
  ),
}
const credential = tagged('憑證', 'A credential', 'type', [
  closed('API 金鑰', 'An API key', {
    ...credentialOf,
    type: choice('API 金鑰', 'API key', ['api-key']),
    role: Type.Optional(choice('身分：system 系統', 'Role', ['system'])),
    sha256: text('sha256', '金鑰全文之 SHA-256；金鑰本身不可寫在這裡', 'SHA-256 of the whole key; never the key'),
  }),
  closed('簽章憑證', 'Keys that sign assertions', {
    ...credentialOf,
    type: choice('簽章憑證', 'Assertion', ['assertion']),
    role: Type.Optional(
      choice('身分：system 系統（預設）、manager 管理者下載紀錄、auditor 稽核（限社會局）', 'Role', ['system', 'manager', 'auditor']),
    ),
    jwks: Type.Optional(closed('公鑰集', 'A set of public keys', { keys: list('公鑰', 'Keys', jwk, { minItems: 1 }) })),
    jwks_uri: Type.Optional(
      text(
        'jwks-uri',
        '公鑰集之網址，代替 jwks；主機須列於 gateway.yaml 之 jwks_hosts',
        'Where the set is published, instead of jwks; its host stands in jwks_hosts of gateway.yaml',
      ),
    ),
  }),
])

const delegate = closed('受委託或複委託機關（作業規定六（四））', 'A delegate (R19)', {
  id: text('id', '代號，與機關代號不重複', 'Id, in the agencies’ name space'),
  name: text('line', '名稱', 'Name'),
  under: text('id', '委託者：機關或上層受託者之代號', 'Agency or delegate that it works under'),
  document: document(),
  contract: closed('契約期間', 'Contract', { from: day('起日', 'First day'), until: day('迄日，當日 24:00 止', 'Last day, to 24:00') }),
  grants: list(
    '可使用之核可；空白表示沒有',
    'Ids of the agency’s grants that it may use; empty means none',
    text('id', '核可代號', 'Id of a grant'),
    { uniqueItems: true },
  ),
  networks: list('核可之來源網段；空白表示沒有', 'Approved networks; empty means none', network),
  credentials: list('憑證', 'Credentials', credential),
})

const grant = closed('核可', 'A grant: which fields, for which purposes, how and when', {
  id: text('id', '核可代號', 'Id'),
  application: closed('申請書（作業規定三（一）1）', 'The agency’s application (R1)', {
    document: document(),
    date: day('申請日期', 'Day'),
    through: text('line', '業務權責單位，須與資料項目目錄所載相同', 'Data owner of the API'),
  }),
  approval: letter('社會局核可', 'Approval of the department'),
  api: text('id', '資料項目目錄代號（apis/ 檔名）', 'Id of the API'),
  operations: list('作業（operationId）', 'Operations', Type.String({ title: '作業', description: 'operationId' }), {
    minItems: 1,
    uniqueItems: true,
  }),
  mode,
  purposes: list('使用目的代碼（purposes.yaml）', 'Codes of purposes', text('id', '使用目的代碼', 'Code of a purpose'), {
    minItems: 1,
    uniqueItems: true,
  }),
  fields: list('核可之資料項目；沒有列出的一律不提供', 'Approved fields; nothing else passes', text('field-path', '資料項目', 'Field'), {
    minItems: 1,
    uniqueItems: true,
  }),
  reasons: Type.Optional(
    Type.Record(Type.String(), text('line', '核可理由', 'Why it is necessary'), {
      title: '敏感程度 3 以上之項目，逐項敘明理由（作業規定三（二）2）',
      description: 'A reason for each field of sensitivity 3 or more (R4)',
    }),
  ),
  from: day('起日', 'First day'),
  until: day('迄日，當日 24:00 止', 'Last day, to 24:00'),
  hours: Type.Optional(
    list('開放時段；不寫為全時段，空白為不開放', 'Hours; absent: all; empty: none', text('hours', '時段', 'Hours'), { uniqueItems: true }),
  ),
  trial: Type.Optional(trial),
  limits: closed('用量上限', 'Limits', {
    per_minute: whole('每分鐘', 'A minute', 1, 1_000_000),
    per_day: whole('每日', 'A day', 1, 100_000_000),
    per_user_per_day: whole('每位使用者每日', 'A user and day', 1, 100_000_000),
    concurrent: whole('同時', 'At once', 1, 10_000),
    not_found_per_user_per_hour: Type.Optional(
      whole('每位使用者每小時查無資料次數，不寫為 30', 'Answers “not found” of a user, a clock hour; absent: 30', 1, 1_000_000),
    ),
    subjects_per_case_per_day: Type.Optional(
      whole('每一案號每日查詢對象數，不寫為 20', 'Distinct subjects of a case, a day; absent: 20', 1, 1_000_000),
    ),
  }),
  protected: Type.Optional(yesNo('提供受保護之人之位置資料', 'Lifts the suppression of protected persons')),
  protected_document: Type.Optional(document('前項之核可文號', 'Its own document')),
})

/** agencies/<agency>.yaml */
export const agencyFile = closed('連結機關或使用單位', 'A linked agency or using unit', {
  id: text('id', '代號，須與檔名相同', 'Id, the same as the file’s name'),
  code: text('agency-code', '機關代碼', 'Agency code'),
  name: text('line', '名稱', 'Name'),
  kind: choice('linked-agency 連結機關、using-unit 使用單位', 'Kind', ['linked-agency', 'using-unit']),
  manager: Type.Optional(manager),
  former_managers: Type.Optional(list('歷任管理者', 'Former managers', formerManager)),
  standing: list('核可、暫停、回復、終止之歷程', 'History of approval, suspension, termination', standing),
  networks: list('核可之來源網段；空白表示沒有', 'Approved networks; empty means none', network),
  credentials: list('憑證', 'Credentials', credential),
  delegates: list('受委託機關', 'Delegates', delegate),
  grants: list('核可', 'Grants', grant),
})

export type AgencyFile = Static<typeof agencyFile>
export type GrantEntry = AgencyFile['grants'][number]
export type DelegateEntry = AgencyFile['delegates'][number]
export type NetworkEntry = AgencyFile['networks'][number]
export type CredentialEntry = AgencyFile['credentials'][number]
export type StandingEntry = AgencyFile['standing'][number]
