// opened-subjects.ts: who the drawn records asked about, for the auditors whom the round names: a disclosure, and only then decrypted.
import type { Command } from 'commander'
import type { FormRow } from '../../audit/form/audit-form.ts'
import { type Round, roundWords } from '../../audit/rounds.ts'
import type { CommandAct } from '../../credential/command-assertion.ts'
import { type AuditorOptions, readKey } from '../auditor.ts'
import type { CommandPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import { placeName } from './form-evidence.ts'

/** Options of a command whose forms may show subjects in full. */
export interface OpeningOptions extends AuditorOptions {
  readonly recipientKey?: string
  readonly recipient?: string
}

export const withRecipient = (command: Command): Command =>
  command
    .option('--recipient-key <file>', '解除查詢對象之遮蔽：解除遮蔽者之私鑰 opens who was asked about: a recipient’s private key')
    .option('--recipient <kid>', '該私鑰之代號（gateway.yaml 之 kid） its key id, where the file does not say it')

export interface OpenedSubjects {
  /** By `placeName` of the record. */
  readonly subjects: ReadonlyMap<string, string>
  readonly faults: readonly string[]
}

export interface SubjectsAsked {
  readonly act: Omit<CommandAct, 'needsDocument'>
  readonly round: Pick<Round, 'auditors' | 'number' | 'state'>
  readonly rows: readonly FormRow[]
  readonly options: OpeningOptions
}

/** What the act of opening says of a round: whose forms show subjects, and for whom. */
export const openedFor = ({ auditors }: Pick<Round, 'auditors'>): object => ({ auditors, open: true })

/** States in which nobody audits any more: what is opened then is opened by `linkage log open`, record by record. */
const over: ReadonlySet<Round['state']> = new Set(['withdrawn', 'on-record', 'archived'])

/** @throws UsageError, and what recording throws: then nothing was decrypted */
export async function openSubjects(
  place: CommandPlace,
  keys: string,
  { act, options, round, rows }: SubjectsAsked,
): Promise<OpenedSubjects> {
  if (round.auditors.length === 0)
    throw new UsageError(
      `${round.number} 尚未指定稽核人員：查詢對象只解除遮蔽予指定之稽核人員，請先 linkage audit report round started ${round.number} --auditor …。 Subjects are opened for the auditors whom the round names: record them first.`,
    )
  if (over.has(round.state))
    throw new UsageError(
      `${round.number} 為「${roundWords[round.state]}」，不再解除遮蔽其查詢對象；個別紀錄請用 linkage log open。 ${round.number} is ${round.state}: its subjects are opened no more; for single records: linkage log open.`,
    )
  const { key, kid } = readKey(options.recipientKey ?? '', options.recipient)
  if (kid === undefined) throw new UsageError('請以 --recipient 指定解除遮蔽之金鑰之代號。 Name the recipient’s key: --recipient <kid>.')
  const places = new Map(
    rows.filter(({ subject }) => subject.kind === 'sealed').map(({ id }) => [placeName(id), { index: id.index, log: id.log }]),
  )
  if (places.size === 0)
    throw new UsageError('沒有可解除遮蔽之查詢對象，請勿給 --recipient-key。 No subject is sealed there: leave --recipient-key out.')
  // Loaded here and nowhere else: a process that serves has nothing that decrypts.
  const { openEntries } = await import('../log/opening.ts')
  const exported = place.store.openExport()
  try {
    const opening = { act: { ...act, needsDocument: true } as const, entries: [...places.values()], key: { kid, key }, options }
    const entries = await openEntries(place, exported, keys, opening)
    const subjects = new Map(
      entries.flatMap((entry) => (typeof entry.opened?.subject === 'string' ? [[placeName(entry), entry.opened.subject]] : [])),
    )
    const faults = entries
      .filter((entry) => !subjects.has(placeName(entry)))
      .map((entry) => `${placeName(entry)}: ${entry.fault ?? '沒有查詢對象 no subject'}`)
    return { subjects, faults }
  } finally {
    await exported.close()
  }
}

/** How many rows are written without their subject. */
export const sealedIn = (rows: readonly FormRow[]): number => rows.filter(({ subject }) => subject.kind === 'sealed').length

export const sealedText = (sealed: number): string =>
  `${sealed} 件之查詢對象印為「未解除遮蔽」：紀錄中只有密封之內容，需要時以 --recipient-key 產生。 ${sealed} subjects are printed as sealed: entries hold nothing else; --recipient-key opens them.`
