// catalogue.ts: one welfare data API as its owner describes it: an OpenAPI 3.1 document with x-linkage extensions (R4, R7).
import type { Ajv2020 } from 'ajv/dist/2020.js'
import { shapeAt } from '../projection/paths.ts'
import {
  isObject,
  type Json,
  type JsonObject,
  type Leaf,
  objectAt,
  type Report,
  readRequestSchema,
  readShape,
  resolve,
  step,
  textAt,
  textsAt,
} from './openapi-schema.ts'
import type { Answer, Api, Mode, Operation, Parameter, RequestBody } from './snapshot.ts'

const reserved: readonly string[] = ['receipts', 'log', 'records', 'health']
const modes: readonly string[] = ['api', 'file', 'online']
const mediaTypes: readonly string[] = ['application/json', 'application/x-ndjson', 'text/csv']
const needs: readonly string[] = ['assertion', 'case', 'reason']
const documentKeys = ['openapi', 'info', 'x-linkage', 'paths', 'components']
const operationKeys = ['operationId', 'summary', 'description', 'x-linkage', 'parameters', 'requestBody', 'responses']
const linkageKeys = ['modes', 'requires', 'case_pattern', 'subject', 'maxSubjects', 'answerSubjects', 'rows', 'protected', 'exception']

function only(value: JsonObject, at: string, allowed: readonly string[], report: Report): void {
  for (const key of Object.keys(value))
    if (!allowed.includes(key))
      report(`${at}${step(key)}`, 'unknown-key', `unknown key ${key}: expected one of ${allowed.join(', ')}`, `不認得的鍵 ${key}`)
}

/** Reads an API. What it declares and cannot be enforced is an error.
 *  @param id the file's name without its ending: the first segment of every public path
 *  @param rule `apis/<id>.yaml#` */
export function readApi(document: unknown, id: string, rule: string, ajv: Ajv2020, report: Report): Api | undefined {
  if (!isObject(document)) {
    report('', 'missing', 'expected an OpenAPI document', '不是 OpenAPI 文件')
    return undefined
  }
  only(document, '', documentKeys, report)
  if (!/^3\.1\.\d+$/.test(textAt(document, 'openapi') ?? '')) report('/openapi', 'version', 'expected 3.1.x', '須為 OpenAPI 3.1')
  if (reserved.includes(id)) report('', 'reserved', `/${id} is a path of the gateway itself`, `/${id} 為閘道本身之路徑`)
  const linkage = objectAt(document, 'x-linkage')
  for (const name of ['upstream', 'data_owner', 'officer', 'version', 'approved_by', 'document']) {
    if (textAt(linkage, name) === undefined) report('/x-linkage', 'missing', `${name} is missing`, `缺少 ${name}`)
  }
  const operations = new Map<string, Operation>()
  const shapes = new Map<string, string>()
  for (const [path, item] of Object.entries(objectAt(document, 'paths'))) {
    const at = `/paths${step(path)}`
    if (!isObject(item)) continue
    only(item, at, ['get', 'post'], report)
    if (!/^(?:\/(?:[A-Za-z0-9_-]+|\{[A-Za-z][A-Za-z0-9_]*\}))+$/.test(path))
      report(at, 'path', 'expected segments of letters, digits, - and _, or {parameters}', '路徑格式不符')
    for (const method of ['get', 'post'] as const) {
      if (!isObject(item[method])) continue
      const shape = `${method} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`
      const other = shapes.get(shape)
      if (other !== undefined)
        report(`${at}/${method}`, 'duplicate-operation', `the same method and path shape as ${other}`, `與 ${other} 之方法及路徑形狀相同`)
      shapes.set(shape, path)
      const operation = new OperationReader(id, document, item[method], `${at}/${method}`, ajv, report).read(
        path,
        method === 'get' ? 'GET' : 'POST',
        `${rule}${at}/${method}`,
      )
      if (operation === undefined) continue
      if (operations.has(operation.id))
        report(
          `${at}/${method}/operationId`,
          'duplicate-key',
          `the operationId ${operation.id} stands twice`,
          `operationId ${operation.id} 重複`,
        )
      operations.set(operation.id, operation)
    }
  }
  const info = objectAt(document, 'info')
  return {
    id,
    title: textAt(info, 'title') ?? id,
    upstream: textAt(linkage, 'upstream') ?? '',
    dataOwner: textAt(linkage, 'data_owner') ?? '',
    officer: textAt(linkage, 'officer') ?? '',
    version: textAt(linkage, 'version') ?? '',
    operations,
  }
}

