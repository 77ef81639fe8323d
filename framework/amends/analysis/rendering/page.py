"""The report as one self-contained HTML page: no script, nothing fetched, fit for screen, phone and print."""

from __future__ import annotations

from html import escape, unescape

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import VERDICTS, amount, arm_name, language, metric_name, moment, percent
from amends.analysis.rendering.chapters import RESTS_ON_THE_SPLIT, TABLES_IN_VIEW, Chapter, chapters
from amends.analysis.rendering.chart import Bar, interval_chart
from amends.analysis.rendering.style import STYLE
from amends.analysis.rendering.tables import MANY_ROWS, Table, section_tables, tests_table
from amends.analysis.rendering.text import remarks, state_lines, title
from amends.analysis.rendering.words import label, pair
from amends.analysis.reported import Report
from amends.analysis.section import Section, SectionChart

MOST_CHARTS = 4
POINTS = {
    "proportion": {"en": "percentage points", "id": "poin persentase"},
    "mean": {"en": "points", "id": "poin"},
}


def to_html(report: Report, *, locale: str = "en") -> str:
    """The whole page."""
    lang = language(locale)
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title(report, locale))}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{_body(report, lang)}\n</main>\n</body>\n</html>\n"
    )


def to_fragment(report: Report, *, locale: str = "en") -> str:
    """The page's content with its own style, for a notebook."""
    lang = language(locale)
    return f'<div class="amends-report" lang="{lang}"><style>{STYLE}</style>{_body(report, lang)}</div>'


def _body(report: Report, locale: str) -> str:
    parts = [
        f"<header><h1>{escape(report.heading(locale))}</h1>"
        f'<p class="key">{escape(title(report, locale))} · '
        f"{label('as_of', locale)} {moment(report.as_of, locale)}</p></header>",
        _finding(report, locale),
        f'<ul class="facts">{items(state_lines(report, locale))}</ul>',
        *(_chapter(report, chapter, locale) for chapter in chapters(report, locale)),
        _remarks(report, locale),
        _customary(report, locale),
    ]
    return "\n".join(part for part in parts if part)


def _finding(report: Report, locale: str) -> str:
    verdict = report.verdict
    badge = f'<span class="verdict v-{verdict.replace(" ", "-")}">{escape(VERDICTS[verdict][locale])}</span>'
    banner = f'<p class="simulated">{label("simulated", locale)}</p>' if report.simulated else ""
    return (
        f'<section class="finding">{banner}<h2>{label("summary", locale)} {badge}</h2>'
        f"<p>{escape(report.summary[locale])}</p></section>"
    )


def _chapter(report: Report, chapter: Chapter, locale: str) -> str:
    """Charts, tables and sections; behind a fold where the split between the arms cannot be trusted."""
    charts, tables = _charts(report, chapter.name, locale), chapter.tables
    parts = [_abreast(charts, locale)]
    for section in chapter.sections:
        # The bounds stand under what is said of them, once.
        parts.append(_beside(section, locale, tables if section.name == "nonresponse" else ()))
        tables = () if section.name == "nonresponse" else tables
    parts[1:1] = [_section(table) for table in tables]
    shown = "\n".join(part for part in parts if part)
    if report.verdict == "not trustworthy" and chapter.name in RESTS_ON_THE_SPLIT:
        shown = f"<details><summary>{label('all_the_same', locale)}</summary>{shown}</details>"
    return f'<section class="chapter"><h2>{escape(chapter.title)}</h2>{shown}</section>'


def _charts(report: Report, chapter: str, locale: str) -> list[str]:
    """The figures of a chapter that every report has, with their captions."""
    charts = [_rates(report, locale)] if chapter == "happened" else []
    if chapter == "sure":
        charts += [
            _differences(report, name, locale) for name in dict.fromkeys(c.metric for c in report.contrasts)
        ]
    return [chart for chart in charts if chart]


def chapter_charts(report: Report, chapter: str, locale: str) -> list[tuple[str, str]]:
    """The same charts as bare SVG, each with its caption."""
    found = []
    for chart in _charts(report, chapter, locale):
        bare = chart.removeprefix("<figure>").removesuffix("</figcaption></figure>")
        drawn, caption = bare.split("<figcaption>")
        found.append((drawn, unescape(caption)))
    return found


def _rates(report: Report, locale: str) -> str:
    bars = [
        Bar(
            arm_name(name, locale),
            100 * arm.rate,
            100 * arm.rate_low,
            100 * arm.rate_high,
            percent(arm.rate, locale),
        )
        for name, arm in report.arms.items()
        if isinstance(arm.rate, float)
        and isinstance(arm.rate_low, float)
        and isinstance(arm.rate_high, float)
    ]
    name = label("rate", locale)
    return _figure(
        bars, title=name, caption=f"{name}, {label('interval', locale)}", unit="%", locale=locale, rates=True
    )


def _differences(report: Report, metric: str, locale: str) -> str:
    mine = [item for item in report.contrasts if item.metric == metric]
    bars = [bar for item in mine if (bar := _bar(item, locale))]
    unit = POINTS[mine[0].kind][locale]
    name = f"{label('difference', locale).capitalize()}: {metric_name(metric, locale)}"
    return _figure(bars, title=name, caption=f"{name}, {label('interval', locale)}", unit=unit, locale=locale)


