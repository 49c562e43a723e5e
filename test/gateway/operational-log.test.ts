// operational-log.test.ts: what operations read is worth no call: where it cannot be written, the gateway serves on, and can end.
import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const skip = existsSync('/dev/full') ? false : 'no /dev/full on this system'

t.test('a full disk under standard output loses lines, and nothing else', { skip }, async (t) => {
  const file = join(import.meta.dirname, '..', '..', 'src', 'gateway', 'operational-log.ts')
  const code = `const { operationalLog } = await import(${JSON.stringify(file)})
    for (let at = 0; at < 100; at += 1) operationalLog().info('serving')
    console.error('served on')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] })
  const said: Buffer[] = []
  child.stderr?.on('data', (piece: Buffer) => said.push(piece))
  const status = await new Promise((ended) => {
    child.once('close', ended)
    setTimeout(() => child.kill('SIGKILL'), 15_000).unref()
  })
  t.equal(status, 0, 'it ended by itself')
  t.match(Buffer.concat(said).toString('utf8'), /served on/)
})
