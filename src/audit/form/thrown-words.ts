// thrown-words.ts: how a seed was thrown, the how-manieth time, by whom and before whom, in words, as forms and memos print it.
import { civilDateOf, showRocDate } from '../../calendar.ts'
import type { Seed } from '../samples.ts'
import type { Throw } from '../throws.ts'

/** What a form says of the throws of its draw. No more is claimed than what the log shows. */
export interface ThrownWords {
  /** The throw that counts, in short. */
  readonly how: string
  /** What it is worth, and how it is checked. */
  readonly note: string
  /** Each throw, the one that counts last: how, and what became of it. */
  readonly throws: readonly { readonly how: string; readonly fate: string }[]
}

const dayOf = ({ asked: { thrown } }: Seed): string => showRocDate(civilDateOf(Date.parse(thrown)))

const actOf = (seed: Seed): string => {
  const { drand, method } = seed.asked
  if (drand !== undefined) return `公開信標 drand 第 ${drand.round} 輪（${dayOf(seed)}）`
  return `${dayOf(seed)}${method === 'dice' ? '擲骰' : '抽出亂數'}`
}

function wholeOf(seed: Seed, by: string): string {
  const { drand, method, randomness, witnesses = [] } = seed.asked
  const value = method === 'dice' ? `點數 ${randomness}` : `亂數 ${randomness}`
  const nobody = drand === undefined ? '，未登載在場見證' : ''
  return `${actOf(seed)}，${value}，由${by}登載${witnesses.length === 0 ? nobody : `，在場見證 ${witnesses.join('、')}`}`
}

function noteOf({ asked: { drand, witnesses = [] } }: Seed, count: number): string {
  const again = count === 1 ? '' : `本次為第 ${count} 次，先前種子值之抽樣結果於此時已可推知，是否必要以核准文件為憑。`
  if (drand !== undefined) return `${again}輪次於封存時即已固定，其值於封存之後始公開；本系統不驗其簽章，任何人均可向 drand 核對。`
  if (witnesses.length === 0) return `${again}未登載在場見證，其是否公正無從查考。`
  return `${again}封存之後於在場見證之下產生${count === 1 ? '，僅此一次' : ''}，是否公正以在場見證為憑。`
}

/** @param throws every throw, the last counts
 *  @param by office and name of who recorded one: `臺北市政府社會局政風室林淑慧` */
export function thrownWords(throws: readonly Throw[], by: (seed: Seed) => string): ThrownWords {
  const last = throws.at(-1)?.seed
  if (last === undefined) throw new TypeError('a draw has a seed')
  return {
    how: `第 ${throws.length} 次擲出：${actOf(last)}，由${by(last)}登載`,
    note: noteOf(last, throws.length),
    throws: throws.map(({ drawn, replacedBy, seed }) => ({
      how: wholeOf(seed, by(seed)),
      fate:
        replacedBy === undefined
          ? '採用'
          : `${drawn ? '已據以抽樣，' : ''}依 ${replacedBy === '' ? '（未載明文號）' : replacedBy} 另行擲出，不採用`,
    })),
  }
}
