"""A report's tables as rows of text, which the text, Markdown and HTML forms lay out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    return Table(label("overall", locale), columns, rows, words=2)


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


def aligned(table: Table) -> list[str]:
    """The table as lines of equal width: words to the left, figures to the right."""
    grid: Sequence[Sequence[str]] = [table.columns, *table.rows]
    widths = [max(len(row[place]) for row in grid) for place in range(len(table.columns))]
    lines = []
    for row in grid:
        cells = [
            cell.ljust(width) if place < table.words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("─" * width for width in widths))
    return lines
