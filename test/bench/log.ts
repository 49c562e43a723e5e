// log.ts: `npm run bench:log`: parts of the query log, one after the other, each in rounds beside its peers of the same run.
import { judge, logRunOf, missedByLog } from './goals.ts'
import { benchAppend } from './log-append.ts'
import { benchExport } from './log-export.ts'
import { benchVerify } from './log-verify.ts'

// Appending first: a gateway has no heap behind it that verified and exported a million entries. Its figure is told last.
const lines: string[] = []
for (const part of [benchAppend, benchVerify, benchExport]) lines.unshift(await part())
process.stdout.write(`${lines.join('\n')}\n`)
judge('bench:log', missedByLog(logRunOf(lines.join('\n'))))
