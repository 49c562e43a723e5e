// rounds.test.ts: rounds of the audit held against their draws: results and approvals that are not of what was drawn are found.
import t from 'tap'
import { canonicalJson, sha256Hex } from '../../src/canonical.ts'
import { recomputeDraws } from '../../src/verifier/draws/recompute.ts'
import { row } from '../audit/populations.ts'
import { at, commands, placeOf, writeDraw } from './written-draw.ts'
import { edited, education, newId } from './written-log.ts'

const written = await writeDraw()
const ref = (index: number) => ({ id: JSON.parse(written.commands[index]?.toString() ?? '').id, index, log: commands })
const draw = JSON.parse(written.commands[at.draw]?.toString() ?? '')
const list = JSON.parse(written.documents.get(draw.sample.digest)?.toString() ?? '')

interface Item {
  readonly index: number
  readonly log: string
  readonly month: string
  readonly person: string
}
// biome-ignore lint/suspicious/noExplicitAny: steps and results that a test is about to spoil
type Asked = any

const number = 'taipei-education-11511'
const sampled = (own: object = {}) => ({
  step: 'sampled',
  agency: education,
  audit: 'self-audit',
  from: '2026-11',
  until: '2026-12',
  sample: ref(at.draw),
  ...own,
})
const approved = { step: 'approved', acting: false, name: '王小明', title: '局長' }

/** Results of these records of the first draw, with what is to be changed of the step and of its document. */
function audited(items: readonly Item[], change: (results: Asked, document: Asked) => void = () => undefined) {
  const months = draw.months.map(({ month, population, quota }: Asked) => ({
    month,
    population,
    quota,
    audited: items.filter((each) => each.month === month).length,
  }))
  const users = { audited: new Set(items.map(({ person }) => person)).size, reviewed: 0, total: 3, with_records: 2 }
  const results: Asked = { months, outcomes: { abnormal: 0, normal: items.length, to_explain: 0 }, users }
  const filled = { auditor: '陳怡君', beyond_need: '否', day: '2027-01-05', match: '相符', result: '正常', unit: '科' }
  const document: Asked = {
    v: 1,
    round: number,
    samples: [ref(at.draw).id],
    items: items.map(({ index, log }) => ({ ...filled, index, log })),
    reviews: [],
  }
  change(results, document)
  const bytes = Buffer.from(canonicalJson(document))
  return { asked: { step: 'audited', results: { ...results, document: sha256Hex(bytes) } }, bytes }
}

/** What is found of these steps, taken behind the draws: their places, from 0.
 *  @param steps of a round, or whole entries */
async function found(steps: readonly (Buffer | object)[], bytes?: Buffer, of = written): Promise<readonly string[]> {
  return (await checked(steps, bytes, of)).codes
}

async function checked(steps: readonly (Buffer | object)[], bytes: Buffer | undefined, of = written) {
  const entries = steps.map((step) =>
    step instanceof Buffer
      ? step
      : edited(written.commands[at.seed], (it) => {
          const asked = { about: 'round', day: '2027-01-05', number, ...step }
          Object.assign(it, { at: '2027-01-05T02:00:00.000Z', asked, id: newId(), kind: 'report' })
        }),
  )
  const documents = new Map([...of.documents, ...(bytes ? [[sha256Hex(bytes), bytes] as const] : [])])
  const run = recomputeDraws(placeOf({ ...of, commands: [...of.commands, ...entries], documents }, true))
  const codes: string[] = []
  for (let step = await run.next(); ; step = await run.next()) {
    if (step.done === true)
      return { codes, unchecked: step.value.unchecked.map(({ code, index }) => `${index - of.commands.length} ${code}`) }
    codes.push(`${step.value.index - of.commands.length} ${step.value.code}`)
  }
}

const withResults = (of: ReturnType<typeof audited>) => found([sampled(), of.asked, approved], of.bytes)

t.test('a round of a draw, its results, and their approval', async (t) => {
  t.same(await withResults(audited(list.drawn)), [])
  t.same(await found([sampled(), audited(list.drawn).asked, approved]), [], 'without the document what the steps say is held')
})

