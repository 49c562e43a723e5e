// diff.ts: two configurations compared in their effect, not in their text: who gains or loses what.
import { targetText } from '../blocks.ts'
import type { Agency, Api, Block, Purpose, Snapshot } from '../snapshot.ts'
import { compareAgency, tellLosses } from './agency.ts'
import { compareApi, compareOperations, concerned } from './api.ts'
import { type Change, Changes, compare } from './change.ts'
import { ofGateway } from './gateway.ts'
import { restOf } from './rest.ts'

const nobody: Omit<Agency, 'id' | 'name' | 'code' | 'kind' | 'rule'> = {
  standing: [],
  networks: [],
  credentials: [],
  delegates: [],
  grants: [],
  roster: new Map(),
}

/** Every effect of replacing one snapshot by another, agencies first, in the order of their ids. */
export function diff(before: Snapshot, after: Snapshot): readonly Change[] {
  const found = [
    ...ofAgencies(before, after),
    ...ofApis(before, after),
    ...ofBlocks(before, after),
    ...ofGateway(before, after),
    ...ofPurposes(before, after),
    ...ofCalendar(before, after),
  ]
  return [...found, ...ofFiles(before, after, found)]
}

/** Whatever files say differently beside what was told of them: each place, or of a file of which nothing at all was told, that it differs. */
function ofFiles(before: Snapshot, after: Snapshot, found: readonly Change[]): readonly Change[] {
  const all: Change[] = []
  for (const name of new Set([...before.texts.keys(), ...after.texts.keys()])) {
    if (before.texts.get(name) === after.texts.get(name)) continue
    const of = subjectOf(name, before, after)
    const changes = new Changes(of, [], all)
    const rest = restOf(name, before, after)
    for (const { pointer, was, is } of rest) changes.place(`${name}#${pointer}`, was, is)
    if (rest.length === 0 && !found.some((each) => each.of.kind === of.kind && each.of.id === of.id))
      changes.add('other', 'file-changed', `${name} 內容有異，但無實際影響（例如順序）`, `${name}: written differently, to no effect`)
  }
  return all
}

/** What a file is of. */
function subjectOf(name: string, before: Snapshot, after: Snapshot): Change['of'] {
  const id = name.slice(name.lastIndexOf('/') + 1, name.lastIndexOf('.'))
  const known = <T>(of: (snapshot: Snapshot) => ReadonlyMap<string, T>): T | undefined => of(after).get(id) ?? of(before).get(id)
  const folder = name.slice(0, name.lastIndexOf('/') + 1)
  if (folder === 'agencies/' || folder === 'rosters/') return { kind: 'agency', id, name: known(({ agencies }) => agencies)?.name ?? id }
  if (folder === 'apis/') return { kind: 'api', id, name: known(({ apis }) => apis)?.title ?? id }
  if (folder === 'calendar/') return calendar
  return roots[id] ?? { kind: 'folder', id, name }
}

const calendar = { kind: 'folder', id: 'calendar', name: '辦公日曆' } as const
const roots: Readonly<Record<string, Change['of']>> = {
  audit: { kind: 'folder', id: 'audit', name: '稽核設定' },
  blocks: { kind: 'blocks', id: 'blocks', name: '緊急封鎖' },
  gateway: { kind: 'folder', id: 'gateway', name: '閘道設定' },
  purposes: { kind: 'folder', id: 'purposes', name: '查詢目的' },
}

function ofAgencies(before: Snapshot, after: Snapshot): readonly Change[] {
  const found: Change[] = []
  const tell = ({ id, name }: Agency, act: (changes: Changes) => void): void => {
    const changes = new Changes({ kind: 'agency', id, name })
    act(changes)
    found.push(...changes.all)
  }
  compare(before.agencies.values(), after.agencies.values(), ({ id }) => id, {
    added: (agency) =>
      tell(agency, (changes) => {
        changes.add('other', 'agency-added', `新機關 ${agency.name}`, `new agency ${agency.id}`)
        const { id, name, code, kind, rule } = agency
        compareAgency({ id, name, code, kind, rule, ...nobody }, agency, changes)
      }),
    removed: (agency) =>
      tell(agency, (changes) => {
        changes.add(
          'closed',
          'agency-removed',
          `移除機關 ${agency.name}：其一切連線停止`,
          `agency removed: ${agency.id}, and all that it had`,
        )
        tellLosses(agency, changes)
      }),
    both: (old, now) => tell(now, (changes) => compareAgency(old, now, changes)),
  })
  return found.sort((one, other) => (one.of.id < other.of.id ? -1 : one.of.id > other.of.id ? 1 : 0))
}

function ofApis(before: Snapshot, after: Snapshot): readonly Change[] {
  const found: Change[] = []
  const tell = ({ id, title }: Api, act: (changes: Changes) => void): void => {
    const changes = new Changes({ kind: 'api', id, name: title })
    act(changes)
    found.push(...changes.all)
  }
  const holders = { before: [...before.agencies.values()], after: [...after.agencies.values()] }
  compare(before.apis.values(), after.apis.values(), ({ id }) => id, {
    added: (api) =>
      tell(api, (changes) => {
        changes.add('other', 'api-added', `新資料服務 ${api.title}：須另行核可`, `new API ${api.id}: nobody may call it but by a grant`)
        compareOperations({ ...api, operations: new Map() }, api, holders, changes)
      }),
    removed: (api) =>
      tell(api, (changes) => {
        const whose = changes.concerning(concerned(holders, api.id))
        whose.add('closed', 'api-removed', `移除資料服務 ${api.title}`, `API removed: ${api.id}`)
        compareOperations(api, { ...api, operations: new Map() }, holders, changes)
      }),
    both: (old, now) => tell(now, (changes) => compareApi(old, now, holders, changes)),
  })
  return found
}

