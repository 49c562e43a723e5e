// system-clock.ts: this machine's time.
import type { Clock } from '../querylog/clock.ts'

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
}
