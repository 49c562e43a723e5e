// config.test.ts: what `linkage config` prints, its exit codes, and that the JSON Schemas in config/schema are current.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { CommanderError } from 'commander'
import t from 'tap'
import { parse } from 'yaml'
import { configCommand } from '../../src/cli/config.ts'
import { findingText } from '../../src/cli/finding-text.ts'
import { findingLine } from '../../src/policy/finding.ts'
import { jsonSchema, kinds } from '../../src/policy/schema/kinds.ts'
import { ownEnvironment } from '../own-environment.ts'
import { AGENCY, edit, type Files, good, load, ROSTER, writeFolder } from '../policy/good-folder.ts'

const root = join(import.meta.dirname, '../..')
const config = join(root, 'config')

async function run(args: readonly string[], isTTY = false): Promise<{ readonly out: string; readonly code: number }> {
  let out = ''
  const before = process.exitCode
  process.exitCode = 0
  try {
    await configCommand({ isTTY, write: (text) => (out += text) }).parseAsync([...args], { from: 'user' })
    return { out, code: Number(process.exitCode) }
  } finally {
    process.exitCode = before
  }
}

const check = (folder: string, ...more: readonly string[]) => run(['check', folder, ...more])

t.test('the example passes for ever: --at says by which day', async (t) => {
  const { code, out } = await check(config, '--at', '2026-03-02')
  t.equal(code, 0)
  t.match(out, /\n通過檢查 \/ valid：0 項錯誤、6 項提醒 \/ 0 errors, 6 warnings\n[0-9a-f]{64}\n$/)
  t.match(out, /\n未檢查哪些網段 90 日未使用：此處沒有執行中之資料庫.*not looked for: no database runs here/)
  // What the example shows on purpose: fields that a linked agency seldom sees, each with its reason, and operations for nobody yet.
  const codes = [...out.matchAll(/\[([a-z-]+)\]$/gm)].map(([, code]) => code)
  t.same(codes, [...Array(2).fill('operation-ungranted'), ...Array(4).fill('field-above-usual')].sort())
  t.equal((await check(config, '--at', '1150302')).out, out, 'in either calendar')
})

t.test('what has ended is a warning, and still passes', async (t) => {
  const { code, out } = await check(config, '--at', '2030-01-01')
  t.equal(code, 0)
  t.match(out, /提醒 最後一日已過/)
  t.match(out, /^通過檢查 \/ valid/m)
})

async function checkChanged(changes: Files, ...more: readonly string[]): Promise<{ out: string; code: number; folder: string }> {
  const folder = t.testdir({})
  writeFolder(folder, changes)
  return { ...(await check(folder, '--at', '2026-11-24', ...more)), folder }
}

t.test('a finding shows its place, its line with a caret, what was found and what was meant; Chinese first', async (t) => {
  const { code, folder, out } = await checkChanged(edit(AGENCY, '      - members[].name', '      - members[].nmae'))
  t.equal(code, 2)
  t.same(out.split('\n').slice(0, 8), [
    `${join(folder, AGENCY)}:54:9: 錯誤 資料項目目錄沒有這個項目 [field-not-declared]`,
    '          - members[].nmae',
    '            ^^^^^^^^^^^^^^',
    '    找到：members[].nmae　是否為：members[].name',
    '    改為：- members[].name',
    '    依據：作業規定三（二）2（R4）',
    '    error: No operation of the grant declares this field; found members[].nmae; did you mean members[].name?',
    '',
  ])
  t.match(out, /未通過檢查，不會生效 \/ not valid, not to be served：1 項錯誤、0 項提醒/)
})

t.test(
  'where one error hides what ends and what is unused, it is said that nobody has looked, in both languages and to scripts',
  async (t) => {
    const broken = edit(AGENCY, '      - members[].name', '      - members[].nmae')
    const folder = t.testdir({})
    writeFolder(folder, broken)
    const { out } = await check(folder, '--at', '2030-01-01')
    t.notMatch(out, /最後一日已過/, 'years later nothing of it is listed')
    t.match(out, /其他提醒.*須更正錯誤後始檢查 \/ other warnings .*once the errors are corrected\n未通過檢查/)
    t.match(JSON.parse((await check(folder, '--json')).out), { valid: false, warnings_unknown: /once the errors are corrected/ })
    writeFolder(folder, {})
    t.notMatch((await check(folder)).out, /始檢查/)
    t.notOk('warnings_unknown' in JSON.parse((await check(folder, '--json')).out))
  },
)

