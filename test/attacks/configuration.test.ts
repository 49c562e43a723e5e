// configuration.test.ts: logs and configuration, advisory by advisory: what is written in a file or a header, and what must come of it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readAddress } from '../../src/gateway/address.ts'
import { decide } from '../../src/policy/decide.ts'
import type { Loaded } from '../../src/policy/load.ts'
import { display, startDepartment } from '../end-to-end/department.ts'
import { AGENCY, API, type Files, load, textAt } from '../policy/good-folder.ts'
import { agency, api, appended, B, G, gateway, type Row } from '../policy/mistakes/changes.ts'
import { hear, request } from './harness.ts'

const category = 'category: {title: 類別, type: string, x-sensitivity: 1}'
const closed = 'additionalProperties: false\n                  x-reveals: []'
const bomb = ['x: &a [x, x, x, x, x, x, x, x]', 'y: &b [*a, *a, *a, *a, *a, *a]', 'z: [*b, *b, *b, *b, *b, *b]'].join('\n')

// test/policy/mistakes holds each of these once, mostly in an agency's file; here they stand where they would open something.
// biome-ignore format: a table
const refused: readonly Row[] = [
  ['yaml DUPLICATE_KEY, toJS() keeps the last: other networks', appended(AGENCY, 'networks: []\n'), 'duplicate-key', AGENCY, 'networks'],
  ['yaml DUPLICATE_KEY: the same name in quotes', appended(AGENCY, '"networks": []\n'), 'duplicate-key', AGENCY, '"networks"'],
  ['yaml DUPLICATE_KEY: the same name in escapes', appended(AGENCY, '"netw\\u006frks": []\n'), 'duplicate-key', AGENCY, '"netw'],
  ['yaml DUPLICATE_KEY: a lower sensitivity', api(category, category.replace('1}', '4, x-sensitivity: 1}')), 'duplicate-key', API, 'x-sensitivity: 1'],
  ['yaml DUPLICATE_KEY: other proxies', appended(G, 'trusted_proxies: {header: forwarded, cidrs: [127.0.0.2/32]}\n'), 'duplicate-key', G, 'trusted_proxies'],
  ['yaml alias bomb: in a catalogue', appended(API, bomb), 'yaml-alias', API, '*'],
  ['yaml alias bomb: in the gateway’s settings', appended(G, bomb), 'yaml-alias', G, '*'],
  ['yaml 010 is 10: a limit', gateway('recorded_refusals_per_minute: 60', 'recorded_refusals_per_minute: 060'), 'leading-zero', G, '060'],
  ['yaml 010 is 10: a slot', gateway('slot: 1', 'slot: 01'), 'leading-zero', G, '01'],
  ['yaml 0x10 is 16: a port', gateway('port: 8080', 'port: 0x1f90'), 'wrong-type', G, '0x1f90'],
  ['yaml 1.10 is 1.1: a version is quoted', api('version: 1.0.0', 'version: 1.10'), 'wrong-type', API, '1.10'],
  ['yaml 1.10 is 1.1: the version of OpenAPI', api('openapi: 3.1.0', 'openapi: 3.10'), 'wrong-type', API, '3.10'],
  ['yaml 115 is a number: a catalogue’s own version', api('version: "115-1"', 'version: 115'), 'wrong-type', API, '115'],
  ['yaml NO is false: an open request', api(closed, closed.replace('false', 'NO')), 'yaml-word', API, 'NO'],
  ['yaml .inf: a bound that bounds nothing', api('minLength: 10, maxLength: 10', 'minLength: 10, maxLength: .inf'), 'wrong-type', API, '.inf'],
  ['yaml 010 is 10: a bound of a catalogue', api('minLength: 10, maxLength: 10', 'minLength: 10, maxLength: 010'), 'leading-zero', API, '010'],
  ['yaml 0x10 is 16: a bound of a catalogue', api('minLength: 10, maxLength: 10', 'minLength: 10, maxLength: 0x0a'), 'leading-zero', API, '0x0a'],
  ['yaml 1e1 is 10: a bound of a catalogue', api('minLength: 10, maxLength: 10', 'minLength: 10, maxLength: 1e1'), 'leading-zero', API, '1e1'],
  ['yaml: "404" and 404 are two keys, and one answer', api('        "404"', '        404: {description: x}\n        "404"'), 'duplicate-key', API, '"404"'],
  ['a property that is every object’s: __proto__', api('category: {title: 類別,', '__proto__: {title: 類別,'), 'property-name', API, '__proto__'],
  ['yaml allow: is null: purposes', agency('purposes: [fee-waiver]', 'purposes:'), 'wrong-type', AGENCY, ''],
  ['yaml allow: is null: operations', agency('operations: [getStatus]', 'operations:'), 'wrong-type', AGENCY, ''],
  ['yaml allow: is null: fields', agency('    fields:\n      - income\n', '    fields:\n'), 'wrong-type', AGENCY, ''],
  ['yaml allow: is null: hours, which are all where none are written', agency('hours: ["08:00-18:00 workdays"]', 'hours:'), 'wrong-type', AGENCY, ''],
  ['yaml allow: is null: ~', agency('hours: ["08:00-18:00 workdays"]', 'hours: ~'), 'wrong-type', AGENCY, '~'],
  ['yaml allow: is null: proxies', gateway('cidrs: [127.0.0.1/32]', 'cidrs:'), 'wrong-type', G, ''],
  ['yaml allow: is null: limits', gateway('limits: {recorded_refusals_per_minute: 60}', 'limits:'), 'wrong-type', G, ''],
  ['yaml allow: is null: blocks', { [B]: 'blocks:\n' }, 'wrong-type', B, ''],
  ['yaml allow: is null: requirements', api('requires: [assertion, case, reason]', 'requires:'), 'wrong-type', API, ''],
  ['yaml allow: is null: what a filter reveals', api('maximum: 200}, x-reveals: [income]}', 'maximum: 200}, x-reveals: }'), 'wrong-type', API, ''],
  ['lura, empty means everything: purposes', agency('purposes: [fee-waiver]', 'purposes: []'), 'wrong-length', AGENCY, '[]'],
  ['lura, empty means everything: operations', agency('operations: [getStatus]', 'operations: []'), 'wrong-length', AGENCY, '[]'],
  ['lura, empty means everything: proxies', gateway('cidrs: [127.0.0.1/32]', 'cidrs: []'), 'wrong-length', G, '[]'],
  ['lura, empty means everything: modes', api('modes: [api, online]', 'modes: []'), 'wrong-length', API, '[]'],
  ['yaml !!js/function becomes text: in a catalogue', api('title: 類別', 'title: !!js/function "x"'), 'yaml-tag', API, '!!js'],
  ['yaml !!int beside ours', agency('per_minute: 600', 'per_minute: !!int "600"'), 'yaml-tag', AGENCY, '!!int'],
  ['yaml !!binary becomes bytes', api('title: 類別', 'title: !!binary aGVsbG8='), 'wrong-type', API, 'aGVsbG8='],
  ['yaml !!set becomes a set', api('modes: [api, online]', 'modes: !!set {api, online}'), 'wrong-type', API, '{api'],
  ['yaml <<: a merge in a catalogue', api(category, 'category: {<<: {x-sensitivity: 1}, title: 類別, type: string}'), 'unknown-key', API, '<<'],
  ['yaml __proto__: of an extension', api('x-linkage: {upstream: welfare,', 'x-linkage: {__proto__: {}, upstream: welfare,'), 'unknown-key', API, '__proto__'],
  ['yaml __proto__: a schema of every object', api('{$ref: "#/components/schemas/NationalId"}\n                asOf', '{$ref: "#/components/schemas/__proto__"}\n                asOf'), 'unknown-name', API, '"#/comp'],
  ['a name of every object: an upstream', api('upstream: welfare', 'upstream: constructor'), 'unknown-name', API, 'constructor'],
  ['a name of every object: a purpose', agency('purposes: [fee-waiver]', 'purposes: [constructor]'), 'unknown-name', AGENCY, 'constructor'],
  ['a name of every object: an operation', agency('operations: [getStatus]', 'operations: [toString]'), 'unknown-name', AGENCY, 'toString'],
  ['a name of every object: a field', agency('      - members[].name', '      - constructor.name'), 'field-not-declared', AGENCY, 'constructor.name'],
  ['unknown key: proxies misspelt', gateway('trusted_proxies:', 'trusted_proxy:'), 'unknown-key', G, 'trusted_proxy'],
  ['unknown key: beside blocks', { [B]: 'blocks: []\nblock: [{agency: education}]\n' }, 'unknown-key', B, 'block:'],
  ['unknown key: an extension misspelt', api('x-locates: true', 'x-locate: true'), 'unknown-key', API, 'x-locate'],
  ['unquoted addresses: 10.1 is a number', agency('203.0.113.0/28', '10.1'), 'wrong-network', AGENCY, '10.1'],
  ['unquoted addresses: a proxy in one number', gateway('cidrs: [127.0.0.1/32]', 'cidrs: [2130706433]'), 'wrong-network', G, '2130706433'],
  ['unquoted addresses: a proxy in short form', gateway('cidrs: [127.0.0.1/32]', 'cidrs: [127.1/32]'), 'wrong-network', G, '127.1/32'],
]

