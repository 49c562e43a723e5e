// coverage-map.ts: what of the sources a test file is asked to have run: coverage doubles the time of code that is counted while it runs.

/** Whole processes, sockets and databases: they show that the parts hold together, under load and under faults, which counting slows.
 *  Which lines are run is told by the tests that mirror `src`. */
const uncounted = ['attacks', 'end-to-end', 'faults', 'store'].map((folder) => `test/${folder}/`)

/** @param test a test file, from the root of the project
 *  @returns globs of the sources that it may count; `null` for none */
export default function sourcesOf(test: string): string | null {
  return uncounted.some((folder) => test.startsWith(folder)) ? null : 'src/**/*.ts'
}
