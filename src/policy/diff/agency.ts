// agency.ts: what a changed configuration means for one agency: its standing, networks, credentials, users, delegates, grants.
import type { CivilDate } from '../../calendar.ts'
import { canonicalJson } from '../../canonical.ts'
import type { Agency, Credential, Delegate, Network, RosterRow, StandingLine } from '../snapshot.ts'
import { standingAfter, standingOn } from '../standing.ts'
import { type Changes, compare, type Direction, periodText } from './change.ts'
import { compareGrants } from './grant.ts'
import { compareTrials } from './trial.ts'

/** Tells every effect of an agency's changes. */
export function compareAgency(before: Agency, after: Agency, changes: Changes): void {
  changes.note('agency-name', before.name, after.name, '機關名稱', 'name')
  changes.note('agency-code', before.code, after.code, '機關代碼', 'code')
  compareKind(before.kind, after.kind, changes)
  compareStanding(before.standing, after.standing, changes)
  compareParty(undefined, before, after, changes)
  compareDelegates(before.delegates, after.delegates, changes)
  compareGrants(before.grants, after.grants, changes)
  compareTrials(before, after, changes)
  compareRoster(before, after, changes)
}

/** A using unit audits nothing of its own, and ends at no deadline (R10): who becomes one is watched by fewer. */
function compareKind(before: Agency['kind'], after: Agency['kind'], changes: Changes): void {
  if (before === after) return
  const [zh, en] =
    after === 'using-unit'
      ? ['自我稽核及期限之義務隨之解除', 'its duties of self-audit and deadlines end']
      : ['自此負自我稽核及期限之義務', 'from now on it owes self-audits and meets deadlines']
  changes.add(
    after === 'using-unit' ? 'open' : 'closed',
    'agency-kind',
    `類別 ${before} → ${after}：${zh}`,
    `kind ${before} → ${after}: ${en}`,
  )
}

const actions = { approve: '核可', suspend: '暫停', restore: '回復', reapprove: '重新核可', terminate: '終止' } as const
const lineZh = ({ effective, action, document }: StandingLine): string => `${effective} ${action} ${actions[action]} ${document}`
const lineText = ({ effective, action, document }: StandingLine): string => `${effective} ${action} ${document}`

function compareStanding(before: readonly StandingLine[], after: readonly StandingLine[], changes: Changes): void {
  const told = new Set<Direction>()
  const tell = (direction: Direction, code: string, zh: string, en: string): void => {
    told.add(direction)
    changes.add(direction, code, zh, en)
  }
  compare(before, after, lineText, {
    added: (line) => {
      const direction = standingAfter(line.action) === 'approved' ? 'open' : 'closed'
      tell(direction, `standing-${line.action}`, `停復權 ${lineZh(line)}`, `standing: ${lineText(line)}`)
    },
    // What a line that goes leaves open or closed depends on the lines around it: it is never silent.
    removed: (line) => {
      const direction = standingAfter(line.action) === 'approved' ? 'closed' : 'open'
      tell(direction, 'standing-removed', `停復權之列消失 ${lineZh(line)}`, `standing line removed: ${lineText(line)}`)
    },
    both: () => undefined, // one line is what its text says
  })
  // Lines of one day that change places: the last of them decides.
  const all = { before: before.map(lineText).join(', '), after: after.map(lineText).join(', ') }
  const allZh = { before: before.map(lineZh).join('、'), after: after.map(lineZh).join('、') }
  for (const [direction, gains, loses] of [
    ['open', after, before],
    ['closed', before, after],
  ] as const)
    if (!told.has(direction) && approvedBeyond(gains, loses))
      changes.add(
        direction,
        'standing-order',
        `停復權之先後 ${allZh.before} → ${allZh.after}`,
        `order of standing lines: ${all.before} → ${all.after}`,
      )
}

/** Whether there is a day on which the agency is approved by one history and not by the other. */
function approvedBeyond(one: readonly StandingLine[], other: readonly StandingLine[]): boolean {
  const approved = (standing: readonly StandingLine[], day: CivilDate): boolean =>
    standingOn({ standing, rule: '' }, day).standing === 'approved'
  return [...one, ...other].some(({ effective }) => approved(one, effective) && !approved(other, effective))
}

/** Tells what an agency that is gone had. That a suspended one is suspended no more opens nothing: its history is not told. */
export function tellLosses(agency: Agency, changes: Changes): void {
  const nothing: Agency = { ...agency, ...without, delegates: [], roster: new Map() }
  compareParty(undefined, agency, nothing, changes)
  compareDelegates(agency.delegates, [], changes)
  compareGrants(agency.grants, [], changes)
  compareRoster(agency, nothing, changes)
}

