// agency-new.ts: `linkage agency new`: a file for an agency that was approved, of what its application holds, and what is still missing before it can call.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { Document, isCollection } from 'yaml'
import { type CivilDate, civilDateOf } from '../calendar.ts'
import { harmless } from '../policy/finding.ts'
import { type FormName, forms } from '../policy/schema/forms.ts'
import { dayOf, type Editing, editing } from './agency-file.ts'
import { EditRefused, FolderFile, WrittenFile } from './edited-file.ts'
import type { Output } from './output.ts'
import { propose } from './proposed-change.ts'
import { type Ask, personAt } from './terminal.ts'

const questions = {
  code: ['--code <code>', 'agency-code', '機關代碼，例如 379110000E', 'agency code'],
  name: ['--name <name>', 'line', '機關名稱', 'its name'],
  document: ['--document <number>', 'document', '核可文號', 'document of the approval'],
  manager: ['--manager <name>', 'line', '連結機關管理者姓名', 'agency manager'],
  managerTitle: ['--manager-title <title>', 'line', '管理者職稱', 'title of the manager'],
  managerPhone: ['--manager-phone <phone>', 'line', '管理者電話', 'telephone'],
  managerEmail: ['--manager-email <address>', 'email', '管理者電子郵件', 'mail address'],
  managerDocument: ['--manager-document <number>', 'document', '指派管理者之文號', 'document that names the manager'],
} as const satisfies Record<string, readonly [string, FormName, string, string]>
type Question = keyof typeof questions
type Answers = { readonly [Q in Question]?: string }

interface Options extends Editing, Answers {
  readonly kind: string
  readonly effective?: CivilDate
}

/** `linkage agency new <id>`.
 *  @param ask a person at the terminal; undefined where there is none */
export function newAgencyCommand(output: Output, now: () => number, ask: Ask | undefined = personAt()): Command {
  const command = editing(new Command('new').argument('<id>', '代號，即檔名，例如 taipei-education id: the file’s name'))
    .description('新機關：依申請書內容建立檔案，並說明尚缺什麼 a new agency: asks what the application holds, and says what is missing')
    .addOption(new Option('--kind <kind>', '連結機關或使用單位 kind').choices(['linked-agency', 'using-unit']).default('linked-agency'))
    .option('--effective <day>', '核可生效日（預設今日） first day of the approval (today)', dayOf)
  for (const [flag, form, zh, en] of Object.values(questions)) command.option(flag, `${zh} ${en}（${forms[form].zh}）`)
  return command.action((id: string, options: Options) => make(id, options, civilDateOf(now()), output, ask))
}

async function make(id: string, options: Options, today: CivilDate, output: Output, ask: Ask | undefined): Promise<void> {
  const { config, kind, yes } = options
  if (!forms.id.accepts(id)) throw new EditRefused(harmless(`${id}：代號應為${forms.id.zh} expected ${forms.id.en}`))
  const name = `agencies/${id}.yaml`
  const file = new FolderFile(config, name)
  if (file.before !== undefined) throw new EditRefused(`${name} 已存在，未變更 it exists already, nothing changed`)
  const answers = await answered(options, kind === 'using-unit', ask, output)
  const made = new WrittenFile(name, textOf(id, kind, answers, options.effective ?? today), file)
  // The roster is among what is missing, said below.
  await propose({ folder: config, file: made, yes, bearable: ({ code }) => code === 'roster-missing' }, output)
  output.write(missing(config, id))
}

/** Every answer, asked for where it was not given.
 *  @param unit a using unit need not name a manager
 *  @throws EditRefused naming each that is missing or not written as it must be */
async function answered(options: Options, unit: boolean, ask: Ask | undefined, output: Output): Promise<Answers> {
  const answers: { [Q in Question]?: string } = {}
  const wrong: string[] = []
  for (const [question, [flag, form, zh, en]] of Object.entries(questions)) {
    const asked = question as Question // the table's own keys
    const withoutManager = unit && asked.startsWith('manager') && answers.manager === undefined
    if (withoutManager && asked !== 'manager') continue
    let answer = options[asked]
    if (answer === undefined && ask !== undefined) answer = await askUntil(ask, form, `${zh} ${en}`, withoutManager, output)
    if (answer !== undefined && forms[form].accepts(answer)) answers[asked] = answer
    else if (answer !== undefined || !withoutManager) wrong.push(`  ${flag}：${forms[form].zh} ${forms[form].en}`)
  }
  if (wrong.length > 0) throw new EditRefused(`未寫入，尚缺或寫法不符 not written: missing, or not as they must be\n${wrong.join('\n')}`)
  return answers
}

async function askUntil(ask: Ask, form: FormName, said: string, mayBeEmpty: boolean, output: Output): Promise<string | undefined> {
  for (;;) {
    const answer = (await ask(`${said}${mayBeEmpty ? '（可空白 may be empty）' : ''}：`)).trim()
    if (answer === '' && mayBeEmpty) return undefined
    if (forms[form].accepts(answer)) return answer
    output.write(`  應為 ${forms[form].zh} expected ${forms[form].en}\n`)
  }
}

/** Nothing is open in it: who may call, from where and for what is each added by its own document. */
function textOf(id: string, kind: string, answers: Answers, effective: CivilDate): string {
  const { code, document: approval, manager, managerDocument, managerEmail, managerPhone, managerTitle, name } = answers
  const document = new Document(
    {
      id,
      code,
      name,
      kind,
      ...(manager !== undefined && {
        manager: {
          name: manager,
          title: managerTitle,
          phone: managerPhone,
          email: managerEmail,
          from: effective,
          document: managerDocument,
        },
      }),
      standing: [{ effective, action: 'approve', document: approval }],
      networks: [],
      credentials: [],
      delegates: [],
      grants: [],
    },
    { schema: 'failsafe' },
  )
  for (const place of [['manager'], ['standing', 0]]) {
    const node = document.getIn(place)
    if (isCollection(node)) node.flow = true
  }
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false })
  return `# yaml-language-server: $schema=../schema/agency.json\n${text}`
}

/** The steps that open it, in the order in which letters usually come. */
function missing(folder: string, id: string): string {
  const roster = existsSync(join(folder, `rosters/${id}.csv`))
  const steps = [
    ['來源網段', `linkage network add ${id} --cidr … --until … --document …`],
    ['憑證（機關自己之公鑰）', `linkage credential issue ${id} --id … --public-key …`],
    ['核可', `linkage grant add ${id} --id … --api … --fields …`],
    ...(roster ? [] : [['使用者清冊', `linkage roster import ${id} <檔案> --document …`]]),
  ]
  return `尚不能呼叫，還缺 cannot call yet, still missing：\n${steps.map(([what, how]) => `  ${what}：${how}`).join('\n')}\n`
}
