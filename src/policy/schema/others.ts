// others.ts: the short kinds of file: `blocks.yaml`, `purposes.yaml`, `audit.yaml`.
import { type Static, Type } from 'typebox'
import { Cidr, Count, closed, Document, Id, optional, Positive, said, Text } from './terms.ts'

const blocked = {
  at: Type.String({ format: 'instant', ...said('封鎖時間（2026-11-24T22:15:00+08:00）', 'when, with its offset') }),
  by: Text,
  reason: Text,
  document: optional(Document),
}
const Block = Type.Object(
  {
    ...blocked,
    agency: optional(Id),
    delegate: optional(Id),
    credential: optional(Id),
    network: optional(Cidr),
    account: optional(Type.Object({ agency: Id, account: Text }, closed)),
  },
  {
    ...closed,
    ...said(
      '緊急封鎖：只能拒絕；agency、delegate、credential、network、account 擇一',
      'an emergency block: it can only refuse; one target',
    ),
  },
)
export type BlockLine = Static<typeof Block>
export const BlocksFile = Type.Object({ blocks: Type.Array(Block) }, closed)
export type BlocksFile = Static<typeof BlocksFile>

const Purpose = Type.Object(
  { code: Id, title: Text, legal_basis: Text, statutory_duty: Text, specific_purpose: Text },
  { ...closed, ...said('使用目的', 'a purpose (R4)') },
)
export const PurposesFile = Type.Object({ purposes: Type.Array(Purpose) }, closed)
export type PurposesFile = Static<typeof PurposesFile>

const choice = (...values: readonly string[]) => Type.Union(values.map((value) => Type.Literal(value)))
export const AuditFile = Type.Object(
  {
    'D-1': choice('required', 'system-account'),
    'D-2': choice('required', 'optional'),
    'D-3': choice('absent'),
    'D-4': choice('end-of-following-month'),
    'D-5': choice('flag'),
    'D-6': Type.Object({ years: Positive, plus_years: Count }, closed),
    'D-7': choice('up'),
    'D-8': choice('agency', 'mode'),
    'D-9': choice('transfer', 'row'),
    'D-10': choice('served-and-not-found', 'served', 'all'),
    'D-11': choice('roster-and-log', 'log'),
    'D-12': choice('agency', 'unit'),
    'D-13': choice('literal', 'working-day'),
    'D-14': choice('warn'),
    'D-15': choice('nominal', 'before', 'after'),
    'D-16': choice('refuse', 'warn'),
    'D-17': Type.Integer({ minimum: 1, maximum: 100 }),
    'D-18': choice('inclusive'),
    'D-19': choice('per-agency', 'always', 'never'),
    'D-20': Count,
    'D-21': choice('dispatch', 'receipt'),
    signals: Type.Record(Type.String(), Count),
  },
  { ...closed, ...said('作業規定未明文之預設（D 編號）', 'defaults where the regulation is silent') },
)
export type AuditFile = Static<typeof AuditFile>
