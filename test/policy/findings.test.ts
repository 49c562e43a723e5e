// findings.test.ts: every error of a configuration: its code, and where it is found; and what is no error.
import t from 'tap'
import { findingLine } from '../../src/policy/finding.ts'
import { findingCodes } from '../../src/policy/finding-codes.ts'
import { AGENCY, API, type Files, good, load, ROSTER, textAt } from './good-folder.ts'
import { agencies, standings } from './mistakes/agencies.ts'
import { allowed } from './mistakes/allowed.ts'
import { catalogue } from './mistakes/catalogue.ts'
import { agency, api, B, d, G, gateway, roster, standing, suspend } from './mistakes/changes.ts'
import { files, yaml } from './mistakes/files.ts'
import { gateways, grants } from './mistakes/grants.ts'
import { blocked, calendars, rosters } from './mistakes/tables.ts'
import { networks, values } from './mistakes/values.ts'

/** Mistakes that bring others with them: a name that changes is missing elsewhere. */
const notAlone = new Set(['everybody', 'purposes with one code'])
const alone: readonly unknown[] = [yaml, values, networks, standings, gateways, blocked]

const tables = { files, yaml, values, networks, agencies, standings, grants, gateways, catalogue, rosters, calendars, blocked }
const met = new Set<string>()

for (const [name, rows] of Object.entries(tables)) {
  t.test(`${name}: each mistake is found, where it stands, once, and nothing is loaded`, async (t) => {
    for (const [title, changes, code, file, at, nearest] of rows) {
      const { findings, snapshot } = load(changes)
      const errors = findings.filter(({ severity }) => severity === 'error')
      const said = errors.map(findingLine).join('\n')
      const found = errors.find((each) => each.code === code)
      met.add(code)
      t.ok(found, `${title}: ${code} in ${said}`)
      t.equal(found?.file, file, `${title}: file`)
      if (found !== undefined && at !== '') t.equal(textAt(changes, found).slice(0, at.length), at, `${title}: place ${said}`)
      if (nearest !== undefined) t.match(`${found?.nearest} ${found?.found}`, nearest, `${title}: nearest`)
      if (alone.includes(rows) && !notAlone.has(title)) t.equal(errors.length, 1, `${title}: one mistake is one finding: ${said}`)
      t.equal(snapshot, undefined, `${title}: no snapshot`)
      t.ok(found?.messageZh && found.message, title)
    }
  })
}

t.test('mistakes of several files are told at once, those between files too', async (t) => {
  const changes = {
    ...agency('      - members[].name', '      - members[].nmae'),
    ...gateway('slot: 1', 'slot: 0'),
    ...roster('edu-wu,E2', 'EDU-LIN,E2'),
    [B]: 'blocks: [}\n',
  }
  t.same(
    load(changes).findings.map(({ code, file }) => `${file} ${code}`),
    [`${AGENCY} field-not-declared`, `${B} yaml-syntax`, `${G} out-of-range`, `${ROSTER} account-twice`],
  )
  const half = agency('      - members[].name', '      - members[].nmae\n      - members[0]')
  t.same(
    load(half).findings.map(({ code }) => code),
    ['field-not-declared', 'wrong-form'],
    'also within one grant',
  )
})

t.test('what is no error loads, with its warnings', async (t) => {
  for (const [title, changes, warnings] of allowed) {
    const { findings, snapshot } = load(changes)
    t.same(findings.map(({ code }) => code), warnings, `${title}: ${findings.map(findingLine).join('\n')}`) // biome-ignore format: short
    t.ok(snapshot, title)
    for (const warning of warnings) met.add(warning)
  }
})

t.test('R20: a grant that was closed by an approval anew ends the day before it', async (t) => {
  const { snapshot } = load(standing(suspend('2026-03-15'), `effective: 2026-09-01, action: reapprove, ${d}`))
  t.same(snapshot?.agencies.get('education')?.grants.map(({ until }) => until), ['2026-08-31', '2026-08-31']) // biome-ignore format: short
})

