// gateway.ts: the schema of gateway.yaml: the gateway itself.
import Type, { type Static } from 'typebox'
import { choice, closed, list, tagged, text, whole, wordOr, yesNo } from './parts.ts'

const port = whole('連接埠，0 為任一可用者', 'Port; 0 for a free one', 0, 65_535)
const pair = {
  certificate: text('file-path', '憑證檔（PEM）', 'Certificate, PEM'),
  key: text('file-path', '私鑰檔（PEM，權限 0600）', 'Private key, PEM, mode 0600'),
}
const folder = (zh: string, en: string) =>
  closed(zh, en, { directory: text('file-path', '資料夾；相對路徑以設定資料夾為準', 'A folder; relative to the configuration') })
const coordinate = text('base64url', '公鑰', 'Public key')
const kid = Type.Optional(text('key-id', '金鑰代號', 'Key id'))
const alg = Type.Optional(choice('演算法', 'Algorithm', ['ECDH-ES+A256KW']))

const recipient = closed('可解開密封內容者', 'Who can open what is sealed: one key pair per recipient and year', {
  id: text('id', '代號', 'Id'),
  year: text('year', '年度', 'Year'),
  jwk: tagged('公鑰', 'A public key for ECDH-ES (RFC 7518 §4.6)', 'kty', [
    closed('P-256 公鑰', 'P-256', {
      kty: choice('EC', 'EC', ['EC']),
      crv: choice('曲線', 'Curve', ['P-256']),
      kid,
      alg,
      x: coordinate,
      y: coordinate,
    }),
    closed('X25519 公鑰', 'X25519', {
      kty: choice('OKP', 'OKP', ['OKP']),
      crv: choice('曲線', 'Curve', ['X25519']),
      kid,
      alg,
      x: coordinate,
    }),
  ]),
})

const upstream = closed('上游系統', 'An upstream system', {
  url: text('upstream-url', '網址', 'URL'),
  credential_file: Type.Optional(text('file-path', '閘道自己的憑證檔（權限 0600）', 'File with the gateway’s own credential, mode 0600')),
  timeouts_ms: Type.Optional(
    closed('時限（毫秒）', 'Time limits, milliseconds', {
      connect: Type.Optional(whole('連線', 'To connect', 10, 600_000)),
      answer: Type.Optional(whole('回應', 'To the first byte of the answer', 10, 600_000)),
      body: Type.Optional(whole('內容', 'To the last byte', 10, 600_000)),
      stream: Type.Optional(whole('檔案傳輸中無資料，不寫為 30000', 'Without a further byte of a file; absent: 30000', 10, 600_000)),
    }),
  ),
  encodings: Type.Optional(
    list(
      '接受之壓縮方式；不寫就不接受',
      'Encodings that its answers may have; absent: none',
      choice('壓縮方式', 'Encoding', ['gzip', 'br']),
      {
        uniqueItems: true,
      },
    ),
  ),
  in_flight: Type.Optional(whole('同時呼叫', 'Calls at once', 1, 10_000)),
  breaker: Type.Optional(
    closed('連續失敗時暫停呼叫', 'Left alone after failures in a row', {
      failures: Type.Optional(whole('連續失敗幾次即暫停，不寫為 20', 'Failures in a row; absent: 20', 1, 1_000_000)),
      open_ms: Type.Optional(whole('暫停多久（毫秒），不寫為 5000', 'For how long, milliseconds; absent: 5000', 10, 3_600_000)),
    }),
  ),
  waiting: Type.Optional(whole('等候呼叫', 'Calls that may wait', 0, 100_000)),
})

const place = <const T extends string>(type: T) => choice(type, type, [type])
const authority = Type.Optional(
  text('file-path', '簽發者憑證檔（PEM），本機已信任者不用寫', 'Certificate of its issuer, PEM, where this machine does not trust it'),
)

const copies = closed('紀錄封存點之副本：每分鐘及換月時送往維運人員無法更動之處', 'Copies of checkpoints, outside operations’ control', {
  places: list(
    '送往何處',
    'Where to',
    tagged('一處', 'One place', 'type', [
      closed('只增不減之檔案', 'An append-only file', {
        type: place('file'),
        path: text('file-path', '檔案，須已存在', 'The file, which exists'),
      }),
      closed('HTTPS PUT', 'HTTPS PUT', {
        type: place('https'),
        url: text('copy-url', '網址', 'URL; the slot and the size follow it'),
        ca_file: authority,
        authorization_file: Type.Optional(
          text('file-path', 'Authorization 標頭之檔案（權限 0600）', 'File with the Authorization header, mode 0600'),
        ),
      }),
      closed('syslog（TLS，RFC 5425）', 'Syslog over TLS (RFC 5425)', {
        type: place('syslog'),
        host: text('host', '主機，不寫連接埠為 6514', 'Host; without a port 6514'),
        ca_file: authority,
        certificate: Type.Optional(text('file-path', '閘道之憑證檔（PEM）', 'Certificate of the gateway, PEM')),
        key: Type.Optional(text('file-path', '其私鑰檔（PEM，權限 0600）', 'Its private key, PEM, mode 0600')),
      }),
    ]),
    { minItems: 1 },
  ),
  required: Type.Optional(
    yesNo('四小時內均未送達時，就緒檢查回報未就緒', 'Not ready while no place took a copy for four hours; calls are served all the same'),
  ),
})