t.test('a round is of a draw that there is, and of its agency and months', async (t) => {
  t.same(await found([sampled({ sample: { ...ref(at.draw), id: newId() } })]), ['0 round-mismatch'])
  t.same(await found([sampled({ sample: ref(at.freeze) })]), ['0 round-mismatch'], 'a freeze is no draw')
  for (const own of [{ agency: 'taipei-police' }, { from: '2026-12' }, { audit: 'unannounced' }])
    t.same(await found([sampled(own)]), ['0 round-mismatch'], JSON.stringify(own))
})

t.test('results are of what was drawn, and all of it is counted anew', async (t) => {
  const cases: readonly (readonly [string, (results: Asked, document: Asked) => void])[] = [
    ['a smaller quota', (it) => (it.months[1].quota = 1)],
    ['a smaller month', (it) => (it.months[1].population = 3)],
    ['fewer users', (it) => (it.users.total = 2)],
    ['a row that was not drawn', (_, document) => (document.items[0].index += 100_000)],
    ['a row twice', (_, document) => document.items.push(document.items[0])],
    ['more than the rows', (it) => (it.months[0].audited += 1)],
    ['more persons than the rows', (it) => (it.users.audited = 3)],
    ['a review of somebody else', (_, document) => document.reviews.push({ account: 'edu-lin' })],
    ['reviews that there are not', (it) => (it.users.reviewed = 1)],
    ['fewer with records', (it) => (it.users.with_records = 1)],
    ['more with records', (it) => (it.users.with_records = 3)],
    ['another outcome', (it) => Object.assign(it.outcomes, { abnormal: 1, normal: it.outcomes.normal - 1 })],
    ['more outcomes than items', (it) => (it.outcomes.normal += 1)],
    ['an outcome that no list has', (_, document) => (document.items[0].result = '良好')],
    ['a row that nobody audited', (_, document) => delete document.items[0].auditor],
    ['something found, and not said what', (_, document) => (document.items[0].match = '不符')],
    ['rows of another round', (_, document) => (document.round = 'taipei-police-11511')],
    ['rows of another draw', (_, document) => (document.samples = [ref(at.enlarge).id])],
    ['no rows', (_, document) => delete document.items],
  ]
  for (const [title, change] of cases) t.ok((await withResults(audited(list.drawn, change))).includes('1 round-mismatch'), title)
  const earlier = audited(list.drawn, (_, document) => delete document.v)
  t.same(
    await checked([sampled(), earlier.asked, approved], earlier.bytes),
    { codes: [], unchecked: ['1 results-form'] },
    'rows of an earlier version are not read',
  )
})

t.test('where the rows are not at hand, what entries say is held against themselves and the draws; the rest is named', async (t) => {
  const without = (change: (results: Asked) => void) => checked([sampled(), audited(list.drawn, change).asked, approved], undefined)
  t.same(await without(() => undefined), { codes: [], unchecked: ['1 results-absent'] })
  const cases: readonly (readonly [string, (results: Asked) => void])[] = [
    ['fewer with records', (it) => (it.users.with_records = 1)],
    ['reviews that were not drawn', (it) => (it.users.reviewed = 1)],
    ['outcomes of more items', (it) => (it.outcomes.abnormal = 1)],
    ['more items than were drawn', (it) => (it.months[0].audited += 99)],
    ['more users than items', (it) => (it.users.audited = 99)],
  ]
  for (const [title, change] of cases) t.ok((await without(change)).codes.includes('1 round-mismatch'), title)
})