def _bar(contrast: Contrast, locale: str) -> Bar | None:
    scale = 100 if contrast.kind == "proportion" else 1
    ends = [
        value for value in (contrast.effect, contrast.low, contrast.high) if isinstance(value, float | int)
    ]
    if len(ends) < 3:
        return None
    value, low, high = (scale * end for end in ends)
    said = amount(contrast.effect, contrast.kind, locale)
    return Bar(pair(contrast, locale), value, low, high, said, strong=contrast.verdict == "difference")


def _figure(bars: list[Bar], *, title: str, caption: str, unit: str, locale: str, rates: bool = False) -> str:
    if not bars:
        return ""
    within = (0.0, 100.0) if rates else None
    chart = interval_chart(bars, title=title, unit=unit, locale=locale, zero=not rates, within=within)
    return f"<figure>{chart}<figcaption>{escape(caption)}</figcaption></figure>"


def _section(table: Table) -> str:
    if len(table.rows) <= MANY_ROWS:
        return f"<section><h3>{escape(table.title)}</h3>{grid(table)}</section>"
    named = f"{escape(table.title)} ({len(table.rows)})"
    return f'<details class="fold"><summary>{named}</summary>{grid(table)}</details>'


def _abreast(charts: list[str], locale: str) -> str:
    """Charts beside one another; many, or long ones, a click away."""
    if not charts:
        return ""
    drawn = f'<div class="charts">{"".join(charts)}</div>'
    if len(charts) <= MOST_CHARTS and max(chart.count("<circle") for chart in charts) <= MANY_ROWS:
        return drawn
    return f"<details><summary>{label('charts', locale)} ({len(charts)})</summary>{drawn}</details>"


def _beside(section: Section, locale: str, tables: tuple[Table, ...] = ()) -> str:
    """An analysis beside the contrasts: sentences and charts in view, figures and methods a click away.

    Tables of the chapter that belong to it stand in view where its sentences do not give their figures.
    """
    title = escape(section.title[locale])
    shown = [f"<p>{escape(said[locale])}</p>" for said in section.said]
    shown.append(_abreast([_section_chart(chart, locale) for chart in section.charts if chart.lines], locale))
    grids = "".join(map(_section, tables))
    detail = _detail(section, locale)
    if section.more or not detail:
        shown.append(grids)
    else:
        detail = grids + detail
    if section.folded:
        inside = "".join([*shown, detail])
        return f'<details class="fold"><summary>{title}</summary>{inside}</details>'
    if detail and section.name not in TABLES_IN_VIEW:
        detail = f"<details><summary>{label('section_figures', locale)}</summary>{detail}</details>"
    return f"<section><h3>{title}</h3>{''.join(shown)}{detail}</section>"


def _detail(section: Section, locale: str) -> str:
    """The tables of a section, then how its figures were made."""
    parts = []
    for table in section_tables(section, locale):
        named = f"<h4>{escape(table.title)}</h4>" if table.title != section.title[locale] else ""
        parts.append(named + grid(table))
    parts += [f"<p>{escape(said[locale])}</p>" for said in section.more]
    notes = items([note[locale] for note in section.notes])
    return "".join(parts) + (f'<ul class="notes">{notes}</ul>' if notes else "")


def _section_chart(chart: SectionChart, locale: str) -> str:
    bars = [
        Bar(line.name[locale], line.value, line.low, line.high, line.said[locale], strong=line.strong)
        for line in chart.lines
    ]
    title = chart.title[locale]
    drawn = interval_chart(
        bars, title=title, unit=chart.unit[locale], locale=locale, zero=chart.zero, within=chart.within
    )
    return f"<figure>{drawn}<figcaption>{escape(title)}</figcaption></figure>"


def grid(table: Table) -> str:
    head = "".join(
        f'<th scope="col" class="{_kind(table, place)}">{escape(name)}</th>'
        for place, name in enumerate(table.columns)
    )
    rows = "".join(f"<tr>{_cells(table, row)}</tr>" for row in table.rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cells(table: Table, row: tuple[str, ...]) -> str:
    first = f'<th scope="row">{escape(row[0])}</th>'
    rest = "".join(
        f'<td class="{_kind(table, place)}">{escape(cell)}</td>'
        for place, cell in enumerate(row[1:], start=1)
    )
    return first + rest


def _remarks(report: Report, locale: str) -> str:
    return f"<section><h2>{label('warnings', locale)}</h2><ul>{items(remarks(report, locale))}</ul></section>"


def items(lines: list[str]) -> str:
    return "".join(f"<li>{escape(line)}</li>" for line in lines)


def _customary(report: Report, locale: str) -> str:
    if not report.contrasts:
        return ""
    grids = "".join(
        f"<h3>{escape(table.title)}</h3>{grid(table)}"
        for table in (tests_table(item, locale) for item in report.contrasts)
    )
    name, said = label("other_tests", locale), label("several_tests", locale)
    return f"<section><h2>{name}</h2><details><summary>{said}</summary>{grids}</details></section>"


def _kind(table: Table, place: int) -> str:
    if place in table.pale:
        return "figure pale"
    return "word" if place < table.words else "figure"
