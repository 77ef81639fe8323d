"""One moderator of one contrast in words: its name, its figures in tables, its levels drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence, amount, number
from amends.analysis.result import Interval, NotEnough
from amends.analysis.section import (
    Cells,
    ChartLine,
    SectionChart,
    SectionTable,
    both,
    effect_cell,
    figure_cell,
    p_cell,
)
from amends.analysis.sections.comparing import Between
from amends.analysis.sections.naming import (
    AMONG,
    capital,
    columns,
    metric_cell,
    own_word,
    pair_cell,
    span_of,
)

if TYPE_CHECKING:
    from amends.analysis.moderated_levels import LevelEffect, Moderation

KNOWN = {
    "delay": Sentence("delay (hours)", "keterlambatan (jam)"),
    "channel": Sentence("channel", "saluran"),
    "locale": Sentence("language", "bahasa"),
    "delay_band": Sentence("delay", "keterlambatan"),
    "weekend": Sentence("weekend", "akhir pekan"),
}


DELAYS = {
    "under 1 h": Sentence("under 1 h", "di bawah 1 jam"),
    "1-24 h": Sentence("1–24 h", "1–24 jam"),
    "24-48 h": Sentence("24–48 h", "24–48 jam"),
    "48-72 h": Sentence("48–72 h", "48–72 jam"),
    "3-7 days": Sentence("3–7 days", "3–7 hari"),
    "over 7 days": Sentence("over 7 days", "lebih dari 7 hari"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One moderator of one contrast, with its figures or the reason why there are none."""

    units: Between
    moderator: str
    explored: bool
    found: Moderation | NotEnough

    @property
    def about(self) -> Sentence:
        pair, metric = pair_cell(self.units.arm, self.units.versus), metric_cell(self.units.metric.name)
        name = moderator_cell(self.moderator)
        return both(lambda locale: f"{metric[locale]}, {pair[locale]}, {name[locale]}")

    @property
    def p_value(self) -> float | NotEnough:
        """Of no change, before adjustment."""
        if isinstance(self.found, NotEnough):
            return self.found
        test = self.found.test
        return test if isinstance(test, NotEnough) else test.p_value

    @property
    def p_adjusted(self) -> float | NotEnough:
        if isinstance(self.found, NotEnough):
            return self.found
        given = self.found.p_adjusted
        return NotEnough("not tested") if given is None else given


def moderator_cell(name: str) -> Sentence:
    """A moderator as people call it.

    >>> moderator_cell("weekend").id, moderator_cell("orders_before").en
    ('akhir pekan', 'orders before')
    """
    return KNOWN.get(name, own_word(name))


def tests_table(asked: Sequence[Asked]) -> SectionTable:
    return SectionTable(
        columns(
            ("metric", "ukuran"),
            ("contrast", "perbandingan"),
            ("moderator", "moderator"),
            ("declared", "dinyatakan"),
            ("change of the difference", "perubahan perbedaan"),
            ("95% interval", "selang kepercayaan 95%"),
            ("p of no change", "p tanpa perubahan"),
            ("adjusted p", "p disesuaikan"),
        ),
        tuple(_test_row(item, item.found) for item in asked if not isinstance(item.found, NotEnough)),
        words=4,
        caption=Sentence(
            "Whether the difference changes with the moderator: percentage points of a share, scale points "
            "of a mean; per unit of a moderator of numbers, second level minus first where there are two",
            "Apakah perbedaan berubah menurut moderator: poin persentase untuk proporsi, poin skala "
            "untuk rata-rata; per satuan moderator angka, tingkat kedua dikurangi pertama bila ada dua",
        ),
    )


def _test_row(item: Asked, found: Moderation) -> Cells:
    kind, test = item.units.metric.kind, found.test
    value = interval = None
    if not isinstance(test, NotEnough):
        value, interval = test.value, test.interval
    declared = (
        Sentence("exploratory", "eksploratif") if item.explored else Sentence("confirmatory", "konfirmatif")
    )
    return (
        _metric_said(item.units),
        pair_cell(item.units.arm, item.units.versus),
        moderator_cell(item.moderator),
        declared,
        effect_cell(value, kind) if kind == "proportion" else figure_cell(value, digits=3),
        span_of(interval, kind),
        p_cell(item.p_value),
        p_cell(item.p_adjusted),
    )


def odds_tables(asked: Sequence[Asked]) -> list[SectionTable]:
    """The same interactions of shares in log odds; no table where only means are declared."""
    rows = [
        (
            metric_cell(item.units.metric.name),
            pair_cell(item.units.arm, item.units.versus),
            moderator_cell(item.moderator),
            figure_cell(odds.value, digits=3),
            span_of(odds.interval, "mean"),
            p_cell(odds.p_value),
        )
        for item in asked
        if not isinstance(item.found, NotEnough)
        and not isinstance(odds := item.found.log_odds, NotEnough)
        and odds is not None
    ]
    if not rows:
        return []
    heading = columns(
        ("metric", "ukuran"),
        ("contrast", "perbandingan"),
        ("moderator", "moderator"),
        ("change in log odds", "perubahan log odds"),
        ("95% interval", "selang kepercayaan 95%"),
        ("p", "p"),
    )
    caption = Sentence(
        "The same for shares in log odds, the second reading: the scales may disagree",
        "Hal yang sama untuk proporsi dalam log odds, bacaan kedua: kedua skala bisa berbeda",
    )
    return [SectionTable(heading, tuple(rows), words=3, caption=caption)]