t.test('production listens with TLS, from real networks, under https, and has its checkpoints copied', async (t) => {
  const production = (change: (text: string) => string): Files => ({
    [G]: change((good[G] ?? '').replace('environment: demo', 'environment: production')),
  })
  const codes = (changes: Files) => [...new Set(load(changes).findings.map(({ code }) => code))]
  t.same(codes(production((text) => text)), ['documentation-network', 'copies-missing'])
  t.same(codes(production((text) => text.replace('host: 127.0.0.1, port: 8080', 'host: 0.0.0.0, port: 8080'))), [
    'documentation-network',
    'copies-missing',
    'tls-missing',
  ])
  t.same(codes(production((text) => text.replace('origin: https', 'origin: http'))), [
    'documentation-network',
    'copies-missing',
    'origin-insecure',
  ])
  const copied = (places: string) => codes(production((text) => `${text}copies: {places: [${places}]}\n`))
  t.same(copied('{type: file, path: /mnt/ethics/checkpoints}'), ['documentation-network'])
  t.ok(copied('').length > 1, 'an empty list is no place')
  const [warned] = load(production((text) => text)).findings.filter(({ code }) => code === 'copies-missing')
  t.match(warned, { severity: 'warning', file: G, pointer: '/environment', expected: /outside operations’ control/ })
  for (const code of ['documentation-network', 'tls-missing', 'origin-insecure', 'copies-missing']) met.add(code)
})

t.test('a bomb of aliases, deep nesting and very many values are refused, and soon', async (t) => {
  const lines = ['blocks: &a [x, x, x, x, x, x, x, x, x, x]']
  for (let at = 1; at < 9; at++)
    lines.push(
      `${'abcdefghij'.charAt(at)}: &${'abcdefghij'.charAt(at)} [${Array(10)
        .fill(`*${'abcdefghij'.charAt(at - 1)}`)
        .join(', ')}]`,
    )
  const bombs: Record<string, string> = {
    aliases: lines.join('\n'),
    depth: `blocks: ${'['.repeat(60)}${']'.repeat(60)}`,
    'great depth': `blocks: ${'['.repeat(20_000)}`,
    values: `blocks: [${'x, '.repeat(120_000)}]`,
    itself: 'blocks: &a [*a]',
  }
  for (const [what, text] of Object.entries(bombs)) {
    const { findings, snapshot } = load({ [B]: text })
    t.equal(snapshot, undefined, what)
    t.ok(findings.some(({ code }) => code.startsWith('yaml-')), `${what}: ${findings.map(({ code }) => code)}`) // biome-ignore format: short
    for (const { code } of findings) met.add(code)
  }
})

t.test('a schema that refers to itself is refused', async (t) => {
  const { findings } = load(
    api(
      '        name: {type: string, x-sensitivity: 2}\n',
      '        name: {type: string, x-sensitivity: 2}\n        parent: {$ref: "#/components/schemas/Member"}\n',
    ),
  )
  t.match(findings[0], { code: 'schema-recursive', file: API })
  met.add('schema-recursive')
})

t.test('no finding shows a key or a person', async (t) => {
  const key = `${'lk_'}${'B'.repeat(43)}`
  for (const changes of [
    agency('note: 機房出口', `note: " ${key}"`),
    agency('kind: linked-agency', `kind: ${key}`),
    agency('name: 教育局', 'name: 教育局 A123456789 '.replace(/ $/, '\\u0007')),
    roster('edu-wu,E2', 'A123456789,E2'),
    roster('人員,2026-09-01', 'A123456789,2026-09-01'),
  ]) {
    const said = load(changes).findings.map(findingLine).join('\n')
    t.notMatch(said, /A123456789|B{20}/)
  }
})

t.test('every code has a test', async (t) => {
  // Made by rewritten.ts, needs-restart.ts, live-folder.ts, committed-only.ts, states.ts, attention.ts, unused-networks.ts, forms/ and a file system: tested there.
  const elsewhere = [
    'network-unused',
    'standing-rewritten',
    'roster-rewritten',
    'needs-restart',
    'credential-published',
    'not-committed',
    'ended',
    'users-ended',
    'ending',
    'users-ending',
    'calendar-missing',
    'recipients-missing',
    'field-above-usual',
    'field-beside-rows',
    'operation-ungranted',
    'user-on-two-rosters',
    'document-to-follow',
    'file-unreadable',
    'form-wrong',
    'placeholder-unknown',
    'placeholder-missing',
    'placeholder-wrong',
    'placeholder-lists',
    'placeholder-formula',
  ]
  t.same(
    Object.keys(findingCodes).filter((code) => !met.has(code) && !elsewhere.includes(code)),
    [],
  )
})
