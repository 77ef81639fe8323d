"""A report's tables as rows of text, which the text, Markdown and HTML forms lay out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import (
    VERDICTS,
    Figure,
    amount,
    arm_name,
    count,
    decimal,
    interval,
    metric_name,
    number,
    p_value,
    percent,
)
from amends.analysis.rendering.words import TEST_NAMES, effect, label, limits, pair
from amends.analysis.reported import Report
from amends.analysis.result import NotEnough
from amends.analysis.section import Section

MANY_ROWS = 12
"""Longer tables and charts are folded on the page and cut in the short forms."""
FIGURE = 24
"""No figure of a table is longer."""
FUNNEL = ("assigned", "delivered", "started", "matured", "completed")


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, column names and rows of text.

    Attributes:
        title: The heading.
        columns: Names of the columns.
        rows: The cells.
        words: The first columns are words, the rest figures.
        pale: Columns that decide nothing yet, drawn in grey.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1
    pale: frozenset[int] = frozenset()


def section_tables(section: Section, locale: str) -> list[Table]:
    """A section's tables under its own title, or their captions."""
    return [
        Table(
            (table.caption or section.title)[locale],
            tuple(name[locale] for name in table.columns),
            tuple(tuple(cell[locale] for cell in row) for row in table.rows),
            table.words,
        )
        for table in section.tables
        if table.rows
    ]


def arms_table(report: Report, locale: str) -> Table:
    """The funnel and the figures of every arm; steps that nobody recorded are left out."""
    rated = any(arm.ratings or arm.rated for arm in report.arms.values())
    hidden = {
        step for arm in report.arms.values() for step, n in arm.counts.items() if isinstance(n, NotEnough)
    }
    seen = {step for arm in report.arms.values() for step, n in arm.counts.items() if n} - hidden
    steps = [step for step in FUNNEL if step in seen or step in ("assigned", "completed")]
    figures = ["rate", *(["rated", "mean", "sd"] if rated else [])]
    rows = []
    for name, arm in report.arms.items():
        row = [arm_name(name, locale), *(_step(arm.counts[step], locale) for step in steps)]
        row.append(percent(arm.rate, locale))
        if rated:
            row += [
                count(arm.rated, locale),
                decimal(arm.mean, locale=locale),
                decimal(arm.sd, locale=locale),
            ]
        rows.append(tuple(row))
    columns = tuple(label(column, locale) for column in ("arm", *steps, *figures))
    return Table(label("arms", locale), columns, tuple(rows))


def _step(value: int | NotEnough, locale: str) -> str:
    return "–" if isinstance(value, NotEnough) else count(value, locale)


def contrasts_table(report: Report, locale: str) -> Table:
    """Every contrast with its difference, interval, test and verdict."""
    adjusted = any(item.adjustment != "none" for item in report.contrasts)
    columns = ["metric", "contrast", "difference", "interval", "test", "p"]
    columns += ["p_adjusted"] if adjusted else []
    rows = []
    for item in report.contrasts:
        row = [
            metric_name(item.metric, locale),
            pair(item, locale),
            effect(item, locale),
            limits(item, locale),
        ]
        row += [item.test, bare_p(item.p_value, locale)]
        row += [bare_p(item.p_adjusted, locale)] if adjusted else []
        rows.append((*row, VERDICTS[item.verdict][locale]))
    names = tuple(label(name, locale) for name in (*columns, "verdict"))
    # Until the fixed test may decide, its p-values only say what they would be if it did now.
    pale = frozenset() if report.rule.method == "fixed" else frozenset(range(5, len(columns)))
    return Table(label("contrasts", locale), names, tuple(rows), words=2, pale=pale)


def overall_table(report: Report, locale: str) -> Table:
    """The overall tests of three arms or more."""
    rows = tuple(
        (
            metric_name(item["metric"], locale),
            item["test"],
            decimal(item["statistic"], locale=locale),
            bare_p(item["p_value"], locale),
        )
        for item in report.omnibus
    )
    columns = tuple(label(name, locale) for name in ("metric", "test", "statistic", "p"))
    pale = frozenset() if report.rule.method == "fixed" else frozenset({2, 3})
    return Table(label("overall", locale), columns, rows, words=2, pale=pale)


def bounds_table(report: Report, locale: str) -> Table:
    """The bounds beside every contrast that is known only for those who answered."""
    columns = ("metric", "contrast", "difference", "lee", "lee_region", "manski", "tipping_point")
    rows = tuple(_bounds_row(item, locale) for item in report.contrasts if item.bounds is not None)
    return Table(label("bounds", locale), tuple(label(name, locale) for name in columns), rows, words=2)


