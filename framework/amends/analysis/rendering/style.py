"""The page's look: dark text on white, one accent colour, colours that also differ in words."""

CHART_STYLE = """
.chart text{font:14px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#1b2430}
.chart .name,.chart .said{paint-order:stroke;stroke:#fff;stroke-width:4px}
.chart .said{font-weight:600;text-anchor:end}
.chart .tick{text-anchor:middle;fill:#4a5665;font-size:13px}
.chart .grid{stroke:#e3e8ee}
.chart .zero{stroke:#1b2430;stroke-dasharray:4 3}
.chart .span{stroke:#0b5c8a;stroke-width:2.5}
.chart .point{fill:#0b5c8a;stroke:#0b5c8a;stroke-width:2.5}
.chart .open{fill:#fff}
""".strip()
"""Of the charts alone, also where they stand on a sheet without a page around them."""

PAGE_STYLE = """
:root{--ink:#1b2430;--soft:#4a5665;--line:#d5dbe3;--accent:#0b5c8a;--wash:#f3f7fa}
body{margin:0;background:#fff}
main,.amends-report{color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:68rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:1.8rem 0 .5rem}
h3{font-size:1rem;margin:1.2rem 0 .3rem}
h4{font-size:.92rem;margin:1rem 0 .3rem;color:var(--soft)}
.chapter{border-top:1px solid var(--line);margin-top:2rem}
.chapter>h2{font-size:1.25rem;margin-top:1.2rem}
.chapter p{margin:.35rem 0;max-width:48rem}
.notes{color:var(--soft);font-size:.9rem;padding-left:1.2rem}
td.word{white-space:normal;min-width:9rem}
.key{color:var(--soft);margin:0}
.finding{background:var(--wash);border-left:4px solid var(--accent);padding:.9rem 1.1rem;margin:1.2rem 0}
.finding h2{margin:0 0 .4rem}
.finding p{margin:0;font-size:1.08rem}
.simulated{font-weight:700;letter-spacing:.04em;color:#8a2b06;margin:0 0 .4rem!important}
.verdict{display:inline-block;margin-left:.5rem;padding:.05rem .6rem;border-radius:1rem;
border:1px solid currentColor;font-size:.85rem;font-weight:600;color:var(--soft);background:#fff}
.v-difference{color:#0b5c8a}.v-equivalent{color:#1d6b3a}.v-not-trustworthy{color:#9b1c1c}
figure{margin:0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr));gap:1.4rem 2rem;
margin:1.4rem 0}
figcaption{color:var(--soft);font-size:.9rem}
.chart{width:100%;max-width:30rem;height:auto;display:block}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.4rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
thead th{white-space:normal;color:var(--soft);font-weight:600;font-size:.88rem;vertical-align:bottom}
.pale{color:#6b7785}
th:first-child,.word,tbody th{text-align:left}
tbody th{font-weight:600}
.facts{padding-left:1.2rem}
details{margin-top:.5rem}
summary{padding:.15rem 0}
.fold>summary{font-weight:600}
summary{cursor:pointer}
@media print{details::details-content{content-visibility:visible;display:block;height:auto}
summary{list-style:none}main{max-width:none;padding:0}.finding{break-inside:avoid}figure,table{break-inside:avoid}
.scroll{overflow:visible}th,td{white-space:normal}}
""".strip()

STYLE = f"{PAGE_STYLE}\n{CHART_STYLE}"
