// diff.ts: two configurations compared in their effect, not in their text: who gains or loses what.
import { targetText } from '../blocks.ts'
import type { Agency, Api, Block, Purpose, Snapshot } from '../snapshot.ts'
import { compareAgency, tellLosses } from './agency.ts'
import { compareApi, compareOperations, concerned } from './api.ts'
import { type Change, Changes, compare } from './change.ts'
import { ofGateway } from './gateway.ts'

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

/** Files that say something else, of which nothing was told: a note, a phone number, the wording of a schema. */
function ofFiles(before: Snapshot, after: Snapshot, found: readonly Change[]): readonly Change[] {
  const changes = new Changes({ kind: 'folder', id: 'folder', name: '其他設定' })
  for (const name of new Set([...before.texts.keys(), ...after.texts.keys()])) {
    const id = name.slice(name.lastIndexOf('/') + 1, name.lastIndexOf('.'))
    const told = found.some(({ of }) => of.id === id)
    if (!told && before.texts.get(name) !== after.texts.get(name))
      changes.add('other', 'file-changed', `${name} 其他內容變更`, `${name}: other contents changed`)
  }
  return changes.all
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

function ofBlocks(before: Snapshot, after: Snapshot): readonly Change[] {
  const all = new Changes({ kind: 'blocks', id: 'blocks', name: '緊急封鎖' })
  const agencies = [...before.agencies.values(), ...after.agencies.values()]
  const of = (block: Block): Changes => all.concerning(agencies.filter((each) => blocks(block, each)).map(({ id }) => id))
  // Two blocks of one target close no more than one: lifted is what no block closes any more.
  const targets = ({ blocks }: Snapshot) => new Map(blocks.map((block) => [targetText(block), block])).values()
  compare(targets(before), targets(after), targetText, {
    added: (block) =>
      of(block).add(
        'closed',
        'block-added',
        `封鎖 ${targetText(block)}：${block.reason}`,
        `blocked: ${targetText(block)}, ${block.reason}`,
      ),
    removed: (block) => of(block).add('open', 'block-lifted', `解除封鎖 ${targetText(block)}`, `block lifted: ${targetText(block)}`),
    both: (old, now) => {
      const target = targetText(now)
      of(now).note('block-document', old.document, now.document, `封鎖 ${target} 文號`, `document of the block of ${target}`)
      of(now).note('block-reason', old.reason, now.reason, `封鎖 ${target} 事由`, `reason of the block of ${target}`)
    },
  })
  return all.all
}

function ofPurposes(before: Snapshot, after: Snapshot): readonly Change[] {
  const changes = new Changes({ kind: 'folder', id: 'purposes', name: '查詢目的' })
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
    both: (old, now) => changes.note('purpose-code', said(old), said(now), `目的 ${now.code}`, `purpose ${now.code}:`),
  })
  return changes.all
}

function ofCalendar(before: Snapshot, after: Snapshot): readonly Change[] {
  const changes = new Changes({ kind: 'folder', id: 'calendar', name: '辦公日曆' })
  for (const year of new Set([...before.restDays.keys(), ...after.restDays.keys()])) {
    const [was, is] = [before.restDays.get(year), after.restDays.get(year)]
    const moved = [...(is ?? [])].some((day) => was?.has(day) !== true) || [...(was ?? [])].some((day) => is?.has(day) !== true)
    // A day that is now a working day opens hours of workdays, and closes those of rest days.
    if (moved || (was === undefined) !== (is === undefined))
      changes.either('calendar', `${year} 年辦公日曆變更`, `calendar of ${year} changed`)
  }
  return changes.all
}
