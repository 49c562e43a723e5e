// json-schema.ts: our schemas as JSON Schema 2020-12, for the validator and for editors: one finding per mistake.
import type { TSchema } from 'typebox'

type Json = null | boolean | number | string | Json[] | { [member: string]: Json }
type JsonObject = { [member: string]: Json }

const isObject = (value: Json | undefined): value is JsonObject => value !== null && typeof value === 'object' && !Array.isArray(value)

/** A choice of constants is an enum; a union with a discriminator names the branch, so that the others say nothing. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain)
  if (!isObject(value)) return value
  const out: JsonObject = {}
  for (const [name, member] of Object.entries(value)) out[name] = plain(member)
  const { anyOf, discriminator, ...rest } = out
  if (!Array.isArray(anyOf)) return out
  const branches = anyOf.filter(isObject)
  if (branches.every((each) => 'const' in each)) return { ...rest, enum: branches.map((each) => each.const ?? null) }
  if (typeof discriminator !== 'string') return branches.length === 1 && branches[0] !== undefined ? { ...branches[0], ...rest } : out
  return { ...rest, type: 'object', discriminator: { propertyName: discriminator }, required: [discriminator], oneOf: branches }
}

/** @returns the JSON Schema of one of our kinds of file */
export function jsonSchema(schema: TSchema): JsonObject {
  const out = plain(JSON.parse(JSON.stringify(schema)))
  if (!isObject(out)) throw new TypeError('the schema of a file is an object')
  return out
}

/** The schema that applies to a member, or an element, of a value of which this is the schema. */
export function schemaOf(schema: JsonObject | undefined, step: string | number, value: unknown): JsonObject | undefined {
  if (schema === undefined) return undefined
  if (typeof step === 'number') return isObject(schema.items) ? schema.items : undefined
  const branch = branchOf(schema, value)
  if (isObject(branch.properties) && isObject(branch.properties[step])) return branch.properties[step]
  if (isObject(branch.patternProperties)) return Object.values(branch.patternProperties).find(isObject)
  return isObject(branch.additionalProperties) ? branch.additionalProperties : undefined
}

function branchOf(schema: JsonObject, value: unknown): JsonObject {
  if (!isObject(schema.discriminator) || !Array.isArray(schema.oneOf)) return schema
  const name = schema.discriminator.propertyName
  const chosen = typeof name === 'string' && value !== null && typeof value === 'object' ? Reflect.get(value, name) : undefined
  const found = schema.oneOf.filter(isObject).find((each) => {
    const property = typeof name === 'string' && isObject(each.properties) ? each.properties[name] : undefined
    return isObject(property) && property.const === chosen
  })
  return found ?? schema
}
