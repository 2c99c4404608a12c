/** The page's style sheet: light, dark, paper, and a phone's width. */

const colours = `
:root{color-scheme:light dark;--ground:#faf8f4;--card:#fff;--ink:#1f1c18;--soft:#645d53;--line:#ddd6ca;--grid:#e9e3d8;--link:#1d5fa8;--tile:#efeae0;
--attempt:#4a7fb5;--wait-ground:#f0e7d2;--wait-ink:#8a6d1f;--made:#23804f;--refused:#b45309;--invalid:#7b4fb0;--failed:#c0322b;--unanswered:#5d6570;--cut:#fff}
@media (prefers-color-scheme:dark){:root{--ground:#151517;--card:#1e1e21;--ink:#ece8e1;--soft:#aaa398;--line:#38363a;--grid:#2a292d;--link:#8ab8ee;--tile:#26262a;
--attempt:#5f97d0;--wait-ground:#3a3426;--wait-ink:#c9a954;--made:#4cbb80;--refused:#f0a04b;--invalid:#b893e8;--failed:#f2766d;--unanswered:#a6b0bc;--cut:#151517}}`

const page = `
*{box-sizing:border-box}
html{scroll-padding-top:3.5rem}
body{margin:0 auto;max-width:84rem;padding:1.5rem clamp(.9rem,3vw,2.5rem) 4rem;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1,h2,h3,p,ul,ol,dl,dd,figure,blockquote{margin:0}
ul,ol{padding:0;list-style:none}
h1{font-size:clamp(1.5rem,4vw,2.2rem);line-height:1.2;letter-spacing:-.01em}
h2{font-size:1.3rem;margin:0 0 .6rem}
h3{font-size:1rem}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
small{display:block;font-size:.8rem;font-weight:400;color:var(--soft);line-height:1.35}
code,.id{font:.85em ui-monospace,monospace}
.id{color:var(--soft)}
main>section{margin-top:2.6rem}
main>section>p{color:var(--soft);margin-bottom:.8rem;max-width:60rem}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.4rem .8rem;z-index:9}
.definitions{position:absolute;width:0;height:0}
.brand{color:var(--soft);font-size:.9rem}
.when{color:var(--soft);font-size:.95rem;margin-top:.25rem}
.share{display:block;width:100%;height:12px;border-radius:6px;margin:1.1rem 0 .9rem;background:var(--tile);overflow:hidden}
.share rect{stroke:var(--ground);stroke-width:2}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.6rem,1fr));gap:.6rem}
.tile{background:var(--card);border:1px solid var(--line);border-top:4px solid var(--line);border-radius:8px;padding:.5rem .6rem .6rem}
.tile dt{font-size:.85rem;color:var(--soft)}
.tile dd{font-size:1.35rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
.tile.none dd{color:var(--soft);font-weight:400}
.tile.made{border-top-color:var(--made)}.tile.refused{border-top-color:var(--refused)}.tile.invalid{border-top-color:var(--invalid)}.tile.failed{border-top-color:var(--failed)}.tile.unanswered{border-top-color:var(--unanswered)}
nav{position:sticky;top:0;z-index:5;display:flex;gap:.3rem 1.2rem;flex-wrap:wrap;background:var(--ground);padding:.6rem 0;margin-top:1rem;border-bottom:1px solid var(--line)}
nav a{padding:.15rem 0}
.notice{border-left:4px solid var(--refused);background:var(--tile);padding:.7rem 1rem;border-radius:0 6px 6px 0}
.notice li{font-size:.9rem}
.made{fill:var(--made)}.refused{fill:var(--refused)}.invalid{fill:var(--invalid)}.failed{fill:var(--failed)}rect.unanswered{fill:var(--unanswered)}
g.unanswered{fill:var(--ground);stroke:var(--unanswered);stroke-width:1.6;stroke-linecap:round}
.cut{fill:none;stroke:var(--cut);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.mark{width:16px;height:16px;flex:none;overflow:visible;vertical-align:-3px;margin-right:.4rem}`

const gallery = `
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,13rem),1fr));gap:1rem;align-items:start}
.gallery figure{background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.gallery a{display:block;aspect-ratio:1;background:var(--tile)}
.gallery a.clear{background:repeating-conic-gradient(var(--tile) 0 25%,var(--card) 0 50%) 0 0/16px 16px}
.gallery a:focus-visible{outline-offset:-3px}
.gallery img{display:block;width:100%;height:100%;object-fit:contain}
.missing{aspect-ratio:1;display:flex;flex-direction:column;justify-content:center;gap:.3rem;text-align:center;padding:1rem;font-size:.85rem;color:var(--soft);background:repeating-linear-gradient(45deg,var(--tile) 0 10px,var(--card) 10px 20px)}
.missing strong{color:var(--failed)}
figcaption summary{color:var(--soft);font-size:.8rem}
figcaption{padding:.55rem .75rem .7rem;font-size:.9rem;line-height:1.4}
.facts{display:block;margin-top:.2rem;color:var(--soft);font-size:.8rem}
.warning{display:block;color:var(--refused);font-size:.8rem}
summary{cursor:pointer}
@media (max-width:34rem){.gallery{grid-template-columns:1fr 1fr;gap:.6rem}figcaption{font-size:.82rem;padding:.45rem .55rem .55rem}}`