/** Networks and credentials of an agency, or of a delegate.
 *  @param id of the delegate whose they are; absent: the agency’s own */
function compareParty(id: string | undefined, before: Agency | Delegate, after: Agency | Delegate, changes: Changes): void {
  const whose = id === undefined ? (['', ''] as const) : ([`受託者 ${id} `, `delegate ${id} `] as const)
  compareNetworks(whose, before.networks, after.networks, changes)
  compareCredentials(whose, before.credentials, after.credentials, changes)
}

type Whose = readonly [string, string]

function compareNetworks([ofZh, ofEn]: Whose, before: readonly Network[], after: readonly Network[], changes: Changes): void {
  compare(before, after, ({ cidr, purpose }) => `${cidr}${purpose === 'calls' ? '' : '（自助下載 self-service）'}`, {
    added: (each) =>
      changes.add('open', 'network-added', `${ofZh}開放網段 ${networkZh(each)}`, `${ofEn}network opened: ${networkText(each)}`),
    removed: (each) => {
      // Whoever widens a range writes another: addresses that stay open are not lost.
      const wider = after.find(
        ({ family, first, last, purpose }) =>
          purpose === each.purpose && family === each.family && first <= each.first && last >= each.last,
      )
      const [zh, en] = wider === undefined ? ['', ''] : [`（${wider.cidr} 涵蓋其位址）`, `, within ${wider.cidr}`]
      changes.add(
        'closed',
        'network-removed',
        `${ofZh}移除網段 ${networkZh(each)}${zh}`,
        `${ofEn}network removed: ${networkText(each)}${en}`,
      )
    },
    both: (old, now) => changes.period('network', old, now, `${ofZh}網段 ${now.cidr}`, `${ofEn}network ${now.cidr}`),
    // A range that was renewed stands on two lines: one that ended, and stays, and one that runs.
    same: (old, now) => old.from === now.from && old.until === now.until,
  })
}
const networkText = (each: Network): string => `${each.cidr}${each.purpose === 'calls' ? '' : ' self-service'} ${periodText(each)}`
const networkZh = (each: Network): string => `${each.cidr}${each.purpose === 'calls' ? '' : '（自助下載）'} ${periodText(each)}`

/** What a credential is opened by: another key is another credential, whatever it is called. */
/** The order of a JWK’s members says nothing. */
const keyOf = (each: Credential): string => (each.type === 'api-key' ? each.sha256 : canonicalJson([each.keys, each.jwksUri ?? null]))

function compareCredentials([ofZh, ofEn]: Whose, before: readonly Credential[], after: readonly Credential[], changes: Changes): void {
  compare(before, after, ({ id }) => id, {
    added: ({ id, type, expires }) =>
      changes.add(
        'open',
        'credential-added',
        `${ofZh}新增憑證 ${id}（至 ${expires}）`,
        `${ofEn}credential added: ${id}, ${type}, until ${expires}`,
      ),
    removed: ({ id }) => changes.add('closed', 'credential-removed', `${ofZh}移除憑證 ${id}`, `${ofEn}credential removed: ${id}`),
    both: (old, now) => {
      const [zh, en] = [`${ofZh}憑證 ${now.id}`, `${ofEn}credential ${now.id}`]
      if (old.type !== now.type || keyOf(old) !== keyOf(now)) {
        changes.add('open', 'credential-key', `${zh} 換了金鑰`, `${en}: another key`)
        changes.add('closed', 'credential-key', `${zh} 舊金鑰失效`, `${en}: the old key no longer opens`)
      }
      if (old.revoked === undefined && now.revoked !== undefined)
        changes.add('closed', 'credential-revoked', `${zh} 已註銷：${now.revoked.reason}`, `${en} revoked: ${now.revoked.reason}`)
      if (old.revoked !== undefined && now.revoked === undefined)
        changes.add('open', 'credential-unrevoked', `${zh} 取消註銷，恢復可用`, `${en}: no longer revoked`)
      changes.period('credential', { from: old.issued, until: old.expires }, { from: now.issued, until: now.expires }, zh, en)
      if (old.role !== now.role || old.mode !== now.mode) {
        const [was, is] = [`${old.role} ${old.mode ?? ''}`, `${now.role} ${now.mode ?? ''}`]
        changes.either('credential-use', `${zh} 用途 ${was} → ${is}`, `${en}: use ${was} → ${is}`)
      }
      compareCertificates(zh, en, old.certificates, now.certificates, changes)
    },
  })
}

