// unchecked-text.ts: what a verification could not check of draws and rounds, by name, for people.
import { type Unchecked, uncheckedCodes } from '../../verifier/draws/unchecked.ts'

/** A line for each reason, with the entries that it is of. */
export function uncheckedText(unchecked: readonly Unchecked[]): readonly string[] {
  return [...Map.groupBy(unchecked, ({ code, slot }) => `${slot} ${code}`).values()].flatMap((own) => {
    const [first] = own
    if (first === undefined) return []
    const [zh, en] = uncheckedCodes[first.code]
    const entries = own.map(({ index }) => index).join('、')
    return [
      `未核對 not checked：槽 ${first.slot} 第 ${entries} 筆：${zh} [${first.code}]`,
      `    slot ${first.slot}, entry ${entries}: ${en}`,
    ]
  })
}
