// agency-sections.ts: the part of the report that names nobody: signs, days, hours, reasons of refusals, similar agencies.
import { type CivilDate, showRocDateShort } from '../../../calendar.ts'
import type { XmlNode } from '../../../policy/forms/xml-tree.ts'
import type { ComparedFigure, Comparison } from '../comparison.ts'
import type { AgencySignals, DayOfMonth, Sign } from '../signals.ts'
import type { SignalSettings } from '../thresholds.ts'
import { type Bar, barChart, dotLine, grouped, shareBar } from './charts.ts'
import { h } from './html.ts'
import { figure, heading, key, note, paragraph, table } from './parts.ts'
import { figureText, figureWords, reasonWords, signWords, thresholdWords, type Words } from './words.ts'

/** Per cent with one decimal. */
export const shareText = (of: number, by: number): string => (by === 0 ? '–' : `${(Math.round((1000 * of) / by) / 10).toFixed(1)}%`)

export function factsOf({ totals }: AgencySignals): XmlNode {
  const { accounts, answered, countedRefusals, notFound, offHours, records, refused } = totals
  const facts: readonly (readonly [value: string, words: string])[] = [
    [grouped(records), '筆紀錄 records'],
    [grouped(accounts), '個帳號 accounts'],
    [shareText(offHours, records), '非上班時間 off hours'],
    [shareText(notFound, answered), '查無資料 found nobody'],
    [grouped(refused + countedRefusals), '次拒絕 refusals'],
  ]
  return h('div', { class: 'facts' }, ...facts.map(([value, words]) => h('div', {}, h('b', {}, value), h('span', {}, words))))
}

export function signsSection(signs: readonly Sign[]): readonly XmlNode[] {
  const columns = [
    { words: ['', ''], as: 'd' },
    { words: ['徵兆', 'sign'] },
    { words: ['門檻', 'threshold'] },
    { words: ['達門檻', 'reach it'], as: 'n' },
    { words: ['最高', 'the most'], as: 'n' },
  ] as const
  const rows = signs.map(({ found, most, sign, threshold }) => {
    const { title, found: foundUnit, most: mostUnit } = signWords[sign]
    return {
      on: found > 0,
      cells: [
        found > 0 ? '●' : '',
        h('span', {}, title[0], h('small', {}, title[1])),
        threshold === undefined ? '全部列出 all' : thresholdWords[threshold.name](threshold.value)[0],
        found === 0 ? '–' : `${grouped(found)} ${foundUnit}`,
        most === 0 ? '–' : `${grouped(most)} ${mostUnit}`,
      ],
    }
  })
  return [
    heading(['一、徵兆', 'signs']),
    paragraph([
      '● 為達門檻者。徵兆只指出值得查看之處，是否異常由人判斷；一筆為一件使用紀錄，一次查詢多人者每人一筆。',
      '● reaches its threshold. A sign is a place to look at, no finding. A call about several people is one record for each.',
    ]),
    table(columns, rows),
  ]
}

const dayLabel = (day: CivilDate): string => String(Number(day.slice(8)))

/** Days of a month as bars; rest days are shaded. */
const daysOf = (
  days: readonly DayOfMonth[],
  parts: (day: DayOfMonth) => readonly number[],
  marked: (day: DayOfMonth) => boolean,
  every = 1,
): readonly Bar[] =>
  days.map((each, nth) => ({
    label: nth % every === 0 ? dayLabel(each.day) : '',
    parts: parts(each),
    shaded: each.rest,
    marked: marked(each),
  }))

export function daysSection({ days, signs }: AgencySignals): readonly XmlNode[] {
  const threshold = signs.find(({ sign }) => sign === 'off-hours')?.threshold?.value ?? Number.POSITIVE_INFINITY
  const all = daysOf(
    days,
    ({ offHours, records }) => [records - offHours, offHours],
    ({ offHours }) => offHours >= threshold,
  )
  const never = () => false
  const small: readonly (readonly [words: string, of: (day: DayOfMonth) => number])[] = [
    ['非上班時間 off hours', ({ offHours }) => offHours],
    ['被拒絕 refused', ({ refused }) => refused],
    ['查無資料 found nobody', ({ notFound }) => notFound],
  ]
  return [
    heading(['二、每日', 'day by day']),
    figure(
      [
        '每日紀錄數 records a day',
        ...key('a', '上班時間 office hours'),
        ...key('b', '非上班時間 off hours'),
        ...key('shade', '放假日 rest days'),
        '　● 非上班時間達門檻 off hours reach their threshold',
      ],
      [barChart({ title: '每日紀錄數 records a day', bars: all, width: 900, height: 210 })],
    ),
    paragraph(['以下三圖各有刻度。', 'Each of these has a scale of its own.']),
    h(
      'div',
      { class: 'row' },
      ...small.map(([words, of]) => {
        const bars = daysOf(days, (day) => [0, of(day)], never, 5)
        return figure([words], [barChart({ title: words, bars, width: 288, height: 120 })])
      }),
    ),
  ]
}