t.test('what YAML would read as something else, or as everything, is found where it stands, and nothing is loaded', async (t) => {
  for (const [advisory, changes, code, file, at] of refused) {
    const { findings, snapshot } = load(changes)
    const found = findings.find((each) => each.code === code)
    t.equal(snapshot, undefined, `${advisory}: not loaded`)
    t.equal(found?.file, file, `${advisory}: ${code} in ${findings.map((each) => each.code)}`)
    if (found !== undefined) t.equal(textAt(changes, found).slice(0, at.length), at, `${advisory}: the place`)
  }
})

/** What is decided on a call that the good folder permits; `nobody` where its key opens nothing. */
function decided({ snapshot }: Loaded): string {
  const address = readAddress('203.0.113.5')
  const holder = [...(snapshot?.apiKeys.values() ?? [])].find(({ credential }) => credential.id === 'edu-key')
  if (snapshot === undefined || address === undefined) return 'not loaded'
  if (holder === undefined) return 'nobody'
  const operation = snapshot.apis.get('benefits')?.operations.get('getStatus')
  const claims = { user: 'edu-wu', purpose: 'fee-waiver', case: '115-0001', reason: undefined, fields: undefined }
  const decision = decide(snapshot, { at: Date.parse('2026-11-24T15:00:00+08:00'), address, holder, operation, supplied: [], ...claims })
  return decision.effect === 'permit' ? 'permitted' : decision.code
}

