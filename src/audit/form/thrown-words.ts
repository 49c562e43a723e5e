// thrown-words.ts: how a seed was thrown, in words, as the form and 抽樣說明 print it.
import { civilDateOf, showRocDate } from '../../calendar.ts'
import type { SeedAsked } from '../../querylog/sample-entry.ts'

/** @param by the unit that threw it: `臺北市政府社會局政風室` */
export function thrownWords({ drand, method, randomness, thrown, witnesses = [] }: SeedAsked, by: string): string {
  const day = showRocDate(civilDateOf(Date.parse(thrown)))
  const present = witnesses.length === 0 ? '' : `，在場者${witnesses.join('、')}`
  if (drand !== undefined) return `取公開信標 drand 第 ${drand.round} 輪（${day}）${present}`
  return method === 'dice' ? `${by}於${day}擲骰，點數 ${randomness}${present}` : `${by}於${day}抽出亂數 ${randomness}${present}`
}