def _bounds_row(contrast: Contrast, locale: str) -> tuple[str, ...]:
    bounds = contrast.bounds or {}
    lee, manski = bounds["lee"], bounds["manski"]
    return (
        metric_name(contrast.metric, locale),
        pair(contrast, locale),
        effect(contrast, locale),
        _span(lee["low"], lee["high"], locale, contrast.kind),
        _span(lee["ci_low"], lee["ci_high"], locale, contrast.kind),
        _span(manski["low"], manski["high"], locale, contrast.kind),
        amount(bounds["tipping_point"], contrast.kind, locale),
    )


def always_valid_table(report: Report, locale: str) -> Table:
    """The intervals that may be read at any time; none for finished data."""
    rows = tuple(
        (
            metric_name(item.metric, locale),
            pair(item, locale),
            effect(item, locale),
            _span(item.always_valid["low"], item.always_valid["high"], locale, item.kind),
        )
        for item in report.contrasts
        if item.always_valid is not None and report.status != "draft"
    )
    columns = ("metric", "contrast", "difference", "always_valid")
    names = tuple(label(name, locale) for name in columns)
    return Table(label("any_time", locale), names, rows, words=2)


def tests_table(contrast: Contrast, locale: str) -> Table:
    """The customary tests of one contrast, for matching published figures."""
    rows = tuple(
        (
            TEST_NAMES.get(name, name),
            decimal(found["statistic"], digits=4, locale=locale),
            _precise(found["p_value"], locale),
        )
        for name, found in contrast.tests.items()
    )
    title = f"{metric_name(contrast.metric, locale)}, {pair(contrast, locale)}"
    return Table(title, (label("test", locale), label("statistic", locale), label("p", locale)), rows)


def bare_p(value: Figure, locale: str) -> str:
    """A p-value for a column: `0.094`, `< 0.001`, a dash where there is none."""
    if value is None or isinstance(value, NotEnough):
        return "–"
    return p_value(value, locale).removeprefix("p ").removeprefix("= ")


def _precise(value: Figure, locale: str) -> str:
    """Four decimals, by which published p-values are matched."""
    if value is None or isinstance(value, NotEnough):
        return "–"
    smallest = 0.0001
    return (
        f"< {number(smallest, digits=4, locale=locale)}"
        if value < smallest
        else decimal(value, digits=4, locale=locale)
    )


def _span(low: Figure, high: Figure, locale: str, kind: str = "mean") -> str:
    if isinstance(low, NotEnough) or isinstance(high, NotEnough):
        return "–"
    return interval(low, high, kind, locale)


def aligned(table: Table, *, width: int = 100) -> list[str]:
    """The table as lines of equal width: words to the left, figures to the right.

    A table wider than `width` is narrowed by breaking its headings and words, never its figures.
    """
    widths = _fitted(table, width)
    head, *rows = (_lines(table, row, widths) for row in (table.columns, *table.rows))
    rule = "  ".join("─" * size for size in widths)
    return [*head, rule, *(line for row in rows for line in row)]


def _fitted(table: Table, width: int) -> list[int]:
    """How wide each column is: as wide as it asks for, then with headings broken, then words."""
    widths, headed, least = [], [], []
    for place, name in enumerate(table.columns):
        cells = [row[place] for row in table.rows]
        words = [part for cell in cells for part in _unbroken(cell)]
        longest = max(map(len, name.split()), default=0)
        widths.append(max(map(len, (name, *cells))))
        headed.append(max([longest, *map(len, cells)]))
        least.append(max([longest, *map(len, words)]))
    for floor in (headed, least):
        while sum(widths) > width - 2 * (len(widths) - 1) and widths != floor:
            broken = [place for place, size in enumerate(widths) if size > floor[place]]
            widths[max(broken, key=widths.__getitem__)] -= 1
    return widths


def _unbroken(cell: str) -> list[str]:
    """The words of a cell; an amount with its interval, its unit or its sign stays in one piece."""
    return [cell] if any(sign.isdigit() for sign in cell) and len(cell) <= FIGURE else cell.split()


def _lines(table: Table, row: Sequence[str], widths: Sequence[int]) -> list[str]:
    cells = [wrap(cell, size, break_on_hyphens=False) or [""] for cell, size in zip(row, widths, strict=True)]
    found = []
    for line in range(max(map(len, cells))):
        parts = [cell[line] if line < len(cell) else "" for cell in cells]
        shown = [
            part.ljust(size) if place < table.words else part.rjust(size)
            for place, (part, size) in enumerate(zip(parts, widths, strict=True))
        ]
        found.append("  ".join(shown).rstrip())
    return found


def cut(table: Table, locale: str, *, most: int = MANY_ROWS) -> tuple[Table, str]:
    """The first rows of a long table, and how many are left for the page; the whole table if it is short."""
    left = len(table.rows) - most
    if left <= 0:
        return table, ""
    said = label("more_rows", locale).format(n=count(left, locale))
    return replace(table, rows=table.rows[:most]), said
