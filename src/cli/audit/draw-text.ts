// draw-text.ts: a draw as a person reads it: what was counted, what was due, what was drawn, by which defaults.
import type { Draw } from '../../audit/draw.ts'
import { isCovered, monthlyQuota } from '../../audit/quota.ts'
import { tableText } from '../log/terminal-table.ts'
import { rounds } from './sampling.ts'

const headings = [
  ['月份', 'month'],
  ['全部紀錄', 'all records'],
  ['計次紀錄', 'counted'],
  ['未放行', 'not released'],
  ['母體件數', 'items'],
  ['應抽', 'quota'],
  ['實抽', 'drawn'],
  ['含拒絕之應抽', 'quota with refusals'],
] as const

/** D-10: N and quota with refusals and without. */
export function drawText(draw: Draw): string {
  const { agency, coverage, drawn, from, months, protection, round, skipped, until } = draw
  const rows = months.map(({ counted, drawn: items, month, population, quota, records }) => [
    month,
    String(records),
    String(counted),
    String(skipped.filter((each) => each.month === month).length),
    String(population),
    String(quota),
    String(items),
    String(monthlyQuota(records)),
  ])
  const covered = coverage.drawn + coverage.reviews
  return [
    `${agency}　${rounds[round]}　${from}–${until}\n`,
    tableText(headings, rows),
    `使用者：總 ${coverage.users} 人（含離調職），有紀錄 ${coverage.withRecords} 人，應稽核 ${coverage.need} 人；抽出 ${coverage.drawn} 人，另帳號清查 ${coverage.reviews} 人${isCovered(coverage.users, covered) ? '' : '（不足半數）'}\n`,
    `users ${coverage.users}, with records ${coverage.withRecords}, due ${coverage.need}: drawn ${coverage.drawn}, by account review ${coverage.reviews}\n`,
    `保護案件 protection cases: ${protection.drawn} / ${protection.records}\n`,
    `樣本（聯集） sample, the union: ${drawn.length} 件 items\n`,
    ...modesText(draw),
    ...settingsText(draw),
    `已記入 recorded；重算 recompute: linkage audit recompute\n`,
  ].join('')
}

/** D-8: together; by mode besides. */
function modesText({ modes }: Draw): readonly string[] {
  const sums = new Map<string, number>()
  for (const { counted, mode } of modes) sums.set(mode, (sums.get(mode) ?? 0) + counted)
  return [`依提供方式 by mode: ${[...sums].map(([mode, counted]) => `${mode} ${counted}`).join('、') || '–'}\n`]
}

/** Which defaults were chosen where the regulation is silent. */
function settingsText({ parameters: { protection, ...settings } }: Draw): readonly string[] {
  const chosen = Object.entries(settings).sort(([one], [other]) => Number(one.slice(2)) - Number(other.slice(2)))
  return [
    `採用之預設 defaults: ${chosen.map(([name, value]) => `${name} ${value}`).join('；')}\n`,
    `保護案件之認定 protection cases are (D-17): API ${protection.apis.join('、') || '–'}；核可 grants ${protection.grants.join('、') || '–'}\n`,
  ]
}
