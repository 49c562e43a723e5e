// import-report.ts: what came of filled forms: how much is answered, by unit; what is wrong and where; for people and for programs.
import { type AnswerFinding, answerFindingCodes, placeText } from '../../audit/answers/finding.ts'
import { openByUnit } from '../../audit/answers/open-rows.ts'
import type { RoundAnswers, UnitProgress } from '../../audit/answers/round-answers.ts'
import { openRowOf } from '../../audit/answers/round-answers.ts'
import { coverageOf, shortfalls } from '../../audit/results.ts'
import { shown } from '../../verifier/finding.ts'
import type { RecordedAct } from '../command-log.ts'
import { tableText } from '../log/terminal-table.ts'
import { type Paint, painter } from '../terminal-text.ts'

export interface ImportReport {
  readonly round: string
  readonly files: readonly string[]
  /** Tables of a folder that are none of the form. */
  readonly skipped: readonly string[]
  readonly findings: readonly AnswerFinding[]
  readonly answers: RoundAnswers
  /** Where the results were written. */
  readonly written?: string
  /** SHA-256 of the results. */
  readonly digest?: string
  /** The step 已稽核, where it was recorded. */
  readonly recorded?: RecordedAct
}

const sum = (units: readonly UnitProgress[], of: 'records' | 'reviews', what: 'all' | 'answered'): number =>
  units.reduce((total, each) => total + each[of][what], 0)

/** Rows, or cells, that a line of the report names. */
const most = 10

/** `已填 61/102` */
const progress = ({ all, answered }: UnitProgress['records']): string => `${answered}/${all}`

function placesText(places: AnswerFinding['places']): string {
  const more = places.length > most ? `…共 ${places.length} 格 cells` : ''
  return `${places.slice(0, most).map(placeText).join('；')}${more}`
}

function findingText({ code, expected, found, places }: AnswerFinding, paint: Paint): readonly string[] {
  const [zh, en] = answerFindingCodes[code]
  return [
    `${paint('red', shown(placesText(places)))}：${zh} [${code}]`,
    `    找到：${shown(found)}　應為：${shown(expected)}`,
    `    ${paint('dim', en)}`,
  ]
}

function progressText({ units }: RoundAnswers): string {
  const all = (of: 'records' | 'reviews') => progress({ answered: sum(units, of, 'answered'), all: sum(units, of, 'all') })
  const rows = units.map(({ records, reviews, unit }) => [unit, progress(records), progress(reviews)])
  const headings = [
    ['單位', 'unit'],
    ['已填', 'answered'],
    ['帳號清查', 'reviews'],
  ] as const
  return `已填 ${all('records')} 件，帳號清查 ${all('reviews')}。 Answered: ${all('records')} items, ${all('reviews')} account reviews.\n${tableText(headings, rows)}`
}

/** What approval still lacks: told before anybody approves. */
function shortOf({ open, results }: RoundAnswers): readonly string[] {
  const whole = { ...results, document: '' }
  const { byRecords, met, need } = coverageOf(whole)
  const { audited, reviewed } = results.users
  return [
    ...shortfalls(whole).map(({ audited: done, month, quota }) => `    ${month}：已稽核 ${done}／應 ${quota} 件 items`),
    ...(met ? [] : [`    使用者 users：已稽核 ${audited}（須有紀錄者 by records ${byRecords}）、清查 reviewed ${reviewed}／應 ${need} 人`]),
    ...openByUnit(open.map(openRowOf), most).map(({ names, unit }) => `    ${shown(unit)} 尚無結果 without a result: ${shown(names)}`),
  ]
}

export function importText(report: ImportReport, coloured: boolean): string {
  const { answers, digest, files, findings, recorded, round, skipped, written } = report
  const paint = painter(coloured)
  const { outcomes } = answers.results
  const short = shortOf(answers)
  return [
    ...findings.flatMap((each) => findingText(each, paint)),
    ...(findings.length > 0
      ? [
          `${findings.length} 項不符，未產生結果：請更正後重新匯入全部檔案。 ${findings.length} findings: nothing was taken; import all files again.`,
        ]
      : []),
    `${round}：${files.length} 個檔案 files`,
    progressText(answers).trimEnd(),
    `正常 ${outcomes.normal}、異常 ${outcomes.abnormal}、待說明 ${outcomes.to_explain}`,
    ...answers.partial.map(
      ({ item, missing, near }) => `    未填完 incomplete: ${shown(placeText(near))}（${shown(item.unit)}）：${missing.join('、')}`,
    ),
    ...(short.length > 0 ? ['尚不足，核定將被拒絕 short of what approval needs:', ...short] : []),
    ...skipped.map((path) => `    略過 skipped: ${shown(path)}（不是本期表單 no form）`),
    ...(written === undefined ? [] : [`已產生 written: ${written}（SHA-256 ${digest}）`]),
    ...(recorded === undefined ? [] : [`已記入 recorded: ${recorded.log} 第 ${recorded.index} 筆`]),
    ...(written !== undefined && recorded === undefined
      ? [`    下一步 next: linkage audit report round audited ${round} --results ${written}`]
      : []),
    '',
  ].join('\n')
}

/** The document of `--json`. Members are only ever added. */
export function importJson({ answers, digest, files, findings, recorded, round, skipped, written }: ImportReport): string {
  const { open, partial, results, units } = answers
  const told = {
    round,
    files,
    skipped,
    findings: findings.map(({ code, ...each }) => ({ code, ...each, meaning: answerFindingCodes[code] })),
    answered: { records: sum(units, 'records', 'answered'), reviews: sum(units, 'reviews', 'answered') },
    all: { records: sum(units, 'records', 'all'), reviews: sum(units, 'reviews', 'all') },
    units,
    incomplete: partial.map(({ item, missing, near }) => ({ unit: item.unit, missing, place: near })),
    ...results,
    without_result: open.map(openRowOf),
    shortfalls: shortfalls({ ...results, document: '' }),
    unnamed: findings.flatMap(({ code, found }) => (code === 'not-named' ? [found] : [])),
    written: written ?? null,
    document: digest ?? null,
    recorded: recorded === undefined ? null : { id: recorded.id, index: recorded.index, log: recorded.log },
  }
  return `${JSON.stringify(told, null, 2)}\n`
}
