// log.ts: `npm run bench:log`: parts of the query log, one after the other, each in rounds beside its peers of the same run.
import { benchAppend } from './log-append.ts'
import { benchExport } from './log-export.ts'
import { benchVerify } from './log-verify.ts'

for (const part of [benchVerify, benchExport, benchAppend]) process.stdout.write(`${await part()}\n`)
