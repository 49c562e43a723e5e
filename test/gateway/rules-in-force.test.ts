// rules-in-force.test.ts: what becomes of a folder that changed, without files, clocks or a database.
import t from 'tap'
import { type RulesEvent, RulesInForce, type RulesPorts } from '../../src/gateway/rules-in-force.ts'
import { readBlocks } from '../../src/policy/blocks.ts'
import type { Finding } from '../../src/policy/finding.ts'
import type { Snapshot } from '../../src/policy/snapshot.ts'
import { AGENCY, edit, type Files, load, withFolder } from '../policy/good-folder.ts'

const blocked = { 'blocks.yaml': 'blocks:\n  - {agency: education, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n' }
const two = {
  'blocks.yaml': `${blocked['blocks.yaml']}  - {credential: edu-key, at: "2026-11-24T22:16:00+08:00", by: 值班, reason: 外洩}\n`,
}
const keyOnly = {
  'blocks.yaml': 'blocks:\n  - {credential: edu-key, at: "2026-11-24T22:16:00+08:00", by: 值班, reason: 外洩}\n',
}
const broken = edit(AGENCY, 'kind: linked-agency', 'kind: linked')
const renamed = edit(AGENCY, 'name: 教育局', 'name: 教育處')
const good = load({}).snapshot
if (good === undefined) throw new Error('the good folder loads')

/** Rules over a folder that a test changes, and everything that happened, in order. */
class Scene {
  folder: Files = {}
  readonly happened: string[] = []
  readonly events: RulesEvent[] = []
  objections: readonly Finding[] = []
  /** Settles the next activation; where it is not set, one succeeds at once. */
  activation: (() => Promise<void>) | undefined
  /** Happens at the end of the so-manieth sleep from here on. */
  meanwhile: (() => void)[] = []
  now = 1_000
  readonly inForce: Snapshot[] = []
  /** Rules that refused what runs: how many blocks they have, and whether they came into force. */
  readonly refused: { readonly blocks: number; readonly inForce: Promise<boolean> }[] = []
  readonly rules: RulesInForce

  constructor(own: Partial<RulesPorts> = {}) {
    this.rules = new RulesInForce(good as Snapshot, {
      load: () => load(this.folder),
      loadBlocks: () => withFolder(this.folder, readBlocks),
      against: () => this.objections,
      activate: async (next) => {
        await this.activation?.()
        this.happened.push(`activated ${next.blocks.length} blocks`)
      },
      refuse: (next, inForce) => void this.refused.push({ blocks: next.blocks.length, inForce }),
      swap: (next) => {
        this.happened.push('swapped')
        this.inForce.push(next)
      },
      wall: () => this.now,
      sleep: async (ms) => {
        this.happened.push(`slept ${ms}`)
        this.meanwhile.shift()?.()
      },
      report: (event) => void this.events.push(event),
      ...own,
    })
  }

  /** Puts another folder in its place. */
  put(folder: Files): () => void {
    return () => {
      this.folder = folder
    }
  }

  get names(): readonly string[] {
    return this.events.map(({ event }) => event)
  }
}

t.test('a change is committed before it decides, and said once', async (t) => {
  const scene = new Scene()
  scene.folder = renamed
  scene.now = 2_000
  await scene.rules.changed()
  t.same(scene.happened, ['activated 0 blocks', 'swapped'])
  t.equal(scene.rules.snapshot.agencies.get('education')?.name, '教育處')
  t.equal(scene.rules.since, 2_000)
  t.same(scene.names, ['in-force'])
  await scene.rules.changed()
  t.same(scene.names, ['in-force'], 'a folder that says the same is no news')
})

t.test('an invalid folder changes nothing, and says what is in force since when; mended, it says so', async (t) => {
  const scene = new Scene()
  scene.folder = broken
  await scene.rules.changed()
  await scene.rules.changed()
  t.same(scene.names, ['not-in-force'], 'once for each state')
  t.match(scene.events[0], { policy: good.digest, since: 1_000 })
  t.ok(scene.rules.findings.length > 0)
  t.equal(scene.rules.snapshot, good)
  scene.folder = {}
  await scene.rules.changed()
  t.same(scene.names, ['not-in-force', 'as-in-force'])
  t.same(scene.rules.findings, [])
  t.same(scene.happened, [], 'nothing was committed')
})

