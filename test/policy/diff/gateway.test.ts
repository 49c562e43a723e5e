// gateway.test.ts: settings of gateway.yaml with both values.
import t from 'tap'
import { diff } from '../../../src/policy/diff/diff.ts'
import type { Snapshot } from '../../../src/policy/snapshot.ts'
import { edit, type Files, good, snapshotOf } from '../good-folder.ts'

const base = snapshotOf({})
const GATEWAY = 'gateway.yaml'

/** Settings of gateway.yaml that decide no call, with both values. */
// biome-ignore format: a table
const settings: readonly (readonly [string, Files, readonly string[], RegExp, Files?])[] = [
  ['a port', edit(GATEWAY, 'port: 8080', 'port: 8081'), ['other gateway-member'], /連接埠 listeners\.public\.port 8080 → 8081（重新啟動後生效）/],
  ['an address off loopback', off({}), ['closed gateway-member', 'open gateway-member'], /監聽位址 listeners\.public\.host 127\.0\.0\.1 → 203\.0\.113\.1/],
  ['TLS', off({ 'tls: terminated': 'tls: {certificate: a.pem, key: b.pem, client_certificates: true}' }), ['closed gateway-member', 'open gateway-member', 'open gateway-member'], /TLS listeners\.public\.tls terminated → 閘道自備憑證/, off({})],
  ['another certificate', off({ 'tls: terminated': 'tls: {certificate: a.pem, key: c.pem}' }), ['other gateway-member'], /tls\.key b\.pem → c\.pem/, off({ 'tls: terminated': 'tls: {certificate: a.pem, key: b.pem}' })],
  ['more connections', { [GATEWAY]: good[GATEWAY]?.replace('port: 8080', 'port: 8080, connections: 20') }, ['closed gateway-member', 'open gateway-member'], /同時連線總數 listeners\.public\.connections （無） → 20/],
  ['copies', edit(GATEWAY, 'keys:', 'copies: {places: [{type: syslog, host: logs.example.gov.tw}], required: true}\nkeys:'), ['other copy-added', 'other gateway-member'], /紀錄封存點副本另送 syslog logs\.example\.gov\.tw/],
  ['signers', edit(GATEWAY, 'keys:', 'signers: allowed\nkeys:'), ['closed gateway-member'], /核可簽署者之檔案 signers （無） → allowed/],
  ['its own credential at the upstream', edit(GATEWAY, '8091}', '8091, credential_file: data/key}'), ['closed gateway-member', 'open gateway-member'], /閘道對上游之憑證檔 upstreams\.welfare\.credential_file （無） → data\/key/],
  ['a time limit', edit(GATEWAY, '8091}', '8091, timeouts_ms: {answer: 1000}}'), ['other gateway-member'], /時限（毫秒） upstreams\.welfare\.timeouts_ms\.answer （無） → 1000/],
  ['an upstream more, above', edit(GATEWAY, 'upstreams:\n', 'upstreams:\n  other: {url: http://127.0.0.1:8093}\n'), ['closed upstream', 'open upstream'], /上游系統 other — → http/],
]
/** Off loopback; whether the rest of the folder would stand there is another matter. */
function off(more: Readonly<Record<string, string>>): Files {
  const exposed = String(good[GATEWAY]).replace('{host: 127.0.0.1, port: 8080}', '{host: 203.0.113.1, port: 8080, tls: terminated}')
  return { [GATEWAY]: Object.entries(more).reduce((text, [old, now]) => text.replace(old, () => now), exposed) }
}
const asRead = (changes: Files): Snapshot => ({ ...base, asRead: new Map([[GATEWAY, Buffer.from(String(changes[GATEWAY]))]]) })

t.test('settings of gateway.yaml are told with both values, as opening or closing where that is known; their order says nothing', (t) => {
  for (const [title, changes, expected, text, from] of settings) {
    const off = /203\.0\.113\.1,/.test(String(changes[GATEWAY]))
    const found = diff(from === undefined ? base : asRead(from), off ? asRead(changes) : snapshotOf(changes))
    t.same(found.map(({ code, direction }) => `${direction} ${code}`).sort(), expected, title)
    t.match(found.map(({ what }) => what.zh).join('\n'), text, title)
  }
  const two = (first: string, second: string): Files => edit(GATEWAY, '  welfare: {url: http://127.0.0.1:8091}', `  ${first}\n  ${second}`)
  const [welfare, other] = ['welfare: {url: http://127.0.0.1:8091, in_flight: 8}', 'other: {url: http://127.0.0.1:8092}']
  t.same(diff(snapshotOf(two(welfare, other)), snapshotOf(two(other, welfare))), [])
  const gone = diff(snapshotOf(edit(GATEWAY, 'keys:', 'copies: {places: [{type: file, path: /mnt/x}]}\nkeys:')), base)
  t.match(gone, [{ code: 'copy-removed', removed: true }])
  t.end()
})
