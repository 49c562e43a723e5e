// command.ts: `linkage demo`: a whole department on this machine: its database, its welfare system, the gateway, and calls to follow.
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { pino } from 'pino'
import { operationalLog } from '../../gateway/operational-log.ts'
import { holdFolder } from '../../lock.ts'
import { problems } from '../../problems.ts'
import { type SampleWelfare, startSampleWelfare } from '../sample-welfare/server.ts'
import { type Serving, serve, toldToStop } from '../serve.ts'
import { type Answer, type DemoCall, DemoCaller, demoCalls } from './calls.ts'
import { type Department, openDepartment, setPorts } from './department.ts'
import { leaves, shortened, styled, table } from './screen.ts'

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
  return address.port
}

export interface Demo {
  readonly origin: string
  readonly adminPort: number
  readonly department: Department
  readonly welfare: SampleWelfare
  readonly serving: Serving
  stop(): Promise<void>
}

/** Starts everything; free ports, keys drawn at the first run of the folder.
 *  @throws FolderHeld where a demo runs in it: its configuration is that one's, and left alone */
export async function startDemo(folder: string): Promise<Demo> {
  const lock = holdFolder(folder)
  try {
    const { stop, ...demo } = await startIn(folder)
    return { ...demo, stop: () => stop().finally(() => lock.release()) }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function startIn(folder: string): Promise<Demo> {
  const department = await openDepartment(folder)
  const welfare = await startSampleWelfare()
  try {
    const ports = { public: await freePort(), admin: await freePort(), upstream: welfare.url }
    setPorts(department.config, ports)
    // The screen is for people; what operations staff would read goes to a file.
    const operational = operationalLog(pino.destination({ dest: resolve(folder, 'gateway.log'), mkdir: true, sync: true }))
    const serving = await serve(department.config, operational)
    const stop = async () => {
      await serving.stop()
      await welfare.close()
    }
    return { origin: `http://127.0.0.1:${ports.public}`, adminPort: ports.admin, department, welfare, serving, stop }
  } catch (error) {
    await welfare.close()
    throw error
  }
}

const print = (text = ''): void => void process.stdout.write(`${text}\n`)

function printAnswer(number: number, call: DemoCall, answer: Answer): void {
  const ok = answer.status === 200
  const code = ok ? 'released' : JSON.parse(answer.body).code
  const row = code in problems ? problems[code as keyof typeof problems] : undefined // as the answer names it
  print()
  print(`${styled('bold', `${number}. ${call.titleZh}`)}  ${styled('dim', call.title)}`)
  print(`   ${styled(ok ? 'green' : 'red', `${answer.status} ${code}`)}  ${ok ? '' : `${row?.titleZh ?? ''}　${row?.title ?? ''}`}`)
  const { detail } = ok ? {} : JSON.parse(answer.body)
  if (typeof detail === 'string') print(`   ${styled('dim', detail)}`)
}

/** What the welfare system held, what was released, what was withheld. */
function printRelease(held: string, answer: Answer): void {
  const released = leaves(JSON.parse(answer.body))
  const rows = [...leaves(JSON.parse(held))].map(([path, value]) => {
    const passes = released.has(path)
    return [path, shortened(value, 34), passes ? styled('green', '提供 released') : styled('red', '不提供 withheld')]
  })
  print(table([['資料項目 field', '福利系統所存 held', '結果'], ...rows]))
  print(`   ${styled('dim', '收到 received:')} ${answer.body}`)
}

async function printRecords({ serving }: Demo, from: number): Promise<void> {
  const { gateway } = serving.process
  const rows: string[][] = [['索引', '機關', '使用者', '理由碼', '狀態', '案號', '對象標籤', '資料項目']]
  for await (const { index, entry } of serving.store.reader.entries(gateway.log.slot, from, gateway.log.size)) {
    const record = JSON.parse(entry)
    if (record.kind === 'refusals') {
      for (const { address, code, count } of record.counts)
        rows.push([String(index), styled('dim', `（未識別）${address}`), '', code, `×${count}`, '', '', ''])
    }
    if (record.kind !== 'query') continue
    const decided = record.decision === 'permit' ? styled('green', record.code) : styled('red', record.code)
    rows.push([
      String(index),
      record.agency,
      record.user ?? '',
      decided,
      String(record.status),
      record.case ?? '',
      record.subject?.tag.slice(0, 8) ?? '',
      String(record.fields_released?.length ?? 0),
    ])
  }
  print()
  print(styled('bold', '查詢紀錄 the records that these calls left'))
  print(table(rows))
  print(
    `   ${styled('dim', '對象以標籤及密封內容記錄，閘道本身無法解開。Subjects stand as tags and sealed; the gateway cannot open them.')}`,
  )
  print()
  print(styled('bold', '紀錄封存點 signed checkpoint'))
  print(
    gateway.log.checkpoint
      .trimEnd()
      .split('\n')
      .map((line) => `   ${line}`)
      .join('\n'),
  )
}

async function runCalls(demo: Demo): Promise<void> {
  const [household] = demo.welfare.households
  if (household === undefined) throw new Error('the sample welfare system holds nobody')
  const { log, replay } = demo.serving.process.gateway
  const from = log.size
  const caller = new DemoCaller(demo.origin, demo.department.drawn, replay.since)
  for (const [index, call] of demoCalls(household.nationalId).entries()) {
    const answer = await caller.call(call)
    printAnswer(index + 1, call, answer)
    if (index === 0 && answer.status === 200) printRelease(household.text, answer)
  }
  await log.refusals.flush()
  await printRecords(demo, from)
}

async function printCurl(demo: Demo): Promise<void> {
  const [household] = demo.welfare.households
  const [approved, , , narrower] = demoCalls(household?.nationalId ?? '')
  const caller = new DemoCaller(demo.origin, demo.department.drawn)
  print()
  print(styled('bold', '請試試看 try it'))
  for (const call of [approved, narrower]) {
    if (call === undefined) continue
    const body = JSON.stringify({ nationalId: call.subject })
    const headers = Object.entries(await caller.headers(call, body)).map(([name, value]) => `  -H '${name}: ${value}' \\`)
    print(
      `${styled('dim', `# ${call.titleZh} ${call.title}`)}\ncurl -i ${demo.origin}/low-income/households/status \\\n${headers.join('\n')}\n  -d '${body}'\n`,
    )
  }
  print(
    `${styled('dim', '# 健康狀態與指標 health and metrics')}\ncurl http://127.0.0.1:${demo.adminPort}/health/ready\ncurl http://127.0.0.1:${demo.adminPort}/metrics`,
  )
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('示範：內附資料庫、範例福利系統、閘道及可跟著看的查詢 a whole department on this machine')
    .option('--folder <folder>', '示範資料夾 folder of the demo', 'data/demo')
    .option('--stay', '不查詢，持續執行並印出 curl 指令 make no calls: stay up and print curl commands')
    .action(async ({ folder, stay }: { folder: string; stay?: boolean }) => {
      // From the first moment: a database that was started is stopped, whenever it is told to.
      const told = toldToStop()
      const demo = await startDemo(resolve(folder))
      try {
        print(`${styled('bold', '連結閘道示範 linkage gateway demo')}  ${demo.origin}`)
        print(styled('dim', `資料夾 folder: ${resolve(folder)}（刪除即重新開始 remove it to start anew）`))
        if (stay === true) {
          await printCurl(demo)
          print(`\n${styled('dim', 'Ctrl-C 結束 to stop')}`)
          await told
        } else await Promise.race([told, runCalls(demo)])
      } finally {
        await demo.stop()
      }
    })
}