t.test('帳號清查: who is reviewed is counted by the rows, once every account of theirs has one', async (t) => {
  const two = (person: string, ...accounts: string[]) => accounts.map((account) => row(account, person))
  const roster = [...two('E1', 'edu-chang'), ...two('E2', 'edu-wu', 'edu-wu2'), ...two('E3', 'edu-lin', 'edu-lin2')]
  const own = await writeDraw({ query: () => ({ user: 'edu-chang' }), roster })
  const draw = JSON.parse(own.commands[at.draw]?.toString() ?? '')
  const { drawn, reviews } = JSON.parse(own.documents.get(draw.sample.digest)?.toString() ?? '')
  const [{ accounts }] = reviews
  t.same([reviews.length, accounts.length], [1, 2], 'of three persons two are due, and one has records')
  const filled = { auditor: '陳怡君', day: '2027-01-05', needed: '是', result: '正常', shared: '否', unit: '科' }
  const stating = (reviewed: number, rows: readonly string[], cells: object = {}) => {
    const sample = { id: draw.id, index: at.draw, log: commands }
    const { asked, bytes } = audited(drawn, (it, document) => {
      Object.assign(it.users, { reviewed, with_records: 1 })
      Object.assign(document, { samples: [draw.id], reviews: rows.map((account) => ({ ...filled, account, ...cells })) })
    })
    return found([sampled({ sample }), asked], bytes, own)
  }
  t.same(await stating(1, accounts), [])
  t.same(await stating(0, accounts.slice(1)), [], 'one of two accounts is nobody reviewed')
  for (const [title, steps] of [
    ['one of two accounts', stating(1, accounts.slice(1))],
    ['nobody', stating(1, [])],
    ['fewer than there were', stating(0, accounts)],
    ['an account twice', stating(1, [...accounts, accounts[0]])],
    ['a row that nobody filled', stating(1, accounts, { shared: undefined })],
    ['somebody else’s account', stating(1, [...accounts, 'edu-chang'])],
  ] as const)
    t.ok((await steps).includes('1 round-mismatch'), title)
})

t.test('D-17: nothing is approved while a protection case that was drawn has no row', async (t) => {
  const own = await writeDraw({ query: (nth) => (nth === 100 ? { api: 'protection' } : {}) })
  const draw = JSON.parse(own.commands[at.draw]?.toString() ?? '')
  const { drawn } = JSON.parse(own.documents.get(draw.sample.digest)?.toString() ?? '')
  const approving = (items: readonly Item[]) => {
    const { asked, bytes } = audited(items, (it, document) => {
      it.months = draw.months.map(({ month, population, quota }: Asked) => ({
        month,
        population,
        quota,
        audited: items.filter((each) => each.month === month).length,
      }))
      document.samples = [draw.id]
    })
    return found([sampled({ sample: { id: draw.id, index: at.draw, log: commands } }), asked, approved], bytes, own)
  }
  t.same(await approving(drawn), [])
  const others = drawn.filter(({ why }: Asked) => why.join() !== 'protection')
  t.ok(others.length < drawn.length)
  t.same(await approving(others), ['2 round-mismatch'])
})

t.test('六(一)3: nothing is approved with fewer items or users than the law asks, nor on results from before an enlargement', async (t) => {
  const fewer = audited(list.drawn.filter(({ month }: Item) => month === '2026-11'))
  t.ok((await withResults(fewer)).includes('2 round-mismatch'))
  const oneUser = audited(list.drawn, (it) => (it.users.audited = 1))
  t.ok((await withResults(oneUser)).includes('2 round-mismatch'))
  t.same(await found([sampled(), approved]), ['1 round-mismatch'])
  const { asked, bytes } = audited(list.drawn)
  t.same(await found([sampled(), asked, { step: 'enlarged', sample: ref(at.enlarge) }, approved], bytes), ['3 round-mismatch'])
  t.same(
    await found([sampled(), asked, sampled({ agency: 'taipei-police' }), approved], bytes),
    [],
    'a number that is taken is not taken again',
  )
})

