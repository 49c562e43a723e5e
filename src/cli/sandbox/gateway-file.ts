// gateway-file.ts: the gateway.yaml by which a sandbox serves a department's folder: its own name, places and listeners, and one upstream.
import { Document, parseDocument } from 'yaml'
import { SettingsError } from '../process-settings.ts'

/** Members that a sandbox does without: what only the department's own gateway may have, send or hold.
 *  `source`: what is tried is what is saved. `copies`, `signers`: they vouch for evidence, and it makes none. `tags`: it draws its own. */
const left = ['source', 'tags', 'copies', 'signers']

export const noSandbox = (): SettingsError =>
  new SettingsError(
    'gateway.yaml：沒有 sandbox，無法啟動試連環境。請寫明其網址、資料夾、監聽位址。 It has no member sandbox: give its origin, directory and listeners.',
  )

/** Makes it of the department's own. Every upstream becomes the sample welfare system; of what stood there neither address nor
 *  credential is left, so that nothing can be sent to the one, or read from the other.
 *  @param text of a gateway.yaml without an error
 *  @param sample base URL of the sample welfare system
 *  @throws SettingsError where it says nothing of a sandbox */
export function sandboxGateway(text: string, sample: string): string {
  // Read as one whole: an alias may stand for anything, and what it stands for may be what is left out.
  const own: Readonly<Record<string, unknown>> = parseDocument(text, { schema: 'failsafe' }).toJS()
  const { sandbox, upstreams } = own
  if (!isRecord(sandbox) || !isRecord(upstreams)) throw noSandbox()
  const directory = String(sandbox.directory)
  const served = {
    ...Object.fromEntries(Object.entries(own).filter(([name]) => !left.includes(name))),
    origin: sandbox.origin,
    listeners: sandbox.listeners,
    slot: '1',
    keys: { directory: `${directory}/keys` },
    database: { embedded: 'true', directory: `${directory}/postgres` },
    upstreams: Object.fromEntries(Object.keys(upstreams).map((id) => [id, { url: sample }])),
  }
  return new Document(served, { schema: 'failsafe', aliasDuplicateObjects: false }).toString({ lineWidth: 0 })
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
