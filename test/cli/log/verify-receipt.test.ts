// verify-receipt.test.ts: what an agency keeps of an answer is verified without database and network, and nothing else passes for it.
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { canonicalJson } from '../../../src/canonical.ts'
import { receiptHeader } from '../../../src/querylog/receipt.ts'
import { leafHash } from '../../../src/querylog/tree.ts'
import { pathByDefinition } from '../../rfc6962.ts'
import { temporaryFolder } from '../../store/server.ts'
import { at, edited, log, newSigner, rewritten, writeLog } from '../../verifier/written-log.ts'
import { runLog } from './verifying.ts'

const first = await writeLog()
const { signer } = first
const salt = Buffer.alloc(32, 7)
const body = Buffer.from('{"status":{"category":"低收入戶"}}')
const request = Buffer.from('{"nationalId":"A100000001"}')
const streamed = Buffer.from('{"row":1}\n')
const mac = (bytes: Buffer): string => createHmac('sha256', salt).update(bytes).digest('hex')
const index = at.firstQuery
const entries = first.written.entries
  .with(
    index,
    edited(first.written.entries[index], (it) => Object.assign(it, { released_hmac: mac(body), request_hmac: mac(request) })),
  )
  .with(
    at.completion,
    edited(first.written.entries[at.completion], (it) =>
      Object.assign(it, { bytes: 1024, outcome: 'whole', released_hmac: mac(streamed), rows: 1 }),
    ),
  )
const { leaves, checkpoints } = rewritten(first.written, entries, signer)
const noteAt = (size: number): string => checkpoints.find((each) => each.size === size)?.note ?? ''
const receiptOf = (of: number, size: number, keyed = salt): string =>
  receiptHeader('1', { index: of, leaf: leafHash(entries[of] ?? ''), checkpoint: Buffer.from(noteAt(size)).toString('base64') }, keyed)
const proofOf = (of: number, size: number): string =>
  ['c2sp.org/tlog-proof@v1', `extra ${entries[of]?.toString('base64')}`, `index ${of}`]
    .concat(
      pathByDefinition(of, leaves.slice(0, size)).map((each) => each.toString('base64')),
      '',
      noteAt(size),
    )
    .join('\n')

const folder = temporaryFolder(t)
let files = 0
function file(content: string | Buffer): string {
  const name = join(folder, String(files++))
  writeFileSync(name, content)
  return name
}

const key = ['--key', signer.verifierKey]
const receipt = ['--receipt', file(receiptOf(index, 6))]
const proof = ['--proof', file(proofOf(index, at.size))]
const entry = ['--entry', file(entries[index] ?? '')]
const [bodyFile, requestFile] = [file(body), file(request)]
const bodies = ['--body', bodyFile, '--request', requestFile]

async function shows(
  t: Test,
  title: string,
  args: readonly string[],
  shown: readonly string[],
  faults: readonly string[] = [],
): Promise<void> {
  const { code, out } = await runLog(['verify-receipt', '--json', ...args])
  const answer = JSON.parse(out)
  t.same(answer.shown, shown, `${title}: ${out}`)
  t.same(
    answer.faults.map((each: { code: string }) => each.code),
    faults,
    title,
  )
  t.equal(code, faults.length > 0 ? 1 : 0, title)
  t.equal(answer.content, faults.length === 0)
}

t.test('an answer that was kept is shown to be the one that was recorded, as far as what was kept reaches', async (t) => {
  await shows(t, 'all of it', [...receipt, ...proof, ...bodies, ...key], ['signed', 'included', 'body', 'request'])
  await shows(t, 'receipt and entry', [...receipt, ...entry, ...bodies, ...key], ['signed', 'body', 'request'])
  await shows(t, 'the receipt alone', [...receipt, ...key], ['signed'])
  await shows(t, 'the proof alone', [...proof, ...key], ['signed', 'included'])
  await shows(
    t,
    'proof, salt and body',
    [...proof, '--salt', salt.toString('base64'), '--body', bodyFile, ...key],
    ['signed', 'included', 'body'],
  )
  await shows(t, 'the header with its name', ['--receipt', file(`linkage-receipt:  ${receiptOf(index, 6)}\r\n`), ...key], ['signed'])
  await shows(t, 'by a trust policy', [...receipt, '--trust', file(`log ${signer.verifierKey}\n`)], ['signed'])
})

