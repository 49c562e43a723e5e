// setting-words.test.ts: what a form says of the settings that decided its draw.
import t from 'tap'
import { settingWords } from '../../../src/audit/form/setting-words.ts'
import { parameters } from '../populations.ts'

const said = (own: object, id: string): string => settingWords({ ...parameters, ...own }, 3).find((each) => each.id === id)?.chosen ?? ''
const protection = { apis: ['protection'], grants: [] }

t.test('D-10: what does not count is in an annex', async (t) => t.match(said({}, 'D-10'), /另列附件$/))

t.test('D-17: where rows are items, a form says that a file about protection cases is one as a whole', async (t) => {
  t.match(said({ protection, 'D-9': 'row' }, 'D-17'), /^100%；為檔案傳輸者，整份檔案為一件/)
  t.equal(said({ protection, 'D-9': 'transfer' }, 'D-17'), '100%')
  t.match(said({ protection: { apis: [], grants: [] }, 'D-9': 'row' }, 'D-17'), /本期未設定保護案件$/)
})
