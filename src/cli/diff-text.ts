// diff-text.ts: what a change of the rules opens and closes, as a person reads it.
import type { Change, Direction } from '../policy/diff/change.ts'
import { type Finding, findingLine, harmless } from '../policy/finding.ts'
import { painter } from './terminal-text.ts'

export const countsOf = (changes: readonly Change[]): Record<Direction, number> => {
  const of = (direction: Direction): number => changes.filter((each) => each.direction === direction).length
  return { open: of('open'), closed: of('closed'), other: of('other') }
}

const marks = { open: ['green', '＋'], closed: ['red', '－'], other: ['dim', '・'] } as const
const kinds = { agency: '機關 agency', api: '資料服務 API', blocks: '封鎖 blocks', folder: '設定 settings' } as const

/** The changes by subject, openings first. */
export function diffText(changes: readonly Change[], coloured: boolean): string {
  const paint = painter(coloured)
  const lines: string[] = []
  for (const subject of new Set(changes.map(({ of }) => `${of.kind} ${of.id}`))) {
    const own = changes.filter(({ of }) => `${of.kind} ${of.id}` === subject)
    const [first] = own
    if (first === undefined) continue
    lines.push(paint('bold', harmless(`${kinds[first.of.kind]} ${first.of.name} ${first.of.id}`)))
    const closing = new Set(own.filter(({ direction }) => direction === 'closed').map(({ what }) => what.zh))
    const both = new Set(own.filter(({ direction, what }) => direction === 'open' && closing.has(what.zh)).map(({ what }) => what.zh))
    for (const direction of ['open', 'closed', 'other'] as const) {
      for (const { removed, what } of own.filter((each) => each.direction === direction)) {
        // What may open for some and close for others stands once.
        if (both.has(what.zh)) {
          if (direction === 'open')
            lines.push(
              `  ${paint('yellow', '±')} ${harmless(what.zh)}（可能放寬，也可能限縮）`,
              `     ${paint('dim', `${harmless(what.en)}; may open and may close`)}`,
            )
          continue
        }
        const [colour, mark] = marks[direction]
        lines.push(`  ${paint(removed ? [colour, 'bold'] : colour, mark)} ${harmless(what.zh)}`, `     ${paint('dim', harmless(what.en))}`)
      }
    }
  }
  const { open, closed, other } = countsOf(changes)
  const none = changes.length === 0 ? '沒有差異 no difference\n' : ''
  return `${[...lines, ''].join('\n')}${none}${open} 項開放、${closed} 項關閉、${other} 項其他 / ${open} open, ${closed} closed, ${other} other\n`
}

/** What a gateway in which the former rules are in force would not take up, whatever else is right. */
export const rewrittenText = (histories: readonly Finding[]): string =>
  histories.length === 0
    ? ''
    : `已生效之歷程不可改寫，閘道不會採用 histories that took effect are only extended: a gateway takes up none of it\n${histories.map(findingLine).join('\n')}\n`
