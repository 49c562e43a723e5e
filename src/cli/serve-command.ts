// serve-command.ts: `linkage serve`: the gateway, or with --sandbox one that agencies try their connection against.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { operationalLog } from '../gateway/operational-log.ts'
import { NOT_RUN } from './exit-code.ts'
import { notice, serveSandbox } from './sandbox/serve-sandbox.ts'
import { serve, toldToStop } from './serve.ts'

export function serveCommand(): Command {
  return new Command('serve')
    .description('啟動閘道 serve the gateway')
    .argument('[folder]', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--sandbox', '試連環境：上游為範例福利系統，資料皆為虛構 before the sample welfare system: invented data only')
    .action(async (folder: string, { sandbox }: { sandbox?: boolean }) => {
      const operational = operationalLog()
      // Whatever broke is not understood: nothing more may be released.
      process.on('uncaughtException', (error) => {
        operational.error('uncaught', { error })
        process.exit(NOT_RUN)
      })
      // From the first moment: process 1 of a container is never told again, and nobody else would be told in time to stop the database.
      const told = toldToStop()
      const serving = await (sandbox === true ? serveSandbox(resolve(folder), operational) : serve(resolve(folder), operational))
      if (sandbox === true) process.stderr.write(`${notice}  ${serving.process.gateway.log.log}\n`)
      const why = await Promise.race([told, serving.process.outdated])
      if (typeof why === 'string') operational.info('stopping', { signal: why })
      else {
        // Whoever keeps it running starts a new process, which reads what was used; beside another that serves, it is refused by name.
        operational.error('stopping', { error: why })
        process.exitCode = NOT_RUN
      }
      await serving.stop()
    })
}
