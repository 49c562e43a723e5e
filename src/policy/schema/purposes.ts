// purposes.ts: the schema of purposes.yaml: for what a call may be made (R4).
import type { Static } from 'typebox'
import { closed, list, text } from './parts.ts'

/** purposes.yaml */
export const purposesFile = closed('使用目的代碼', 'Codes of purposes', {
  purposes: list(
    '使用目的',
    'Purposes',
    closed('一項使用目的', 'A purpose', {
      code: text('id', '代碼', 'Code'),
      title: text('line', '名稱', 'Title'),
      legal_basis: text('line', '法律依據', 'Legal basis'),
      statutory_duty: text('line', '法定職務', 'Statutory duty'),
      specific_purpose: text('line', '個人資料保護法之特定目的項目', 'Specific purpose of the Personal Data Protection Act'),
    }),
  ),
})

export type PurposesFile = Static<typeof purposesFile>