t.test('blocks act while the rest of the folder is invalid; and not where they are invalid themselves', async (t) => {
  const scene = new Scene()
  scene.folder = { ...broken, ...blocked }
  await scene.rules.changed()
  t.equal(scene.rules.snapshot.blocks.length, 1)
  t.equal(scene.rules.snapshot.agencies, good.agencies, 'everything else is as it was')
  t.same(scene.names, ['in-force', 'not-in-force'])
  scene.folder = { ...broken, 'blocks.yaml': 'blocks:\n  - {agency: education}\n' }
  await scene.rules.changed()
  t.equal(scene.rules.snapshot.blocks.length, 1, 'a slip of the pen lifts no block')
  scene.folder = { ...blocked }
  await scene.rules.changed()
  t.equal(scene.names.at(-1), 'as-in-force')
  t.equal(scene.rules.snapshot.digest, load(blocked).snapshot?.digest, 'the same digest as a load of the whole')
})

const nothing = (): void => undefined
const blocksIn = ({ rules }: Scene): number => rules.snapshot.blocks.length

t.test('what lifts a block acts once it has stood: a file that is cut between two blocks lifts none', async (t) => {
  const scene = new Scene()
  scene.folder = two
  await scene.rules.changed()
  scene.folder = blocked
  scene.meanwhile = [...Array(8).fill(nothing), scene.put(two)]
  await scene.rules.changed()
  t.equal(blocksIn(scene), 2, 'the rest of the file came')
  t.equal(scene.inForce.length, 1)
  // Slowly, with stops: each change is waited for anew.
  scene.folder = { 'blocks.yaml': 'blocks: []\n' }
  scene.meanwhile = [...Array(8).fill(nothing), scene.put(blocked), ...Array(8).fill(nothing), scene.put(two)]
  await scene.rules.changed()
  t.equal(scene.inForce.length, 1)
  scene.happened.length = 0
  scene.folder = blocked
  await scene.rules.changed()
  t.same(scene.happened, [...Array(10).fill('slept 200'), 'activated 1 blocks', 'swapped'])
  t.equal(scene.rules.snapshot.digest, load(blocked).snapshot?.digest)
})

t.test('while what lifts is waited for, a block acts at the next look, and the end takes up nothing', async (t) => {
  const scene = new Scene()
  scene.folder = blocked
  await scene.rules.changed()
  scene.folder = {}
  scene.meanwhile = [scene.put(two)]
  scene.happened.length = 0
  await scene.rules.changed()
  t.same(scene.happened, ['slept 200', 'activated 2 blocks', 'swapped'])
  scene.folder = {}
  let ended: Promise<void> | undefined
  scene.meanwhile = [
    () => {
      ended = scene.rules.end()
    },
  ]
  await scene.rules.changed()
  await ended
  t.equal(blocksIn(scene), 2)
})

t.test('a file that is cut between the reading of blocks and of the whole folder lifts none', async (t) => {
  const cut: Files[] = []
  const scene = new Scene({ load: () => load(cut.shift() ?? scene.folder) })
  scene.folder = two
  await scene.rules.changed()
  cut.push({ ...renamed, ...blocked })
  await scene.rules.changed()
  t.equal(blocksIn(scene), 2)
  t.equal(scene.inForce.length, 1)
  scene.folder = { ...renamed, ...two }
  cut.push({ ...renamed, ...blocked })
  await scene.rules.changed()
  t.equal(blocksIn(scene), 2)
  t.equal(scene.rules.snapshot.agencies.get('education')?.name, '教育處', 'the rest is taken up')
})

t.test('a file that lifts and keeps changing holds up nothing else: not for longer than fifty looks', async (t) => {
  const scene = new Scene()
  scene.folder = two
  await scene.rules.changed()
  scene.happened.length = 0
  const lifting = (at: number): Files => ({ 'blocks.yaml': blocked['blocks.yaml'].replace('外洩', `外洩 ${at}`) })
  let at = 0
  const change = (): void => {
    at += 1
    scene.folder = { ...renamed, ...lifting(at) }
    if (scene.rules.snapshot.agencies.get('education')?.name === '教育局' && at < 200) scene.meanwhile.push(change)
  }
  change()
  await scene.rules.changed()
  t.equal(scene.happened.indexOf('activated 2 blocks'), 50, 'the rest is in force with the blocks that were')
  t.equal(scene.inForce.at(-1)?.agencies.get('education')?.name, '教育處')
  t.equal(scene.inForce.at(-1)?.blocks.length, 1, 'and what lifts is, once it stood')
  t.same(scene.names, ['in-force', 'in-force', 'in-force'])
})

