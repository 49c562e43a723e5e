// kinds.ts: the kinds of YAML files, each with its schema: validator and JSON Schema come from the same definition as the type.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { type AgencyFile, agencyFile } from './agency.ts'
import { type ApiFile, apiFile } from './api.ts'
import { type AuditFile, auditFile } from './audit.ts'
import { type BlocksFile, blocksFile } from './blocks.ts'
import { forms } from './forms.ts'
import { type GatewayFile, gatewayFile } from './gateway.ts'
import { type PurposesFile, purposesFile } from './purposes.ts'

export interface FileOf {
  gateway: GatewayFile
  audit: AuditFile
  blocks: BlocksFile
  purposes: PurposesFile
  agency: AgencyFile
  api: ApiFile
}
export type Kind = keyof FileOf

/** Every kind's schema. */
export const schemas: Readonly<Record<Kind, object>> = {
  gateway: gatewayFile,
  audit: auditFile,
  blocks: blocksFile,
  purposes: purposesFile,
  agency: agencyFile,
  api: apiFile,
}
export const kinds = Object.keys(schemas) as Kind[] // the record's own keys

/** The JSON Schema of a kind, as it stands in config/schema/<kind>.json. */
export function jsonSchema(kind: Kind): string {
  return `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schemas[kind] }, null, 2)}\n`
}

const ajv = new Ajv2020({ allErrors: true, strict: true, verbose: true, discriminator: true, allowUnionTypes: true, strictRequired: false })
for (const [name, { accepts }] of Object.entries(forms)) ajv.addFormat(name, accepts)

const validators = new Map<Kind, ValidateFunction>()

/** The validator of a kind; no coercion. After a failure `errors` holds every mistake. */
export function validatorOf(kind: Kind): ValidateFunction {
  const known = validators.get(kind)
  if (known !== undefined) return known
  const validator = ajv.compile(schemas[kind])
  validators.set(kind, validator)
  return validator
}
