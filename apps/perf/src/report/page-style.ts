import { DARK, LIGHT, type Palette } from './palette.ts'

function variables({ ink, muted, grid, paper, series }: Palette): string {
  const colors = series.map((color, at) => `--series-${at}:${color}`)
  return [`--ink:${ink}`, `--muted:${muted}`, `--grid:${grid}`, `--paper:${paper}`, ...colors].join(
    ';',
  )
}

/** For screens of any width, light and dark, and for paper, which is light. */
export const PAGE_STYLE: string = `
:root{color-scheme:light dark;${variables(LIGHT)};--back:#f4f5f7;--warn:#fff3d6;--warn-ink:#6b4a00}
@media (prefers-color-scheme:dark){
:root{${variables(DARK)};--back:#0f1215;--warn:#3a2f12;--warn-ink:#f3d48a}
}
@media print{
:root{${variables(LIGHT)};--back:#fff;--warn:#fff3d6;--warn-ink:#6b4a00}
}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);line-height:1.45;
font:15px/1.45 system-ui,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
main{max-width:1180px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:19px;margin:36px 0 10px;overflow-wrap:anywhere}
h3{font-size:15px;margin:22px 0 6px}
p{margin:6px 0}
.muted,caption{color:var(--muted)}
.warn{background:var(--warn);color:var(--warn-ink);border-radius:6px;padding:8px 12px}
.cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr))}
.card{background:var(--paper);border:1px solid var(--grid);border-radius:8px;padding:12px 16px;
min-width:0;overflow-wrap:anywhere}
.card h3{margin:0;font-size:16px}
.durability{margin:10px 0;padding:8px 12px;
border-left:4px solid var(--accent);background:var(--back)}
.durability strong{display:block;font-size:12px;letter-spacing:.04em;color:var(--muted)}
.durability ul{margin:2px 0 0;padding-left:18px;font-weight:600}
dl{display:grid;grid-template-columns:fit-content(48%) 1fr;gap:2px 14px;margin:8px 0 0}
dt{color:var(--muted);min-width:80px}dd{margin:0;min-width:0}
.swatch{vertical-align:middle;flex:none}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:10px 0;padding:0}
.legend li{overflow-wrap:anywhere}
.panels{display:grid;gap:10px;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr))}
.panel{background:var(--paper);
border:1px solid var(--grid);border-radius:8px;padding:8px;min-width:0}
.panel svg{display:block;width:100%;height:auto;max-width:560px;margin:0 auto}
figure{margin:0}
.scroll{margin-bottom:12px;overflow-x:auto;background:var(--paper);
border:1px solid var(--grid);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:8px 10px 2px;font-weight:600}
th,td{padding:5px 10px;text-align:right;white-space:nowrap;border-top:1px solid var(--grid)}
thead th{border-top:0;color:var(--muted);font-weight:600;vertical-align:bottom}
tbody th{text-align:left;font-weight:600;position:sticky;left:0;background:var(--paper);
white-space:normal;overflow-wrap:anywhere;min-width:9em;max-width:18em}
thead th:first-child{text-align:left;position:sticky;left:0;background:var(--paper)}
td.bad{color:var(--warn-ink);background:var(--warn)}
td.why{text-align:left}
td small{color:var(--muted)}
details{margin:10px 0}summary{cursor:pointer;padding:4px 0}
pre{background:var(--paper);border:1px solid var(--grid);border-radius:8px;padding:10px 14px;
white-space:pre-wrap;overflow-wrap:anywhere;
font:13px/1.5 ui-monospace,Consolas,"DejaVu Sans Mono",monospace}
@media (max-width:520px){main{padding:16px 10px 32px}h1{font-size:22px}
tbody th{min-width:7.5em;max-width:9em}th,td{padding:5px 7px}}
@media print{main{max-width:none;padding:0}
figure,.card,tr,pre{break-inside:avoid}h2,h3,caption{break-after:avoid}
.panels{grid-template-columns:repeat(3,1fr)}.scroll{overflow:visible}
table{font-size:9.5px}th,td{padding:2px 4px}tbody th{position:static;min-width:0}
td.why{white-space:normal}
details::details-content{content-visibility:visible;block-size:auto}
*{print-color-adjust:exact}}
`