t.test('nor does one that reads otherwise each time that the whole folder is read', async (t) => {
  let reads = 0
  const scene = new Scene({
    load: () => {
      reads += 1
      return load({ ...renamed, ...(reads < 50 ? blocked : two) })
    },
  })
  scene.folder = two
  const readBefore: number[] = []
  scene.activation = async () => void readBefore.push(reads)
  await scene.rules.changed()
  t.same(readBefore, [0, 4], 'blocks, and the rest after the fourth reading')
  t.equal(scene.inForce.at(-1)?.agencies.get('education')?.name, '教育處')
  t.equal(scene.happened.indexOf('activated 2 blocks'), 0)
  t.ok(scene.inForce.every(({ blocks }) => blocks.length === 2))
  t.ok(reads <= 50, `${reads} readings`)
})

t.test('a save that lifts one block and adds another: what it adds acts before what it lifts is waited for', async (t) => {
  const scene = new Scene()
  scene.folder = blocked
  await scene.rules.changed()
  scene.happened.length = 0
  scene.folder = keyOnly
  await scene.rules.changed()
  t.same(scene.happened, ['activated 2 blocks', 'swapped', ...Array(10).fill('slept 200'), 'activated 1 blocks', 'swapped'])
  t.equal(scene.rules.snapshot.digest, load(keyOnly).snapshot?.digest)
})

t.test('where a lift waits for its commit, it does not act, blocks act, and the rest of the folder is taken up', async (t) => {
  let committed = false
  const asked: (string | undefined)[] = []
  const objection = load(broken).findings
  const scene = new Scene({
    againstLift: async ({ asRead }) => {
      asked.push(asRead?.toString())
      return committed ? [] : objection
    },
  })
  scene.folder = blocked
  await scene.rules.changed()
  t.same(asked, [], 'a block waits for nothing')
  scene.folder = { ...keyOnly, ...renamed }
  await scene.rules.changed()
  t.equal(blocksIn(scene), 2, 'what was lifted is blocked still, and what was added is blocked')
  t.equal(scene.rules.snapshot.agencies.get('education')?.name, '教育處')
  t.same(scene.rules.findings, objection)
  t.same(asked, [keyOnly['blocks.yaml']])
  const inForce = scene.rules.snapshot.digest
  await scene.rules.changed()
  t.equal(scene.rules.snapshot.digest, inForce)
  t.equal(scene.names.filter((name) => name === 'not-in-force').length, 1, 'said once')
  scene.folder = { ...keyOnly, ...broken }
  await scene.rules.changed()
  t.ok(scene.rules.findings.length > objection.length - 1, 'what is invalid is said beside it')
  scene.folder = { ...keyOnly, ...renamed }
  committed = true
  scene.happened.length = 0
  await scene.rules.changed()
  t.same(scene.happened, ['activated 1 blocks', 'swapped'], 'committed it acts at once: no half of a file is ever committed')
  t.same(scene.rules.findings, [])
  t.equal(scene.rules.snapshot.digest, load({ ...keyOnly, ...renamed }).snapshot?.digest)
})

t.test('an uncommitted folder changes nothing, and what follows is asked again', async (t) => {
  let committed = false
  const scene = new Scene({ against: async () => (committed ? [] : load(broken).findings) })
  scene.folder = renamed
  await scene.rules.changed()
  t.equal(scene.rules.snapshot, good)
  committed = true
  await scene.rules.changed()
  t.equal(scene.rules.snapshot.agencies.get('education')?.name, '教育處')
  t.same(scene.names, ['not-in-force', 'in-force'])
})

t.test('blocks act before the rest is even read; what could not be read is read again, without a further change', async (t) => {
  let reads = 0
  const scene = new Scene({
    load: () => {
      reads += 1
      if (reads < 4) throw new Error('ten thousand files')
      return load(scene.folder)
    },
  })
  scene.folder = { ...renamed, ...blocked }
  await scene.rules.changed()
  t.same(scene.happened.slice(0, 3), ['activated 1 blocks', 'swapped', 'slept 2000'])
  t.same(scene.names, ['in-force', 'not-judged', 'in-force'], 'what fails as before is no news')
  t.equal(scene.rules.snapshot.agencies.get('education')?.name, '教育處')
})

t.test('what could not be read and then says what is in force is told to be mended', async (t) => {
  let reads = 0
  const scene = new Scene({
    load: () => {
      reads += 1
      if (reads === 1) throw new Error('input/output error')
      return load(scene.folder)
    },
  })
  const unjudged: boolean[] = []
  scene.meanwhile = [() => unjudged.push(scene.rules.unjudged)]
  await scene.rules.changed()
  await scene.rules.changed()
  t.same(scene.names, ['not-judged', 'as-in-force'], 'once')
  t.same([unjudged, scene.rules.unjudged], [[true], false], 'readiness says so meanwhile')
})

