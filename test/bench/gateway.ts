// gateway.ts: the gateway as it is served, in a process of its own for the bench.

import { serve } from '../../src/cli/serve.ts'
import { operationalLog } from '../../src/gateway/operational-log.ts'

const [folder = ''] = process.argv.slice(2)
const serving = await serve(folder, operationalLog(undefined, 'warn'))
process.send?.({ port: serving.process.publicPort, adminPort: serving.process.adminPort })
process.on('disconnect', async () => {
  await serving.stop()
  process.exit(0)
})
