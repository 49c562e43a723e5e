// entries.ts: the parts of a file that its schema accepts, so that they are checked even where other parts are wrong.
import { within } from '../finding.ts'
import type { YamlDocument } from '../yaml-document.ts'

/** Elements of a list that keep their schema, each with its pointer.
 *  @param list undefined, or not a list, where the schema has said so
 *  @param except members whose own mistakes do not make an element unusable */
export function* entriesOf<T>(
  file: YamlDocument,
  pointer: string,
  list: readonly T[] | undefined,
  except: readonly string[] = [],
): Iterable<readonly [pointer: string, entry: T]> {
  if (!Array.isArray(list)) return
  for (const [index, entry] of list.entries()) {
    const at = within(pointer, index)
    if (typeof entry === 'object' && entry !== null && file.sound(at, except)) yield [at, entry]
  }
}

/** Names that stand in a list's elements, sound or not: what refers to one of them is not reported as unknown. */
export function namesIn(list: unknown, member: string): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((entry: unknown) => {
    const name: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, member) : undefined
    return typeof name === 'string' ? [name] : []
  })
}
