// gateway.ts: what a changed gateway.yaml opens or closes: whose word on addresses is taken, whom it asks, who can open what is sealed.
import { parseDocument } from 'yaml'
import { contentOf } from '../deciding.ts'
import { FAILURES, type GatewayFile } from '../schema/gateway.ts'
import type { Snapshot } from '../snapshot.ts'
import { Changes } from './change.ts'
import { compareSettings, type Members } from './gateway-settings.ts'

const NAME = 'gateway.yaml'
type Deciding = Partial<Pick<GatewayFile, 'environment' | 'source' | 'trusted_proxies' | 'jwks_hosts' | 'limits'>> & {
  readonly upstreams?: Readonly<Record<string, { readonly url: string }>>
}

/** Told as `open`: what takes another's word, asks another host, or lets more through. The deciding members are compared wherever they are
 *  known; of the others (ports, paths, keys, recipients) only two folders know both sides, a policy of the past does not hold them. */
export function ofGateway(before: Snapshot, after: Snapshot): Changes['all'] {
  const changes = new Changes({ kind: 'folder', id: 'gateway', name: '閘道設定' })
  // An assertion is for one origin: those for the other are refused.
  if (before.origin !== after.origin)
    changes.either('origin', `對外網址 ${before.origin} → ${after.origin}`, `origin ${before.origin} → ${after.origin}`)
  changes.note(
    'recorded-refusals',
    before.recordedRefusalsPerMinute,
    after.recordedRefusalsPerMinute,
    '每分鐘逐筆記錄之拒絕',
    'refusals recorded one by one',
  )
  changes.bound('downloads', before.downloadsPerDay, after.downloadsPerDay, '每一機關每日下載次數', 'downloads of a day')
  const [old, now] = [decidingOf(before), decidingOf(after)]
  if (old !== undefined && now !== undefined) compareDeciding(old, now, changes)
  compareOthers(membersOf(before), membersOf(after), changes)
  return changes.all
}

/** Its schema was held where the snapshot was made. */
const decidingOf = ({ texts }: Snapshot): Deciding | undefined => contentOf(texts.get(NAME)) as Deciding | undefined

function compareDeciding(old: Deciding, now: Deciding, changes: Changes): void {
  if (old.environment !== now.environment)
    changes.either('environment', `環境 ${old.environment} → ${now.environment}`, `environment ${old.environment} → ${now.environment}`)
  if (old.source !== now.source) {
    const [was, is] = [old.source ?? 'folder', now.source ?? 'folder']
    if (was !== is) changes.add(is === 'folder' ? 'open' : 'closed', 'source', `採用 ${was} → ${is}`, `taken up: ${was} → ${is}`)
  }
  const [before, after] = [old.trusted_proxies, now.trusted_proxies]
  changes.names('proxy', before?.cidrs ?? [], after?.cidrs ?? [], '受信任之代理', 'trusted proxies')
  if (before !== undefined && after !== undefined && before.header !== after.header)
    changes.either('proxy-header', `代理之標頭 ${before.header} → ${after.header}`, `header of proxies ${before.header} → ${after.header}`)
  changes.names('jwks-host', old.jwks_hosts ?? [], now.jwks_hosts ?? [], '取得公鑰之主機', 'hosts of public keys')
  changes.bound(
    'failures',
    old.limits?.failures_per_minute ?? FAILURES,
    now.limits?.failures_per_minute ?? FAILURES,
    '每一位址每分鐘之驗證失敗',
    'failures of an address in a minute',
  )
  for (const id of new Set([...Object.keys(old.upstreams ?? {}), ...Object.keys(now.upstreams ?? {})])) {
    const [was, is] = [old.upstreams?.[id]?.url ?? '—', now.upstreams?.[id]?.url ?? '—']
    // Another system answers, and is told who is asked for.
    if (was !== is) changes.either('upstream', `上游系統 ${id} ${was} → ${is}`, `upstream ${id} ${was} → ${is}`)
  }
}

/** All of the file as it was read; undefined where only a policy is known. */
function membersOf({ asRead }: Snapshot): Members | undefined {
  const bytes = asRead.get(NAME)
  if (bytes === undefined) return undefined
  const read: unknown = parseDocument(bytes.toString('utf8'), { schema: 'failsafe' }).toJS()
  return typeof read === 'object' && read !== null ? (read as Members) : {} // any object has members
}

function compareOthers(old: Members | undefined, now: Members | undefined, changes: Changes): void {
  if (old === undefined || now === undefined) return
  changes.names('recipient', recipientsOf(old), recipientsOf(now), '可解開密封內容者', 'who can open what is sealed')
  compareSettings(old, now, changes)
}

/** Each with its key: another key under one name is another reader. */
function recipientsOf({ recipients }: Members): readonly string[] {
  return Array.isArray(recipients) ? recipients.map(({ id, year, jwk }) => [id, year, ...Object.values(jwk ?? {})].join(' ')) : []
}
