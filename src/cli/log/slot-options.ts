// slot-options.ts: how a command of operations opens a slot's log, for one entry.
import { uuidv7 } from '../../gateway/ids.ts'
import type { LogOptions } from '../../querylog/log.ts'
import type { Slot } from '../../querylog/ports.ts'
import type { CommandPlace } from '../command-place.ts'
import { anyLog, softwareName } from '../process-settings.ts'
import { systemClock as clock } from '../system-clock.ts'
import { UsageError } from './usage-error.ts'

/** It tags nobody: no query is recorded through it. */
export function slotOptions({ audit, gateway, store }: CommandPlace, slot: Slot, keyDirectory: string): LogOptions {
  return {
    ...anyLog({ gateway, audit }),
    slot,
    keyDirectory,
    tagDirectory: undefined,
    store: store.writer,
    reader: store.reader,
    clock,
    newId: () => uuidv7(Date.now()),
    software: softwareName(),
    report: (event) => {
      if ('error' in event) process.stderr.write(`${event.event}: ${event.error}\n`)
    },
  }
}

/** An order's number, as it enters the entry.
 *  @throws UsageError */
export function documentGiven(text: string): string {
  const document = text.trim()
  if (document === '' || document.length > 100 || !document.isWellFormed() || /\p{C}/u.test(document))
    throw new UsageError('--document：請填核准公文文號，例如 北市社資字第1150000123號。 Expected the number of the order, on one line.')
  return document
}