const listeners = closed('監聽位址', 'Where it listens', {
  public: closed('對外', 'For agencies', {
    host: text('address', '位址', 'Address'),
    port,
    tls: Type.Optional(
      wordOr(
        'TLS：憑證及私鑰檔，或 terminated（由受信任之代理處理）',
        'Certificate and key, or terminated by a trusted proxy',
        'terminated', //
        closed('憑證', 'Certificate', {
          ...pair,
          client_certificates: Type.Optional(
            yesNo('向呼叫者要求其憑證（憑證綁定所需，RFC 8705）', 'Callers are asked for a certificate: what bound credentials need'),
          ),
        }),
      ),
    ),
    connections: Type.Optional(whole('同時連線總數，不寫為 4096', 'Connections at once; absent: 4096', 1, 1_000_000)),
    connections_per_address: Type.Optional(
      whole(
        '每一位址同時連線數（受信任之代理不限），不寫為 512',
        'Connections at once of one address, trusted proxies aside; absent: 512',
        1,
        1_000_000,
      ),
    ),
  }),
  admin: closed('管理（健康檢查、指標）；本機以外須有 tls 及 token_file', 'For operations; off loopback with tls and token_file', {
    host: text('address', '位址', 'Address'),
    port,
    tls: Type.Optional(closed('憑證', 'Certificate', pair)),
    token_file: Type.Optional(text('file-path', '存取權杖檔（權限 0600）', 'File with the token that opens it, mode 0600')),
  }),
})

const sandbox = closed(
  '試連環境（linkage serve --sandbox）：以同一份設定試行連線，上游一律為範例福利系統，資料庫、金鑰、紀錄另立',
  'The sandbox (linkage serve --sandbox): the same folder before the sample welfare system, with a database, keys and a log of its own',
  {
    origin: text(
      'origin',
      '試連環境之對外網址；主機名稱須有以 sandbox 開頭之一節，例如 https://sandbox.linkage.example.gov.tw',
      'Its own public origin: aud of assertions for it, and the host in its log’s name, of which one label begins with sandbox',
    ),
    directory: text(
      'file-path',
      '其金鑰及內附資料庫之資料夾，不可與正式者重疊；相對路徑以設定資料夾為準',
      'Folder of its keys and of its embedded database, apart from those of the gateway; relative to the configuration',
    ),
    listeners,
  },
)

/** gateway.yaml. Its deciding members (deciding.ts) enter the policy digest; ports, paths and keys do not. */
export const gatewayFile = closed('閘道設定', 'The gateway itself', {
  environment: choice('環境：demo 示範、production 正式', 'Environment', ['demo', 'production']),
  origin: text(
    'origin',
    '對外網址，也是簽章憑證之 aud 及查詢紀錄之名稱',
    'Public origin: aud of assertions, and the host in the log’s name',
  ),
  source: Type.Optional(
    choice(
      '採用何者：folder 存檔即生效（不寫為此）、committed 只採用 git 已提交之版本（封鎖仍立即生效，解除須提交）',
      'What is taken up: folder, whatever is saved (absent: this); committed, only what a git repository holds: blocks act at once, lifting one waits for its commit',
      ['folder', 'committed'],
    ),
  ),
  slot: Type.Optional(whole('查詢紀錄之寫入槽，每一執行個體一個', 'Slot of the query log, one per instance', 1, 64)),
  listeners,
  trusted_proxies: Type.Optional(
    closed('受信任之代理；不寫就不採信任何轉送標頭', 'Proxies that may say for whom they speak', {
      header: choice('標頭，擇一', 'The one header', ['x-forwarded-for', 'forwarded']),
      cidrs: list('代理之網段', 'Their networks', text('cidr', '網段', 'Network'), { minItems: 1, uniqueItems: true }),
    }),
  ),
  database: closed('資料庫；網址由環境變數 DATABASE_URL 提供', 'Database; its URL stands in DATABASE_URL', {
    embedded: Type.Optional(yesNo('使用內附之 PostgreSQL', 'The embedded PostgreSQL')),
    directory: Type.Optional(text('file-path', '內附 PostgreSQL 之資料夾', 'Folder of the embedded PostgreSQL')),
  }),
  keys: folder('簽章金鑰及紀錄標記', 'Signing key and mark'),
  copies: Type.Optional(copies),
  signers: Type.Optional(
    text(
      'file-path',
      '核可簽署者之檔案（ssh-keygen 之 allowed signers）：設定提交之簽章以此驗證',
      'Allowed signers (ssh-keygen): by them the signature of a commit of this configuration is verified',
    ),
  ),
  tags: Type.Optional(folder('標籤金鑰；不寫則與 keys 同', 'Tag keys; default: beside the signing key')),
  recipients: list('誰能解開密封之查詢對象', 'Who can open subjects', recipient, { minItems: 1 }),
  jwks_hosts: Type.Optional(
    list(
      '可取得連結機關公鑰之主機；不寫就不向任何主機取得',
      'Hosts from which agencies’ keys may be fetched; absent: none',
      text('host', '主機', 'Host'),
      {
        uniqueItems: true,
      },
    ),
  ),
  sandbox: Type.Optional(sandbox),
  upstreams: Type.Record(Type.String(), upstream, { title: '上游系統', description: 'Upstream systems by id' }),
  limits: Type.Optional(
    closed('上限', 'Limits', {
      recorded_refusals_per_minute: Type.Optional(
        whole('每一憑證每分鐘逐筆記錄之拒絕', 'Refusals recorded one by one, per credential and minute', 1, 100_000),
      ),
      failures_per_minute: Type.Optional(
        whole('每一位址每分鐘之驗證失敗', 'Failures before authentication, per address and minute', 1, 100_000),
      ),
      downloads_per_day: Type.Optional(
        whole('每一機關每日下載查詢紀錄之次數', 'Downloads of own query records, per agency and day', 1, 100_000),
      ),
    }),
  ),
})

/** Failures before authentication, per address and minute, where `limits` does not say. */
export const FAILURES = 120

export type GatewayFile = Static<typeof gatewayFile>
