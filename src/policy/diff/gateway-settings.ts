// gateway-settings.ts: members of gateway.yaml that decide no call: where it listens, with what keys, where copies go, how it asks upstream.
import { canonicalJson } from '../../canonical.ts'
import { isLoopback } from '../networks.ts'
import type { Changes, Direction } from './change.ts'

/** As the file was read: texts, lists, members. */
export interface Members {
  readonly [name: string]: unknown
}
const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)

type Value = string | undefined
type Directed = (was: Value, is: Value) => Direction | 'either'

const neither: Directed = () => 'other'
const unknown: Directed = () => 'either'
/** Where it does not stand it is what the gateway is made with: more or less than that is not asked. */
const more: Directed = (was, is) => (was === undefined || is === undefined ? 'either' : Number(is) > Number(was) ? 'open' : 'closed')
/** What guards is closed where it stands. */
const guard: Directed = (was, is) => (is === undefined ? 'open' : was === undefined ? 'closed' : 'either')
const switchedOn: Directed = (_, is) => (is === 'true' ? 'open' : 'closed')
const reach: Directed = (was = '', is = '') => {
  const [near, nearNow] = [isLoopback(was), isLoopback(is)]
  return near && nearNow ? 'other' : near ? 'open' : nearNow ? 'closed' : 'either'
}

const TLS = /(?:^|\.)tls$/
/** By the member's path; the first that matches. What is not here is neither more open nor more closed. */
const table: readonly (readonly [RegExp, Directed, string, string])[] = [
  [/(?:public|admin)\.host$/, reach, '監聽位址', 'listening address'],
  [/(?:public|admin)\.port$/, neither, '連接埠', 'port'],
  [/(?:public|admin)\.tls$/, guard, 'TLS', 'TLS'],
  [/tls\.(?:certificate|key)$/, neither, 'TLS 憑證檔或私鑰檔', 'file of TLS'],
  [/client_certificates$/, switchedOn, '接受呼叫者以憑證綁定之憑證（RFC 8705）', 'callers may show certificates'],
  [/token_file$/, guard, '管理埠之存取權杖檔', 'token file of the admin port'],
  [/connections$/, more, '同時連線總數', 'connections at once'],
  [/connections_per_address$/, more, '每一位址同時連線數', 'connections of an address'],
  [/^signers$/, guard, '核可簽署者之檔案', 'allowed signers'],
  [/^copies\.required$/, neither, '副本四小時未送達時回報未就緒', 'not ready without copies'],
  [/^upstreams\..*\.credential_file$/, unknown, '閘道對上游之憑證檔', 'the gateway’s own credential'],
  [/^upstreams\..*\.timeouts_ms\.\w+$/, neither, '時限（毫秒）', 'time limit'],
  [/^upstreams\..*\.encodings$/, neither, '接受之壓縮方式', 'encodings'],
  [/^upstreams\..*\.(?:in_flight|waiting)$/, more, '同時或等候之呼叫', 'calls at once or waiting'],
  [/^upstreams\..*\.breaker\.\w+$/, neither, '連續失敗時之暫停', 'left alone after failures'],
  [/^slot$/, neither, '查詢紀錄之寫入槽', 'slot of the query log'],
  [/^database\.\w+$/, neither, '資料庫', 'database'],
  [/^(?:keys|tags)\.directory$/, neither, '金鑰之資料夾', 'folder of keys'],
  [/^sandbox\.\w+$/, neither, '試連環境', 'sandbox'],
]

/** Tells each setting with its values. All of them are taken up at a start. */
export function compareSettings(old: Members, now: Members, changes: Changes): void {
  const [before, after] = [settingsOf(old), settingsOf(now)]
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [was, is] = [before.get(path), after.get(path)]
    // Files of TLS come and go with it.
    if (was === is || (/\.tls\.(?:certificate|key)$/.test(path) && (was === undefined || is === undefined))) continue
    const [, directed, ofZh, ofEn] = table.find(([form]) => form.test(path)) ?? [undefined, neither, '設定', 'setting']
    tell(
      directed(was, is),
      `${ofZh} ${path} ${was ?? '（無）'} → ${is ?? '（無）'}`,
      `${ofEn} ${path} ${was ?? 'none'} → ${is ?? 'none'}`,
      changes,
    )
  }
  comparePlaces(old, now, changes)
}

function tell(direction: Direction | 'either', zh: string, en: string, changes: Changes): void {
  const said = ['gateway-member', `${zh}（重新啟動後生效）`, `${en}: taken up at the next start`] as const
  if (direction === 'either') changes.either(...said)
  else changes.add(direction, ...said)
}

/** Whoever keeps copies can show that the log was changed: a place that is gone is said as loudly as any removal. */
function comparePlaces(old: Members, now: Members, changes: Changes): void {
  const [before, after] = [placesOf(old), placesOf(now)]
  for (const each of after.filter((place) => !before.includes(place)))
    changes.add(
      'other',
      'copy-added',
      `紀錄封存點副本另送 ${each}（重新啟動後生效）`,
      `copies of checkpoints go to ${each}: from the next start`,
    )
  for (const each of before.filter((place) => !after.includes(place)))
    changes.add(
      'other',
      'copy-removed',
      `紀錄封存點副本不再送 ${each}（重新啟動後生效）`,
      `no copies of checkpoints to ${each}: from the next start`,
    )
}

function placesOf({ copies }: Members): readonly string[] {
  const places = isMembers(copies) && Array.isArray(copies.places) ? copies.places : []
  return places.map((each: unknown) => (isMembers(each) ? Object.values(each).join(' ') : canonicalJson([each ?? null])))
}

/** Compared elsewhere: they decide, or are told by name. */
const elsewhere: ReadonlySet<string> = new Set([
  ...['environment', 'origin', 'source', 'trusted_proxies', 'jwks_hosts', 'limits', 'recipients'],
])

/** Each setting by its path. */
function settingsOf(file: Members): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const visit = (value: unknown, path: string): void => {
    if (elsewhere.has(path) || path === 'copies.places' || /^upstreams\.[^.]+\.url$/.test(path)) return
    if (TLS.test(path)) found.set(path, typeof value === 'string' ? value : '閘道自備憑證')
    if (isMembers(value)) for (const [name, member] of Object.entries(value)) visit(member, path === '' ? name : `${path}.${name}`)
    else if (!TLS.test(path)) found.set(path, Array.isArray(value) ? [...value].sort().join('、') : String(value))
  }
  visit(file, '')
  return found
}
