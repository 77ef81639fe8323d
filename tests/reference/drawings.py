"""Every chart of the dashboard from figures that never change, for its reference picture."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from amends.analysis.formatting import Sentence
from amends.analysis.over_time import effect_by_day
from amends.analysis.planning import Rates, power_curve
from amends.analysis.pooled_rows import EffectRow
from amends.analysis.pooling import PAIR, PooledExperiments, pool_rows
from amends.analysis.possible_counts import possible_counts
from amends.analysis.section import ChartLine, SectionChart
from amends.analysis.service_log import PublishedTime, ServiceLog, read_service_log
from amends.analysis.study_effects import effect_of_counts
from amends.design.plan import plan
from amends.tally import Tally
from dashboards import charts, over_time_chart, plan_chart, pooled_chart, sections, waiting_charts
from dashboards.look import Look
from dashboards.words import Words
from tests.unit.dashboards.conftest import RATINGS, counted, late_parcel, read

Draw = Callable[[Words, Look], Any]


@cache
def figures() -> dict[str, Any]:
    """Three arms with a month's counts."""
    return read(late_parcel(), Tally("late_parcel", tuple(counted(arm) for arm in RATINGS)))


def contrasts(metric: str) -> list[dict[str, Any]]:
    return [item for item in figures()["contrasts"] if item["metric"] == metric]


@cache
def log() -> ServiceLog:
    """Two weeks of e-mails, chats and letters of social media, every seventh still unanswered."""
    now = datetime(2026, 3, 16, 12, tzinfo=UTC)
    numbers = range(1, 200)
    took = {"email": timedelta(hours=9), "chat": timedelta(seconds=50), "social": timedelta(hours=3)}
    channels = [tuple(took)[number % 3] for number in numbers]
    received = [now - timedelta(hours=1.7 * number) for number in numbers]
    answered = [
        None if number % 7 == 0 else at + (0.4 + number % 5) * took[channel]
        for number, channel, at in zip(numbers, channels, received, strict=True)
    ]
    unknown = [None] * len(numbers)
    return read_service_log(
        {
            **dict.fromkeys(("promised_at", "closed_at", "agent", "mailbox", "timezone"), unknown),
            "received_at": received,
            "answered_at": [at if at is None or at < now else None for at in answered],
            "channel": channels,
        },
        as_of=now,
        set_here={"email": 86_400.0, "chat": 60.0},
        published=[PublishedTime("email", 129_600.0, Sentence("An audit", "Sebuah audit"))],
    )


@cache
def pooled() -> PooledExperiments:
    """Four experiments together."""
    said = Sentence("completed surveys", "survei selesai")
    rows = []
    for place, table in enumerate([(51, 56, 40, 51), (88, 110, 80, 109), (42, 60, 35, 61), (30, 80, 33, 79)]):
        effect = effect_of_counts(*table, measure="RD")
        assert effect
        rows.append(EffectRow(f"experiment_{place + 1}", "own", "completed", said, *PAIR, effect))
    return pool_rows(rows, measure="rd")


def _over_time(words: Words, look: Look) -> Any:
    counts = [
        (date(2026, 3, day), arm, 40 + day, x)
        for day in range(2, 16)
        for arm, x in (("sorry", 20 + day % 3), ("thank_you", 24 + day % 5))
    ]
    days = effect_by_day(
        counts, [("thank_you", "sorry")], level=0.05, planned={"sorry": 900, "thank_you": 900}
    )
    return over_time_chart.effect(days, words, detect=0.1, end=date(2026, 3, 20), look=look)


def _power(words: Words, look: Look) -> Any:
    planned = plan(late_parcel())
    sizes = [*range(400, 4_400, 400), planned.smallest]
    points = power_curve(Rates(0.40, 0.45), sorted(sizes), alpha=planned.level)
    return plan_chart.power(points, planned, words, look=look)


def _pairs(words: Words, look: Look) -> Any:
    pairs = possible_counts("91.1", "78.4").pairs
    rows = [{"n": pair.total, "p_value": pair.p_z, "label": f"{pair.x1}/{pair.n1}"} for pair in pairs]
    return charts.candidate_pairs(rows, words, look=look)


def _intervals(words: Words, look: Look) -> Any:
    lines = (
        ChartLine(Sentence("email", "email"), 6.1, 1.2, 11.0, Sentence("+6.1", "+6,1"), strong=True),
        ChartLine(Sentence("chat", "obrolan"), -2.0, -8.5, 4.4, Sentence("−2.0", "−2,0")),
    )
    chart = SectionChart(
        Sentence("Difference at each level", "Selisih di tiap tingkat"),
        Sentence("percentage points", "poin persen"),
        lines,
    )
    return sections.intervals(chart, words, look=look)


DRAWINGS: dict[str, Draw] = {
    "charts.rates": lambda words, look: charts.rates(figures()["arms"], "completed", words, look=look),
    "charts.means": lambda words, look: charts.means(
        figures()["arms"], "satisfaction", words, scale=(1, 7), look=look
    ),
    "charts.ratings": lambda words, look: charts.ratings(
        figures()["arms"], "satisfaction", words, scale=(1, 7), look=look
    ),
    "charts.forest": lambda words, look: charts.forest(
        contrasts("completed"), words, kind="proportion", detect=0.05, look=look
    ),
    "charts.funnel": lambda words, look: charts.funnel(figures()["arms"], words, look=look),
    "charts.bounds": lambda words, look: charts.bounds(contrasts("satisfaction")[0], words, look=look),
    "charts.candidate_pairs": _pairs,
    "over_time_chart.effect": _over_time,
    "plan_chart.power": _power,
    "pooled_chart.pooled_forest": lambda words, look: pooled_chart.pooled_forest(pooled(), words, look=look),
    "sections.intervals": _intervals,
    "waiting_charts.waits": lambda words, look: waiting_charts.waits(log(), words, look=look),
    "waiting_charts.hours": lambda words, look: waiting_charts.hours(log(), words, look=look),
}
"""By the function's place in `dashboards`; a test sees that none is missing."""
