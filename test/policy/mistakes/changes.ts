// changes.ts: how tests of the loader break the good folder: one change, and the finding that it must make.
import type { FindingCode } from '../../../src/policy/finding-codes.ts'
import { AGENCY, API, edit, type Files, good, ROSTER } from '../good-folder.ts'

/** A change, the one finding that it makes, its file, and the text at its place. */
export type Row = readonly [title: string, changes: Files, code: FindingCode, file: string, at: string, nearest?: string]

export const G = 'gateway.yaml'
export const B = 'blocks.yaml'
export const agency = (from: string, to: string): Files => edit(AGENCY, from, to)
export const api = (from: string, to: string): Files => edit(API, from, to)
export const gateway = (from: string, to: string): Files => edit(G, from, to)
export const roster = (from: string, to: string): Files => edit(ROSTER, from, to)
export const blocks = (line: string): Files => ({
  [B]: `blocks:\n  - {${line}, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n`,
})
export const appended = (file: string, text: string): Files => ({ [file]: `${good[file]}${text}` })
const other = (id: string, change: (text: string) => string): Files => ({
  [`agencies/${id}.yaml`]: change(good[AGENCY] ?? ''),
  [`rosters/${id}.csv`]: good[ROSTER],
})
/** A second agency, with names, networks and keys of its own. */
export const second = (change: (text: string) => string = (text) => text): Files =>
  other('police', (text) =>
    change(
      text
        .replaceAll('education', 'police')
        .replaceAll('edu-', 'police-')
        .replaceAll('203.0.113.', '192.0.2.')
        .replaceAll('198.51.100.16/29', '198.51.100.32/29')
        .replaceAll('2001:db8:1::', '2001:db8:2::')
        .replaceAll('91eb3e94', '00000000')
        .replaceAll('MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo', 'kYsCvq9hxjsam5KOvhEnql0EmOBUcez_N3wILwSSlck')
        .replaceAll('WpIoU8m_wlX6bwg77rRMXWTF3GBtmp5WPZausjKrb1E', 'mWfgSvb3GVk9cKZJPUCW93wHkKnHx5fNX4jFtnb-fXE'),
    ),
  )
export const withVendor = (files: Files): Files => ({
  ...files,
  'rosters/police.csv': good[ROSTER]?.replaceAll('edu-vendor', 'police-vendor'),
})
export const standing = (...lines: readonly string[]): Files =>
  agency(
    'action: approve, document: 北市社資字第1150000123號}\n',
    `action: approve, document: 北市社資字第1150000123號}\n${lines.map((line) => `  - {${line}}\n`).join('')}`,
  )
export const d = 'document: 北市社資字第1號'
export const suspend = (
  effective: string,
  more = `notice: {${d}, date: 2026-02-11}, deadline: 2026-03-11, decision: {${d}, date: 2026-03-13}`,
) => `effective: ${effective}, action: suspend, ${d}, ${more}`
export const restore = (completed: string, applied = completed, consent = applied, effective = consent) =>
  `effective: ${effective}, action: restore, ${d}, completed: ${completed}, applied: {${d}, date: ${applied}}, consent: {${d}, date: ${consent}}`
