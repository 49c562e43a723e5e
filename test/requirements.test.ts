// requirements.test.ts: tests name the requirement that they show (R4: …), as the regulation numbers them; each that binds a call has some.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

/** Those of the regulation that say what a call, a grant, a user or a record must be. */
const binding = ['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8', 'R10', 'R19', 'R20', 'R21', 'R22', 'R23']
const here = import.meta.dirname
/** Of tests and of the rows of their tables: `R4: …`, `R20, R21: …`. */
const title = /^\s*(?:await )?(?:\[|(?:t\.test\()?\s*)['"`]((?:R\d+[a-c]?(?:, )?)+): /gm

const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const shown = new Map<string, Set<string>>()
for (const file of files)
  for (const [, names = ''] of readFileSync(join(here, file), 'utf8').matchAll(title))
    for (const name of names.split(', ')) shown.set(name, (shown.get(name) ?? new Set()).add(file))

for (const name of binding)
  t.test(name, async (t) => {
    const where = [...(shown.get(name) ?? [])].sort()
    t.ok(where.length > 0, `shown in ${where.join(', ')}`)
  })
