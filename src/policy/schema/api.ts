// api.ts: the schema of apis/<api>.yaml: the part of OpenAPI 3.1 that the gateway enforces, with x-linkage extensions.
import Type, { type Static } from 'typebox'
import { choice, closed, document, list, text, whole, yesNo } from './parts.ts'

const line = (zh: string, en: string) => text('line', zh, en)
const fields = (zh: string, en: string) => list(zh, en, text('field-path', '資料項目', 'Field'), { uniqueItems: true })
const bound = (en: string) => Type.Optional(Type.Number({ description: en }))
const length = (en: string) => Type.Optional(Type.Integer({ minimum: 0, description: en }))

export const scalarTypes = ['string', 'number', 'integer', 'boolean'] as const
const types = [...scalarTypes, 'object', 'array', 'null'] as const
const self = { $ref: '#/$defs/Schema' }

/** What a schema object may hold. Nothing else: what the gateway does not enforce must not look as if it did. */
export interface SchemaObject {
  readonly $ref?: string
  readonly title?: string
  readonly description?: string
  readonly type?: (typeof types)[number] | readonly (typeof types)[number][]
  readonly properties?: Readonly<Record<string, SchemaObject>>
  readonly required?: readonly string[]
  readonly additionalProperties?: false
  readonly items?: SchemaObject
  readonly enum?: readonly (string | number | boolean | null)[]
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly 'x-sensitivity'?: 1 | 2 | 3 | 4
  readonly 'x-locates'?: boolean
  readonly 'x-reveals'?: readonly string[]
}

const schemaObject = closed('資料結構', 'A schema', {
  $ref: Type.Optional(Type.String({ pattern: '^#/components/schemas/[A-Za-z0-9_-]+$', description: 'A schema of this document' })),
  title: Type.Optional(line('中文名稱', 'Title')),
  description: Type.Optional(Type.String({ title: '說明', description: 'Description' })),
  type: Type.Optional(
    Type.Unsafe({
      title: '型別，或型別與 "null"',
      description: 'A type, or a type and "null"',
      type: ['string', 'array'],
      pattern: `^(${types.join('|')})$`,
      items: { type: 'string', enum: types },
      minItems: 2,
      maxItems: 2,
      uniqueItems: true,
    }),
  ),
  properties: Type.Optional(Type.Unsafe({ type: 'object', title: '欄位', description: 'Properties', additionalProperties: self })),
  required: Type.Optional(list('必要欄位', 'Required', Type.String(), { uniqueItems: true })),
  additionalProperties: Type.Optional(Type.Unsafe({ title: '不接受其他欄位', description: 'Closed', type: 'boolean', enum: [false] })),
  items: Type.Optional(Type.Unsafe(self)),
  enum: Type.Optional(
    Type.Unsafe({
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      title: '可用之值',
      description: 'Values',
      items: { type: ['string', 'number', 'boolean', 'null'] },
    }),
  ),
  pattern: Type.Optional(Type.String({ title: '樣式', description: 'A regular expression, from ^ to $' })),
  format: Type.Optional(choice('格式', 'Format', ['date', 'date-time', 'tw-national-id'])),
  minLength: length('Least characters'),
  maxLength: length('Most characters'),
  minimum: bound('Least'),
  maximum: bound('Most'),
  exclusiveMinimum: bound('More than'),
  exclusiveMaximum: bound('Less than'),
  multipleOf: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Multiple of' })),
  minItems: length('Least elements'),
  maxItems: length('Most elements'),
  'x-sensitivity': Type.Optional(whole('敏感程度：1 行政、2 個人、3 財務或家庭、4 健康、保護或足以危及人身', 'Sensitivity', 1, 4)),
  'x-locates': Type.Optional(yesNo('有助於找到當事人', 'Helps to find a person')),
  'x-reveals': Type.Optional(fields('查詢條件透露之資料項目', 'Fields that it reveals')),
})

const media = closed('內容', 'Content', { schema: Type.Unsafe<SchemaObject>(self) })
const described = {
  summary: Type.Optional(line('名稱', 'Title')),
  description: Type.Optional(Type.String({ title: '說明', description: 'Description' })),
}