/** Whether a block keeps an agency, or a part of it, from calling. */
function blocks({ target }: Block, agency: Agency): boolean {
  const parties = [agency, ...agency.delegates]
  switch (target.kind) {
    case 'agency':
      return target.id === agency.id
    case 'account':
      return target.agency === agency.id
    case 'delegate':
      return agency.delegates.some(({ id }) => id === target.id)
    case 'credential':
      return parties.some(({ credentials }) => credentials.some(({ id }) => id === target.id))
    case 'network':
      return parties.some(({ networks }) =>
        networks.some(({ family, first, last }) => family === target.family && first <= target.last && last >= target.first),
      )
  }
}

const targetsZh = { agency: '機關', delegate: '受託者', credential: '憑證', account: '帳號', network: '網段' } as const
const targetZh = (block: Block): string => `${targetsZh[block.target.kind]} ${targetText(block).replace(/^\w+ /, '')}`

function ofBlocks(before: Snapshot, after: Snapshot): readonly Change[] {
  const all = new Changes(subjectOf('blocks.yaml', before, after))
  const agencies = [...before.agencies.values(), ...after.agencies.values()]
  const of = (block: Block): Changes => all.concerning(agencies.filter((each) => blocks(block, each)).map(({ id }) => id))
  // Two blocks of one target close no more than one: lifted is what no block closes any more.
  const targets = ({ blocks }: Snapshot) => new Map(blocks.map((block) => [targetText(block), block])).values()
  const said = ({ blocks }: Snapshot, target: string) =>
    blocks.filter((each) => targetText(each) === target).map(({ at, by, reason, document }) => [at, by, reason, document ?? '—'].join(' '))
  compare(targets(before), targets(after), targetText, {
    added: (block) =>
      of(block).add('closed', 'block-added', `封鎖${targetZh(block)}：${block.reason}`, `blocked: ${targetText(block)}, ${block.reason}`),
    removed: (block) => of(block).add('open', 'block-lifted', `解除封鎖${targetZh(block)}`, `block lifted: ${targetText(block)}`),
    both: (old) => {
      const target = targetText(old)
      of(old).note(
        'block-details',
        said(before, target).join('、'),
        said(after, target).join('、'),
        `封鎖${targetZh(old)} 之記載（仍封鎖）`,
        `what is said of the block of ${target}, which stays:`,
      )
    },
  })
  return all.all
}

const ofPurpose = {
  title: '名稱',
  legalBasis: '法律依據',
  statutoryDuty: '法定職務',
  specificPurpose: '特定目的',
} as const satisfies Partial<Record<keyof Purpose, string>>

function ofPurposes(before: Snapshot, after: Snapshot): readonly Change[] {
  const changes = new Changes(subjectOf('purposes.yaml', before, after))
  const said = ({ title, legalBasis, statutoryDuty, specificPurpose }: Purpose) => [title, legalBasis, statutoryDuty, specificPurpose]
  compare(before.purposes.values(), after.purposes.values(), ({ code }) => code, {
    added: (each) =>
      changes.add(
        'other',
        'purpose-code-added',
        `新目的 ${each.code}：${said(each).join('、')}（僅核可列有此目的者可用）`,
        `new purpose ${each.code}: for grants that name it`,
      ),
    removed: (each) =>
      changes.add('closed', 'purpose-code-removed', `移除目的 ${each.code}：${said(each).join('、')}`, `purpose removed: ${each.code}`),
    both: (old, now) => {
      for (const [name, zh] of Object.entries(ofPurpose)) {
        const member = name as keyof typeof ofPurpose // the table's own keys
        changes.note('purpose-code', old[member], now[member], `目的 ${now.code} 之${zh}`, `purpose ${now.code}, ${member}:`)
      }
    },
  })
  return changes.all
}

function ofCalendar(before: Snapshot, after: Snapshot): readonly Change[] {
  const changes = new Changes(calendar)
  for (const year of [...new Set([...before.restDays.keys(), ...after.restDays.keys()])].sort()) {
    const [was, is] = [before.restDays.get(year), after.restDays.get(year)]
    // In a year that is unknown only hours of all days are open.
    if (was === undefined || is === undefined) {
      const [direction, code, zh, en] =
        was === undefined
          ? (['open', 'calendar-added', '新增', 'hours of workdays and of rest days open'] as const)
          : (['closed', 'calendar-removed', '移除', 'hours of workdays and of rest days open no more'] as const)
      changes.add(direction, code, `${zh} ${year} 年辦公日曆`, `calendar of ${year}: ${en}`)
      continue
    }
    const days = [
      ['改為放假', 'now of rest', [...is].filter((day) => !was.has(day))],
      ['改為上班', 'now of work', [...was].filter((day) => !is.has(day))],
    ] as const
    const moved = days.filter(([, , those]) => those.length > 0)
    // A day that is now a working day opens hours of workdays, and closes those of rest days.
    if (moved.length > 0)
      changes.either(
        'calendar',
        `${year} 年辦公日曆：${moved.map(([zh, , those]) => `${zh} ${those.join('、')}`).join('；')}`,
        `calendar of ${year}: ${moved.map(([, en, those]) => `${en} ${those.join(', ')}`).join('; ')}`,
      )
  }
  return changes.all
}
