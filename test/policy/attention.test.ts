// attention.test.ts: what is valid and deserves a look is a warning where it stands, and no more than that.
import t from 'tap'
import { civilDate } from '../../src/calendar.ts'
import { attention } from '../../src/policy/attention.ts'
import { findingLine } from '../../src/policy/finding.ts'
import { load, textAt } from './good-folder.ts'
import { looked } from './mistakes/attention.ts'

const day = civilDate('2026-11-24')
/** Of the good folder: nobody is granted its list. */
const always = ['operation-ungranted', 'apis/benefits.yaml', 'listAll']

for (const [title, changes, ...expected] of looked) {
  t.test(`worth a look: ${title}`, async (t) => {
    const loaded = load(changes)
    const found = attention(loaded, day)
    t.ok(loaded.snapshot, loaded.findings.map(findingLine).join('\n'))
    const told = found.map(({ code, file, found }) => [code, file, found])
    t.same(told.filter((each) => each[2] !== 'listAll'), expected) // biome-ignore format: short
    t.same(told.filter((each) => each[2] === 'listAll'), [always]) // biome-ignore format: short
    t.ok(found.every(({ severity, line }) => severity === 'warning' && line > 0))
    for (const each of found.filter(({ code, file }) => code === 'document-to-follow' && file !== 'blocks.yaml'))
      t.ok(textAt(changes, each).startsWith(each.found ?? '-'), 'where it stands')
  })
}

t.test('of a folder that does not load there is nothing to say', async (t) => {
  t.same(attention(load({ 'blocks.yaml': undefined }), day), [])
})
