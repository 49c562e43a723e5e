// grants.ts: grants against the catalogue and each other (R1, R3–R5), and the gateway’s own settings.
import { AGENCY, API, good } from '../good-folder.ts'
import { agency, appended, G, gateway, type Row } from './changes.ts'

// biome-ignore format: a table
export const grants: readonly Row[] = [
  ['an API that does not exist', agency('    api: benefits\n    operations: [getStatus]', '    api: benefit\n    operations: [getStatus]'), 'unknown-name', AGENCY, 'benefit', 'benefits'],
  ['an operation that does not exist', agency('operations: [getStatus]', 'operations: [getStatu]'), 'unknown-name', AGENCY, 'getStatu', 'getStatus'],
  ['R3: a mode in which it is not provided', agency('    operations: [getIncome]\n    mode: api', '    operations: [getIncome]\n    mode: online'), 'mode-not-offered', AGENCY, 'getIncome'],
  ['R4: a purpose that does not exist', agency('purposes: [fee-waiver]', 'purposes: [fee-waver]'), 'unknown-name', AGENCY, 'fee-waver', 'fee-waiver'],
  ['R4: a field that the catalogue does not declare', agency('      - members[].name', '      - members[].nmae'), 'field-not-declared', AGENCY, 'members[].nmae', 'members[].name'],
  ['R4: a field without its way', agency('      - members[].name', '      - nationalId'), 'field-not-declared', AGENCY, 'nationalId', 'members[].nationalId'],
  ['a container', agency('      - members[].name', '      - members[]'), 'field-not-declared', AGENCY, 'members[]'],
  ['an operation of which no field is granted', agency('operations: [getStatus]', 'operations: [getStatus, getIncome]'), 'fields-none', AGENCY, 'fields'],
  ['R4: income without a reason', agency('    reasons:\n      income: 審核之依據\n', ''), 'reason-missing', AGENCY, 'income'],
  ['R4: a reason whose field is misspelt', agency('      income: 審核之依據', '      incone: 審核之依據'), 'reason-of-nothing', AGENCY, 'incone', 'income'],
  ['a reason for what is not granted', agency('      income: 審核之依據', '      income: 審核之依據\n      address: 通知'), 'reason-of-nothing', AGENCY, 'address'],
  ['R1: applied for through another unit', agency('document: 北市教字第1150000046號, date: 2025-12-20, through: 社會救助科', 'document: 北市教字第1150000046號, date: 2025-12-20, through: 老人福利科'), 'not-data-owner', AGENCY, '老人福利科'],
  ['R5: approved before it was applied for', agency('document: 北市教字第1150000046號, date: 2025-12-20', 'document: 北市教字第1150000046號, date: 2026-01-06'), 'dates-reversed', AGENCY, '2026-01-05'],
  ['R5: open before it was approved', agency('      income: 審核之依據\n    from: 2026-01-05', '      income: 審核之依據\n    from: 2026-01-04'), 'dates-reversed', AGENCY, '2026-01-04'],
  ['open till before it began', agency('      income: 審核之依據\n    from: 2026-01-05\n    until: 2027-12-31', '      income: 審核之依據\n    from: 2026-01-05\n    until: 2026-01-04'), 'dates-reversed', AGENCY, '2026-01-04'],
  ['two grants with one id', agency('  - id: review', '  - id: fee-waiver'), 'duplicate-id', AGENCY, 'fee-waiver'],
  ['R4: two grants for one call', agency('    operations: [getIncome]\n    mode: api\n    purposes: [review]\n    fields:\n      - income\n    reasons:\n      income: 審核之依據', '    operations: [getStatus]\n    mode: api\n    purposes: [review, fee-waiver]\n    fields:\n      - category'), 'grants-overlap', AGENCY, 'id: review'],
  ['protected persons without a document', agency('    limits: {per_minute: 60,', '    protected: true\n    limits: {per_minute: 60,'), 'protected-document', AGENCY, 'id: review'],
  ['a document that lifts nothing', agency('    limits: {per_minute: 60,', '    protected_document: 北市社資字第1150000199號\n    limits: {per_minute: 60,'), 'protected-document', AGENCY, 'id: review'],
  ['protected: false with a document', agency('    limits: {per_minute: 60,', '    protected: false\n    protected_document: 北市社資字第1150000199號\n    limits: {per_minute: 60,'), 'protected-document', AGENCY, 'id: review'],
  ['rows of protected persons in files', agency('    operations: [getIncome]\n    mode: api\n    purposes: [review]\n    fields:\n      - income\n    reasons:\n      income: 審核之依據\n', '    operations: [listAll]\n    mode: file\n    purposes: [review]\n    fields:\n      - "[].name"\n    protected: true\n    protected_document: 北市社資字第1150000199號\n'), 'protected-file', AGENCY, 'true'],
]