/** Bound to none is open to every connection. */
function compareCertificates(
  zh: string,
  en: string,
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
  changes: Changes,
): void {
  if (before === undefined && after !== undefined)
    changes.add('closed', 'credential-bound', `${zh} 須出示 TLS 憑證`, `${en}: bound to certificates`)
  else if (before !== undefined && after === undefined)
    changes.add('open', 'credential-unbound', `${zh} 不再須出示 TLS 憑證`, `${en}: no longer bound to certificates`)
  else changes.names('certificate', before ?? [], after ?? [], ` ${zh} 之 TLS 憑證`, `certificates of ${en}`)
}

function compareDelegates(before: readonly Delegate[], after: readonly Delegate[], changes: Changes): void {
  compare(before, after, ({ id }) => id, {
    added: (each) => {
      changes.add(
        'open',
        'delegate-added',
        `新增受託者 ${each.id} ${each.name}（契約 ${periodText(each.contract)}）`,
        `delegate added: ${each.id}, contract ${periodText(each.contract)}`,
      )
      compareHeld({ ...each, ...without }, each, changes)
    },
    removed: (each) => {
      changes.add('closed', 'delegate-removed', `移除受託者 ${each.id} ${each.name}`, `delegate removed: ${each.id}`)
      compareHeld(each, { ...each, ...without }, changes)
    },
    both: (old, now) => {
      const whose = `受託者 ${now.id} `
      compareHeld(old, now, changes)
      changes.note('delegate-name', old.name, now.name, `${whose}名稱`, `name of delegate ${now.id}`)
      changes.note('delegate-document', old.document, now.document, `${whose}文號`, `document of delegate ${now.id}`)
      changes.period('contract', old.contract, now.contract, `${whose}契約`, `contract of ${now.id}`)
      // A chain that is another lets others end it: who stands above may be more or fewer.
      if (old.under !== now.under) {
        changes.either(
          'delegate-under',
          `${whose}隸屬 ${old.under} → ${now.under}`,
          `delegate ${now.id}: under ${old.under} → ${now.under}`,
        )
      }
    },
  })
}

const without = { networks: [], credentials: [], grants: [] } as const

/** What a delegate may use: of one that came all of it is gained, of one that went all is lost. Its users stand in the agency’s roster. */
function compareHeld(old: Delegate, now: Delegate, changes: Changes): void {
  compareParty(now.id, old, now, changes)
  changes.names('delegate-grant', old.grants, now.grants, `受託者 ${now.id} 之核可`, `grants of delegate ${now.id}`)
}

/** A row is a person's, on an account, from a day. */
const rowName = (each: RosterRow): string => `${each.account} ${each.from} ${each.delegate ?? ''}`

const whoseUser = ({ delegate }: RosterRow): string => (delegate === undefined ? '' : `受託者 ${delegate}，`)

function compareRoster(before: Agency, after: Agency, changes: Changes): void {
  const rowsOf = ({ roster }: Agency): readonly RosterRow[] => [...roster.values()].flat()
  const joined: string[] = []
  const gone: string[] = []
  compare(rowsOf(before), rowsOf(after), rowName, {
    added: (each) => joined.push(`${each.account} ${each.name}（${whoseUser(each)}${periodText(each)}）`),
    removed: (each) => gone.push(`${each.account} ${each.name}（${whoseUser(each)}${periodText(each)}）`),
    both: (old, now) => {
      const why = old.stopReason === now.stopReason || now.stopReason === undefined ? '' : `（${now.stopReason}）`
      changes.period('user', old, now, `使用者 ${now.account} ${now.name}${why}`, `user ${now.account}`)
      const said = ({ person, name, unit, title, kind, stopReason, document }: RosterRow): readonly string[] => [
        ...[person, name, unit, title, kind, document],
        // Why a service ends is said where it ends.
        ...(old.until === now.until && stopReason !== undefined ? [stopReason] : []),
      ]
      changes.note('user-details', said(old).join(' '), said(now).join(' '), `使用者 ${now.account}`, `user ${now.account}:`)
    },
  })
  if (joined.length > 0) changes.add('open', 'user-added', `新增使用者 ${joined.join('、')}`, `users added: ${joined.length}`)
  if (gone.length > 0) changes.add('closed', 'user-removed', `使用者之列消失 ${gone.join('、')}`, `user rows removed: ${gone.length}`)
}