t.test('another body, entry, index, salt or key is not', async (t) => {
  const changed = file(Buffer.concat([body, Buffer.from(' ')]))
  await shows(t, 'a body with one byte more', [...receipt, ...proof, '--body', changed, ...key], ['signed', 'included'], ['body-mismatch'])
  await shows(t, 'the request as body', [...receipt, ...proof, '--body', requestFile, ...key], ['signed', 'included'], ['body-mismatch'])
  await shows(t, 'another request', [...receipt, ...proof, '--request', bodyFile, ...key], ['signed', 'included'], ['request-mismatch'])
  const salted = ['--receipt', file(receiptOf(index, 6, Buffer.alloc(32, 8)))]
  await shows(t, 'another salt', [...salted, ...proof, '--body', bodyFile, ...key], ['signed', 'included'], ['body-mismatch'])
  await shows(
    t,
    'the receipt of another call',
    [...proof, '--receipt', file(receiptOf(4, 6)), ...key],
    ['signed', 'included'],
    ['entry-mismatch'],
  )
  await shows(t, 'another entry', [...receipt, '--entry', file(entries[4] ?? ''), ...key], ['signed'], ['entry-mismatch'])
  await shows(t, 'an entry that is none', [...receipt, '--entry', file('{}'), ...key], ['signed'], ['entry-invalid', 'entry-mismatch'])
  await shows(t, 'an entry of another kind', ['--proof', file(proofOf(at.firstKey, 6)), ...key], ['signed', 'included'], ['entry-invalid'])
  const refused = ['--receipt', file(receiptOf(5, 6)), '--proof', file(proofOf(5, 6)), '--body', bodyFile]
  await shows(t, 'a call that released nothing', [...refused, ...key], ['signed', 'included'], ['body-mismatch'])
  await shows(t, 'a stranger’s key', [...receipt, '--key', newSigner().verifierKey], [], ['receipt-invalid'])
  await shows(
    t,
    'a proof at another index',
    ['--proof', file(proofOf(index, 6).replace('index 3', 'index 4')), ...key],
    [],
    ['proof-invalid'],
  )
  await shows(t, 'a receipt that is none', ['--receipt', file('x'), ...key], [], ['receipt-invalid'])
})

t.test('a completion that nothing proves to stand in the log is no evidence: whoever has the receipt could write it', async (t) => {
  const forged = Buffer.from('{"status":{"category":"forged"}}')
  const { id } = JSON.parse(entries[index]?.toString() ?? '{}')
  const completion = canonicalJson({
    agency: 'taipei-education',
    at: '2026-11-24T02:00:00.100Z',
    bytes: 1024,
    id: '019abcde-0000-7000-8000-000000000001',
    kind: 'completion',
    of: { id, index },
    outcome: 'whole',
    released_hmac: mac(forged),
    rows: 1,
    v: 1,
  })
  const given = ['--entry', file(completion), '--body', file(forged)]
  const { code, out } = await runLog(['verify-receipt', '--json', ...receipt, ...given, ...key])
  t.equal(code, 1)
  t.ok(
    JSON.parse(out).faults.some((each: { code: string }) => each.code === 'entry-mismatch'),
    out,
  )
})