const parameter = closed('參數', 'A parameter', {
  name: Type.String({ title: '名稱', description: 'Name', pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' }),
  in: choice('位置', 'Place', ['path', 'query']),
  required: Type.Optional(yesNo('必要', 'Required')),
  description: Type.Optional(Type.String({ title: '說明', description: 'Description' })),
  schema: Type.Unsafe<SchemaObject>(self),
  'x-reveals': Type.Optional(fields('此參數透露之資料項目；沒有則寫 []', 'Fields that it reveals; [] for none')),
})

const linkage = closed('管制註記', 'What the gateway asks of a call', {
  modes: list('提供方式', 'Modes of provision', choice('提供方式', 'Mode', ['api', 'file', 'online']), { minItems: 1, uniqueItems: true }),
  requires: list(
    '必要：assertion 簽章憑證、case 案號、reason 事由；使用者及目的一律必要',
    'What a call must give, user and purpose aside', //
    choice('必要事項', 'What is required', ['assertion', 'case', 'reason']),
    { uniqueItems: true },
  ),
  case_pattern: Type.Optional(Type.String({ title: '案號之樣式，由 ^ 至 $', description: 'Form of case numbers, from ^ to $' })),
  subject: Type.Optional(
    Type.String({
      title: '查詢對象所在，例如 $request.body#/nationalId',
      description: 'Where the subject stands',
      pattern: '^\\$request\\.body#(/[^/~]+)+$',
    }),
  ),
  // Each of them leaves a record, all in one commit of the log: what is more than a hundred would not surely fit into one.
  maxSubjects: Type.Optional(
    whole('批次查詢之對象上限；subject 須為文字陣列', 'Subjects of a batch; the subject is an array of texts', 2, 100),
  ),
  answerSubjects: Type.Optional(fields('回覆中識別當事人之項目', 'Places of the answer that identify people')),
  rows: Type.Optional(text('field-path', '哪一個陣列之元素為列', 'The array whose elements are rows')),
  protected: Type.Optional(text('field-path', '受保護之人之註記', 'Marker of protected persons')),
  assertion_exception: Type.Optional(
    closed('可提供敏感程度 3 以上而不要求簽章憑證之例外', 'Why an operation of sensitivity 3 or more needs no assertion', {
      document: document(),
      reason: line('理由', 'Reason'),
    }),
  ),
})

const operation = closed('作業', 'An operation', {
  operationId: Type.String({ title: '作業代號', description: 'Name of the operation', pattern: '^[a-z][A-Za-z0-9]{0,63}$' }),
  ...described,
  'x-linkage': linkage,
  parameters: Type.Optional(list('參數', 'Parameters', parameter)),
  requestBody: Type.Optional(
    closed('請求內容', 'Request body', {
      description: Type.Optional(Type.String({ title: '說明', description: 'Description' })),
      required: Type.Optional(yesNo('必要', 'Required')),
      content: closed('內容', 'Content', { 'application/json': media }),
    }),
  ),
  responses: closed('回覆；只有 200 及 404 是回覆', 'Answers: 200, and 404 for nobody found', {
    '200': closed('回覆', 'The answer', {
      description: Type.Optional(Type.String()),
      content: Type.Unsafe<Partial<Record<'application/json' | 'application/x-ndjson' | 'text/csv', Static<typeof media>>>>({
        ...closed('內容', 'Content', {
          'application/json': Type.Optional(media),
          'application/x-ndjson': Type.Optional(media),
          'text/csv': Type.Optional(media),
        }),
        minProperties: 1,
        maxProperties: 1,
      }),
    }),
    '404': Type.Optional(closed('查無資料', 'Nobody was found', { description: Type.Optional(Type.String()) })),
  }),
})

/** apis/<api>.yaml */
export const apiFile = {
  ...closed('資料項目目錄（OpenAPI 3.1）', 'A welfare data API (OpenAPI 3.1)', {
    openapi: Type.String({ title: 'OpenAPI 版本', description: 'Version of OpenAPI', pattern: '^3\\.1\\.[0-9]+$' }),
    info: closed('說明', 'About', {
      title: line('名稱', 'Title'),
      version: line('版本', 'Version'),
      description: Type.Optional(Type.String()),
    }),
    'x-linkage': closed('權責', 'Whose it is', {
      upstream: text('id', '上游系統代號（gateway.yaml）', 'Id of the upstream system'),
      data_owner: line('業務權責單位', 'Data owner'),
      officer: line('承辦人', 'Case officer'),
      version: line('目錄版本', 'Version of the catalogue'),
      approved_by: line('核定人', 'Approved by'),
      document: document(),
    }),
    paths: Type.Record(
      Type.String(),
      closed('路徑', 'A path', { ...described, get: Type.Optional(operation), post: Type.Optional(operation) }),
      { title: '路徑', description: 'Paths' },
    ),
    components: Type.Optional(
      closed('共用資料結構', 'Shared schemas', {
        schemas: Type.Unsafe<Record<string, SchemaObject>>({
          type: 'object',
          title: '資料結構',
          description: 'Schemas',
          additionalProperties: self,
        }),
      }),
    ),
  }),
  $defs: { Schema: schemaObject },
}

export type ApiFile = Static<typeof apiFile>
export type OperationEntry = Static<typeof operation>
export type ParameterEntry = Static<typeof parameter>
