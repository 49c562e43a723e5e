// kernels.ts: compiles the kernels in WebAssembly. Run as a script (`npm run build:kernel`) it writes the binary.ts of each.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { pages as filterPages } from '../src/projection/kernel/layout.ts'
import { pages as hmacPages } from '../src/querylog/hmac/layout.ts'

export interface KernelSource {
  readonly folder: string
  /** In its folder `assembly`. */
  readonly entry: string
  readonly pages: number
}

const src = join(import.meta.dirname, '../src')
export const filterKernel: KernelSource = { folder: join(src, 'projection/kernel'), entry: 'stride.ts', pages: filterPages }
export const hmacKernel: KernelSource = { folder: join(src, 'querylog/hmac'), entry: 'hmac.ts', pages: hmacPages }

export const binaryFile = ({ folder }: KernelSource): string => join(folder, 'binary.ts')

/** The text of binary.ts that the sources give.
 *  @throws Error where they do not compile */
export async function compileKernel({ folder, entry, pages }: KernelSource): Promise<string> {
  const options = [
    ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,bulk-memory'],
    ...['--initialMemory', `${pages}`, '--maximumMemory', `${pages}`],
  ]
  let binary = new Uint8Array(0)
  const { error, stderr } = await asc.main([`assembly/${entry}`, '--baseDir', folder, '--outFile', 'kernel.wasm', ...options], {
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

if (process.argv[1] === import.meta.filename) {
  for (const kernel of [filterKernel, hmacKernel]) writeFileSync(binaryFile(kernel), await compileKernel(kernel))
}
