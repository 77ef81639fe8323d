"""The rows of a pooled reading: the effect of each finished experiment, or the reason why it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from amends.analysis.contrasts import Contrast, known, plain
from amends.analysis.formatting import Figure, Sentence, arm_name, count, metric_name
from amends.analysis.reasons import explained
from amends.analysis.result import Interval, NotEnough

if TYPE_CHECKING:
    from amends.analysis.reported import Report
    from amends.analysis.study_effects import StudyEffect

MEASURES: Mapping[str, str] = {"rd": "RD", "rr": "RR", "or": "OR", "md": "MD", "g": "SMD"}
"""How an effect may be measured, and its name in `amends.analysis.study_effects`."""

OF_PROPORTIONS = ("rd", "rr", "or")
OF_MEANS = ("md", "g")
RATIOS = ("rr", "or")
DIFFERENCES = ("rd", "md")

OWN, PUBLISHED = "own", "published"

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One experiment's effect, ready to be pooled.

    Attributes:
        name: The experiment's key, or the published study's.
        source: `"own"` or `"published"`.
        metric: What was measured; `outcome` the same in words.
        arm: The first arm; `versus` the one subtracted from it.
        effect: Arm minus versus, with its variance; ratios are logarithms.
        values: The two rates or means.
        events: Events of either arm; None for means and clustered arms.
        early: A difference was found by the always-valid interval before the planned sample was there.
        simulated: The customers are invented.
        after_the_fact: The definition was written when the data were already there.
        clustered: The variance is cluster-robust.
        selected: The metric is known only for those who answered.
        scale: Ends of the rating scale; None where there is none.
    """

    name: str
    source: str
    metric: str
    outcome: Sentence
    arm: str
    versus: str
    effect: StudyEffect
    values: tuple[Figure, Figure] = (None, None)
    events: tuple[int, int] | None = None
    early: bool = False
    simulated: bool = False
    after_the_fact: bool = False
    clustered: bool = False
    selected: bool = False
    scale: tuple[int, int] | None = None

    def interval(self, confidence: float = 0.95) -> Interval:
        """The experiment's own interval as forest plots draw it: effect and normal quantile."""
        return self.effect.interval(confidence)

    def to_dict(self) -> dict[str, Any]:
        """The row in JSON's own types; ratios are logarithms."""
        own = self.interval()
        return {
            "name": self.name,
            "source": self.source,
            "metric": self.metric,
            "outcome": self.outcome.to_dict(),
            "arm": self.arm,
            "versus": self.versus,
            "n": list(self.effect.ns),
            "events": plain(self.events),
            "values": plain(self.values),
            "effect": self.effect.value,
            "variance": self.effect.variance,
            "low": own.low,
            "high": own.high,
            "corrected": self.effect.corrected,
            "early": self.early,
            "simulated": self.simulated,
            "after_the_fact": self.after_the_fact,
            "clustered": self.clustered,
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An experiment that is no row, and why."""

    name: str
    reason: Sentence
    source: str = OWN

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "source": self.source, "reason": self.reason.to_dict()}


def not_finished(name: str, status: str) -> LeftOut | None:
    """Why an experiment in this state is no row yet; None for a stopped one.

    >>> not_finished("late_parcel", "running").reason.en
    'it is still collecting data'
    """
    if status == "stopped":
        return None
    if status == "draft":
        return LeftOut(name, Sentence("it has not started", "belum dimulai"))
    return LeftOut(name, Sentence("it is still collecting data", "datanya masih dikumpulkan"))


def row_of_report(
    report: Report,
    *,
    pair: tuple[str, str],
    metric: str = "completed",
    measure: str = "rd",
    include_simulated: bool = False,
) -> EffectRow | LeftOut:
    """The effect of one experiment, first arm of the pair minus second, whichever way it is stored.

    Args:
        report: The experiment's report.
        pair: The two arms, in the order in which the effect is wanted.
        metric: The metric's name.
        measure: One of `MEASURES`.
        include_simulated: Whether invented customers may be a row.
    """
    why = _no_row(report, include_simulated=include_simulated)
    if why is None:
        found = _contrast(report, pair, metric)
        if isinstance(found, Contrast):
            effect = _effect(report, found, pair, measure)
            if not isinstance(effect, Sentence):
                return _row(report, found, effect, pair)
            why = effect
        else:
            why = found
    return LeftOut(report.experiment, why)


def _no_row(report: Report, *, include_simulated: bool) -> Sentence | None:
    """What keeps an experiment out whatever is asked of it."""
    if report.masked and report.status != "stopped":
        return Sentence("its arms are masked until it stops", "kelompoknya disamarkan sampai dihentikan")
    unfinished = not_finished(report.experiment, report.status)
    if unfinished is not None:
        return unfinished.reason
    if report.simulated and not include_simulated:
        return Sentence("its customers are simulated", "pelanggannya simulasi")
    if not report.sample_ratio.trustworthy:
        return Sentence(
            "its arms were not split as planned, so it is not trustworthy",
            "pembagian kelompoknya tidak sesuai rencana, sehingga tidak dapat dipercaya",
        )
    if report.rule.waiting:
        steps = (arm.counts["waiting"] for arm in report.arms.values())
        waiting = sum(n for n in steps if isinstance(n, int))
        return Sentence(
            f"the response window of {count(waiting)} units is still open",
            f"waktu menjawab untuk {count(waiting, 'id')} unit masih terbuka",
        )
    return None


def _contrast(report: Report, pair: tuple[str, str], metric: str) -> Contrast | Sentence:
    missing = [arm for arm in pair if arm not in report.arms]
    if missing:
        absent, there = missing[0], tuple(report.arms)
        return Sentence(
            f"it has no arm “{arm_name(absent)}” (its arms: {', '.join(map(arm_name, there))})",
            f"tidak ada kelompok “{arm_name(absent, 'id')}” "
            f"(kelompoknya: {', '.join(arm_name(arm, 'id') for arm in there)})",
        )
    for item in report.contrasts:
        if item.metric == metric and {item.arm, item.versus} == set(pair):
            return item
    if any(item.metric == metric for item in report.contrasts):
        return Sentence("it does not compare these two arms", "kedua kelompok ini tidak dibandingkan")
    return Sentence(
        f"it has no metric {metric_name(metric)}", f"tidak memiliki ukuran {metric_name(metric, 'id')}"
    )


def _effect(
    report: Report, contrast: Contrast, pair: tuple[str, str], measure: str
) -> StudyEffect | Sentence:
    from amends.analysis.study_effects import effect_of_counts, effect_of_means

    if isinstance(contrast.effect, NotEnough):
        return explained(contrast.effect.reason)
    kind = "proportion" if measure in OF_PROPORTIONS else "mean"
    if contrast.kind != kind:
        return Sentence(
            f"{metric_name(contrast.metric)} is a {contrast.kind} there, which {measure} does not measure",
            f"jenis ukuran {metric_name(contrast.metric, 'id')} di situ tidak cocok dengan {measure}",
        )
    turned = contrast.arm != pair[0]
    if any(report.arms[arm].clusters is not None for arm in pair):
        return _clustered(contrast, measure, turned=turned)
    code = MEASURES[measure]
    if kind == "proportion":
        assert contrast.counts is not None
        first, second = _ordered(contrast.counts, turned)
        found = effect_of_counts(*first, *second, measure=code)
    else:
        found = effect_of_means(*_ordered(contrast.summaries, turned), measure=code)
    return explained(found.reason) if isinstance(found, NotEnough) else found


def _clustered(contrast: Contrast, measure: str, *, turned: bool) -> StudyEffect | Sentence:
    """The difference with its cluster-robust error."""
    from amends.analysis.study_effects import StudyEffect

    if measure not in DIFFERENCES:
        return Sentence(
            "its arms were given by cluster, where only a difference has an error",
            "kelompoknya dibagi per gugus; hanya selisih yang punya galat di situ",
        )
    value, error = contrast.effect, contrast.standard_error
    if not contrast.interval.startswith("CR") or not (known(value) and known(error)):
        return Sentence(
            "its arms were given by cluster and its report has no cluster-robust error",
            "kelompoknya dibagi per gugus dan laporannya tidak memuat galat yang memperhitungkan gugus",
        )
    assert isinstance(value, float | int)
    assert isinstance(error, float | int)
    name = "risk difference" if measure == "rd" else "mean difference"
    return StudyEffect(name, -value if turned else value, error**2, _ordered(contrast.n, turned))


def _row(report: Report, contrast: Contrast, effect: StudyEffect, pair: tuple[str, str]) -> EffectRow:
    turned, metric = contrast.arm != pair[0], contrast.metric
    clustered = any(report.arms[arm].clusters is not None for arm in pair)
    counts = None if clustered else contrast.counts
    events = None if counts is None else _ordered((counts[0][0], counts[1][0]), turned)
    ratings = report.arms[pair[0]].metrics.get(metric, {}).get("ratings") or {}
    return EffectRow(
        name=report.experiment,
        source=OWN,
        metric=metric,
        outcome=Sentence(metric_name(metric), metric_name(metric, "id")),
        arm=pair[0],
        versus=pair[1],
        effect=effect,
        values=_ordered(contrast.values, turned),
        events=events,
        early=stopped_early(report),
        simulated=report.simulated,
        after_the_fact=report.after_the_fact,
        clustered=clustered,
        selected=contrast.bounds is not None,
        scale=(min(ratings), max(ratings)) if ratings else None,
    )


def stopped_early(report: Report) -> bool:
    """Whether some difference was found while collecting and the planned sample was never reached.

    Who stops on a difference stops more often on one that chance made large, so the effect is, on average,
    too large (Bassler et al. 2010). An experiment that went on to its plan all the same is not so marked.
    """
    planned = report.progress.planned_per_arm
    if not isinstance(planned, int) or report.progress.reached >= planned:
        return False
    return any((item.decision or {}).get("rejected_by") == "always-valid" for item in report.contrasts)


def _ordered(two: tuple[Item, Item], turned: bool) -> tuple[Item, Item]:
    return (two[1], two[0]) if turned else two
