// proven-logs.ts: logs that a draw is taken from, held against what was signed of them: what does not verify is neither frozen nor drawn from.
import type { Period } from '../../audit/period.ts'
import type { Store } from '../../store/open.ts'
import { type ProvenHeads, unproven } from '../../verifier/draws/proven.ts'
import { findingCodes } from '../../verifier/finding.ts'
import { UsageError } from '../log/usage-error.ts'

const most = 10

/** @param drawn from which months
 *  @returns what records that are drawn are held to
 *  @throws UsageError that names what does not verify, and what to do */
export async function requireProven(store: Pick<Store, 'openLogs'>, drawn: readonly Period[]): Promise<ProvenHeads> {
  const place = await store.openLogs()
  const found: string[] = []
  const slots = new Set<string>()
  let heads: ProvenHeads
  try {
    const run = unproven(place, drawn)
    let step = await run.next()
    for (; step.done !== true; step = await run.next()) {
      const { code, expected, found: is, index, slot } = step.value
      slots.add(slot)
      found.push(`  槽 ${slot} 第 ${index} 筆：${findingCodes[code][0]}（${is}；expected ${expected}）[${code}]`)
    }
    heads = step.value
  } finally {
    await place.close()
  }
  if (found.length === 0) return heads
  const command = `linkage log verify --slot ${[...slots].join(' ')}`
  throw new UsageError(
    [
      `槽 ${[...slots].join('、')} 之紀錄與已簽章之封存點不符，不得據以封存或抽樣：請先 ${command}，查明回復後再執行。`,
      `What the logs of slots ${[...slots].join(', ')} say is not what was signed: nothing is frozen or drawn of it. Run ${command}, and come back once it finds nothing.`,
      ...found.slice(0, most),
      ...(found.length > most ? [`  … ${found.length - most}`] : []),
    ].join('\n'),
  )
}
