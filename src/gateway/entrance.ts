// entrance.ts: what every request passes on the public port, whatever it asks: address, shape, known network, who calls.
import { civilDateOf } from '../calendar.ts'
import type { Forgeries } from '../credential/assertion.ts'
import { authenticate, type Caller } from '../credential/authenticate.ts'
import type { Address } from '../policy/networks.ts'
import { type Code, Refused } from '../problems.ts'
import { readAddress, resolveOrigin } from './address.ts'
import type { CallInHand } from './call-in-hand.ts'
import type { Gateway } from './gateway.ts'
import { networkOf } from './limits.ts'
import { readShape, type Shape } from './shape.ts'
import { certificateOf } from './tls.ts'

export const raise = (refusal: Refused | undefined): void => {
  if (refusal !== undefined) throw refusal
}

/** Reads what can be read before anything is waited for; address and shape are set as far as it comes.
 *  @throws Refused request-invalid, expectation-failed, network-not-allowed */
export function readRequest(gateway: Gateway, call: CallInHand): { readonly address: Address; readonly shape: Shape } {
  const { raw } = call.request
  call.address = readAddress(resolveOrigin(raw.socket.remoteAddress ?? '', raw.rawHeaders, gateway.trust))
  const shape = readShape(raw.method ?? '', raw.url ?? '', raw.httpVersion, raw.rawHeaders)
  call.shape = shape
  const { address } = call
  if (address === undefined || !call.policy.networks.knows(address)) throw new Refused('network-not-allowed')
  return { address, shape }
}

/** Who calls. From here on every refusal is recorded under that agency, and told plainly.
 *  @throws Refused */
export async function identify(gateway: Gateway, call: CallInHand): Promise<Caller> {
  const { shape, address, request, policy } = call
  if (shape === undefined || address === undefined) throw new Error('a caller is identified by shape and address')
  const now = gateway.log.now()
  const means = {
    replay: gateway.replay,
    published: gateway.published,
    certificate: () => certificateOf(request.raw.socket),
    forgeries: forgeriesFrom(gateway, request, networkOf(address)),
  }
  const found = await authenticate(shape, policy.snapshot, { now, today: civilDateOf(now) }, means)
  if (!found.identified) throw found.refusal
  call.caller = found.caller
  raise(found.refusal)
  return found.caller
}

/** Of an address that failed too often no signature is verified by a key in whose name it forged as often. By its other keys it is: a whole
 *  agency comes from one exit, and one of its systems that shows an old key must not shut out the others. */
function forgeriesFrom({ limits }: Gateway, request: CallInHand['request'], network: string): Forgeries {
  return {
    tooMany: async (key) => (await limits.failsTooOften(request, network)) && (await limits.failsTooOften(request, `${network} ${key}`)),
    count: (key) => limits.failed(request, `${network} ${key}`),
  }
}

/** Counts what nobody known did, by address and minute.
 *  @returns what is told: the outcome, or that the address failed too often */
export async function countStranger<Told extends { readonly code: Code }>(
  gateway: Gateway,
  call: CallInHand,
  outcome: Told,
): Promise<Told | { readonly code: 'rate-limited' }> {
  const network = call.address === undefined ? 'unknown' : networkOf(call.address)
  const failed = outcome.code === 'credentials-invalid' || outcome.code === 'credentials-missing'
  const limited = failed && (await gateway.limits.failed(call.request, network)).exceeded
  const told = limited ? ({ code: 'rate-limited' } as const) : outcome
  gateway.log.refusals.countAddress(gateway.log.now(), network, told.code)
  return told
}
