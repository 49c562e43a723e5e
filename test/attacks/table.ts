// table.ts: what the last run of the attacks made, by class: printed behind `npm run test:attacks`, and by CI behind the run of everything.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { classes } from './classes.ts'

/** Where the results of a run lie: tap's own place, or another. */
const [, , results = join(import.meta.dirname, '..', '..', '.tap', 'test-results', 'test', 'attacks')] = process.argv
let missing = 0

const rows = classes.map(([name, attacked, files]) => {
  let [passed, failed, skipped] = [0, 0, 0]
  for (const file of files) {
    const path = join(results, `${file}.tap`)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    // A line that ends a test of several points counts none: it carries the test's time.
    for (const [line, not] of text.matchAll(/^ *(not )?ok \d+(?!.*# time=).*/gm)) {
      if (/ # SKIP\b/i.test(line)) skipped += 1
      else if (not === undefined) passed += 1
      else failed += 1
    }
    // The plan is the last word of a file that came to its end.
    if (/^1\.\.\d+/m.test(text)) continue
    missing += 1
    console.log(`${file} was not run, or not to its end`)
  }
  return { class: name, attacked, files: files.length, passed, failed, skipped }
})
console.table(rows)
const sum = (of: 'passed' | 'failed'): number => rows.reduce((all, row) => all + row[of], 0)
console.log(`attacks: ${sum('passed')} passed, ${sum('failed')} failed in ${rows.length} classes`)
if (sum('failed') + missing > 0) process.exitCode = 1
