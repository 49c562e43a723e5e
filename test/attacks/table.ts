// table.ts: what the last run of the attacks made, by class: the last word of `npm run test:attacks`.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { classes } from './classes.ts'

const results = join(import.meta.dirname, '..', '..', '.tap', 'test-results', 'test', 'attacks')
const rows = classes.map(([name, attacked, files]) => {
  let [passed, failed] = [0, 0]
  for (const file of files) {
    const path = join(results, `${file}.tap`)
    if (!existsSync(path)) throw new Error(`${file} was not run: npm run test:attacks runs them all`)
    // A line that ends a test of several points counts none: it carries the test's time.
    for (const [, not] of readFileSync(path, 'utf8').matchAll(/^ *(not )?ok \d+(?!.*# time=)/gm)) {
      if (not === undefined) passed += 1
      else failed += 1
    }
  }
  return { class: name, attacked, files: files.length, passed, failed }
})
console.table(rows)
const sum = (of: 'passed' | 'failed'): number => rows.reduce((all, row) => all + row[of], 0)
console.log(`attacks: ${sum('passed')} passed, ${sum('failed')} failed in ${rows.length} classes`)