/** A list of an agency's file, emptied: its items are what is indented beneath it. */
const emptied = (name: string): Files => {
  const { [AGENCY]: text = '' } = appended(AGENCY, '')
  return { [AGENCY]: String(text).replace(new RegExp(`^${name}:\\n(?: .*\\n)+`, 'm'), `${name}: []\n`) }
}

// biome-ignore format: a table
const empty: readonly (readonly [list: string, changes: Files, came: string])[] = [
  ['nothing is emptied', {}, 'permitted'],
  ['networks', emptied('networks'), 'network-not-allowed'],
  ['credentials', emptied('credentials'), 'nobody'],
  ['grants, and the delegates who have them', { [AGENCY]: String(emptied('grants')[AGENCY]).replace('grants: [fee-waiver]', 'grants: []') }, 'operation-not-granted'],
  ['hours', agency('hours: ["08:00-18:00 workdays"]', 'hours: []'), 'outside-hours'],
  ['a roster of its header alone', { 'rosters/education.csv': '帳號,人員代號,姓名,單位,職稱,受託單位,類別,啟用日,最後在職日,停用原因,核准文號\r\n' }, 'user-unknown'],
  ['no calendar of the year', { 'calendar/2026.csv': undefined }, 'outside-hours'],
]

t.test('lura, an empty list means everything: here it means nothing', async (t) => {
  for (const [list, changes, came] of empty) t.equal(decided(load(changes)), came, list)
})

/** A header of an approved call that is sent in another way, and what must come of it. */
interface Logged {
  readonly advisory: string
  readonly header: string
  readonly sent: string | Buffer
  readonly code: string
  /** The member of the record that must hold exactly this; absent: the text stands nowhere. */
  readonly stored?: readonly [member: 'case' | 'reason' | 'user' | 'purpose', text: string]
}

/** Stands in every text that is sent, so that it is found wherever it comes out. */
const marked = 'zqmarked'
const injected = `${marked}","decision":"permit","counted":true,"x":"`
const most = 200
/** Ends in what a JSON writer has to escape, where the member is as long as it may be. */
const escaped = ['"', '\\', '\\"', '"\\', '\u00e9\\', '\u{20000}"'].map(
  (end) => `${marked}${'x'.repeat(most - marked.length - [...end].length)}${end}`,
)
const reason = { header: 'Linkage-Reason', code: 'released' } as const
const unfit = { header: 'Linkage-Reason', code: 'request-invalid' } as const

