// drafted-letter.ts: a command that drafts a letter of the department: by what the log says now, into a file that is not there yet.
import { resolve } from 'node:path'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { refuseThere, writeWhole } from '../log/write-whole.ts'
import type { Output } from '../output.ts'

/** @param draft makes the .odt
 *  @throws UsageError where the file is there; what reading and writing throw */
export async function draftLetter(
  output: Output,
  { config, out }: { readonly config: string; readonly out: string },
  draft: (place: CommandPlace) => Promise<Buffer>,
): Promise<void> {
  const file = resolve(out)
  refuseThere(file)
  const place = await openPlace(resolve(config))
  try {
    output.write(`已產生 written: ${await writeWhole(file, await draft(place))}\n`)
  } finally {
    await place.close()
  }
}
