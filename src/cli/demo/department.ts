// department.ts: the demo's own department: a copy of the example with dates moved to the present and keys drawn at the first run.
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isSeq, parseDocument } from 'yaml'
import { addDays, civilDate, civilDateOf, yearOf } from '../../calendar.ts'
import { drawApiKey } from '../../credential/api-key.ts'
import { makeSlotKeys, makeTagKey } from '../../querylog/key-directory.ts'

/** What the demo's callers hold, and a real department never would in one place: by credential id. */
export interface DrawnKeys {
  /** API keys. */
  readonly keys: Readonly<Record<string, string>>
  /** Private JWKs of assertions. */
  readonly signing: Readonly<Record<string, object>>
}

export interface Department {
  readonly config: string
  readonly drawn: DrawnKeys
}

/** The day on which the example's dates were written. */
const written = civilDate('2026-11-24')
const root = join(import.meta.dirname, '..', '..', '..')

/** Makes the demo's folder, once; later runs find their keys and records again.
 *  @throws Error where something else stands there, that would be written over */
export async function openDepartment(folder: string): Promise<Department> {
  const config = join(folder, 'config')
  const drawnFile = join(folder, 'drawn-keys.json')
  if (!existsSync(drawnFile)) await makeDepartment(folder, config, drawnFile)
  return { config, drawn: JSON.parse(readFileSync(drawnFile, 'utf8')) }
}

async function makeDepartment(folder: string, config: string, drawnFile: string): Promise<void> {
  for (const there of [config, join(folder, 'keys')])
    if (existsSync(there))
      throw new Error(`${there} is of no demo, or of one that was not made to its end. Remove it, or give another folder (--folder).`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  cpSync(join(root, 'config'), config, { recursive: true })
  const days = Math.round((Date.parse(civilDateOf(Date.now())) - Date.parse(written)) / 86_400_000)
  for (const place of ['agencies', 'rosters']) {
    for (const name of readdirSync(join(config, place))) edit(join(config, place, name), (text) => moveDates(text, days))
  }
  const keys: Record<string, string> = {}
  const signing: Record<string, object> = {}
  for (const name of readdirSync(join(config, 'agencies'))) edit(join(config, 'agencies', name), (text) => drawKeys(text, keys, signing))
  keepAuditorKeys(config, signing, join(folder, 'auditors'))
  const year = yearOf(Date.now())
  edit(join(config, 'gateway.yaml'), (text) => drawRecipients(text, year, join(folder, 'recipients')))
  await makeSlotKeys(join(folder, 'keys'))
  await makeSlotKeys(join(folder, 'cli-keys'))
  await makeTagKey(join(folder, 'keys'), year)
  await makeTagKey(join(folder, 'keys'), String(Number(year) + 1))
  // Last: a folder without it was not finished, and is refused by what is there already.
  writeFileSync(drawnFile, JSON.stringify({ keys, signing }, null, 2), { mode: 0o600 })
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

/** Every ISO 8601 day of the text, moved: comments and layout stay. */
export function moveDates(text: string, days: number): string {
  return text.replaceAll(/\b\d{4}-\d{2}-\d{2}\b/g, (day) => addDays(civilDate(day), days))
}

/** New keys in the place of the example's digests and public keys, whose other halves nobody holds. */
function drawKeys(text: string, keys: Record<string, string>, signing: Record<string, object>): string {
  const document = parseDocument(text, { schema: 'failsafe' })
  const places: (string | number)[][] = [['credentials']]
  const delegates = document.get('delegates')
  if (isSeq(delegates)) for (const index of delegates.items.keys()) places.push(['delegates', index, 'credentials'])
  for (const place of places) {
    const list = document.getIn(place)
    if (!isSeq(list)) continue
    for (const [index, credential] of list.items.entries()) {
      if (!isMap(credential)) continue
      const id = String(credential.get('id'))
      if (credential.get('type') === 'api-key') {
        const { key, sha256 } = drawApiKey()
        keys[id] = key
        document.setIn([...place, index, 'sha256'], sha256)
      } else {
        const { privateKey } = generateKeyPairSync('ed25519')
        const jwk = privateKey.export({ format: 'jwk' })
        const at = [...place, index, 'jwks', 'keys', 0]
        signing[id] = { ...jwk, alg: 'EdDSA', kid: document.getIn([...at, 'kid']) }
        document.setIn([...at, 'x'], jwk.x)
      }
    }
  }
  return document.toString({ lineWidth: 0 })
}

/** An auditor's private key in a file of its own, as commands read it. */
function keepAuditorKeys(config: string, signing: Readonly<Record<string, object>>, folder: string): void {
  mkdirSync(folder, { mode: 0o700 })
  for (const name of readdirSync(join(config, 'agencies'))) {
    const credentials = parseDocument(readFileSync(join(config, 'agencies', name), 'utf8'), { schema: 'failsafe' }).get('credentials')
    for (const each of isSeq(credentials) ? credentials.items : []) {
      if (!isMap(each) || each.get('role') !== 'auditor') continue
      const id = String(each.get('id'))
      writeFileSync(join(folder, `${id}.jwk`), JSON.stringify(signing[id]), { mode: 0o600 })
    }
  }
}

/** Recipients' public keys into the configuration, private ones beside it: the gateway never reads those. */
function drawRecipients(text: string, year: string, folder: string): string {
  mkdirSync(folder, { mode: 0o700 })
  const document = parseDocument(text, { schema: 'failsafe' })
  const list = document.get('recipients')
  for (const [index] of (isSeq(list) ? list.items : []).entries()) {
    const id = String(document.getIn(['recipients', index, 'id']))
    const { privateKey } = generateKeyPairSync('x25519')
    writeFileSync(join(folder, `${id}-${year}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    const { kty, crv, x } = createPublicKey(privateKey).export({ format: 'jwk' })
    document.setIn(['recipients', index, 'year'], year)
    document.setIn(['recipients', index, 'jwk'], document.createNode({ kty, crv, kid: `${id}-${year}`, x }, { flow: true }))
  }
  document.setIn(['keys', 'directory'], '../keys')
  document.setIn(['database', 'directory'], '../postgres')
  return document.toString({ lineWidth: 0 })
}

/** Writes where this run listens, and where its welfare system does. */
export function setPorts(config: string, ports: { readonly public: number; readonly admin: number; readonly upstream: string }): void {
  edit(join(config, 'gateway.yaml'), (text) => {
    const document = parseDocument(text, { schema: 'failsafe' })
    document.set('origin', `http://127.0.0.1:${ports.public}`)
    document.setIn(['listeners', 'public', 'port'], String(ports.public))
    document.setIn(['listeners', 'admin', 'port'], String(ports.admin))
    for (const id of ['welfare']) document.setIn(['upstreams', id, 'url'], ports.upstream)
    return document.toString({ lineWidth: 0 })
  })
}