const logged: readonly Logged[] = [
  { advisory: 'Envoy Gateway CVE-2025-25294: JSON in a text', ...reason, sent: injected, stored: ['reason', injected] },
  {
    advisory: 'Envoy Gateway CVE-2025-25294: JSON in a user',
    header: 'Linkage-User',
    code: 'user-unknown',
    sent: injected,
    stored: ['user', injected],
  },
  {
    advisory: 'Envoy Gateway CVE-2025-25294: JSON in a purpose',
    header: 'Linkage-Purpose',
    code: 'purpose-not-granted',
    sent: injected,
    stored: ['purpose', injected],
  },
  { advisory: 'Envoy Gateway CVE-2025-25294: JSON in the user agent', header: 'User-Agent', code: 'released', sent: injected },
  {
    advisory: 'Envoy Gateway CVE-2025-25294: 64 KiB of user agent',
    header: 'User-Agent',
    code: 'request-invalid',
    sent: `${marked}${'x'.repeat(65_536)}`,
  },
  ...escaped.map(
    (text): Logged => ({
      advisory: `Envoy CVE-2026-26309, one beyond the end: …${encodeURIComponent([...text].slice(-2).join(''))}`,
      ...reason,
      sent: display(text),
      stored: ['reason', text],
    }),
  ),
  { advisory: 'Envoy CVE-2026-26309: one more than may be', ...unfit, sent: `${marked}${'x'.repeat(most)}"` },
  ...['\r', '\n', '\r\n', '\u0000', '\u001b[2J', '\u007f', '\u0085', '\u2028', '\u2029', '\u202e'].map(
    (text): Logged => ({ advisory: `encoded: ${encodeURIComponent(text)}`, ...unfit, sent: display(`${marked}${text}{"level":50}`) }),
  ),
  ...['\r', '\n', '\u0000'].map(
    (text): Logged => ({ advisory: `raw: ${encodeURIComponent(text)}`, ...unfit, sent: `${marked}${text}{"level":50}` }),
  ),
  { advisory: 'invalid UTF-8: raw', ...unfit, sent: Buffer.concat([Buffer.from(marked), Buffer.from([0xc0, 0xae, 0xff])]) },
  { advisory: 'invalid UTF-8: encoded', ...unfit, sent: `%"${marked}%c0%ae"` },
  { advisory: 'invalid UTF-8: a lone surrogate', ...unfit, sent: `%"${marked}%ed%a0%80"` },
]

t.test('whatever a header holds, a record holds it exactly or not at all, and the operational log never', async (t) => {
  const department = await startDepartment(t, (configuration) => configuration.withoutLimits())
  const operational = () => readFileSync(join(department.folder, 'gateway.log'), 'utf8')
  const approved = department.headers(department.education)
  for (const { advisory, header, sent, code, stored } of logged) {
    const from = department.size
    const line = Buffer.concat([Buffer.from(`${header}: `), Buffer.from(sent)]).toString('latin1')
    const name = header.toLowerCase()
    const { text } = await hear(department.port, request(department, { without: name in approved ? [name] : [], headers: [line] }))
    t.match(text, code === 'released' ? /^HTTP\/1\.1 200 / : new RegExp(`"code":"${code}"`), advisory)
    t.notMatch(text, marked, `${advisory}: the answer`)
    const records = (await department.records(from)).filter((each) => each.entry.kind === 'query')
    for (const { entry } of records) t.equal(entry.code, code, `${advisory}: the record`)
    const holding = records.filter((each) => each.text.includes(marked))
    const [member, exactly] = stored ?? ['reason', undefined]
    t.same(
      holding.map(({ entry }) => entry[member]),
      exactly === undefined ? [] : [exactly],
      `${advisory}: what it holds`,
    )
  }
  t.notMatch(operational(), marked)
  for (const line of operational().trim().split('\n')) t.match(Object.keys(JSON.parse(line)).join(), /^level,time,pid/)
})

/** What other tests show of these advisories. */
const elsewhere: readonly (readonly [advisory: string, file: string, title: string])[] = [
  [
    'redact Authorization, keys, query values of personal ids',
    'attacks/canaries',
    'every word comes out where it is meant to, and nowhere else',
  ],
  ['redact Authorization: what a process prints', 'attacks/secrets', 'while it serves, and what it serves fails'],
  ['a key or a person in a file', 'policy/findings', 'no finding shows a key or a person'],
  ['alias bombs, deep nesting', 'policy/findings', 'a bomb of aliases, deep nesting and very many values are refused, and soon'],
  ['chaos: the database down while the answer is there', 'end-to-end/log-away', 'not one byte of the answer comes out'],
  [
    'chaos: the database killed under load',
    'end-to-end/log-away',
    'whoever was served stands in exactly one record that nothing takes back',
  ],
  [
    'chaos: a database that does not sync',
    'store/faults',
    'a server that would not keep what it acknowledges is refused, by name, at claim, append, document and probe',
  ],
  ['chaos: a database that is slow', 'store/faults', 'a stopped server is given up after the time limit'],
  ['chaos: an end between log and release', 'attacks/crash', 'the next start takes the log up where it stood, and serves'],
  ['chaos: SIGTERM', 'end-to-end/shutdown', 'no call is lost: answered in full and recorded once, or never taken and not recorded'],
  ['chaos: a clock step', 'end-to-end/reasons', 'a clock that jumps releases nothing until it is sound again'],
]

t.test('what stands elsewhere is there', async (t) => {
  for (const [advisory, file, title] of elsewhere)
    t.ok(readFileSync(join(import.meta.dirname, '..', `${file}.test.ts`), 'utf8').includes(`t.test('${title}'`), `${advisory}: ${title}`)
})
