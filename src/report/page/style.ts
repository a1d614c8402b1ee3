/** The style sheet of a report: system fonts, one accent, light, dark and print. No sequence of it ends the element. */
export const STYLE = `
:root{color-scheme:light dark;--page:#fafaf8;--surface:#fff;--ink:#1a1d21;--muted:#59616b;--line:#e2e5e9;--accent:#00639c;--c1:#0072b2;--c2:#d55e00;--c3:#009e73;--c4:#b0578d;--c5:#a87300;--c6:#3a9fd8;--on-accent:#fff;--warn:#b04a00;--warn-surface:#fdf3ea;
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
@media (prefers-color-scheme:dark){:root{--page:#14171a;--surface:#1b1f23;--ink:#e8eaed;--muted:#9ba4ae;--line:#30363c;--accent:#6cbcf0;--c1:#56b4e9;--c2:#ef8340;--c3:#2cc298;--c4:#d98cba;--c5:#e6b23c;--c6:#a5d8f5;--on-accent:#0d1114;--warn:#f2a05f;--warn-surface:#2a211a}}
*{box-sizing:border-box}html{scroll-behavior:smooth;scroll-padding-top:16px}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--ink);overflow-wrap:anywhere}
a{color:var(--accent)}a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999px}.skip:focus{left:16px;top:8px;background:var(--surface);padding:8px;z-index:1}
.page{max-width:1000px;margin:0 auto;padding:56px 24px 96px}
nav{padding:16px 24px;font-size:14px;border-bottom:1px solid var(--line)}
nav .home{display:none}nav ol{list-style:none;margin:0;padding:0}nav>ol{display:flex;flex-wrap:wrap;gap:4px 20px}nav ol ol{display:none}nav a{color:var(--muted);text-decoration:none;display:inline-block;padding:3px 0}nav a:hover{color:var(--accent);text-decoration:underline}
@media screen and (min-width:1240px){nav{position:fixed;inset:0 auto 0 0;width:232px;padding:56px 16px 24px 28px;border:0;border-right:1px solid var(--line);overflow-y:auto}nav>ol,nav ol ol{display:block}nav ol ol{padding-left:14px;margin-bottom:10px}nav .home{display:block;color:var(--ink);font-weight:600;margin-bottom:12px}.page{margin-left:232px;max-width:none;padding-left:56px;padding-right:56px}.page>*{max-width:1000px;margin-left:auto;margin-right:auto}}
h1{font-size:34px;line-height:1.15;letter-spacing:-.02em;margin:0 0 6px;font-weight:650}
h2{font-size:23px;line-height:1.25;letter-spacing:-.01em;margin:0 0 16px;font-weight:620}
h3{font-size:19px;line-height:1.3;margin:0 0 14px;font-weight:620}
h4,figcaption b{font-size:15px;font-weight:600;margin:24px 0 8px;display:block}figcaption b,.figures>div>h4:first-child{margin-top:0}
h5{font-size:13px;font-weight:600;margin:14px 0 4px}
p{margin:0 0 14px}.byline,.note,figcaption p,small{color:var(--muted)}.byline{font-size:14px;margin-bottom:20px}.note,figcaption p{font-size:14px}figcaption p{line-height:1.4;margin:2px 0 8px}small{font-size:12px;display:block}
.lead{font-size:18px;max-width:44em}
section{margin-top:56px;padding-top:28px;border-top:1px solid var(--line)}
article{margin-top:72px;padding-top:32px;border-top:3px solid var(--ink)}article section{margin-top:40px}
.tiles{list-style:none;margin:28px 0 0;padding:0;display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:28px 24px}
.tiles li{border-top:2px solid var(--line);padding-top:10px}.tiles li:first-child{border-color:var(--accent)}.tiles b{display:block;font-size:27px;line-height:1.15;font-weight:620;letter-spacing:-.01em;white-space:nowrap}.tiles span{font-size:14px;color:var(--muted);display:block;line-height:1.35;margin-top:3px}
.figures{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:40px 40px;align-items:start;margin-top:24px}.figures>*{min-width:0}.wide{grid-column:1/-1}
figure{margin:0}figure>svg{display:block;width:100%;height:auto;font-size:12px;overflow:visible}
.key{list-style:none;margin:0 0 6px;padding:0;display:flex;flex-wrap:wrap;gap:2px 18px;font-size:13px;color:var(--muted)}.line{width:28px;height:12px;margin-right:6px;vertical-align:-1px}
details{font-size:14px;margin-top:8px}summary{cursor:pointer;color:var(--muted);width:fit-content;padding:2px 0}summary:hover{color:var(--accent)}details .scroll{max-height:340px;margin-top:6px}
.scroll{overflow:auto;max-width:100%}.scroll+.note{margin-top:12px}.figures+.note{margin-top:20px}table{border-collapse:collapse;font-size:14px;min-width:50%}.figures table{min-width:100%}
th,td{text-align:left;padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal;max-width:26em}th:last-child,td:last-child{padding-right:2px}thead th{font-weight:500;color:var(--muted);vertical-align:bottom;font-size:13px}tbody th{font-weight:500}.n{text-align:right;white-space:nowrap}thead .n{white-space:normal}
td i{display:block;height:2px;background:var(--c1);margin:2px 0 0;min-width:0}
.compare .n{padding-left:20px}.differs>*{font-weight:650;background:var(--warn-surface)}.differs th{box-shadow:inset 3px 0 var(--c2);padding-left:10px}
dl{margin:0 0 16px;font-size:14px}dl div{display:flex;gap:16px;justify-content:space-between;padding:6px 0;border-bottom:1px solid var(--line);max-width:480px}dl.row{display:flex;flex-wrap:wrap;gap:4px 40px;font-size:15px}dl.row div{border:0;gap:10px}dl.row dd{font-weight:600}dt{color:var(--muted)}dd{margin:0;text-align:right}
pre,code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}pre{background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:12px 14px;margin:0 0 10px;overflow-wrap:normal}.hash{overflow-wrap:anywhere}td .hash{white-space:nowrap}td:has(.hash){max-width:none}
.mistakes{list-style:none;margin:24px 0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(140px,1fr));gap:24px 20px}.mistakes img{width:112px;height:112px;object-fit:contain;image-rendering:pixelated;background:var(--surface);border:1px solid var(--line);border-radius:4px;display:block;margin-bottom:8px}.mistakes p{margin:0;line-height:1.4}.mistakes span{color:var(--muted);font-size:14px}.mistakes li:has(blockquote){grid-column:1/-1}blockquote{margin:0 0 8px;padding-left:14px;border-left:2px solid var(--line);white-space:pre-wrap;max-height:9em;overflow:auto}
.warnings{list-style:none;margin:0 0 20px;padding:0}.warnings li{background:var(--warn-surface);border-left:3px solid var(--warn);padding:8px 14px;margin-bottom:6px;font-size:15px}.warn{color:var(--warn);font-size:11px}
.spark{width:120px;height:24px;fill:var(--c1);display:block}.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:720px){.page{padding:32px 16px 64px}nav{padding:12px 16px}.figures{grid-template-columns:minmax(0,1fr)}h1{font-size:27px}.lead{font-size:17px}.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}section{margin-top:40px}}
@media print{:root{color-scheme:light;--page:#fff;--surface:#fff;--ink:#000;--muted:#444;--line:#ccc;--accent:#00639c;--c1:#0072b2;--c2:#d55e00;--c3:#009e73;--c4:#b0578d;--c5:#a87300;--c6:#3a9fd8;--on-accent:#fff;--warn:#b04a00;--warn-surface:#fdf3ea;font-size:13px}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}.page{padding:0;max-width:none}.skip,nav{display:none}a{color:inherit;text-decoration:none}figure>svg,.tiles li,.mistakes li,tr,.warnings li,figcaption,h2,h3,h4{break-inside:avoid}h2,h3,h4,figcaption{break-after:avoid}th,td{padding:2px 12px 2px 0}table,thead th{font-size:11px}td small{font-size:9px}.scroll,details .scroll{overflow:visible;max-height:none}summary{list-style:none}
details::details-content{content-visibility:visible;height:auto;block-size:auto;display:block}}
`;
