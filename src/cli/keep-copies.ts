// keep-copies.ts: copies of checkpoints while the gateway runs: each minute, at each turn of the month, and at its end.
import { join } from 'node:path'
import type { Metrics } from '../gateway/metrics.ts'
import type { OperationalLog } from '../gateway/operational-log.ts'
import { Copies, type CopyEvent, copiesFile } from '../querylog/copies.ts'
import type { QueryLog } from '../querylog/log.ts'
import type { ProcessSettings } from './process-settings.ts'

const minute = 60_000

export interface KeptCopies {
  readonly copies: Copies
  /** Now, and not only at the next minute. */
  turned(): void
  /** The last checkpoint is handed over, and no other. */
  stop(): Promise<void>
}

function report(event: CopyEvent, operational: OperationalLog): void {
  if ('place' in event) operational.warn(event.event, { address: event.place, error: 'error' in event ? event.error : undefined })
  else if (event.event === 'copies-stale')
    operational.error('紀錄封存點已逾四小時未送達任何一處 copies-stale: no place took a checkpoint for four hours')
  else operational.info(event.event)
}

/** Begins to copy; the first copy is under way when this resolves. */
export async function keepCopies(
  { copies: { places }, log: { keyDirectory, slot } }: ProcessSettings,
  log: QueryLog,
  metrics: Metrics,
  operational: OperationalLog,
): Promise<KeptCopies> {
  if (places.length === 0) operational.warn('未設定紀錄封存點之副本（copies） no place is configured for copies of checkpoints')
  const stateFile = join(keyDirectory, copiesFile)
  const copies = await Copies.open({
    log: log.log,
    slot,
    places,
    newest: () => log.checkpoint,
    now: Date.now,
    stateFile,
    report: (event) => report(event, operational),
  })
  const run = async (): Promise<void> => {
    try {
      await copies.run()
    } catch (error) {
      operational.error('copies', { error })
    }
    metrics.copies(
      copies.last.map(({ last, place }) => [place, (last?.at ?? 0) / 1000]),
      copies.stale,
    )
  }
  const timer = setInterval(run, minute)
  timer.unref()
  void run()
  return {
    copies,
    turned: () => void run(),
    stop: async () => {
      clearInterval(timer)
      await run()
    },
  }
}