const problems = `
.problems{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26rem),1fr));gap:1rem;align-items:start}
.problem{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--line);border-radius:8px;padding:.8rem 1rem}
.problem.refused{border-left-color:var(--refused)}.problem.invalid{border-left-color:var(--invalid)}.problem.failed{border-left-color:var(--failed)}.problem.unanswered{border-left-color:var(--unanswered)}
.problem h3 .id{font-weight:400;margin-left:.3rem}
blockquote{margin:.5rem 0;padding-left:.8rem;border-left:2px solid var(--line);font-size:1.02rem;white-space:pre-line}
.remedy{font-size:.95rem}
.problem dl{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:.4rem 0}
.problem dl div{display:flex;gap:.4rem}
.problem details{font-size:.88rem;color:var(--soft)}`

const timeline = `
.scroll{overflow:auto;border:1px solid var(--line);border-radius:8px;background:var(--card)}
.timeline .scroll{max-height:78vh;--label:19rem}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;font-size:.85rem;margin-bottom:.8rem}
.legend li{display:flex;align-items:center}
.swatch{width:28px;height:16px;margin-right:.4rem;flex:none;overflow:visible}
.filter{border:0;padding:0;margin:0 0 .8rem;display:flex;flex-wrap:wrap;gap:.3rem .4rem;font-size:.88rem}
.filter legend{float:left;padding:.2rem .5rem .2rem 0;color:var(--soft)}
.filter label{display:flex;align-items:center;gap:.35rem;border:1px solid var(--line);border-radius:99px;padding:.15rem .75rem .15rem .5rem;background:var(--card);cursor:pointer}
.filter label:has(:checked){border-color:var(--link);box-shadow:inset 0 0 0 1px var(--link)}
.filter input{margin:0;accent-color:var(--link)}
.timeline:has(#show-unmade:checked) .lane.is-made,.timeline:has(#show-failure:checked) .lane:not(.has-failure),.timeline:has(#show-wait:checked) .lane:not(.has-wait),.timeline:has(#show-billed:checked) .lane:not(.has-billed){display:none}
.run{width:max(100%,calc(var(--chart) + var(--label) + 2rem))}
.run h3{position:sticky;left:0;width:max-content;max-width:calc(100vw - 3rem);padding:.8rem .8rem .2rem}
.axis,.lane summary{display:grid;grid-template-columns:var(--label) 1fr;align-items:center;padding-right:1.2rem}
.axis{position:sticky;top:0;z-index:2;background:var(--card);border-bottom:1px solid var(--line)}
.axis text{font-size:11px;fill:var(--soft)}
.axis .track{height:20px}
.lane{border-bottom:1px solid var(--grid)}
.lane:hover,.lane[open]{background:var(--tile)}
.lane summary{list-style:none}
.lane summary::-webkit-details-marker{display:none}
.lane summary:focus-visible{outline-offset:-3px}
.label{position:sticky;left:0;z-index:1;background:inherit;padding:.2rem .8rem;font-size:.85rem;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;align-self:stretch}
.axis .label{background:var(--card)}
.lane .label{background:var(--card)}
.lane:hover .label,.lane[open] .label{background:var(--tile)}
.track{display:block;width:100%;height:26px;overflow:visible}
.attempt{fill:var(--attempt);stroke:var(--attempt);stroke-width:1}
.wait{stroke:var(--wait-ink);stroke-width:1}
.ground{fill:var(--wait-ground)}
.ink{fill:none;stroke:var(--wait-ink);stroke-width:1.2}
.why{font-size:10px;text-anchor:middle;fill:var(--ink);stroke:var(--wait-ground);stroke-width:4px;paint-order:stroke;stroke-linejoin:round;pointer-events:none}
.why.wide{display:none}
@media (min-width:72rem){.why.wide{display:inline}}
.thread{stroke:var(--soft);stroke-width:1.5;opacity:.6}
.failure{fill:none;stroke:var(--failed);stroke-width:2.2;stroke-linecap:round}
.failure .halo{stroke:var(--card);stroke-width:5.5}
.failure circle{fill:var(--card)}
.more{position:sticky;left:0;width:max-content;max-width:min(100%,92vw);padding:.2rem 1rem .8rem 2.2rem;font-size:.88rem}
.more p{font-weight:600}
.time{display:inline-block;min-width:5.5rem;color:var(--soft);font-variant-numeric:tabular-nums}
.moments .bad{color:var(--failed)}
.moments .end{font-weight:600}
@media (max-width:48rem){.timeline .scroll{--label:0px}.axis,.lane summary{display:block;padding:0 1rem}.axis .label{display:none}
.lane .label{display:block;width:max-content;max-width:calc(100vw - 5rem);padding:.35rem 0 0;left:1rem}.more{padding-left:1rem;max-width:calc(100vw - 3rem)}}`

const tables = `
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .8rem;border-bottom:1px solid var(--grid);overflow-wrap:normal}
thead th{font-size:.82rem;color:var(--soft);font-weight:500;vertical-align:bottom}
tbody th{font-weight:600;white-space:nowrap}
th code,td code{white-space:nowrap}
#cost table{min-width:46rem}#met table{min-width:34rem}
tbody tr:last-child>*{border-bottom:0}
.number{text-align:right;font-variant-numeric:tabular-nums}
td.number{white-space:nowrap}
thead .number{min-width:7rem}thead .number:nth-child(-n+3){min-width:0}`

const paper = `
@media print{:root{--ground:#fff;--card:#fff;--tile:#fff}body{max-width:none;padding:0;font-size:10pt;print-color-adjust:exact}nav,.filter,.skip{display:none}
.scroll,.timeline .scroll{overflow:visible;max-height:none}.timeline .scroll{--chart:0px;--label:12rem}.run{--chart:0px;width:100%}.axis{position:static}
.gallery{grid-template-columns:repeat(4,1fr)}figure,.problem,.lane,tr,.tile{break-inside:avoid}h2{break-after:avoid}}`

export const style = [colours, page, gallery, problems, timeline, tables, paper].join("").replaceAll("\n", "")
