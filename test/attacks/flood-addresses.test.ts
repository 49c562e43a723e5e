// flood-addresses.test.ts: ten thousand addresses that nobody or everybody holds: a thousand keys, the rest as other, nothing lost, no memory.
import { connect } from 'node:net'
import t from 'tap'
import { DemoCaller, demoCalls } from '../../src/cli/demo/calls.ts'
import { PostgresLogReader } from '../../src/store/reader.ts'
import { Configuration, day } from '../end-to-end/configuration.ts'
import { type ReadEntry, statusPath, subject } from '../end-to-end/department.ts'
import { held, openPlace, probe, serving } from './gateway-child.ts'
import type { Held } from './memory-probe.ts'

const MiB = 1024 * 1024
const keysAMinute = 1_000
/** Failures before authentication that one address may have in a minute: the default. */
const failuresAMinute = 120

/** A part of a flood: so many addresses, which of them counts as one caller, and what each is told. */
interface Wave {
  readonly title: string
  readonly count: number
  readonly address: (at: number) => string
  readonly key: string
  readonly codes: Readonly<Record<string, number>>
}

const [good] = demoCalls(subject)
if (good === undefined) throw new Error('the demo has an approved call')
const place = await openPlace(t)
const agencyNetwork = '2001:db8:77::/48'
new Configuration(place.department.config).edit('agencies/taipei-education.yaml', (file) =>
  file.addIn(
    ['networks'],
    file.createNode({ cidr: agencyNetwork, from: day(-100), until: day(100), document: '北市社資字第1150000123號' }),
  ),
)
const caller = new DemoCaller('', place.department.drawn)
const body = JSON.stringify({ nationalId: subject })
const hex = (at: number): string => (at + 1).toString(16)
/** Keys that no refusal may be taken from: the right one from elsewhere, and one that is nobody's. */
const rightKey = await caller.headers(good, body)
const wrongKey = await caller.headers({ ...good, credential: 'wrong' }, body)

/** @param flood which one: no two floods share an address */
const waves = (flood: number): readonly Wave[] => [
  {
    title: 'a new address each time, in one /64 of nobody',
    count: 2_000,
    address: (at) => `2001:db8:${hex(flood)}:1::${hex(at)}`,
    key: 'right',
    codes: { 'network-not-allowed': 2_000 },
  },
  {
    title: 'a new address each time, in one /64 of an agency: one caller who fails too often (@fastify/rate-limit 1aee036)',
    count: 500,
    address: (at) => `2001:db8:77:${hex(0xf000 + flood)}::${hex(at)}`,
    key: 'wrong',
    codes: { 'credentials-invalid': failuresAMinute, 'rate-limited': 500 - failuresAMinute },
  },
  {
    title: 'a new /64 each time, of an agency',
    count: 1_500,
    address: (at) => `2001:db8:77:${hex(flood * 2_000 + at)}::1`,
    key: 'wrong',
    codes: { 'credentials-invalid': 1_500 },
  },
  {
    title: 'a new /64 each time, of nobody',
    count: 3_000,
    address: (at) => `2001:db8:${hex(0x1000 * (flood + 1))}:${hex(at)}::1`,
    key: 'right',
    codes: { 'network-not-allowed': 3_000 },
  },
  {
    title: 'a new IPv4 address each time, of nobody',
    count: 3_000,
    address: (at) => `198.${18 + flood}.${at >> 8}.${at & 255}`,
    key: 'right',
    codes: { 'network-not-allowed': 3_000 },
  },
]

/** One call through the proxy, which vouches for an address; strangers' connections are ended. @returns its code */
function call(headers: Readonly<Record<string, string>>, address: string): Promise<string> {
  const lines = Object.entries({ host: 'x', ...headers, 'x-forwarded-for': address, 'content-length': String(body.length) })
  const head = [`POST ${statusPath} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n')
  return new Promise((answered, failed) => {
    let text = ''
    const socket = connect(place.publicPort, '127.0.0.1', () => socket.write(head))
    socket.on('data', (chunk) => {
      text += chunk
      const code = /"code":"([^"]+)"/.exec(text)?.[1]
      if (code === undefined) return
      answered(code)
      socket.end()
    })
    socket.on('error', failed)
  })
}

/** Sends a wave, 32 calls at once. @returns how often each code came */
async function send({ count, address, key }: Wave): Promise<Record<string, number>> {
  const codes: Record<string, number> = {}
  let next = 0
  const one = async (): Promise<void> => {
    while (next < count) {
      next += 1
      const code = await call(key === 'right' ? rightKey : wrongKey, address(next - 1))
      codes[code] = (codes[code] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 32 }, one))
  return codes
}

async function refusals(): Promise<ReadEntry[]> {
  const reader = new PostgresLogReader(place.database.url('linkage_gateway'))
  const found: ReadEntry[] = []
  for await (const { entry } of reader.entries('1', 0, Number.MAX_SAFE_INTEGER)) found.push(JSON.parse(entry))
  await reader.close()
  return found.filter(({ kind }) => kind === 'refusals')
}

t.setTimeout(200_000)
t.test('two floods of ten thousand addresses', { timeout: 180_000 }, async (t) => {
  const run = place.serve(undefined, [probe])
  await serving(run)
  const after: Held[] = []
  for (const flood of [0, 1]) {
    for (const wave of waves(flood)) t.same(await send(wave), wave.codes, `${wave.title}: each is told`)
    after.push(await held(run))
  }
  const [first, second] = after
  const grown = ((second?.bytes ?? 0) - (first?.bytes ?? 0)) / MiB
  t.ok(grown < 1.25, `${grown.toFixed(2)} MiB more after another ten thousand`)
  t.equal(await call(rightKey, '2001:db8:77:ffff::1'), 'upstream-unavailable', 'who is in the same network and has the key is let through')
  run.child.kill('SIGTERM')
  t.equal(await run.ended, 0)
})

t.test('what the log holds of them', async (t) => {
  const entries = await refusals()
  const counts = entries.flatMap((entry) => entry.counts ?? [])
  const other = entries.reduce((sum, entry) => sum + Number(entry.other), 0)
  const sent = [0, 1].flatMap((flood) => waves(flood)).reduce((sum, { count }) => sum + count, 0)
  t.equal(
    counts.reduce((sum, { count }) => sum + count, other),
    sent,
    'every refusal is counted once',
  )
  for (const minute of new Set(entries.map((entry) => entry.minute))) {
    const keys = entries.filter((entry) => entry.minute === minute).flatMap((entry) => entry.counts ?? [])
    t.ok(keys.length <= keysAMinute, `${keys.length} keys in ${minute}`)
  }
  t.ok(other > sent / 2, `${other} as other`)
  // The first wave came while there was room: what was told to it, is counted under one key and no other.
  const of = (network: string) => counts.filter(({ address }) => address === network).map(({ code, count }) => [code, count])
  t.same(of('20010db800010001::/64'), [['network-not-allowed', 2_000]], 'a /64 is one caller')
  t.same(
    of('20010db80077f001::/64'),
    [
      ['credentials-invalid', failuresAMinute],
      ['rate-limited', 500 - failuresAMinute],
    ],
    'by reason',
  )
  t.ok(new Set(counts.map(({ address }) => address)).size > keysAMinute / 2, 'most keys are addresses of their own')
})
