// run.ts: looks at every scenario, or at those that are named: `npm run model -- lost turn`. MODEL_STATES and MODEL_SECONDS bound each.
import { explore } from './explore.ts'
import { protocol } from './protocol.ts'
import { scenarios } from './scenarios.ts'

const bounds = { states: Number(process.env.MODEL_STATES ?? 30_000_000), seconds: Number(process.env.MODEL_SECONDS ?? 600), violations: 10 }
const named = process.argv.slice(2)
for (const [name, scenario] of Object.entries(scenarios)) {
  if (named.length > 0 && !named.includes(name)) continue
  const begun = performance.now()
  const { complete, depth, states, steps, violations } = explore(protocol(scenario), bounds)
  const seconds = Math.round((performance.now() - begun) / 1_000)
  const ended = complete ? 'complete' : 'cut at a bound'
  console.log(`${name}: ${states} states, ${steps} steps, depth ${depth}, ${ended}, ${violations.length} violations, ${seconds} s`)
  for (const { trace, why } of violations) console.log([`  ${why}`, ...trace].join('\n    '))
  if (violations.length > 0) process.exitCode = 1
}
