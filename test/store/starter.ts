// starter.ts: a process that starts the embedded server, says so, and stays: to be killed by tests.
import { startEmbedded } from '../../src/store/embedded.ts'

const [, , folder] = process.argv
if (folder === undefined) throw new Error('starter.ts <folder>')
const { pid, adminUrl, reused } = await startEmbedded(folder)
process.stdout.write(`${JSON.stringify({ pid, adminUrl, reused })}\n`)
setInterval(() => undefined, 60_000)
