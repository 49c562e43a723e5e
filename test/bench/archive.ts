// archive.ts: how long an archive takes to write and to verify, on the command line and in Chromium, and how much memory that takes.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { appendFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ArchiveSink } from '../../src/audit/archive/archived.ts'
import { writeArchive } from '../../src/audit/archive/writing.ts'
import { contentsOf, facts } from '../audit/archive/archives.ts'
import { writeMany } from '../audit/archive/many.ts'
import { Chromium, chromiumHere } from '../verifier/archive/chromium.ts'
import { pageFile } from '../verifier/archive/page-source.ts'

const count = Number(process.argv[2] ?? 100_000)
const folder = mkdtempSync(join(tmpdir(), 'linkage-archive-bench-'))

/** Without waiting for the disk: what is measured is the archive. */
const sink: ArchiveSink = {
  append: (path, bytes) => appendFile(placed(path), bytes),
  put: (path, bytes) => writeFile(placed(path), bytes),
}

function placed(path: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  return join(folder, path)
}

async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
  const from = performance.now()
  const result = await run()
  process.stdout.write(`${what}: ${((performance.now() - from) / 1000).toFixed(1)} s\n`)
  return result
}

/** In a process of its own, whose memory holds nothing else. */
function inNode(): void {
  const main = join(import.meta.dirname, '../../src/main.ts')
  const options = ['--disable-warning=ExperimentalWarning', '--import', memory, main, 'audit', 'verify-archive', join(folder, 'disc-1')]
  const { stdout } = spawnSync(process.execPath, options, { encoding: 'utf8' })
  for (const line of stdout.split('\n').filter((each) => /verified:|bytes；|records，|MiB/.test(each)))
    process.stdout.write(`  ${line.trim()}\n`)
}

/** Says at its end how much a process had in memory at most. (What getrusage says begins with the memory of whoever started it.) */
const highest = `/VmHWM:\\s*(\\d+)/.exec(process.getBuiltinModule('fs').readFileSync('/proc/self/status', 'utf8'))?.[1]`
const memory = `data:text/javascript,process.once('exit', () => console.log((${highest} / 1024).toFixed(0) + ' MiB resident at most'))`

async function inChromium(path: string): Promise<void> {
  const browser = await Chromium.start(path)
  let most = 0
  try {
    await browser.open(`file://${folder}/disc-1/verify.html`)
    await browser.choose('#folder', join(folder, 'disc-1'))
    for (let status = ''; !/查核完畢|無法查核/.test(status); ) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      status = await browser.evaluate(`document.getElementById('status').textContent`)
      const { usedSize } = await browser.call('Runtime.getHeapUsage')
      most = Math.max(most, usedSize)
    }
    const heading = await browser.evaluate(`document.querySelector('h2').textContent`)
    process.stdout.write(`  ${heading}; JavaScript heap at most ${(most / 1024 ** 2).toFixed(0)} MiB\n`)
  } finally {
    await browser.close()
  }
}

try {
  const writing = await writeMany(count)
  const contents = { ...contentsOf(writing), page: readFileSync(pageFile) }
  await timed(`archive: ${count} records written`, () => writeArchive(sink, facts, contents, { bytesOfDisc: 4.3e9 }))
  await timed('verified by Node', async () => inNode())
  const path = chromiumHere()
  if (path !== undefined) await timed('verified by Chromium', () => inChromium(path))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