export function hoursSection({ byHour }: AgencySignals, { officeHours }: SignalSettings): readonly XmlNode[] {
  const top = Math.max(1, ...byHour.flatMap(({ restDays, workdays }) => [restDays, workdays]))
  const bars = (of: (hour: AgencySignals['byHour'][number]) => number): readonly Bar[] =>
    byHour.map((each) => ({ label: each.hour % 3 === 0 ? String(each.hour) : '', parts: [of(each)], shaded: false }))
  const chart = (title: string, of: (hour: AgencySignals['byHour'][number]) => number): XmlNode =>
    figure([title], [barChart({ title, bars: bars(of), width: 440, height: 150, top })])
  return [
    heading(['三、每日各時', 'hours of the day']),
    paragraph([
      `上班時間：${officeHours.join('、')}。兩圖同一刻度。`,
      `Office hours: ${officeHours.join(', ')}. Both charts have one scale.`,
    ]),
    h(
      'div',
      { class: 'row' },
      chart('工作日 workdays', ({ workdays }) => workdays),
      chart('放假日 rest days', ({ restDays }) => restDays),
    ),
  ]
}

export function refusalsSection({ refusals }: AgencySignals): readonly XmlNode[] {
  const title = heading(['四、拒絕之理由', 'refusals by reason'])
  if (refusals.length === 0) return [title, paragraph(['本月沒有拒絕。', 'Nothing was refused.'])]
  const top = Math.max(...refusals.map(({ counted, recorded }) => counted + recorded))
  const columns = [
    { words: ['理由', 'reason'] },
    { words: ['逐筆紀錄', 'recorded'], as: 'n' },
    { words: ['僅彙計', 'only counted'], as: 'n' },
    { words: ['', ''] },
  ] as const
  const rows = refusals.map(({ code, counted, recorded }) => ({
    cells: [
      h('span', {}, reasonWords(code)[0], h('span', { class: 'en m' }, code)),
      grouped(recorded),
      counted === 0 ? '–' : grouped(counted),
      shareBar([recorded, counted], top, `${code}: ${recorded + counted}`),
    ],
  }))
  return [
    title,
    paragraph([
      '同一憑證每分鐘逾限之拒絕僅計次數。辨識身分以前之拒絕不知屬何機關，不在其中：linkage log find --agency。',
      'Beyond a bound a minute refusals are counted only. Those before a caller was identified belong to nobody and are not here.',
    ]),
    table(columns, rows),
  ]
}

export function grantsSection({ unusedGrants }: AgencySignals): readonly XmlNode[] {
  const title = heading(['六、久未使用之核可', 'grants that were not used for long'])
  if (unusedGrants.length === 0) return [title, paragraph(['沒有。', 'None.'])]
  const rows = unusedGrants.map(({ days, grant, last, since }) => ({
    cells: [grant, last === undefined ? '–' : showRocDateShort(last), showRocDateShort(since), grouped(days)],
  }))
  return [
    title,
    paragraph([
      '月底有效而久未獲回覆之核可。不再需要者得收回（linkage grant end）；早於紀錄者自紀錄之始起算。',
      'In force at the end of the month, and not used for long: what is not needed may be withdrawn. Counted from the beginning of the logs.',
    ]),
    table(
      [
        { words: ['核可', 'grant'], as: 'm' },
        { words: ['最後使用', 'last used'], as: 'n' },
        { words: ['起算', 'counted from'], as: 'n' },
        { words: ['未使用（日）', 'days'], as: 'n' },
      ],
      rows,
    ),
  ]
}

export function comparisonSection(comparison: Comparison, { thresholds }: SignalSettings): readonly XmlNode[] {
  const title = heading(['五、與相似機關比較', 'similar agencies'])
  const [records, agencies] = [thresholds.comparison_records, thresholds.similar_agencies]
  if (comparison.state === 'too-few-records')
    return [
      title,
      note([
        `本月 ${grouped(comparison.records)} 筆，未達 ${records} 筆，比率不具意義，不比較。`,
        `${comparison.records} records, fewer than ${records}: too few to compare, a share of them says nothing.`,
      ]),
    ]
  if (comparison.state === 'too-few-agencies')
    return [
      title,
      note([
        `其他相似機關 ${comparison.similar} 個，未達 ${agencies} 個，不比較。`,
        `${comparison.similar} other similar agencies, fewer than ${agencies}: too few to compare.`,
      ]),
    ]
  return [
    title,
    paragraph([
      `相似：同為連結機關或同為使用單位、主要提供方式相同、本月紀錄達 ${records} 筆；本月另有 ${comparison.similar} 個。不列名稱。`,
      `Similar: of the same kind and main mode, with ${records} records or more; there are ${comparison.similar} others. None is named.`,
    ]),
    table(
      [
        { words: ['', ''] },
        { words: ['本機關', 'own'], as: 'n' },
        { words: ['其他機關中位數', 'median of others'], as: 'n' },
        { words: ['高於本機關者', 'others above'], as: 'n' },
        { words: ['● 本機關　┃ 中位數', '● own, ┃ median'] },
      ],
      comparison.figures.map(figureRow),
    ),
  ]
}

function figureRow({ figure: name, higher, median, of, own }: ComparedFigure) {
  const words: Words = figureWords[name]
  const [ours, theirs] = [figureText(name, own), figureText(name, median)]
  return {
    cells: [
      h('span', {}, words[0], h('span', { class: 'en' }, words[1])),
      ours,
      theirs,
      `${higher}／${of}`,
      dotLine(own, median, `${words[0]} ${ours}；中位數 ${theirs}`),
    ],
  }
}
