// schema-walk.ts: which part of a JSON Schema applies to which part of a value: by this, and by nothing else, is a text typed.

interface JsonObject {
  readonly [member: string]: unknown
}
const isObject = (value: unknown): value is JsonObject => value !== null && typeof value === 'object' && !Array.isArray(value)

/** The schema that applies to a member, or an element, of a value of which `schema` is the schema.
 *  @param value as far as it is known: its discriminating member chooses the branch */
export function schemaOf(schema: object | undefined, step: string | number, value: unknown): object | undefined {
  if (!isObject(schema)) return undefined
  if (typeof step === 'number') return isObject(schema.items) ? schema.items : undefined
  const branch = branchOf(schema, value)
  if (isObject(branch.properties) && isObject(branch.properties[step])) return branch.properties[step]
  if (isObject(branch.patternProperties)) return Object.values(branch.patternProperties).find(isObject)
  return isObject(branch.additionalProperties) ? branch.additionalProperties : undefined
}

function branchOf(schema: JsonObject, value: unknown): JsonObject {
  if (!isObject(schema.discriminator) || !Array.isArray(schema.oneOf)) return schema
  const name = schema.discriminator.propertyName
  if (typeof name !== 'string' || !isObject(value)) return schema
  const chosen = value[name]
  const found = schema.oneOf.filter(isObject).find((each) => {
    const property = isObject(each.properties) ? each.properties[name] : undefined
    return isObject(property) && (property.const === chosen || (Array.isArray(property.enum) && property.enum.includes(chosen)))
  })
  return found ?? schema
}