class OperationReader {
  readonly #api: string
  readonly #document: JsonObject
  readonly #operation: JsonObject
  readonly #linkage: JsonObject
  readonly #at: string
  readonly #ajv: Ajv2020
  readonly #report: Report

  constructor(api: string, document: JsonObject, operation: JsonObject, at: string, ajv: Ajv2020, report: Report) {
    this.#api = api
    this.#document = document
    this.#operation = operation
    this.#linkage = objectAt(operation, 'x-linkage')
    this.#at = at
    this.#ajv = ajv
    this.#report = report
  }

  read(path: string, method: 'GET' | 'POST', rule: string): Operation | undefined {
    only(this.#operation, this.#at, operationKeys, this.#report)
    only(this.#linkage, `${this.#at}/x-linkage`, linkageKeys, this.#report)
    const id = textAt(this.#operation, 'operationId')
    const answer = this.#answer()
    const given = this.#parameters(path)
    const request = this.#request()
    if (id === undefined) this.#report(this.#at, 'missing', 'operationId is missing', '缺少 operationId')
    if (id === undefined || answer === undefined || request === undefined) return undefined
    const requires = this.#requires(answer)
    const pattern = this.#linkage.case_pattern
    const maxSubjects = this.#linkage.maxSubjects
    const reveals = new Map([...given.reveals, ...request.reveals])
    this.#checkReveals(reveals, answer)
    const casePattern = typeof pattern === 'string' ? this.#pattern(pattern) : undefined
    return {
      api: this.#api,
      id,
      title: textAt(this.#operation, 'summary') ?? id,
      method,
      path,
      modes: this.#modes(request.body),
      requires,
      ...(casePattern !== undefined && { casePattern }),
      parameters: given.parameters,
      ...(request.body !== undefined && { request: request.body }),
      answer,
      reveals,
      ...(typeof maxSubjects === 'number' && { maxSubjects }),
      rule,
    }
  }

  #pattern(pattern: string): RegExp | undefined {
    try {
      return new RegExp(pattern, 'u')
    } catch {
      this.#report(`${this.#at}/x-linkage/case_pattern`, 'pattern', 'expected a regular expression', '不是正規表示式')
      return undefined
    }
  }

  #modes(body: RequestBody | undefined): readonly Mode[] {
    const listed = textsAt(this.#linkage, 'modes').filter((each): each is Mode => modes.includes(each))
    if (listed.length === 0)
      this.#report(`${this.#at}/x-linkage`, 'missing', 'modes: expected some of api, file, online', '缺少 modes（api、file、online）')
    if (listed.some((each) => each !== 'file') && body?.subject === undefined) {
      this.#report(
        `${this.#at}/x-linkage`,
        'subject',
        'modes api and online name exactly one subject, $request.body#/…',
        '提供方式 api、online 須有一個 subject：$request.body#/…',
      )
    }
    return listed
  }

  /** R4: an operation that can release sensitivity 3 or more proves its user; an exception names its document. */
  #requires(answer: Answer): Operation['requires'] {
    const listed = textsAt(this.#linkage, 'requires')
    const at = `${this.#at}/x-linkage`
    for (const [index, each] of listed.entries())
      if (!needs.includes(each))
        this.#report(`${at}/requires/${index}`, 'not-allowed', `expected one of ${needs.join(', ')}`, `須為 ${needs.join('、')}`)
    const sensitive = [...answer.sensitivity].find(([, level]) => level >= 3)
    const excepted = textAt(objectAt(this.#linkage, 'exception'), 'document') !== undefined
    if (sensitive !== undefined && !listed.includes('assertion') && !excepted) {
      this.#report(
        at,
        'assertion',
        `${sensitive[0]} is of sensitivity ${sensitive[1]}: requires assertion, or an exception with its document`,
        `${sensitive[0]} 敏感程度 ${sensitive[1]}：requires 須含 assertion，或以 exception 載明文號`,
      )
    }
    return { assertion: listed.includes('assertion'), case: listed.includes('case'), reason: listed.includes('reason') }
  }

  #answer(): Answer | undefined {
    const responses = objectAt(this.#operation, 'responses')
    only(responses, `${this.#at}/responses`, ['200', '404'], this.#report)
    const at = `${this.#at}/responses/200/content`
    const content = objectAt(objectAt(responses, '200'), 'content')
    const [mediaType, ...others] = Object.keys(content)
    if (mediaType === undefined || others.length > 0 || !mediaTypes.includes(mediaType)) {
      this.#report(at, 'media-type', `expected exactly one of ${mediaTypes.join(', ')}`, '須恰有一種內容型別')
      return undefined
    }
    const read = readShape(this.#document, objectAt(content, mediaType).schema, `${at}${step(mediaType)}/schema`, this.#report)
    if (read === undefined) return undefined
    const { shape, leaves } = read
    const rows = textAt(this.#linkage, 'rows')
    const marker = textAt(this.#linkage, 'protected')
    const named = [
      ...(rows === undefined ? [] : [['rows', rows] as const]),
      ...(marker === undefined ? [] : [['protected', marker] as const]),
      ...textsAt(this.#linkage, 'answerSubjects').map((path, index) => [`answerSubjects/${index}`, path] as const),
    ]
    for (const [name, path] of named) {
      const found = safely(() => shapeAt(shape, path))
      if (found?.kind !== (name === 'rows' ? 'array' : 'leaf'))
        this.#report(`${this.#at}/x-linkage/${name}`, 'field', `${path} is not declared by this answer as such`, `回覆中沒有 ${path}`)
    }
    return {
      mediaType: mediaType as Answer['mediaType'], // one of the three, by the test
      shape,
      notFound: isObject(responses['404']),
      ...(rows !== undefined && { rows }),
      ...(marker !== undefined && { protectedMarker: marker }),
      locates: new Set(leaves.filter((each) => each.schema['x-locates'] === true).map((each) => each.path)),
      sensitivity: new Map(leaves.map((leaf) => [leaf.path, this.#sensitivity(leaf)])),
      subjects: textsAt(this.#linkage, 'answerSubjects'),
    }
  }

  #sensitivity({ path, pointer, schema }: Leaf): 1 | 2 | 3 | 4 {
    const level = schema['x-sensitivity']
    if (level === 1 || level === 2 || level === 3 || level === 4) return level
    this.#report(pointer, 'x-sensitivity', `${path}: x-sensitivity is missing: 1 to 4`, `${path} 缺少 x-sensitivity（1–4）`)
    return 4
  }

  #parameters(path: string): { parameters: readonly Parameter[]; reveals: ReadonlyMap<string, readonly string[]> } {
    const parameters: Parameter[] = []
    const reveals = new Map<string, readonly string[]>()
    const list = this.#operation.parameters
    for (const [index, each] of (Array.isArray(list) ? list : []).entries()) {
      const at = `${this.#at}/parameters/${index}`
      if (!isObject(each)) continue
      only(each, at, ['name', 'in', 'required', 'description', 'schema', 'x-reveals'], this.#report)
      const [name, place] = [textAt(each, 'name'), textAt(each, 'in')]
      if (name === undefined || (place !== 'path' && place !== 'query')) {
        this.#report(at, 'parameter', 'expected name, and in: path or query', '參數須有 name，in 須為 path 或 query')
        continue
      }
      if (Array.isArray(each['x-reveals'])) reveals.set(`${place}:${name}`, textsAt(each, 'x-reveals'))
      else this.#report(at, 'x-reveals', 'x-reveals is missing: [] for none', '缺少 x-reveals，沒有則寫 []')
      parameters.push({
        in: place,
        name,
        required: place === 'path' || each.required === true,
        accepts: this.#accepts(each.schema, `${at}/schema`),
      })
    }
    for (const [, name] of path.matchAll(/\{([^}]+)\}/g)) {
      if (!parameters.some((each) => each.in === 'path' && each.name === name))
        this.#report(this.#at, 'parameter', `the path parameter ${name} is not declared`, `未宣告路徑參數 ${name}`)
    }
    return { parameters, reveals }
  }

  /** Each parameter declares what it accepts and how long it may be. */
  #accepts(schema: Json | undefined, at: string): (text: string) => boolean {
    const found = resolve(this.#document, schema, at, this.#report)
    if (found === undefined) return () => false
    const { title, description, 'x-reveals': _, ...own } = found.schema
    const bounded =
      own.enum !== undefined ||
      own.type === 'integer' ||
      own.type === 'boolean' ||
      (typeof own.maxLength === 'number' && (own.pattern !== undefined || own.format !== undefined))
    if (!bounded)
      this.#report(
        found.pointer,
        'unbounded',
        'a text parameter declares pattern (or enum) and maxLength',
        '文字參數須宣告 pattern（或 enum）及 maxLength',
      )
    const validate = this.#compile(own, found.pointer)
    return (text) => {
      if (own.type === 'integer') return /^-?(?:0|[1-9]\d{0,14})$/.test(text) && validate(Number(text))
      if (own.type === 'boolean') return text === 'true' || text === 'false'
      return validate(text)
    }
  }

  #compile(schema: JsonObject, at: string): RequestBody['validate'] {
    try {
      return this.#ajv.compile(schema)
    } catch (error) {
      this.#report(at, 'schema', error instanceof Error ? error.message : 'not a JSON Schema', '不是可用的 JSON Schema')
      return this.#ajv.compile(false)
    }
  }

  /** @returns undefined where the request cannot be read; `body` absent where the operation takes none */
  #request(): { body: RequestBody | undefined; reveals: ReadonlyMap<string, readonly string[]> } | undefined {
    const body = this.#operation.requestBody
    const expression = textAt(this.#linkage, 'subject')
    if (!isObject(body)) {
      if (expression !== undefined)
        this.#report(
          `${this.#at}/x-linkage/subject`,
          'subject',
          'a subject stands in the body, and there is none',
          'subject 須在查詢內容中，但此作業沒有',
        )
      return { body: undefined, reveals: new Map() }
    }
    const at = `${this.#at}/requestBody`
    only(body, at, ['required', 'description', 'content'], this.#report)
    const content = objectAt(body, 'content')
    only(content, `${at}/content`, ['application/json'], this.#report)
    const pointer = expression === undefined ? undefined : /^\$request\.body#((?:\/[^/]+)+)$/.exec(expression)?.[1]
    if (expression !== undefined && pointer === undefined)
      this.#report(`${this.#at}/x-linkage/subject`, 'subject', 'expected $request.body#/property', '須為 $request.body#/屬性')
    const read = readRequestSchema(
      this.#document,
      objectAt(content, 'application/json').schema,
      `${at}/content/application~1json/schema`,
      pointer,
      this.#report,
    )
    if (read === undefined) return undefined
    const subject = pointer === undefined ? undefined : this.#subject(read.schema, pointer)
    const validate = this.#compile(read.schema, at)
    return { body: { required: body.required === true, validate, ...(subject !== undefined && { subject }) }, reveals: read.reveals }
  }

  /** A required string at that place. Its kind is its format; without one, this API's own name for it. */
  #subject(schema: JsonObject, pointer: string): RequestBody['subject'] | undefined {
    let at: JsonObject = schema
    const steps = pointer.slice(1).split('/')
    for (const name of steps) {
      if (!textsAt(at, 'required').includes(name))
        this.#report(`${this.#at}/x-linkage/subject`, 'subject', `${name} is not required by the schema`, `${name} 在 schema 中不是必填`)
      at = objectAt(objectAt(at, 'properties'), name)
    }
    if (at.type !== 'string')
      this.#report(`${this.#at}/x-linkage/subject`, 'subject', 'the subject is not a string of the schema', 'subject 不是 schema 中之字串')
    return { pointer, kind: textAt(at, 'format') ?? `${this.#api}:${steps.at(-1)}` }
  }

  #checkReveals(reveals: ReadonlyMap<string, readonly string[]>, answer: Answer): void {
    for (const [name, paths] of reveals) {
      for (const path of paths) {
        // A list's filters may be written as a row has it.
        if (answer.sensitivity.has(path) || answer.sensitivity.has(`[].${path}`)) continue
        this.#report(this.#at, 'x-reveals', `${name}: ${path} is not declared by this answer`, `${name} 之 x-reveals：回覆中沒有 ${path}`)
      }
    }
  }
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined // an unreadable path names nothing: reported as such by the caller
  }
}
