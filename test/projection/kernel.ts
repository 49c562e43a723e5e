// kernel.ts: compiles the filter's kernel. Run as a script (`npm run build:kernel`) it writes src/projection/kernel/binary.ts.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { pages } from '../../src/projection/kernel/layout.ts'

const folder = join(import.meta.dirname, '../../src/projection/kernel')
export const binaryFile = join(folder, 'binary.ts')

const options = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,bulk-memory'],
  ...['--initialMemory', `${pages}`, '--maximumMemory', `${pages}`],
]

/** The text of binary.ts that the sources give.
 *  @throws Error where they do not compile */
export async function compileKernel(): Promise<string> {
  let binary = new Uint8Array(0)
  const { error, stderr } = await asc.main(['assembly/stride.ts', '--baseDir', folder, '--outFile', 'kernel.wasm', ...options], {
    readFile: (name, baseDir) => {
      try {
        return readFileSync(join(baseDir, name), 'utf8')
      } catch {
        return null // the compiler tries several places
      }
    },
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = Uint8Array.from(contents)
    },
    listFiles: () => null,
  })
  if (error !== null) throw new Error(`the kernel does not compile: ${stderr.toString()}`, { cause: error })
  const lines = Buffer.from(binary)
    .toString('base64')
    .replaceAll(/.{1,120}/g, '$&\n')
  const title =
    '// binary.ts: the kernel, compiled from assembly/ by `npm run build:kernel`, in Base64. A test compares it with its source.'
  return `${title}\n\nexport const binary = \`\n${lines}\`\n`
}

if (process.argv[1] === import.meta.filename) writeFileSync(binaryFile, await compileKernel())
