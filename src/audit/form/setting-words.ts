// setting-words.ts: the D-settings that a draw depends on, in words: printed on every form that they decided.
import type { DrawParameters } from '../../querylog/sample-entry.ts'
import type { Setting } from './audit-form.ts'

type Choice = Exclude<keyof DrawParameters, 'D-17' | 'protection'>

const about: Readonly<Record<Choice, string>> = {
  'D-7': '百分之一之小數',
  'D-8': '每月筆數之計算單位',
  'D-9': '檔案傳輸之筆數',
  'D-10': '計入之紀錄',
  'D-11': '總使用人數',
  'D-12': '半數使用者之計算單位',
}

const chosen: Readonly<Record<Choice, Readonly<Record<string, string>>>> = {
  'D-7': { up: '進位' },
  'D-8': { agency: '以機關合計（各提供方式、資料項目、受託單位併計）' },
  'D-9': { transfer: '一次傳輸算一筆', row: '檔案每一列算一筆' },
  'D-10': { 'served-and-not-found': '已提供及查無資料；拒絕及提供前失敗者不計，另列附件' },
  'D-11': { 'roster-and-log': '清冊（含離調職）加上紀錄中出現者，依人員代號歸戶' },
  'D-12': { agency: '以機關計，各單位比率另列' },
}

const wholeFile = '；為檔案傳輸者，整份檔案為一件，其紀錄識別碼不帶列號'

/** @param fewUsers D-20 */
export function settingWords(parameters: DrawParameters, fewUsers: number): readonly Setting[] {
  const { apis, grants } = parameters.protection
  const cases = apis.length + grants.length === 0 ? '，本期未設定保護案件' : parameters['D-9'] === 'row' ? wholeFile : ''
  return [
    // A choice that a later version made stands as the entry has it.
    ...(Object.keys(about) as Choice[]).map((id) => ({ id, about: about[id], chosen: chosen[id][parameters[id]] ?? parameters[id] })), // its own keys
    { id: 'D-17', about: '保護案件稽核百分比', chosen: `${parameters['D-17']}%${cases}` },
    { id: 'D-20', about: '稽核人員由其他單位擔任', chosen: `使用者 ${fewUsers} 人以下之機關；查詢者不得為稽核者` },
  ]
}