t.test('六(一)3: nothing is approved while a drawn row has no result, whatever quota the others meet', async (t) => {
  const larger = JSON.parse(written.commands[at.enlarge]?.toString() ?? '')
  const { drawn, reviews } = JSON.parse(written.documents.get(larger.sample.digest)?.toString() ?? '')
  const accounts = reviews.flatMap((each: { accounts: readonly string[] }) => each.accounts)
  t.same(accounts, ['edu-lin'], 'one more person than the law asks')
  const placeIn = ({ index, log }: Item) => ({ index, log, unit: '科' })
  const steps = (items: readonly Item[], change: (results: Asked, document: Asked) => void = () => undefined) => {
    const { asked, bytes } = audited(items, (it, document) => {
      it.months = larger.months.map(({ month, population, quota }: Asked) => ({
        month,
        population,
        quota,
        audited: items.filter((each) => each.month === month).length,
      }))
      document.samples = [ref(at.draw).id, ref(at.enlarge).id]
      const left = drawn.filter((each: Item) => !items.some(({ index }) => index === each.index))
      document.open = { items: left.map(placeIn), reviews: accounts.map((account: string) => ({ account, unit: '科' })) }
      it.open = { items: left.length, reviews: accounts.length }
      change(it, document)
    })
    return { steps: [sampled(), { step: 'enlarged', sample: ref(at.enlarge) }, asked, approved], bytes }
  }
  const filled = { auditor: '陳怡君', day: '2027-01-05', needed: '是', result: '正常', shared: '否', unit: '科' }
  const review = (it: Asked, document: Asked): void => {
    document.reviews = accounts.map((account: string) => ({ ...filled, account }))
    Object.assign(it.users, { reviewed: 1 })
    Object.assign(document.open, { reviews: [] })
    Object.assign(it.open, { reviews: 0 })
  }
  const of = async (made: ReturnType<typeof steps>, documents = true) => await checked(made.steps, documents ? made.bytes : undefined)
  t.same(await of(steps(drawn, review)), { codes: [], unchecked: [] })
  const [none] = drawn.filter(({ month }: Item) => month === '2026-11')
  const suits = drawn.filter((each: Item) => each !== none)
  t.same(await of(steps(suits, review)), { codes: ['3 round-mismatch'], unchecked: [] }, 'a record')
  t.same(await of(steps(drawn)), { codes: ['3 round-mismatch'], unchecked: [] }, 'an account that was to be reviewed')
  t.same(await of(steps(suits, review), false), { codes: ['3 round-mismatch'], unchecked: ['2 results-absent'] }, 'by the step alone')
  const lies: readonly (readonly [string, (results: Asked, document: Asked) => void])[] = [
    ['the step says that nothing is', (it) => (it.open.items = 0)],
    ['the document says that nothing is', (_, document) => (document.open.items = [])],
    ['the document says that another is', (_, document) => (document.open.items = [placeIn(drawn[1])])],
    ['the step does not say it', (it) => delete it.open],
    ['the document does not say it', (_, document) => delete document.open],
    ['the account is not said', (it) => (it.open.reviews = 0)],
  ]
  for (const [title, change] of lies)
    t.same((await of(steps(suits, change))).codes.filter((each) => each === '2 round-mismatch').length > 0, true, title)
  t.ok(
    (
      await of(
        steps(suits, (it) => (it.open.items = 0)),
        false,
      )
    ).codes.includes('2 round-mismatch'),
    'without the document, by what was drawn',
  )
  const earlier = (it: Asked, document: Asked): void => {
    review(it, document)
    delete it.open
    delete document.open
  }
  t.same(await of(steps(suits, earlier)), { codes: [], unchecked: ['3 results-open'] }, 'as earlier versions allowed: named')
  t.same(await of(steps(drawn, earlier)), { codes: [], unchecked: [] })
  const [before, after] = [steps(drawn, review), steps(suits, earlier)]
  const back = [...before.steps.slice(0, 3), after.steps[2] ?? {}, approved]
  t.ok((await found(back, after.bytes)).includes('3 round-mismatch'), 'nobody goes back to the earlier form')
})

t.test('results of a population that was frozen anew, or under a seed that was thrown again, are found', async (t) => {
  const { asked, bytes } = audited(list.drawn)
  const again = (index: number, own: object) =>
    edited(written.commands[index], (it) =>
      Object.assign(it, { at: '2027-01-05T01:00:00.000Z', document: '北市社政字第1150000310號', id: newId(), ...own }),
    )
  const anew = again(at.freeze, { replaces: ref(at.freeze) })
  const thrown = { randomness: '2'.repeat(20), thrown: '2027-01-05T00:59:00.000Z' }
  const { asked: before } = JSON.parse(written.commands[at.seed]?.toString() ?? '')
  const seed = again(at.seed, { asked: { ...before, ...thrown }, replaces: [ref(at.seed)] })
  for (const [title, step] of [
    ['frozen anew', anew],
    ['thrown again', seed],
  ] as const) {
    t.same(await found([sampled(), step, asked], bytes), ['2 round-mismatch'], `${title} before the results`)
    t.same(await found([sampled(), asked, step, approved], bytes), ['3 round-mismatch'], `${title} before the approval`)
    t.same(await found([sampled(), asked, approved, step], bytes), [], `${title} when it was over`)
  }
})
