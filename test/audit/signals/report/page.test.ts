// page.test.ts: pages and charts of the signals: every text escaped, nothing fetched or run, and bars that say what the numbers say.
import { ok, deepStrictEqual as same } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { xmlOf } from '../../../../src/audit/odf/odf-text.ts'
import { barChart, heightOf, niceTop } from '../../../../src/audit/signals/report/charts.ts'
import { h, pageOf } from '../../../../src/audit/signals/report/html.ts'
import { style } from '../../../../src/audit/signals/report/style.ts'
import { reasonWords, signWords, thresholdWords } from '../../../../src/audit/signals/report/words.ts'
import { thresholdNames } from '../../../../src/audit/signals/thresholds.ts'

t.test('whatever a text holds, it is text: it opens no element and ends no attribute', async () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('</title><script>', '"><img src=x onerror=alert(1)>', "' onload='", '<!--', '&lt;', '\u202e\u0000'),
      ),
      (text) => {
        const page = pageOf(text, 'p{}', [h('p', { title: text }, text)])
        const [, body = ''] = page.split('<body>')
        same((body.match(/</g) ?? []).length, 4, body) // <p …>, </p>, </body>, </html>
        same((body.match(/"/g) ?? []).length, 2)
        same((page.match(/<\/title>/g) ?? []).length, 1)
        ok(!/[\p{Cc}\p{Cf}\p{Cs}]/u.test(page.replaceAll('\n', '')))
      },
    ),
    { numRuns: 300 },
  )
})

t.test('the page may do nothing but show its own style, which is named by its digest', async (t) => {
  const page = pageOf('t', style, [])
  const [, inner = ''] = /<style>([\s\S]*)<\/style>/.exec(page) ?? []
  t.equal(inner, style)
  t.notMatch(style, /<|url\(|@import/)
  const digest = createHash('sha256').update(inner).digest('base64')
  t.ok(page.includes(`content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'"`))
})

t.test('bars are as high as their numbers, on the scale of the axis', async (t) => {
  const svg = xmlOf(
    barChart({ title: 'c', width: 348, height: 130, bars: [0, 25, 50, 100].map((n) => ({ label: '', parts: [n], shaded: false })) }),
  )
  t.same(
    [...svg.matchAll(/<rect class="a"[^>]* height="([\d.]+)"/g)].map(([, height]) => Number(height)),
    [25, 50, 100],
    'of nothing there is no bar',
  )
  t.match(svg, />100<.*|>50</)
  t.equal(heightOf({ parts: [3, 4] }), 7)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), (value) => {
      ok(niceTop(value) >= value && niceTop(value) < 2 * value + 1)
    }),
  )
  t.equal(niceTop(0), 1)
})

t.test('every sign and threshold has its words; a reason of a later version is its code', async (t) => {
  for (const name of thresholdNames) t.match(thresholdWords[name](7)[0], /7/)
  t.equal(new Set(Object.values(signWords).map(({ title }) => title[0])).size, Object.keys(signWords).length)
  t.match(reasonWords('outside-hours'), [/時段/, /./])
  t.same(reasonWords('of-a-later-version'), ['of-a-later-version', ''])
})