t.test('the line to type in the place of full-width punctuation is one that passes', async (t) => {
  const network = '  - {cidr: 203.0.113.0/28, note: 機房出口, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號}'
  for (const [right, wrong, meant] of [
    ['kind: linked-agency', 'kind：linked-agency', 'kind: linked-agency'],
    ['kind: linked-agency', 'kind：linked-agency # 機關：type', 'kind: linked-agency # 機關：type'],
    ['operations: [getStatus]', 'operations: ［getStatus］', 'operations: [getStatus]'],
    [network, network.replaceAll(': ', '：').replaceAll(', ', '，'), network.replaceAll(', ', ',').trim()],
  ] as const) {
    const { code, out } = await checkChanged(edit(AGENCY, right, wrong))
    t.equal(code, 2, wrong)
    t.match(out, `    改為：${meant}\n`)
    t.equal((await checkChanged(edit(AGENCY, right.trim(), meant))).code, 0, meant)
  }
})

t.test('the caret stands under the place where wide characters come before it', async (t) => {
  const { out } = await checkChanged(edit(ROSTER, '林志明,國中教育科,科員,,人員,2026-09-01', '林志明,國中教育科,科員,,人員,1150901'))
  const [, line = '', caret = ''] = out.split('\n')
  const width = [...line.slice(0, line.indexOf('1150901'))].reduce((sum, each) => sum + (each > '\u2e80' ? 2 : 1), 0)
  t.equal(caret, `${' '.repeat(width)}^^^^^^^`)
})

t.test('keys and identifiers are not shown, also where the finding is about their neighbour', async (t) => {
  const key = `${'lk_'}${'C'.repeat(43)}`
  for (const changes of [
    edit(AGENCY, 'note: 機房出口, from: 2026-01-05', `note: ${key}, from: 115/1/5`),
    edit(AGENCY, 'kid: edu-1, x:', `kid: edu-1, d: ${'C'.repeat(43)}, x:`),
    edit(AGENCY, 'note: 機房出口, from: 2026-01-05', 'note: 王小明 A123456789, from: 115/1/5'),
    edit(ROSTER, 'edu-wu,E2', 'A123456789,E2'),
  ]) {
    for (const more of [[], ['--json']]) {
      const { code, out } = await checkChanged(changes, ...more)
      t.equal(code, 2)
      t.notMatch(out, /C{20}|A123456789/)
    }
  }
})

t.test('what a name or a line holds moves no cursor and begins no line of its own', async (t) => {
  const { findings } = load({ 'agencies/a\u001b[2J\nforged:1:1: ok.yaml': 'x', [AGENCY]: `${good[AGENCY]}\u0085forged\u202e: \u001b[2J\n` })
  for (const finding of findings) {
    t.notMatch(findingLine(finding), /[\u0000-\u001f\u007f-\u009f\u202e]/)
    const line = good[AGENCY] && `${good[AGENCY]}\u0085forged\u202e: \u001b[2J`.split('\n')[finding.line - 1]
    t.notMatch(
      findingText(finding, `config/${finding.file}`, line || undefined, false),
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^forged/m,
    )
  }
  t.ok(findings.length > 1)
})

t.test('--json holds every finding whole', async (t) => {
  const { code, out } = await checkChanged(edit(AGENCY, 'kind: linked-agency', 'kind: linked'), '--json')
  t.equal(code, 2)
  const { digest, findings, valid } = JSON.parse(out)
  t.equal(valid, false)
  t.equal(digest, null)
  t.same(findings, [
    {
      file: AGENCY,
      line: 4,
      column: 7,
      length: 6,
      pointer: '/kind',
      severity: 'error',
      code: 'wrong-value',
      message: 'Not one of the values',
      messageZh: '不是可用的值',
      found: 'linked',
      expected: 'linked-agency, using-unit',
      expectedZh: 'linked-agency、using-unit',
    },
  ])
  const passed = JSON.parse((await checkChanged({}, '--json')).out)
  t.match(passed, {
    valid: true,
    digest: /^[0-9a-f]{64}$/,
    findings: [{ code: 'operation-ungranted', requirement: 'R5', found: 'listAll' }],
  })
})

