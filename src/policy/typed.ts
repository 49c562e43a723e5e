// typed.ts: what a text means by its schema: YAML's own guesses (NO, 012, 12:30) are never made.
import { isScalar, type YAMLMap } from 'yaml'

interface Typing {
  readonly type?: string | readonly string[]
  readonly discriminator?: { readonly propertyName: string }
  readonly oneOf?: readonly { readonly properties?: Readonly<Record<string, { readonly enum?: readonly unknown[] }>> }[]
}

/** A scalar by its schema. What is no whole number or no true or false stays text, and the validator refuses it. */
export function typedScalar(text: string, schema: object): unknown {
  const { type } = schema as Typing // a JSON Schema
  if (type === 'integer' && /^(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** Of a union told apart by a member, the variant that a map names; any other schema as it is. */
export function variantOf(schema: object | undefined, map: YAMLMap): object | undefined {
  const { discriminator, oneOf } = (schema ?? {}) as Typing // a JSON Schema
  if (discriminator === undefined || oneOf === undefined) return schema
  const tag = discriminator.propertyName
  const value = map.items.find(({ key }) => isScalar(key) && key.value === tag)?.value
  return oneOf.find(({ properties }) => isScalar(value) && properties?.[tag]?.enum?.includes(value.value)) ?? {}
}
