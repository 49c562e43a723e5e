// report.ts: what an import would do to a roster, as a person reads it before it is written.
import { harmless } from '../../policy/finding.ts'
import type { Cells, Listing } from './listing.ts'
import type { Change, Merged } from './merged.ts'

const person = ({ 單位, 姓名, 帳號 }: Cells): string => `${帳號} ${姓名}（${單位}）`

const section = (title: string, changes: readonly Change[]): readonly string[] =>
  changes.length === 0 ? [] : [`${title} ${changes.length}：`, ...changes.map(({ cells, what }) => `  ${person(cells)} ${what}`)]

export function reportOf({ absent, changed, joined, left, stopping, takenBack, unchanged }: Merged, { ignored }: Listing): string {
  const own = [...joined, ...left, ...changed].filter(({ cells }) => /\p{Co}/u.test(`${cells.姓名}${cells.單位}`))
  const lines = [
    ...section('加入 joined', joined),
    ...section('離開 left', left),
    ...section('異動 changed', changed),
    ...section('撤回停用！最後在職日清除，仍可查詢 LAST DAY TAKEN BACK, access goes on', takenBack),
    ...(stopping.length > 0
      ? [
          `名單未載最後在職日，清冊所載者仍有效（撤回：--take-back 帳號） the list gives no last day, the recorded one stands ${stopping.length}：`,
          ...stopping.map((cells) => `  ${person(cells)} ${cells.最後在職日} ${cells.停用原因}`.trimEnd()),
        ]
      : []),
    ...(absent.length > 0
      ? [`名單未列、仍在職 not on the list, still in service ${absent.length}：`, ...absent.map((cells) => `  ${person(cells)}`)]
      : []),
    `未變 unchanged ${unchanged}`,
    ...(ignored.length > 0 ? [`未採用之欄位 columns left out：${ignored.join('、')}`] : []),
    ...(own.length > 0
      ? [`含造字（Unicode 私用區），其他單位看不到其字形 private-use characters：${own.map(({ cells }) => cells.帳號).join('、')}`]
      : []),
  ]
  return `${lines.map(harmless).join('\n')}\n`
}
