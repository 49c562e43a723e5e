// attack-table.test.ts: the table of the attacks is printed whatever failed, counts what a run left, and is printed by CI.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { classes } from './attacks/classes.ts'
import { temporaryFolder } from './store/server.ts'

const root = join(import.meta.dirname, '..')
const files = classes.flatMap(([, , of]) => of)
const good = '# Subtest: a\n    ok 1 - one\n    ok 2 - two\n    1..2\nok 1 - a # time=4.2ms\n\n1..1\n# time=9ms\n'
const bad = '# Subtest: a\n    not ok 1 - one\n    ok 2 - two # SKIP why\n    1..2\nnot ok 1 - a # time=4.2ms\n\n1..1\n'

/** @param texts what tap has written of files; of the others: that they passed */
function table(t: Parameters<typeof temporaryFolder>[0], texts: Readonly<Record<string, string>>) {
  const folder = temporaryFolder(t)
  for (const file of files) {
    const text = texts[file] ?? good
    if (text === 'missing') continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, `${file}.tap`), text)
  }
  const script = join(root, 'test', 'attacks', 'table.ts')
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, folder], { encoding: 'utf8' })
}

t.test('what passed is counted by class', async (t) => {
  const { status, stdout } = table(t, {})
  t.equal(status, 0)
  t.match(stdout, `attacks: ${files.length * 2} passed, 0 failed in ${classes.length} classes`)
  for (const [name] of classes) t.match(stdout, `'${name}'`)
})

t.test('where a test failed the table is printed too, and says so', async (t) => {
  const { status, stdout } = table(t, { 'paths.test.ts': bad })
  t.equal(status, 1)
  t.match(stdout, `attacks: ${files.length * 2 - 2} passed, 1 failed in ${classes.length} classes`)
})

t.test('a file that was not run, or broke off, is named', async (t) => {
  for (const text of ['missing', good.slice(0, good.indexOf('\n1..1'))]) {
    const { status, stdout } = table(t, { 'floods.test.ts': text })
    t.equal(status, 1)
    t.match(stdout, /^floods\.test\.ts was not run, or not to its end$/m)
    t.match(stdout, /^attacks: \d+ passed, 0 failed/m)
  }
})

t.test('it is printed behind the attacks and behind the run of everything, which is not made twice', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  t.match(scripts['test:attacks'], /; status=\$\?; node --disable-warning=ExperimentalWarning test\/attacks\/table\.ts/)
  const ci = readFileSync(join(root, '.ci', 'run'), 'utf8')
  const [tests, printed] = [ci.indexOf('\nnpm test '), ci.indexOf(' test/attacks/table.ts')]
  t.ok(tests > 0 && printed > tests)
  t.notMatch(ci, /test:attacks/)
  t.match(readFileSync(join(root, 'test', 'run.sh'), 'utf8'), /^rm -rf \.tap\/test-results$/m, 'what an earlier run left is not counted')
})