// biome-ignore format: a table
export const gateways: readonly Row[] = [
  ['no listener for agencies', gateway('  public: {host: 127.0.0.1, port: 8080}\n', ''), 'missing-key', G, 'listeners:'],
  ['a demo that listens to the world', gateway('host: 127.0.0.1, port: 8080', 'host: 0.0.0.0, port: 8080'), 'demo-public', G, '0.0.0.0'],
  ['a sandbox by the name of what serves', appended(G, 'sandbox: {origin: https://try.linkage.example.gov.tw, directory: ../data/sandbox, listeners: {public: {host: 127.0.0.1, port: 0}, admin: {host: 127.0.0.1, port: 0}}}\n'), 'sandbox-name', G, 'https://try.linkage.example.gov.tw'],
  ['a gateway by the name of a sandbox', gateway('origin: https://linkage.example.gov.tw', 'origin: https://sandbox.linkage.example.gov.tw'), 'sandbox-name', G, 'https://sandbox.linkage.example.gov.tw'],
  ['a sandbox of a demo that listens to the world', appended(G, 'sandbox: {origin: https://sandbox.linkage.example.gov.tw, directory: ../data/sandbox, listeners: {public: {host: 0.0.0.0, port: 0}, admin: {host: 127.0.0.1, port: 0}}}\n'), 'demo-public', G, '0.0.0.0'],
  ['an admin port for the world', gateway('host: 127.0.0.1, port: 9090', 'host: 0.0.0.0, port: 9090'), 'admin-public', G, '0.0.0.0'],
  ['an admin port for the world with a token, in a demo', gateway('host: 127.0.0.1, port: 9090', 'host: 0.0.0.0, port: 9090, token_file: t, tls: {certificate: c, key: k}'), 'demo-public', G, '0.0.0.0'],
  ['a credential bound to certificates that nobody is asked for', agency('    type: api-key\n', `    type: api-key\n    certificates: [${'A'.repeat(43)}]\n`), 'certificate-unseen', AGENCY, `[${'A'.repeat(43)}]`],
  ['keys in two places', { ...agency('jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}', 'jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}\n    jwks_uri: https://keys.example.gov.tw/a'), [G]: `${good[G]}jwks_hosts: [keys.example.gov.tw]\n` }, 'keys-one-way', AGENCY, 'https://keys.example.gov.tw/a'],
  ['keys in no place', agency('    jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}\n', ''), 'keys-one-way', AGENCY, 'id: edu-jwt'],
  ['one set of keys for two credentials', { [AGENCY]: good[AGENCY]?.replace('jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}', 'jwks_uri: https://keys.example.gov.tw/a').replace('jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: chen-1, x: WpIoU8m_wlX6bwg77rRMXWTF3GBtmp5WPZausjKrb1E}]}', 'jwks_uri: https://keys.example.gov.tw/a'), [G]: `${good[G]}jwks_hosts: [keys.example.gov.tw]\n` }, 'key-shared', AGENCY, 'https://keys.example.gov.tw/a'],
  ['keys from a host that is not known', { ...agency('jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}', 'jwks_uri: https://keys.example.gov.tw/a'), [G]: `${good[G]}jwks_hosts: [key.example.gov.tw]\n` }, 'unknown-name', AGENCY, 'https://keys.example.gov.tw/a', 'key.example.gov.tw'],
  ['keys from another port', { ...agency('jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}', 'jwks_uri: https://keys.example.gov.tw:8443/a'), [G]: `${good[G]}jwks_hosts: [keys.example.gov.tw]\n` }, 'unknown-name', AGENCY, 'https://keys.example.gov.tw:8443/a'],
  ['keys in clear', agency('jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}', 'jwks_uri: http://keys.example.gov.tw/a'), 'wrong-form', AGENCY, 'http://keys.example.gov.tw/a'],
  ['keys with a password in their URL', agency('jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: edu-1, x: MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo}]}', 'jwks_uri: https://u:p@keys.example.gov.tw/a'), 'wrong-form', AGENCY, 'https://u:p@keys'],
  ['an upstream in clear', gateway('http://127.0.0.1:8091', 'http://welfare.example.gov.tw'), 'upstream-insecure', G, 'http://welfare.example.gov.tw'],
  ['TLS ended by nobody', { [G]: good[G]?.replace('port: 8080}', 'port: 8080, tls: terminated}').replace(/trusted_proxies.*\n/, '') }, 'proxy-missing', G, 'terminated'],
  ['a word for TLS that is none', gateway('port: 8080}', 'port: 8080, tls: off}'), 'wrong-form', G, 'off'],
  ['TLS without a key', gateway('port: 8080}', 'port: 8080, tls: {certificate: c.pem}}'), 'missing-key', G, 'tls'],
  ['an origin with a path', gateway('origin: https://linkage.example.gov.tw', 'origin: https://linkage.example.gov.tw/'), 'wrong-form', G, 'https://linkage.example.gov.tw/'],
  ['a database’s URL in the file', gateway('database: {embedded: true', 'database: {url: postgres://x, embedded: true'), 'unknown-key', G, 'url'],
  ['nobody who could open subjects', gateway(/recipients:\n.*\n/.exec(good[G] ?? '')?.[0] ?? '', 'recipients: []\n'), 'wrong-length', G, '[]'],
  ['a recipient’s key on no curve', gateway('FL6quhW700YCFb', 'AL6quhW700YCFb'), 'key-invalid', G, '{kty'],
  ['an upstream that an API needs', gateway('  welfare: {url', '  welfares: {url'), 'unknown-name', API, 'welfare', 'welfares'],
  ['a slot beyond the last', gateway('slot: 1', 'slot: 65'), 'out-of-range', G, '65'],
  ['a proxy that is no network', gateway('cidrs: [127.0.0.1/32]', 'cidrs: [true]'), 'wrong-network', G, 'true'],
]