t.test('the completion of a stream stands for its query only beside the query’s own proof', async (t) => {
  const end = ['--proof', file(proofOf(at.completion, at.size)), '--body', file(streamed)]
  const ofQuery = (of: number) => ['--query-proof', file(proofOf(of, at.size))]
  const all = ['signed', 'included', 'body']
  await shows(t, 'both', [...receipt, ...end, ...ofQuery(index), ...key], all)
  const asked = ['--request', requestFile]
  await shows(t, 'the request, by its query', [...receipt, ...end, ...ofQuery(index), ...asked, ...key], [...all, 'request'])
  await shows(t, 'the completion’s alone', [...receipt, ...end, ...key], all, ['query-unproven'])
  const salted = ['--salt', salt.toString('base64')]
  await shows(t, 'without a receipt', [...salted, ...end, ...key], all, ['query-unproven'])
  await shows(t, 'without a receipt, both', [...salted, ...end, ...ofQuery(index), ...key], all)
  // Its checkpoint is signed, its leaf is not: whoever wrote the receipt can have put another entry there.
  const [leaf] = [leafHash(entries[4] ?? '')]
  const note = Buffer.from(noteAt(6)).toString('base64')
  const other = ['--receipt', file(receiptHeader('1', { index, leaf, checkpoint: note }, salt))]
  await shows(t, 'a receipt of another entry', [...other, ...end, ...ofQuery(index), ...key], all, ['entry-mismatch'])
  await shows(t, 'the proof of another query', [...salted, ...end, ...ofQuery(4), ...key], all, ['entry-mismatch'])
  await shows(t, 'beside no completion', [...receipt, ...proof, ...ofQuery(index), ...key], ['signed', 'included'], ['entry-mismatch'])
  const torn = ['--query-proof', file(proofOf(index, at.size).replace('index 3', 'index 4'))]
  await shows(t, 'a proof that is none', [...receipt, ...end, ...torn, ...key], all, ['proof-invalid', 'query-unproven'])
})

t.test('what nothing was held against is told: it was not shown', async (t) => {
  const act = ['--proof', file(proofOf(at.firstKey, 6))]
  const given = ['--salt', salt.toString('base64'), ...bodies]
  await shows(t, 'no answer', [...act, ...given, ...key], ['signed', 'included'], ['entry-invalid', 'not-compared', 'not-compared'])
})

t.test('every byte of receipt and proof that is changed is noticed', async (t) => {
  const [header, text] = [receiptOf(index, 6), proofOf(index, 9)]
  const run = async (option: string, changed: string): Promise<boolean> => {
    const { out, code } = await runLog([
      'verify-receipt',
      '--json',
      option,
      file(changed),
      ...proof,
      ...bodies,
      '--salt',
      salt.toString('base64'),
      ...key,
    ])
    return code === 1 && JSON.parse(out).faults.length > 0
  }
  const flipped = (of: string, place: number): string =>
    of.slice(0, place) + String.fromCharCode(of.charCodeAt(place) ^ 1) + of.slice(place + 1)
  for (let place = 0; place < header.length; place += 1)
    if (!(await run('--receipt', flipped(header, place)))) t.fail(`byte ${place} of the receipt`)
  for (let place = 0; place < text.length; place += 7) {
    const { code } = await runLog(['verify-receipt', '--json', '--proof', file(flipped(text, place)), ...key])
    if (code !== 1) t.fail(`byte ${place} of the proof`)
  }
  t.pass(`${header.length} bytes of a receipt, a seventh of ${text.length} of a proof`)
})

t.test('what could show nothing is refused', async (t) => {
  for (const [args, message] of [
    [receipt, /Name the published key/],
    [key, /Give --receipt or --proof/],
    [[...receipt, '--body', bodyFile, ...key], /give --proof or --entry/],
    [[...proof, '--body', bodyFile, ...key], /give --receipt or --salt/],
    [[...proof, '--salt', 'AA==', ...key], /32 bytes/],
    [['--receipt', join(folder, 'nowhere'), ...key], /cannot be read/],
  ] as const)
    await t.rejects(runLog(['verify-receipt', ...args]), { code: 'usage', message })
})

t.test('people read what holds and what does not, Chinese first', async (t) => {
  const { out } = await runLog(['verify-receipt', ...receipt, ...key])
  t.match(out, `${log} 第 ${index} 筆`)
  t.match(out, /✓ 紀錄已簽章承諾此筆 \/ /)
  t.match(out, /that it stands there, --proof shows/)
  const wrong = await runLog(['verify-receipt', ...receipt, ...entry, '--body', requestFile, ...key])
  t.match(wrong.out, /✗ 答覆內容與紀錄不符 \[body-mismatch\]\n {4}找到：released_hmac [0-9a-f]{64}　應為：[0-9a-f]{64}, of 27 bytes/)
})