def _metric_said(units: Between) -> Sentence:
    name = metric_cell(units.metric.name)
    return both(lambda locale: f"{name[locale]}, {AMONG[locale]}") if units.selected else name


def levels_table(asked: Sequence[Asked]) -> SectionTable:
    """The effects at the levels: no p-value, on purpose."""
    rows = [
        (
            _metric_said(item.units),
            pair_cell(item.units.arm, item.units.versus),
            level_cell(item.moderator, found, place),
            effect_cell(level.value, item.units.metric.kind),
            span_of(level.interval, item.units.metric.kind),
            both(lambda locale, ns=level.ns: _sizes(ns, locale)),  # type: ignore[misc]
        )
        for item in asked
        if not isinstance(found := item.found, NotEnough)
        for place, level in enumerate(found.levels)
    ]
    return SectionTable(
        columns(
            ("metric", "ukuran"),
            ("contrast", "perbandingan"),
            ("at", "pada"),
            ("difference", "selisih"),
            ("95% interval", "selang kepercayaan 95%"),
            ("units", "unit"),
        ),
        tuple(rows),
        words=3,
        caption=Sentence(
            "The difference at every level. Only the test above says whether these differ.",
            "Perbedaan pada tiap tingkat. Hanya uji di atas yang menunjukkan apakah nilainya berbeda.",
        ),
    )


def _sizes(ns: tuple[int, int], locale: str) -> str:
    return " / ".join(number(n, digits=0, locale=locale) for n in ns)


def level_cell(moderator: str, found: Moderation, place: int) -> Sentence:
    """A level in words: its name, or where it lies on a moderator of numbers."""
    return level_said(moderator, found.levels[place].level, place)


def level_said(moderator: str, level: str | float, place: int) -> Sentence:
    """The same from the level alone and its place among the levels.

    >>> level_said("delay_band", "24-48 h", 2).id, level_said("weekend", "1", 1).en
    ('keterlambatan: 24–48 jam', 'weekend: yes')
    """
    name = moderator_cell(moderator)
    if not isinstance(level, float):
        word = _word(moderator, level)
        return both(lambda locale: f"{name[locale]}: {word[locale]}")
    where = (
        Sentence("mean − 1 sd", "rata-rata − 1 sd"),
        Sentence("mean", "rata-rata"),
        Sentence("mean + 1 sd", "rata-rata + 1 sd"),
    )[place]
    return both(lambda locale: f"{name[locale]} {number(level, digits=1, locale=locale)} ({where[locale]})")


def _word(moderator: str, level: str) -> Sentence:
    known = {"yes": Sentence("yes", "ya"), "no": Sentence("no", "tidak")}
    if moderator == "delay_band":
        known |= DELAYS
    if moderator == "weekend":
        known |= {"0": Sentence("no", "tidak"), "1": Sentence("yes", "ya")}
    return known.get(level, Sentence(level, level))


def charts(asked: Sequence[Asked]) -> tuple[SectionChart, ...]:
    charts = []
    for units in dict.fromkeys(item.units for item in asked):
        mine = [item for item in asked if item.units is units]
        lines = tuple(
            line
            for item in mine
            if not isinstance(item.found, NotEnough)
            for place, level in enumerate(item.found.levels)
            for line in _line(item, item.found, place, level)
        )
        if lines:
            charts.append(_chart(units, lines))
    return tuple(charts)


def _line(item: Asked, found: Moderation, place: int, level: LevelEffect) -> list[ChartLine]:
    if isinstance(level.value, NotEnough) or not isinstance(level.interval, Interval):
        return []
    kind = item.units.metric.kind
    times = 100 if kind == "proportion" else 1
    value = level.value
    return [
        ChartLine(
            level_cell(item.moderator, found, place),
            times * value,
            times * level.interval.low,
            times * level.interval.high,
            both(lambda locale: amount(value, kind, locale)),
        )
    ]


def _chart(units: Between, lines: tuple[ChartLine, ...]) -> SectionChart:
    pair, metric = pair_cell(units.arm, units.versus), capital(_metric_said(units))
    unit = (
        Sentence("difference in percentage points", "selisih dalam poin persentase")
        if units.metric.kind == "proportion"
        else Sentence("difference in scale points", "selisih dalam poin skala")
    )
    return SectionChart(both(lambda locale: f"{metric[locale]}: {pair[locale]}"), unit, lines)
