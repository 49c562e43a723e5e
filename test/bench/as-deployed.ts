// as-deployed.ts: the options of Node that the gateway is deployed with: what a bench measures is what is run.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const dockerfile = readFileSync(join(import.meta.dirname, '..', '..', 'Dockerfile'), 'utf8')
const command: unknown = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '')
if (!Array.isArray(command) || command[0] !== 'node') throw new Error('the Dockerfile says how Node is run')

export const nodeOptions: readonly string[] = command.slice(1, command.indexOf('src/main.ts')).map(String)
