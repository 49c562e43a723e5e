// call-validator.ts: the validator of calls: what a catalogue's request schemas are compiled with. One schema language for both.
import { Ajv2020 } from 'ajv/dist/2020.js'
import { foldIdentifier, isNationalId } from '../../identifier.ts'
import { forms } from '../schema/forms.ts'

/** No coercion; every error; what it does not enforce it does not accept. */
export function callValidator(): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true })
  ajv.addFormat('date', forms.date.accepts)
  ajv.addFormat('date-time', forms.instant.accepts)
  // Full-width forms are accepted and forwarded as they came; a wrong checksum is refused (D-16).
  ajv.addFormat('tw-national-id', (text) => isNationalId(foldIdentifier(text)))
  return ajv
}
