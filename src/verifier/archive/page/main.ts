// main.ts: the page: asks for a folder, verifies it, shows what it found. Nothing leaves the computer: the page may connect to nowhere.
import { verifyDiscs } from '../discs.ts'
import type { ArchiveFile } from '../place.ts'
import { readTrusted } from '../trust.ts'
import { type PageElement, type PageFile, type PageInput, type PageProgress, page } from './browser.ts'
import { pageCryptography, type Verifier } from './cryptography.ts'
import { discReport, element } from './report.ts'

function need<T extends PageElement>(id: string): T {
  const found = page().getElementById(id)
  if (found === null) throw new Error(`the page has no element ${id}`)
  return found as T // page.html gives the id to an element of that kind
}

const folder = need<PageInput>('folder')
const keys = need<PageInput>('keys')
const progress = need<PageProgress>('progress')
const status = need('status')
const results = need('results')

/** Without the name of the chosen folder, which may be anything. */
const archiveFile = (file: PageFile): ArchiveFile => ({
  path: file.webkitRelativePath.split('/').slice(1).join('/') || file.name,
  size: file.size,
  read: async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer()),
})

let shownAt = 0
function showProgress(done: number, all: number): void {
  if (Date.now() < shownAt + 100) return
  shownAt = Date.now()
  progress.value = Math.min(1, done / all)
  status.textContent = `查核中 verifying … ${Math.floor(Math.min(1, done / all) * 100)} %`
}

async function run(): Promise<void> {
  const files = Array.from(folder.files, archiveFile)
  if (files.length === 0) return
  const verifiers = new Set<Verifier>()
  const crypto = pageCryptography(globalThis.crypto?.subtle, (by) => verifiers.add(by))
  results.replaceChildren()
  progress.hidden = false
  folder.disabled = true
  try {
    const trusted = readTrusted(keys.value, crypto)
    for await (const disc of verifyDiscs(files, { crypto, trusted, onProgress: showProgress })) results.append(discReport(disc))
    const by = verifiers.has('script') ? '本頁程式 this page' : '瀏覽器 the browser'
    status.textContent = `查核完畢 done；Ed25519 簽章驗證 signatures verified by：${by}`
  } catch (error) {
    status.textContent = '無法查核 it could not be verified'
    results.append(element('p', error instanceof Error ? error.message : String(error)))
  } finally {
    progress.hidden = true
    folder.disabled = false
    // So that the same folder can be chosen again.
    folder.value = ''
  }
}

folder.addEventListener('change', () => void run())
status.textContent = '請選擇歸檔資料夾 choose the folder of an archive'
