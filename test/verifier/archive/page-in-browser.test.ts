// page-in-browser.test.ts: verify.html in headless Chromium, from a folder on disc: a good archive, ten that were tampered with, without Ed25519.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { archived, contentsOf, type Files, facts, writeMonths } from '../../audit/archive/archives.ts'
import { temporaryFolder } from '../../store/server.ts'
import { Chromium, chromiumHere } from './chromium.ts'
import { pageFile } from './page-source.ts'
import { tamperings } from './tampered.ts'

const path = chromiumHere()
const required = process.env.LINKAGE_ARCHIVE === 'required'
const skip = path === undefined && !required ? 'not installed: chromium' : false

interface Shown {
  readonly heading: string
  readonly findings: number
  /** `code file`, or `code file at`. */
  readonly rows: readonly string[]
  readonly text: string
}

/** What the page shows of each disc, once it is done. */
const shownBy = `new Promise((resolve) => {
  const look = () => {
    const status = document.getElementById('status').textContent
    if (!/查核完畢|無法查核/.test(status)) return setTimeout(look, 20)
    const discs = [...document.querySelectorAll('section')].map((each) => ({
      heading: each.querySelector('h2').textContent,
      findings: Number(each.dataset.findings),
      rows: [...each.querySelectorAll('tbody tr')].map(({ cells }) =>
        cells[0].textContent + ' ' + cells[1].textContent.replace(/，.* (\\d+)$/, ' $1')),
      text: each.innerText,
    }))
    resolve({ discs, status, all: document.getElementById('results').innerText })
  }
  look()
})`

function put(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true })
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
}

t.test('R16: verify.html, opened from the disc in a browser', { skip, timeout: 120_000 }, async (t) => {
  t.ok(path, 'LINKAGE_ARCHIVE=required: chromium is there')
  if (path === undefined) return
  const browser = await Chromium.start(path)
  t.teardown(() => browser.close())
  const asked: string[] = []
  browser.listen((method, params) => method === 'Network.requestWillBeSent' && asked.push(params.request.url))
  const folder = join(temporaryFolder(t), '光碟 1')
  const writing = await writeMonths()
  const contents = { ...contentsOf(writing), page: readFileSync(pageFile) }
  const good = (await archived(contents)).files
  const verify = async (chosen = folder): Promise<{ discs: readonly Shown[]; status: string; all: string }> => {
    await browser.open(`file://${encodeURI(folder)}/verify.html`)
    await browser.choose('#folder', chosen)
    return await browser.evaluate(shownBy)
  }

  await t.test('a good archive verifies, and nothing is asked of any network', async (t) => {
    put(folder, good)
    const { discs, status } = await verify()
    t.match(discs, [
      { findings: 0, heading: /查核相符/, rows: [], text: /臺北市政府教育局[\s\S]*民國115年11月至民國115年12月[\s\S]*220 筆 records/ },
    ])
    t.match(status, /瀏覽器 the browser/)
    t.same(asked, [`file://${encodeURI(folder)}/verify.html`])
    const violated = `new Promise((resolve) => { addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective)); fetch('https://example.gov.tw/').catch(() => undefined) })`
    t.equal(await browser.evaluate(violated), 'connect-src', 'and where a script asked, it would be refused')
  })

  for (const { change, found, title } of tamperings) {
    await t.test(`found and placed: ${title}`, async (t) => {
      put(folder, change(good, writing))
      const { discs } = await verify()
      t.match(discs[0]?.heading, /發現 \d+ 項不符/)
      t.ok(discs[0]?.rows.includes(found(good)), `${discs[0]?.rows.slice(0, 5).join('; ')}: expected ${found(good)}`)
    })
  }

  await t.test('a folder that is not whole, or no archive, is no good archive', async (t) => {
    put(folder, new Map([...good].filter(([name]) => name !== 'MANIFEST.csv')))
    t.match((await verify()).discs, [{ rows: ['manifest-missing MANIFEST.csv'] }])
  })

  await t.test('what an archive says is shown as text, never as markup', async (t) => {
    const name = '<img src=x onerror="document.title=1">\u202egoe'
    const named = { ...facts, agency: { ...facts.agency, name } }
    put(folder, (await archived(contents, named)).files)
    const { discs } = await verify()
    t.equal(discs[0]?.findings, 0)
    t.ok(discs[0]?.text.includes('<img src=x onerror="document.title=1">\\u{202e}goe'))
    t.equal(await browser.evaluate('document.images.length'), 0)
  })

  await t.test('several discs in one folder are verified each', async (t) => {
    const { discs: written, sink } = await archived(contents, facts, { bytesOfDisc: 1_000_000 })
    const all: Files = new Map([['verify.html', readFileSync(pageFile)]])
    for (const { at, folder: name } of written) for (const [each, bytes] of sink.disc(at)) all.set(`${name}/${each}`, bytes)
    put(folder, all)
    const { discs } = await verify()
    t.same(
      discs.map(({ findings }) => findings),
      written.map(() => 0),
    )
    t.ok(discs.length > 1)
  })

  await t.test('a key that was got elsewhere must be the one that signed', async (t) => {
    put(folder, good)
    const verifyWith = async (key: string) => {
      await browser.open(`file://${encodeURI(folder)}/verify.html`)
      await browser.evaluate(`document.getElementById('keys').value = ${JSON.stringify(key)}`)
      await browser.choose('#folder', folder)
      return await browser.evaluate(shownBy)
    }
    t.match((await verifyWith(writing.signer.verifierKey)).discs, [{ findings: 0 }])
    const other = (await writeMonths()).signer.verifierKey
    t.match((await verifyWith(other)).discs, [{ rows: ['key-mismatch technical/1/checkpoint'] }])
    t.match(await verifyWith('x'), { status: /無法查核/, all: /不是驗證金鑰/ })
  })

  const without = [
    ['a browser that knows no Ed25519', `crypto.subtle.importKey = async () => { throw new DOMException('', 'NotSupportedError') }`],
    ['a page that is offered no WebCrypto', `Object.defineProperty(globalThis, 'crypto', { value: undefined })`],
  ] as const
  for (const [title, source] of without) {
    await t.test(`${title} verifies signatures by itself`, async (t) => {
      const { identifier } = await browser.call('Page.addScriptToEvaluateOnNewDocument', { source })
      put(folder, good)
      const { discs, status } = await verify()
      t.match(status, /本頁程式 this page/)
      t.match(discs, [{ findings: 0 }])
      const resigned = tamperings.find(({ title: of }) => of === 'the checkpoint was signed by another key')
      put(folder, resigned?.change(good, writing) ?? good)
      t.match((await verify()).discs, [{ rows: ['checkpoint-invalid technical/1/checkpoint'] }])
      await browser.call('Page.removeScriptToEvaluateOnNewDocument', { identifier })
    })
  }
})
