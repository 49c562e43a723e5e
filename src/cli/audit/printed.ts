// printed.ts: forms and letters as .pdf, by LibreOffice where it is there.
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Printed =
  /** By name: each of the documents. */
  | { readonly kind: 'made'; readonly files: ReadonlyMap<string, Uint8Array> }
  | { readonly kind: 'absent' }
  /** LibreOffice is there, and did not do it. */
  | { readonly kind: 'failed'; readonly why: string }

/** Longer than any form takes: an office program that waits for somebody is ended. */
const waitAtMost = 900_000

/** @param documents by name; of those that are no .ods or .odt nothing is made
 *  @param beside a folder that is not there, on the disk that holds the documents: it is gone afterwards
 *  @returns files that are not the same when they are made again: LibreOffice draws the id of each at random */
export async function printed(documents: ReadonlyMap<string, Uint8Array | string>, beside: string, program = 'soffice'): Promise<Printed> {
  const wanted = [...documents].filter(([name]) => /\.od[st]$/.test(name))
  // Numbers for names: whatever a unit is called, no option and no path comes of it.
  const numbered = wanted.map(([name, bytes], at) => ({ name, bytes, file: `${at}${name.slice(-4)}` }))
  await mkdir(beside, { mode: 0o700 })
  try {
    for (const { bytes, file } of numbered) await writeFile(join(beside, file), bytes, { mode: 0o600 })
    const profile = `-env:UserInstallation=file://${join(beside, 'profile')}`
    const files = numbered.map(({ file }) => join(beside, file))
    const options = [profile, '--headless', '--norestore', '--convert-to', 'pdf', '--outdir', join(beside, 'pdf'), ...files]
    // What it keeps meanwhile holds the same rows: it stays in the same folder.
    const env = { ...process.env, TMPDIR: beside }
    await run(program, options, { env, timeout: waitAtMost, killSignal: 'SIGKILL' })
    const found = new Map<string, Uint8Array>()
    for (const { file, name } of numbered) {
      const bytes = await readFile(join(beside, 'pdf', file.replace(/od[st]$/, 'pdf')))
      if (!bytes.subarray(0, 5).equals(Buffer.from('%PDF-'))) return { kind: 'failed', why: `${name}: no PDF came of it` }
      found.set(name.replace(/od[st]$/, 'pdf'), bytes)
    }
    return { kind: 'made', files: found }
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      error.code === 'ENOENT' &&
      'syscall' in error &&
      String(error.syscall).startsWith('spawn')
    )
      return { kind: 'absent' }
    return { kind: 'failed', why: error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error) }
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}
