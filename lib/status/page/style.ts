import { COLUMNS } from "./columns.ts";

/**
 * Style that shows the titles of the columns before their cells on narrow screens. It is not in the cells,
 * because 500 hosts have 4,000 of them.
 */
const LABELS = COLUMNS.map((title, at) => `td:nth-child(${at + 1}):not(:empty)::before{content:"${title}: "}`)
  .join("");

/**
 * Style of the page, without scripts, fonts or images from elsewhere. States differ by word and sign, not
 * only by colour.
 */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1c1c1e;--soft:#5a5a60;--paper:#fff;--row:#f4f4f6;--rule:#d0d0d6;--good:#1a6b35;--warning:#7a5200;--critical:#a8182d}
@media (prefers-color-scheme:dark){:root{--ink:#ececf0;--soft:#a8a8b0;--paper:#16161a;--row:#1f1f25;--rule:#3a3a42;--good:#6fd08c;--warning:#f0bf5a;--critical:#ff8f9c}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:110rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}h2{font-size:1.2rem;margin:2.5rem 0 .5rem}h3{font-size:1rem;margin:1.5rem 0 .25rem;overflow-wrap:anywhere}
p{margin:.25rem 0;max-width:60rem;overflow-wrap:anywhere}a{color:inherit}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
caption{text-align:left;color:var(--soft);padding-bottom:.5rem}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--rule);vertical-align:middle;white-space:nowrap}
td.number,thead th:nth-child(6),thead th:nth-child(8){text-align:right;font-variant-numeric:tabular-nums}
tbody th{font-weight:600;white-space:normal;overflow-wrap:break-word;max-width:24rem}
.state{font-weight:600}.good{color:var(--good)}.warning,.unknown{color:var(--warning)}.critical{color:var(--critical)}
svg{display:block}svg .complete{fill:var(--good)}svg .incomplete{fill:var(--warning)}svg .none{fill:var(--critical)}svg .line{fill:none;stroke:currentColor;stroke-width:1.2}
ul{margin:.25rem 0;padding-left:1.25rem}li{margin:.25rem 0;overflow-wrap:anywhere}
.remedy{color:var(--soft)}code{font:.95em ui-monospace,monospace;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.1rem 1rem;margin:.25rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:3rem;color:var(--soft)}
@media (max-width:45rem){body{padding:1rem}thead{display:block;position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
table,caption,tbody,tr,td,tbody th{display:block;width:100%;max-width:none}tr{border-bottom:1px solid var(--rule);padding:.75rem 0}
td,tbody th{border:0;padding:.1rem 0;white-space:normal}td.number{text-align:left}td:not(:empty)::before{color:var(--soft)}${LABELS}svg{display:inline-block;vertical-align:middle}}
@media print{@page{size:landscape}body{max-width:none;padding:0;font-size:8pt}th,td{white-space:normal;overflow-wrap:anywhere}.scroll{overflow:visible}h3{break-after:avoid}tr,li{break-inside:avoid}}
`.trim().replaceAll("\n", "");
