"""What reminders to a random share of the silent tell of all: the double-sampling estimate by its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast, known
from amends.analysis.effect_chart import NAIVE, WORST, effect_chart, name_of
from amends.analysis.formatting import Sentence, amount, arm_name, interval
from amends.analysis.material import Material
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.section import (
    Section,
    SectionChart,
    SectionTable,
    both,
    count_cell,
    figure_cell,
    share_cell,
)

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.double_sampling import DoubleSample, DoubleSampleDifference, Reminded
    from amends.design.experiment import Experiment

NAME = "reminders"
CHAPTER = "unknown"
TITLE = Sentence(
    "What the reminders tell of those who were silent",
    "Apa yang ditunjukkan pengingat tentang yang tidak menjawab",
)
NEEDS_UNITS = True

ESTIMATE = Sentence("with reminders", "dengan pengingat")
REGION = Sentence("reminders, 95% region", "pengingat, wilayah 95%")
METHOD = Sentence(
    "A random share of the silent was to be reminded once the window had closed, so those who then answered "
    "stand for all who were silent (double sampling, Hansen and Hurwitz 1946). Their answers are late: they "
    "count here and nowhere else.",
    "Sebagian acak dari yang diam diingatkan setelah waktu menjawab habis, sehingga yang kemudian menjawab "
    "mewakili semua yang diam (penyampelan ganda, Hansen dan Hurwitz 1946). Jawaban mereka terlambat: hanya "
    "dihitung di sini.",
)


def wanted(experiment: Experiment) -> bool:
    """Where reminders are declared and a metric is known only of those who answered."""
    return experiment.reminder is not None and any(metric.selected for metric in experiment.metrics)


def section(material: Material) -> Section | None:
    """The estimate over everyone of every contrast of a metric that only answers show."""
    held = [item for item in material.contrasts if item.bounds is not None and known(item.effect)]
    if material.units is None or not held:
        return None
    from amends.analysis.reminded import drawn, reminded

    experiment, units = material.experiment, _followed(material)
    of = drawn(experiment, units)
    # Every arm of a metric is counted once, however many pairs it is in.
    arms = {
        (metric, arm): reminded(experiment.metric(metric), arm, units, of)
        for metric, arm in {(item.metric, arm) for item in held for arm in (item.arm, item.versus)}
    }
    made = [(item, _estimate(experiment, item, arms, followed=not units.empty)) for item in held]
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=tuple(_said(item, found) for item, found in made),
        tables=tuple(_tables(made)),
        charts=tuple(chart for item, found in made if (chart := _chart(item, found)) is not None),
        notes=(METHOD,),
        figures={
            "contrasts": [
                {"metric": item.metric, "arm": item.arm, "versus": item.versus, "double_sampling": found}
                for item, found in made
            ]
        },
    )


def _followed(material: Material) -> DataFrame:
    """Units whose time to answer a reminder has passed."""
    from amends.analysis.reminded import followed_before

    units, now = material.units, material.tally.as_of
    assert units is not None
    before = None if now is None else followed_before(material.experiment, now)
    return units if before is None else units[[day < before for day in units["day"]]]


def _estimate(
    experiment: Experiment, contrast: Contrast, arms: Mapping[tuple[str, str], Reminded], *, followed: bool
) -> DoubleSampleDifference | NotEnough:
    if experiment.clustered:
        return NotEnough("clustered")
    if not followed:
        return NotEnough("the time to answer a reminder has not passed for any unit")
    from amends.analysis.double_sampling import double_sample_difference

    scale = experiment.metric(contrast.metric).scale or (0, 1)
    first, second = (arms[contrast.metric, arm] for arm in (contrast.arm, contrast.versus))
    return double_sample_difference(first, second, scale=scale)


def _said(contrast: Contrast, found: DoubleSampleDifference | NotEnough) -> Sentence:
    start = name_of(contrast)
    if isinstance(found, NotEnough):
        why = explained(found.reason)
        return Sentence(f"{start.en}: not enough data ({why.en}).", f"{start.id}: belum cukup ({why.id}).")
    size = both(lambda locale: amount(found.value, contrast.kind, locale))
    span = both(lambda locale: interval(found.interval.low, found.interval.high, contrast.kind, locale))
    region = both(lambda locale: interval(found.region.low, found.region.high, contrast.kind, locale))
    return Sentence(
        f"{start.en}: over everyone assigned the difference is {size.en} points (95% confidence interval "
        f"{span.en}), if those whom even a reminder did not move are like those it did; supposing nothing of "
        f"them, it lies within {region.en} (95% region).",
        f"{start.id}: untuk semua yang ditetapkan, selisihnya {size.id} poin (selang kepercayaan 95% "
        f"{span.id}), bila yang tetap diam setelah diingatkan serupa dengan yang menjawab; tanpa anggapan "
        f"tentang mereka, selisihnya terletak dalam {region.id} (wilayah 95%).",
    )


def _tables(made: list[tuple[Contrast, DoubleSampleDifference | NotEnough]]) -> list[SectionTable]:
    """One table a metric: what each arm answered at once, whom chance drew, and what they answered late."""
    columns = (
        Sentence("arm", "kelompok pesan"),
        Sentence("assigned", "ditetapkan"),
        Sentence("answered at once", "langsung menjawab"),
        Sentence("drawn for a reminder", "terundi diingatkan"),
        Sentence("answered after it", "menjawab sesudahnya"),
        Sentence("share of those", "porsinya"),
        Sentence("mean over everyone", "rata-rata semua"),
    )
    tables = []
    for metric in dict.fromkeys(item.metric for item, _ in made):
        arms: dict[str, tuple[DoubleSample, str]] = {}
        for item, found in made:
            if item.metric == metric and not isinstance(found, NotEnough):
                arms.setdefault(item.arm, (found.first, item.kind))
                arms.setdefault(item.versus, (found.second, item.kind))
        rows = tuple(
            (
                both(lambda locale, arm=arm: arm_name(arm, locale)),  # type: ignore[misc]
                *(count_cell(n) for n in one.ns),
                share_cell(one.answered_reminder),
                share_cell(one.value) if kind == "proportion" else figure_cell(one.value),
            )
            for arm, (one, kind) in arms.items()
        )
        if rows:
            caption = next(name_of(item) for item, _ in made if item.metric == metric)
            named = both(lambda locale, caption=caption: caption[locale].split(",")[0])  # type: ignore[misc]
            tables.append(SectionTable(columns, rows, caption=named))
    return tables


def _chart(contrast: Contrast, found: DoubleSampleDifference | NotEnough) -> SectionChart | None:
    if isinstance(found, NotEnough):
        return None
    worst = (contrast.bounds or {})["manski"]
    spans = (
        (NAIVE, contrast.effect, contrast.low, contrast.high, False),
        (ESTIMATE, found.value, found.interval.low, found.interval.high, True),
        (REGION, found.value, found.region.low, found.region.high, False),
        (WORST, contrast.effect, worst["low"], worst["high"], False),
    )
    return effect_chart(contrast, spans)
