// terms.ts: the words that several kinds of file share.
import { type TSchema, Type } from 'typebox'

/** Titles are what an editor shows: Chinese first, English after. */
export const said = (zh: string, en: string) => ({ title: zh, description: `${zh} ${en}` })
/** An object that knows its members: a typing mistake is a finding, never a setting that does nothing. */
export const closed = { additionalProperties: false } as const

export const Id = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$',
  ...said('代號', 'identifier: lower-case letters, digits, hyphens'),
})
export const Text = Type.String({ minLength: 1, maxLength: 500 })
export const Day = Type.String({ format: 'civil-date', ...said('日期（西元，2026-01-31）', 'a day in ISO 8601') })
export const Document = Type.String({ minLength: 1, maxLength: 100, ...said('文號', 'number of the document') })
export const DatedDocument = Type.Object({ document: Document, date: Day }, closed)
export const Cidr = Type.String({ format: 'cidr', ...said('網段（CIDR，正規寫法）', 'a network in canonical CIDR') })
export const Count = Type.Integer({ minimum: 0 })
export const Positive = Type.Integer({ minimum: 1 })
export const Mode = Type.Union(
  [Type.Literal('api'), Type.Literal('file'), Type.Literal('online')],
  said('提供方式', 'mode of provision (R3)'),
)
export const optional = <T extends TSchema>(schema: T) => Type.Optional(schema)
