// words.test.ts: one word for one thing in all that people of the department read (the regulation's words, of screens and forms).
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')

/** What is not said, and the word that is. 封存 alone is what happens to a population before it is drawn from. */
const words: readonly (readonly [not: RegExp, word: string])[] = [
  [/檢查點/, '紀錄封存點 (checkpoint)'],
  [/解封/, '解除遮蔽 (opened)'],
  [/封存標記/, '紀錄標記 (mark)'],
  [/封存(?:光碟|資料夾|說明|清單)|查詢紀錄封存(?!點)|已封存 archived|不在封存內/, '歸檔 (archived)'],
]

const read = ['README.md', ...['src', 'docs', 'config'].flatMap((folder) => within(folder))]

function within(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|md|html|yaml|json|fod[st]|sql)$/.test(name))
    .map((name) => join(folder, name))
}

t.test('one word, one meaning', async (t) => {
  t.ok(read.length > 500)
  for (const file of read)
    for (const [at, line] of readFileSync(join(root, file), 'utf8').split('\n').entries())
      for (const [not, word] of words) if (not.test(line)) t.fail(`${file}:${at + 1} says ${not.exec(line)?.[0]}: it is ${word}`)
})
