// protected.test.ts: the example, whole: no operation and no grant lets out where a protected person can be found.
import { join } from 'node:path'
import t from 'tap'
import { PreparedPolicy } from '../src/gateway/prepared.ts'
import { grantedFields } from '../src/policy/decide.ts'
import { loadFolder } from '../src/policy/load.ts'
import type { Agency, Grant, Operation, Snapshot } from '../src/policy/snapshot.ts'
import { leavesOf, pathTo, type Shape } from '../src/projection/paths.ts'
import { compileStream } from '../src/projection/stream.ts'

const { snapshot, findings } = loadFolder(join(import.meta.dirname, '../config'))
if (snapshot === undefined) throw new Error(JSON.stringify(findings))
const policy = snapshot

/** An answer with a value at every declared leaf, two elements in each array; where somebody can be found, a canary or nothing.
 *  @param found whether there is something where x-locates stands */
function answerOf({ shape, locates, protectedMarker, suppressed }: Operation['answer'], isProtected: boolean, found: boolean): string {
  const value = (shape: Shape, path: string): string | undefined => {
    const absence = found ? undefined : suppressed.get(path)
    if (absence !== undefined) return { null: 'null', empty: '[]', absent: undefined }[absence]
    if (shape.kind === 'array') {
      const one = value(shape.items, `${path}[]`)
      return one === undefined ? '[]' : `[${one},${one}]`
    }
    if (shape.kind === 'object') {
      const members = [...shape.properties].map(([name, property]) => [name, value(property, pathTo(path, name))] as const)
      return `{${members.flatMap(([name, text]) => (text === undefined ? [] : [`${JSON.stringify(name)}:${text}`])).join(',')}}`
    }
    if (path === protectedMarker) return `${isProtected}`
    if (shape.type === 'string') return `"${locates.has(path) ? 'FOUND' : '值'}"`
    return { number: '1.50', integer: '7', boolean: 'true' }[shape.type]
  }
  return value(shape, '') ?? ''
}

/** Everything that a grant could ever hold, in the modes that exist: what is approved tomorrow is covered too. */
const everything = (operation: Operation, base: Grant): Grant => ({
  ...base,
  id: 'everything',
  api: operation.api,
  operations: [operation.id],
  mode: operation.modes[0] ?? 'api',
  fields: leavesOf(operation.answer.shape),
})

const operations = [...policy.apis.values()].flatMap((api) => [...api.operations.values()])
const agencies = [...policy.agencies.values()]
const anyAgency = agencies.find(({ grants }) => grants.length > 0)
const [anyGrant] = anyAgency?.grants ?? []
if (anyAgency === undefined || anyGrant === undefined) throw new Error('the example has an agency with a grant')

/** The example, and with it one agency that holds all of everything. */
const wider: Snapshot = {
  ...policy,
  agencies: new Map<string, Agency>([
    ...policy.agencies,
    ['everything', { ...anyAgency, id: 'everything', grants: operations.map((operation) => everything(operation, anyGrant)) }],
  ]),
}
const prepared = new PreparedPolicy(wider)
const grants = [...wider.agencies.values()].flatMap(({ grants }) => grants)

t.test('all operations, all grants: an answer about a protected person is that of who has no address', async (t) => {
  let [pairs, suppressing] = [0, 0]
  for (const operation of operations.filter(({ answer }) => answer.mediaType === 'application/json')) {
    const { answer } = operation
    for (const grant of grants.filter(
      ({ api, operations, mode }) => api === operation.api && operations.includes(operation.id) && mode !== 'file',
    )) {
      pairs++
      const title = `${grant.rule} ${grant.id}: ${operation.id}`
      const project = (isProtected: boolean, found: boolean): string => {
        // The marker itself shows where it is granted; everything else must be the same.
        const { body } = prepared.projector(grant, operation).project(Buffer.from(answerOf(answer, isProtected, found)))
        return body.toString().replaceAll(/"protectedPerson":(true|false),?/g, '')
      }
      t.notMatch(project(true, true), /FOUND/, title)
      if (answer.protectedMarker === undefined) continue
      t.equal(project(true, true), project(false, false), title)
      t.equal(project(true, true), project(true, false), title)
      const granted = grantedFields(grant, operation)
      if (!granted.some((path) => answer.locates.has(path))) continue
      suppressing++
      t.match(project(false, true), /FOUND/, `${title}: others are told apart`)
    }
  }
  t.ok(pairs >= operations.length && suppressing >= 4, `${pairs} pairs of grant and operation, ${suppressing} of them with addresses`)
})

t.test('where the marker is missing, nothing at all', async (t) => {
  for (const operation of operations.filter(
    ({ answer }) => answer.mediaType === 'application/json' && answer.protectedMarker !== undefined,
  )) {
    for (const grant of grants.filter(
      ({ api, operations, mode }) => api === operation.api && operations.includes(operation.id) && mode !== 'file',
    )) {
      const body = answerOf(operation.answer, true, true).replace(/"protectedPerson":true,?/, '')
      t.throws(() => prepared.projector(grant, operation).project(Buffer.from(body)), { message: /marker-missing/ }, grant.rule)
    }
  }
})

t.test('only a grant with its document lifts it', async (t) => {
  const contact = operations.find(({ id }) => id === 'getHouseholdContact')
  if (contact === undefined) throw new Error('the example has this operation')
  const lifted: Grant = { ...everything(contact, anyGrant), id: 'lifted', protectedDocument: '北市社資字第1150000199號' }
  const lifting = new PreparedPolicy({ ...policy, agencies: new Map([['lifted', { ...anyAgency, id: 'lifted', grants: [lifted] }]]) })
  t.match(
    lifting
      .projector(lifted, contact)
      .project(Buffer.from(answerOf(contact.answer, true, true)))
      .body.toString(),
    /FOUND/,
  )
  t.equal(
    grants.find(({ protectedDocument }) => protectedDocument !== undefined),
    undefined,
    'the example lifts it for nobody',
  )
})

t.test('files: rows of protected persons never pass, whatever is granted', async (t) => {
  const files = operations.filter(({ modes, answer }) => modes.includes('file') && answer.protectedMarker !== undefined)
  t.ok(files.length > 0)
  for (const operation of files) {
    const { mediaType, shape, protectedMarker } = operation.answer
    if (protectedMarker === undefined) continue
    const line = (isProtected: boolean, found: boolean): string => {
      const elements = answerOf(operation.answer, isProtected, found).slice(1, -1)
      return `${elements.slice(0, (elements.length - 1) / 2)}\n`
    }
    for (const fields of [leavesOf(shape), ...grants.map((grant) => grantedFields(grant, operation)).filter(({ length }) => length > 0)]) {
      const stream = compileStream(mediaType, shape, fields, { marker: protectedMarker }).begin()
      const released = Buffer.concat([
        stream.push(Buffer.from(line(true, true) + line(false, false) + line(true, true))),
        stream.end(),
      ]).toString()
      t.notMatch(released, /FOUND/)
      t.equal(released.split('\n').length, 2, 'one row, and the end of it')
      t.equal(stream.rows, 1)
    }
  }
})
