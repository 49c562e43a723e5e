// operation.ts: one operation of an API, and what the gateway asks of calls to it.

import { nearest } from '../nearest.ts'
import type { OperationEntry } from '../schema/api.ts'
import type { Answer, Operation, Rule } from '../snapshot.ts'
import { readAnswers } from './answer.ts'
import { type Reveals, readParameters, readRequest } from './request.ts'
import type { SchemaReader } from './schema-reader.ts'

export interface Placed {
  readonly api: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly pointer: string
  readonly rule: Rule
}

/** Reads an operation.
 *  @returns undefined where its answer cannot be read; that is reported */
export function readOperation(
  reader: SchemaReader,
  entry: OperationEntry,
  { api, method, path, pointer, rule }: Placed,
): Operation | undefined {
  const { 'x-linkage': linkage } = entry
  const reveals: Reveals = new Map()
  const parameters = readParameters(reader, entry.parameters ?? [], path, pointer, reveals)
  const request = readRequest(reader, entry, pointer, api, reveals)
  const before = reader.report.errors
  const answer = readAnswers(reader, entry, pointer, api)
  const casePattern =
    linkage.case_pattern === undefined ? undefined : reader.pattern(linkage.case_pattern, `${pointer}/x-linkage/case_pattern`)
  if (method === 'GET' && entry.requestBody !== undefined)
    reader.report.add(
      reader.file,
      `${pointer}/requestBody`,
      'schema-wrong',
      { expected: { zh: 'GET 沒有請求內容', en: 'GET has no body' } },
      'key',
    )
  // Of an answer that cannot be read nothing further is known: what refers to it is not at fault.
  if (answer === undefined || reader.report.errors > before) return undefined
  checkSensitivity(reader, linkage, answer.sensitivity, pointer)
  checkReveals(reader, reveals, answer.sensitivity, pointer)
  if (linkage.maxSubjects !== undefined) checkBatch(reader, linkage, answer, pointer)
  const requires = new Set<string>(linkage.requires)
  return {
    api,
    id: entry.operationId,
    title: entry.summary ?? entry.operationId,
    method,
    path,
    modes: linkage.modes,
    requires: { assertion: requires.has('assertion'), case: requires.has('case'), reason: requires.has('reason') },
    ...(casePattern !== undefined && { casePattern }),
    parameters,
    ...(request !== undefined && { request }),
    answer,
    reveals,
    ...(linkage.maxSubjects !== undefined && { maxSubjects: linkage.maxSubjects }),
    rule,
  }
}

/** API keys prove no user: what is financial, medical or dangerous to a person is for signed calls, unless a document says why not. */
function checkSensitivity(
  reader: SchemaReader,
  linkage: OperationEntry['x-linkage'],
  sensitivity: ReadonlyMap<string, number>,
  pointer: string,
): void {
  if (linkage.requires.includes('assertion') || linkage.assertion_exception !== undefined) return
  const sensitive = [...sensitivity].flatMap(([field, level]) => (level >= 3 ? [field] : []))
  if (sensitive.length === 0) return
  reader.report.add(reader.file, `${pointer}/x-linkage/requires`, 'assertion-missing', {
    found: sensitive.join('、'),
    expected: {
      zh: 'requires 加上 assertion，或 assertion_exception 敘明文號及理由',
      en: 'assertion among requires, or assertion_exception with its document',
    },
  })
}

/** A batch is about somebody, and its answer has a row for whom it finds: the rest counts as not found. */
function checkBatch(reader: SchemaReader, linkage: OperationEntry['x-linkage'], answer: Answer, pointer: string): void {
  const at = `${pointer}/x-linkage/maxSubjects`
  const wrong = (code: 'subject-wrong' | 'schema-wrong', zh: string, en: string) =>
    reader.report.add(reader.file, at, code, { expected: { zh, en } }, 'key')
  if (linkage.subject === undefined) wrong('subject-wrong', '批次作業須有 subject', 'a batch has a subject')
  if (answer.shape.kind !== 'array' && answer.rows === undefined)
    wrong('schema-wrong', '批次作業之回覆，最外層為陣列，或以 rows 指明', 'of a batch an array at the root, or rows')
}

function checkReveals(reader: SchemaReader, reveals: Reveals, declared: ReadonlyMap<string, number>, pointer: string): void {
  for (const [key, paths] of reveals) {
    for (const path of paths) {
      if (declared.has(path)) continue
      const place = key.startsWith('/') ? `${pointer}/requestBody` : `${pointer}/parameters`
      reader.report.add(
        reader.file,
        place,
        'field-not-declared',
        { found: `${key} x-reveals ${path}`, nearest: nearest(path, declared.keys()) },
        'key',
      )
    }
  }
}
