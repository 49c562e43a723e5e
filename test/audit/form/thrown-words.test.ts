// thrown-words.test.ts: what forms say of a seed is what the log shows of it, and no more.
import t from 'tap'
import { thrownWords } from '../../../src/audit/form/thrown-words.ts'
import type { Seed } from '../../../src/audit/samples.ts'
import { requireWitness } from '../../../src/audit/throw.ts'
import type { Throw } from '../../../src/audit/throws.ts'

const seed = (own: Partial<Seed['asked']> = {}): Seed =>
  ({
    asked: { act: 'seed', freezes: ['f'], method: 'dice', randomness: '6'.repeat(20), thrown: '2026-07-03T02:00:00.000Z', ...own },
  }) as Seed // what is read here
const only = (own: Partial<Seed['asked']>): readonly Throw[] => [{ seed: seed(own), drawn: true, replacedBy: undefined }]
const words = (throws: readonly Throw[]) => thrownWords(throws, () => '政風室林淑慧')
const drand = { chain: '', round: 4711, signature: '' }

t.test('dice before a witness, once', async (t) => {
  const { how, note, throws } = words(only({ witnesses: ['資訊室 王大同'] }))
  t.match(how, /^第 1 次擲出：.*115年7月3日擲骰，由政風室林淑慧登載$/)
  t.match(note, /在場見證之下產生，僅此一次，是否公正以在場見證為憑/)
  t.match(throws, [{ how: /點數 6{20}，由政風室林淑慧登載，在場見證 資訊室 王大同$/, fate: '採用' }])
})

t.test('of an entry without a witness that is said, and nothing of fairness', async (t) => {
  const { note, throws } = words(only({}))
  t.match(note, /未登載在場見證/)
  t.notMatch(note, /在場見證之下/)
  t.match(throws[0]?.how, /未登載在場見證$/)
})

t.test('drand needs none: how it is checked is said, and that its signature is not', async (t) => {
  const { how, note, throws } = words(only({ method: 'drand', drand }))
  t.match(how, /公開信標 drand 第 4711 輪/)
  t.match(note, /封存時即已固定.*本系統不驗其簽章，任何人均可向 drand 核對/)
  t.notMatch(throws[0]?.how, /見證/)
})

t.test('a throw that counts no more is told with what became of it', async (t) => {
  const throws: readonly Throw[] = [
    { seed: seed(), drawn: false, replacedBy: '' },
    { seed: seed(), drawn: true, replacedBy: '北市社政字第1150000401號' },
    ...only({ witnesses: ['王大同'] }),
  ]
  const { how, note, throws: told } = words(throws)
  t.match(how, /^第 3 次擲出/)
  t.match(note, /本次為第 3 次，先前種子值之抽樣結果於此時已可推知/)
  t.notMatch(note, /僅此一次/)
  t.same(
    told.map(({ fate }) => fate),
    ['依 （未載明文號） 另行擲出，不採用', '已據以抽樣，依 北市社政字第1150000401號 另行擲出，不採用', '採用'],
  )
})

t.test('a witness is another one than who records the throw', async (t) => {
  const signer = { account: 'dosw-lin', name: '林淑慧' }
  const nobody = [undefined, [], ['林淑慧'], ['政風室 林 淑慧主任'], ['DOSW-LIN']]
  for (const method of ['dice', 'nonce'] as const) {
    for (const witnesses of nobody)
      t.throws(() => requireWitness({ method, ...(witnesses && { witnesses }) }, signer), { code: 'seed-unwitnessed' }, String(witnesses))
    t.doesNotThrow(() => requireWitness({ method, witnesses: ['林淑慧', '資訊室 王大同'] }, signer))
  }
  t.doesNotThrow(() => requireWitness({ method: 'drand' }, signer))
})
