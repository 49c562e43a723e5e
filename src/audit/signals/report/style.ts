// style.ts: how the report looks, on a screen and on A4: one column, tables whose heads repeat, charts that no page break divides.
export const style = `
:root{color-scheme:light}
*{box-sizing:border-box}
body{font:15px/1.6 "Noto Sans TC","Noto Sans CJK TC","Microsoft JhengHei","PingFang TC",sans-serif;color:#1d2129;background:#fff;max-width:60rem;margin:0 auto;padding:2rem 1.5rem 4rem}
header{border-bottom:2px solid #1d2129;padding-bottom:.8rem;margin-bottom:1.2rem}
h1{font-size:1.55rem;line-height:1.3;margin:0}
h2{font-size:1.12rem;margin:2.2rem 0 .3rem;break-after:avoid}
h2 small,h1 small,th small,td small{font-weight:400;color:#5a6270;font-size:.72em;margin-left:.4em}
p{margin:.35rem 0}
.en{color:#5a6270;font-size:.86em;display:block;line-height:1.45}
.note{border-left:4px solid #8a93a2;background:#f5f6f8;padding:.6rem .9rem;margin:1rem 0}
.warn{border-left-color:#9c3d10;background:#fdf3ec}
.facts{display:flex;flex-wrap:wrap;gap:.6rem 2.2rem;margin:1rem 0 0}
.facts div{min-width:7rem}
.facts b{display:block;font-size:1.45rem;line-height:1.25;font-variant-numeric:tabular-nums}
.facts span{color:#5a6270;font-size:.84em}
table{border-collapse:collapse;width:100%;margin:.5rem 0 0;font-size:.92em}
thead{display:table-header-group}
th{text-align:left;font-weight:600;border-bottom:1px solid #1d2129;vertical-align:bottom;padding:.25rem .5rem .25rem 0;line-height:1.3}
th small{display:block;margin:0}
td{border-bottom:1px solid #dfe2e7;padding:.28rem .5rem .28rem 0;vertical-align:middle;line-height:1.35}
tr{break-inside:avoid}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-right:1rem}
.on td:nth-child(2){font-weight:600}
.on .en{font-weight:400}
.on .d{color:#9c3d10}
.d{width:1.2rem}
.only{font-size:.72em;font-weight:600;color:#9c3d10;display:block}
.who{min-width:14rem}
.why{color:#9c3d10;font-weight:400;font-size:.86em;display:block}
.m{font-family:ui-monospace,"Noto Sans Mono CJK TC",Consolas,monospace;font-size:.9em;overflow-wrap:anywhere}
.muted{color:#5a6270}
.row{display:flex;gap:1rem}
.row>*{flex:1 1 0;min-width:0}
figure{margin:.6rem 0 0;break-inside:avoid}
figcaption{font-size:.88em;color:#3b424e}
svg{display:block;max-width:100%;height:auto}
td svg{max-width:none}
svg text{font-size:10px;fill:#5a6270;font-family:inherit}
.grid{stroke:#c9ced6;stroke-width:.7}
.shade{fill:#eef0f3}
.a{fill:#a9bdd6}
.b{fill:#9c3d10}
.mark{fill:#9c3d10}
.own{fill:#9c3d10}
.median{stroke:#1d2129;stroke-width:2}
.key{display:inline-block;vertical-align:-1px;margin:0 .3em 0 .9em}
pre{font:12px/1.5 ui-monospace,Consolas,monospace;background:#f5f6f8;padding:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}
footer{margin-top:2.5rem;border-top:1px solid #c9ced6;padding-top:.8rem;font-size:.86em}
@page{size:A4;margin:15mm 14mm}
@media (max-width:40rem){.row{flex-wrap:wrap}.row>*{flex-basis:100%}}
@media print{body{font-size:9.5pt;padding:0;max-width:none}.facts{gap:.4rem 1.6rem}td{padding-top:.16rem;padding-bottom:.16rem}.shade,.a,.b,.mark,.own,.note,pre{-webkit-print-color-adjust:exact;print-color-adjust:exact}pre{font-size:7.5pt}}
`