t.test('colour is for terminals', async (t) => {
  const colours = /\u001b\[/
  const folder = t.testdir({})
  writeFolder(folder, edit(AGENCY, 'kind: linked-agency', 'kind: linked'))
  const wished = process.env.NO_COLOR
  delete process.env.NO_COLOR
  t.teardown(() => {
    if (wished !== undefined) process.env.NO_COLOR = wished
  })
  t.match((await run(['check', folder], true)).out, colours)
  t.notMatch((await run(['check', folder], false)).out, colours)
  process.env.NO_COLOR = '1'
  t.notMatch((await run(['check', folder], true)).out, colours)
  delete process.env.NO_COLOR
})

t.test('a day that is none, and a folder that is none, are refused', async (t) => {
  const command = configCommand({ write: () => undefined })
  for (const each of [command, ...command.commands]) each.exitOverride().configureOutput({ writeErr: () => undefined })
  await t.rejects(command.parseAsync(['check', config, '--at', '2026-02-29'], { from: 'user' }), CommanderError)
  const { code, out } = await check(join(config, 'nowhere'))
  t.equal(code, 2)
  t.match(out, /缺少檔案/)
})

t.test('a file in two parts is told so in words that an officer understands', async (t) => {
  await withChanged({ 'blocks.yaml': 'blocks: []\n---\nblocks: []\n' }, async (folder) => {
    const { out } = await check(folder)
    t.match(out, /一個檔案只有一份，不以 --- 或 ... 分段/)
    t.match(out, /one document in a file/)
    t.notMatch(out, /parseAllDocuments/)
  })
})

t.test('a file that cannot be read is said to be so', async (t) => {
  await withChanged({}, async (folder) => {
    rmSync(join(folder, 'blocks.yaml'))
    writeFileSync(join(folder, 'blocks.yaml.new'), '')
    rmSync(join(folder, 'rosters'), { recursive: true })
    writeFileSync(join(folder, 'rosters'), 'a file in place of a folder')
    // Whoever opens it waits for somebody to write.
    spawnSync('mkfifo', [join(folder, 'agencies', 'pipe.yaml')])
    const { findings } = JSON.parse((await check(folder, '--json')).out)
    t.match(
      findings.find(({ file }: { file: string }) => file === 'agencies/pipe.yaml'),
      { code: 'file-unreadable', found: '不是檔案 no file' },
    )
    t.match(
      findings.find(({ file }: { file: string }) => file === 'rosters'),
      { code: 'file-unreadable', found: 'ENOTDIR' },
    )
    t.match(
      findings.find(({ file }: { file: string }) => file === 'blocks.yaml'),
      { code: 'file-missing' },
    )
  })
})

async function withChanged(changes: Files, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = t.testdir({})
  writeFolder(folder, changes)
  await use(folder)
}

t.test('config/schema is what `linkage config schema` writes', async (t) => {
  t.same(readdirSync(join(config, 'schema')).sort(), kinds.map((kind) => `${kind}.json`).sort())
  for (const kind of kinds)
    t.equal(
      readFileSync(join(config, 'schema', `${kind}.json`), 'utf8'),
      jsonSchema(kind),
      `config/schema/${kind}.json is stale: run linkage config schema`,
    )
  const folder = t.testdir({})
  const { code } = await run(['schema', folder])
  t.equal(code, 0)
  for (const kind of kinds) t.equal(readFileSync(join(folder, 'schema', `${kind}.json`), 'utf8'), jsonSchema(kind))
})

t.test('editors’ schemas accept the example: as texts, which is what YAML’s failsafe schema reads', async (t) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, discriminator: true })
  const validators = new Map(kinds.map((kind) => [kind, ajv.compile(JSON.parse(jsonSchema(kind)))]))
  for (const [name, text] of Object.entries(good).filter(([name]) => /^(agencies|apis)\/|purposes|blocks/.test(name))) {
    const kind = name.startsWith('agencies/')
      ? 'agency'
      : name.startsWith('apis/')
        ? 'api'
        : name.startsWith('purposes')
          ? 'purposes'
          : 'blocks'
    const validator = validators.get(kind)
    t.ok(validator?.(parse(text)), `${name}: ${JSON.stringify(validator?.errors?.[0])}`)
  }
})

t.test('every member that people write has a title in Chinese and a description in English', async (t) => {
  const schema = JSON.parse(jsonSchema('agency'))
  for (const [name, member] of Object.entries<{ title?: string; description?: string }>(schema.properties)) {
    t.match(member.title, /[\u4e00-\u9fff]|linked-agency/, name)
    t.match(member.description, /[A-Za-z]/, name)
  }
})

t.test('what is asked wrongly of a command below another ends with 2: 1 means findings', async (t) => {
  for (const args of [
    ['config', 'check', '--bogus'],
    ['keys', 'init', '--bogus'],
    ['log', 'bogus'],
  ]) {
    const { status, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/main.ts'), ...args], {
      env: ownEnvironment(),
    })
    t.equal(status, 2, args.join(' '))
    t.match(String(stderr), /^error: /)
  }
})
