"""The tables and charts of crossed factors: what was read of each metric, effect by effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence
from amends.analysis.result import Interval, NotEnough
from amends.analysis.section import (
    DASH,
    Cells,
    ChartLine,
    SectionChart,
    SectionTable,
    both,
    effect_cell,
    p_cell,
)
from amends.analysis.sections.naming import (
    AMONG,
    arm_cell,
    capital,
    columns,
    joined,
    metric_cell,
    own_word,
    span_of,
)

if TYPE_CHECKING:
    from amends.analysis.crossed_effects import Factorial, FactorialEffect
    from amends.design.metrics import Metric


@dataclass(frozen=True, slots=True)
class Crossed:
    """One metric's effects on its own scale, and in log odds for a share."""

    metric: Metric
    found: Factorial | NotEnough
    log_odds: Factorial | NotEnough | None = None

    @property
    def selected(self) -> bool:
        return self.metric.selected

    @property
    def name(self) -> Sentence:
        name = metric_cell(self.metric.name)
        return both(lambda locale: f"{name[locale]}, {AMONG[locale]}") if self.selected else name


def _pairs(effect: FactorialEffect) -> Sentence:
    """`message: thank you – sorry`, for every factor of the effect."""
    return joined(
        [
            both(lambda locale, name=name, pair=pair: _levels(name, pair, locale))  # type: ignore[misc]
            for name, pair in zip(effect.factors, effect.levels, strict=True)
        ],
        " × ",
    )


def _levels(name: str, pair: tuple[str, str], locale: str) -> str:
    return f"{own_word(name).en}: {' – '.join(_level(level)[locale] for level in pair)}"


def _level(level: str) -> Sentence:
    known = {"yes": Sentence("yes", "ya"), "no": Sentence("no", "tidak")}
    return known.get(level) or arm_cell(level)


def _where(effect: FactorialEffect) -> Sentence:
    return joined(
        [
            both(lambda locale, name=name, level=level: f"{own_word(name).en}: {_level(level)[locale]}")  # type: ignore[misc]
            for name, level in effect.at.items()
        ]
    )


def _row(item: Crossed, effect: FactorialEffect, *more: Sentence) -> Cells:
    kind = item.metric.kind
    return (item.name, _pairs(effect), effect_cell(effect.value, kind), span_of(effect.interval, kind), *more)


def _p(effect: FactorialEffect) -> Sentence:
    return p_cell(effect.test if isinstance(effect.test, NotEnough) else effect.test.p_value)


def interactions_table(read: Sequence[Crossed]) -> SectionTable:
    """Every interaction with its interval and its p-value on both scales."""
    rows = []
    for item in read:
        if isinstance(item.found, NotEnough):
            continue
        odds = item.log_odds
        known = odds is not None and not isinstance(odds, NotEnough)
        for place, effect in enumerate(item.found.interactions):
            second = _p(odds.interactions[place]) if known else DASH  # type: ignore[union-attr]
            rows.append(_row(item, effect, _p(effect), second))
    heading = columns(
        ("metric", "ukuran"),
        ("interaction", "interaksi"),
        ("difference of differences", "selisih dari selisih"),
        ("95% interval", "selang kepercayaan 95%"),
        ("p", "p"),
        ("p on log odds", "p pada log odds"),
    )
    return SectionTable(heading, tuple(rows), words=2)


def simple_table(read: Sequence[Crossed]) -> SectionTable:
    """What a factor does at one level of the others: with intervals, never p-values to set side by side."""
    rows = []
    for item in read:
        if isinstance(item.found, NotEnough):
            continue
        for effect in item.found.simple_effects:
            metric, pair, *rest = _row(item, effect)
            rows.append((metric, pair, _where(effect), *rest))
    heading = columns(
        ("metric", "ukuran"),
        ("simple effect", "efek sederhana"),
        ("at", "pada"),
        ("difference", "selisih"),
        ("95% interval", "selang kepercayaan 95%"),
    )
    return SectionTable(heading, tuple(rows), words=3)


def main_table(read: Sequence[Crossed]) -> SectionTable:
    """What a factor does on average over the others, and whether that may be read alone."""
    alone = {True: Sentence("yes", "ya"), False: Sentence("no, see interaction", "tidak, lihat interaksi")}
    rows = [
        _row(item, effect, _p(effect), alone[item.found.main_effects_alone[effect.factors[0]]])
        for item in read
        if not isinstance(item.found, NotEnough)
        for effect in item.found.main_effects
    ]
    heading = columns(
        ("metric", "ukuran"),
        ("main effect", "efek utama"),
        ("difference", "selisih"),
        ("95% interval", "selang kepercayaan 95%"),
        ("p", "p"),
        ("may be read alone", "boleh dibaca sendiri"),
    )
    return SectionTable(heading, tuple(rows), words=2)


def charts(item: Crossed) -> list[SectionChart]:
    """Every simple and main effect of a metric with its interval."""
    if isinstance(item.found, NotEnough):
        return []
    kind, times = item.metric.kind, 100 if item.metric.kind == "proportion" else 1
    lines = []
    for effect in (*item.found.simple_effects, *item.found.main_effects):
        if not isinstance(effect.interval, Interval):
            continue
        name = joined([_pairs(effect), *([_where(effect)] if effect.at else [])], ", ")
        low, high = times * effect.interval.low, times * effect.interval.high
        lines.append(ChartLine(name, times * effect.value, low, high, effect_cell(effect.value, kind)))
    if not lines:
        return []
    unit = Sentence("difference in points", "selisih dalam poin")
    return [SectionChart(capital(item.name), unit, tuple(lines))]