t.test('at the end a folder that cannot be read is read no more', async (t) => {
  const scene = new Scene({
    load: () => {
      throw new Error('ten thousand files')
    },
  })
  scene.meanwhile.push(() => void scene.rules.end())
  await scene.rules.changed()
  t.same(scene.happened, ['slept 2000'])
})

t.test('a history that was rewritten keeps the folder out', async (t) => {
  const scene = new Scene()
  scene.objections = load(broken).findings
  scene.folder = renamed
  await scene.rules.changed()
  t.same(scene.names, ['not-in-force'])
  t.equal(scene.rules.snapshot, good)
  t.same(scene.rules.findings, scene.objections)
})

t.test('what the log cannot hold decides nothing; it is tried again until it can', async (t) => {
  const scene = new Scene()
  let failures = 3
  scene.activation = async () => {
    if (failures > 0) {
      failures -= 1
      throw new Error('the log is away')
    }
  }
  scene.folder = renamed
  await scene.rules.changed()
  t.same(scene.happened, ['slept 500', 'slept 500', 'slept 500', 'activated 0 blocks', 'swapped'])
  t.same(scene.names, ['not-recorded', 'not-recorded', 'not-recorded', 'in-force'])
})

t.test('what runs is refused before the log holds the rules, and told whether they came into force', async (t) => {
  const scene = new Scene()
  const outcomes = () => Promise.all(scene.refused.map(async ({ blocks, inForce }) => [blocks, await inForce]))
  let away = true
  scene.activation = async () => {
    t.ok(scene.refused.length > scene.inForce.length, 'refused first')
    if (!away) return
    away = false
    scene.folder = renamed
    scene.rules.changed()
    throw new Error('the log is away')
  }
  scene.folder = blocked
  await scene.rules.changed()
  t.same(
    await outcomes(),
    [
      [1, false],
      [0, true],
    ],
    'a block that is lifted before the log held it never came into force',
  )
  scene.objections = load(broken).findings
  scene.folder = {}
  await scene.rules.changed()
  t.equal(scene.refused.length, 2, 'what is kept out refuses nothing')
})

t.test('rules that are told again while the log is away are the same that refused', async (t) => {
  const scene = new Scene()
  let tries = 0
  scene.activation = async () => {
    tries += 1
    if (tries > 2) return
    scene.rules.changed()
    throw new Error('the log is away')
  }
  scene.folder = blocked
  await scene.rules.changed()
  t.same(await Promise.all(scene.refused.map(({ inForce }) => inForce)), [true, true, true])
})

t.test('rules that the folder takes back before the log could hold them did not come into force', async (t) => {
  const scene = new Scene()
  scene.activation = async () => {
    scene.folder = {}
    scene.rules.changed()
    throw new Error('the log is away')
  }
  scene.folder = renamed
  await scene.rules.changed()
  t.same(await Promise.all(scene.refused.map(({ inForce }) => inForce)), [false])
  t.equal(scene.rules.snapshot, good)
})

t.test('a folder that changes while the log is away: the newest is taken up, the one between never decides', async (t) => {
  const scene = new Scene()
  scene.folder = renamed
  let fail = true
  scene.activation = async () => {
    if (!fail) return
    fail = false
    scene.folder = blocked
    scene.rules.changed()
    throw new Error('the log is away')
  }
  await scene.rules.changed()
  t.equal(scene.inForce.length, 1)
  t.equal(scene.inForce[0]?.digest, load(blocked).snapshot?.digest)
})

t.test('changes that come while one is being committed are read after it, once', async (t) => {
  let loads = 0
  const scene = new Scene({
    load: () => {
      loads += 1
      return load(scene.folder)
    },
  })
  scene.folder = renamed
  let go = (): void => undefined
  const held = new Promise<void>((resolve) => {
    go = resolve
  })
  scene.activation = () => held
  const first = scene.rules.changed()
  await new Promise((later) => setImmediate(later))
  scene.activation = undefined
  scene.folder = {}
  const all = [scene.rules.changed(), scene.rules.changed(), scene.rules.changed()]
  go()
  await Promise.all([first, ...all])
  t.equal(loads, 2)
  t.equal(scene.rules.snapshot.digest, good.digest)
  t.same(scene.happened, ['activated 0 blocks', 'swapped', 'activated 0 blocks', 'swapped'])
})

t.test('at the end nothing more is taken up', async (t) => {
  const scene = new Scene()
  scene.activation = async () => {
    throw new Error('the log is away')
  }
  scene.folder = renamed

  await scene.rules.end()
  scene.activation = undefined
  await scene.rules.changed()
  t.same(scene.inForce, [])
})
