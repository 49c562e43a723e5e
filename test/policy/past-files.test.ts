// past-files.test.ts: a policy’s bytes give files that load to the same bytes: the rules of any day can be asked again.
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { diff } from '../../src/policy/diff/diff.ts'
import { loadFiles, loadFolder } from '../../src/policy/load.ts'
import { filesOf } from '../../src/policy/past-files.ts'
import type { Snapshot } from '../../src/policy/snapshot.ts'
import { AGENCY, edit, good, load, ROSTER } from './good-folder.ts'

const example = loadFolder(join(import.meta.dirname, '../../config')).snapshot
if (example === undefined) throw new Error('the example is valid')

const again = ({ bytes }: Pick<Snapshot, 'bytes'>) => loadFiles(filesOf({ bytes: Buffer.from(bytes) }))

t.test('the example, from its bytes alone', async (t) => {
  const { findings, snapshot } = again(example)
  t.same(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  )
  t.equal(snapshot?.digest, example.digest)
  t.equal(snapshot?.bytes, example.bytes)
  t.same(snapshot?.agencies.get('taipei-education')?.grants, example.agencies.get('taipei-education')?.grants)
  t.same(diff(example, snapshot ?? example), [], 'nor is there a difference in effect')
  t.same([...(snapshot?.restDays.get(2026) ?? [])], [...(example.restDays.get(2026) ?? [])])
})

t.test('where a rule of that day stands can be shown', async (t) => {
  const files = filesOf({ bytes: example.bytes })
  const at = again(example).place('agencies/taipei-education.yaml#/grants/0/fields')
  t.equal(at?.file, 'agencies/taipei-education.yaml')
  t.match(files.get('agencies/taipei-education.yaml')?.split('\n')[(at?.line ?? 0) - 1], /status\.category/)
})

t.test('whatever an officer wrote into names, notes and units comes back as it was', async () => {
  // What YAML or CSV could take for something else, and what could end a line or a cell.
  const piece = fc.constantFrom(
    '"',
    "'",
    ',',
    '#',
    ': ',
    '- ',
    '*a',
    '&a',
    '!x',
    '%',
    '@',
    '`',
    '{',
    '[',
    '|',
    '>',
    '0990131',
    'NO',
    'null',
    '~',
    '12:30',
    '𪚥',
    '　',
    'é',
    '\\',
    'x',
  )
  const word = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => `甲${pieces.join('')}乙`)
  fc.assert(
    fc.property(word, word, (name, unit) => {
      const agency = edit(AGENCY, 'name: 教育局', `name: ${JSON.stringify(name)}`)
      const roster = edit(ROSTER, '學前教育科', `"${unit.replaceAll('"', '""')}"`)
      const { snapshot, findings } = load({ ...agency, ...roster })
      if (snapshot === undefined) throw new Error(JSON.stringify(findings))
      return again(snapshot).snapshot?.bytes === snapshot.bytes
    }),
    { numRuns: 25 },
  )
})

t.test('bytes that are no policy are refused', async (t) => {
  for (const bytes of ['', '[]', '{}', '{"files":1}', 'null', '{"files":{}']) t.throws(() => filesOf({ bytes: Buffer.from(bytes) }), bytes)
  const { snapshot } = load(good)
  const cut = Buffer.from(snapshot?.bytes ?? '').subarray(0, -3)
  t.throws(() => filesOf({ bytes: cut }))
})
