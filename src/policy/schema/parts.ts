// parts.ts: what the schemas of the configuration's files are built from: closed objects, named forms, choices, unions by a tag.
import Type, { type Static, type TInteger, type TObject, type TProperties, type TSchema, type TString, type TUnsafe } from 'typebox'
import { type FormName, forms } from './forms.ts'

/** A text of a named form (forms.ts). */
export function text(form: FormName, zh: string, en: string): TString {
  const { pattern } = forms[form]
  return Type.String({ title: zh, description: en, format: form, ...(pattern !== undefined && { pattern }) })
}

/** An object that holds these members and no others. */
export function closed<P extends TProperties>(zh: string, en: string, properties: P): TObject<P> {
  return Type.Object(properties, { title: zh, description: en, additionalProperties: false })
}

/** One word of a few. */
export function choice<const V extends string>(zh: string, en: string, values: readonly V[]): TUnsafe<V> {
  return Type.Unsafe<V>({ type: 'string', title: zh, description: en, enum: values })
}

export function whole(zh: string, en: string, minimum: number, maximum: number): TInteger {
  return Type.Integer({ title: zh, description: en, minimum, maximum })
}

export function yesNo(zh: string, en: string) {
  return Type.Boolean({ title: zh, description: en })
}

export function list<T extends TSchema>(zh: string, en: string, items: T, options: { minItems?: number; uniqueItems?: boolean } = {}) {
  return Type.Array(items, { title: zh, description: en, ...options })
}

/** One of several closed objects, told apart by one member, so that a mistake is one finding and not one for each variant. */
export function tagged<V extends readonly TSchema[]>(zh: string, en: string, tag: string, variants: V): TUnsafe<Static<V[number]>> {
  return Type.Unsafe({ type: 'object', title: zh, description: en, discriminator: { propertyName: tag }, required: [tag], oneOf: variants })
}

/** A word, or an object in its place: members' rules do not touch a text, nor the pattern an object. */
export function wordOr<const W extends string, T extends TObject>(zh: string, en: string, word: W, other: T): TUnsafe<W | Static<T>> {
  return Type.Unsafe({ ...other, title: zh, description: en, type: ['string', 'object'], pattern: `^${word}$` })
}

export const day = (zh: string, en: string): TString => text('date', zh, en)
export const document = (zh = '公文文號', en = 'Number of the document'): TString => text('document', zh, en)

/** A document and its day. */
export const letter = (zh: string, en: string) => closed(zh, en, { document: document(), date: day('公文日期', 'Day of the document') })
