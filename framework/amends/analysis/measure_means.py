"""Two arms' ratings or amounts into a contrast: Welch's test, the customary ones, bounds for who answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.bounds import Answered, bounds_of
from amends.analysis.contrasts import Contrast, disagreement
from amends.analysis.formatting import Figure
from amends.analysis.later import later
from amends.analysis.measure_proportions import Effects, difference, effects_later, estimates, limits
from amends.analysis.result import NotEnough, TestResult
from amends.tally import ArmTally

if TYPE_CHECKING:
    from amends.analysis.means import MeanDifference, Summary
    from amends.design.metrics import Metric

NO_POINTS = NotEnough("needs the count at each rating, not only mean and spread")


@dataclass(frozen=True, slots=True)
class Sample:
    """What one arm answered.

    Attributes:
        arm: The arm's name.
        summary: Answers, mean and standard deviation.
        ratings: How often each point of the scale was given; None where there is no scale.
        matured: Units that could have answered; None where that is not known (typed-in figures).
        scale: Ends of the scale, None for an open amount.
    """

    arm: str
    summary: Summary | NotEnough
    ratings: Mapping[int, int] | None = None
    matured: int | None = None
    scale: tuple[int, int] | None = None

    @property
    def n(self) -> int:
        return 0 if isinstance(self.summary, NotEnough) else self.summary.n

    @property
    def answered(self) -> Answered:
        """The answers as the bounds take them."""
        return Answered(self.arm, self.ratings, self.matured, self.scale)

    @property
    def mean(self) -> Figure:
        return self.summary if isinstance(self.summary, NotEnough) else self.summary.mean

    def described(self) -> dict[str, Any]:
        """Count, mean, standard deviation, 95% limits of the mean, and the count at each point."""
        if isinstance(self.summary, NotEnough):
            shown: dict[str, Any] = dict.fromkeys(("mean", "sd", "low", "high"), self.summary)
        else:
            low, high = _mean_interval(self.summary)
            shown = {"mean": self.summary.mean, "sd": self.summary.sd, "low": low, "high": high}
        return {"n": self.n, **shown, "ratings": dict(self.ratings or {})}


def _mean_interval(summary: Summary) -> tuple[Figure, Figure]:
    from amends.analysis.distributions import t_quantile

    if isinstance(summary.sd, NotEnough):
        return summary.sd, summary.sd
    half = t_quantile(0.975, summary.n - 1) * summary.sd / summary.n**0.5
    return summary.mean - half, summary.mean + half


def sample(metric: Metric, counts: ArmTally) -> Sample:
    """The arm's answers to one metric, from its tally: every point of the scale listed, zeros too."""
    from amends.analysis.means import Summary

    moments = counts.moments.get(metric.name)
    # The mean of several items falls between the points of its scale, so it comes as sums.
    if metric.of is None and (metric.scale is None or (moments is not None and moments.n)):
        missing = NotEnough(f"{counts.arm} has no values yet")
        summary = Summary.from_moments(moments) if moments is not None and moments.n else missing
        return Sample(counts.arm, summary, matured=counts.matured)
    if metric.of is None:
        return rated_sample(counts, metric.name, metric.scale or (0, 0))
    found = metric.scored(counts.ratings.get(metric.of, {}))
    return _from_counts(counts, found, metric.scale)


def rated_sample(counts: ArmTally, rating: str, scale: tuple[int, int]) -> Sample:
    """The arm's answers to one rating as they were given."""
    given = counts.ratings.get(rating, {})
    return _from_counts(
        counts, {point: given.get(point, 0) for point in range(scale[0], scale[1] + 1)}, scale
    )


def _from_counts(counts: ArmTally, ratings: Mapping[int, int], scale: tuple[int, int] | None) -> Sample:
    from amends.analysis.means import Summary

    found = Summary.from_counts(ratings)
    if isinstance(found, NotEnough):
        found = NotEnough(f"{counts.arm} has no answers yet")
    return Sample(counts.arm, found, ratings, counts.matured, scale)


def contrast_of_means(
    metric: str,
    first: Sample,
    second: Sample,
    *,
    selected: bool,
    confidence: float = 0.95,
    role: str = "primary",
) -> Contrast:
    """The contrast of two means, unadjusted and without a verdict yet.

    The customary tests and the effect sizes, which decide nothing, are worked out when they are read.

    Args:
        metric: The metric's name.
        first: The arm declared first.
        second: The arm it is compared with.
        selected: The values are known only of those who answered, so bounds are owed beside the test.
        confidence: Of the interval.
        role: The metric's role.

    >>> from amends.analysis.means import Summary
    >>> first = Sample("thank_you", Summary(51, 5.9, 0.9))
    >>> second = Sample("sorry", Summary(40, 5.4, 1.1))
    >>> found = contrast_of_means("satisfaction", first, second, selected=False)
    >>> found.test, round(found.effect, 2), round(found.df, 1), round(found.p_value, 4)
    ('Welch t', 0.5, 74.7, 0.0226)
    """
    test = _welch(first, second, confidence)
    low, high = limits(test if isinstance(test, NotEnough) else test.interval)
    sizes, intervals = effects_later(lambda: _effect_sizes(first, second))
    warning = disagreement(_of(test, "p_value"), low, high) if confidence == 0.95 else None
    return Contrast(
        metric=metric,
        arm=first.arm,
        versus=second.arm,
        n=(first.n, second.n),
        effect=_of(test, "difference")
        if not isinstance(test, NotEnough)
        else difference(first.mean, second.mean),
        low=low,
        high=high,
        confidence=confidence,
        interval="Welch",
        test="Welch t",
        statistic=_of(test, "statistic"),
        df=_of(test, "df"),
        p_value=_of(test, "p_value"),
        p_adjusted=_of(test, "p_value"),
        tests=later(lambda: _customary(test, first, second, confidence)),
        effect_sizes=sizes,
        effect_intervals=intervals,
        bounds=bounds_of(first.answered, second.answered) if selected else None,
        kind="mean",
        role=role,
        values=(first.mean, second.mean),
        standard_error=_of(test, "standard_error"),
        summaries=(first.summary, second.summary),
        warnings=(warning,) if warning else (),
    )


def mean_limits(
    first: Summary | NotEnough, second: Summary | NotEnough, *, confidence: float
) -> tuple[Figure, Figure]:
    """Welch's limits of the difference at another confidence."""
    from amends.analysis.means import welch

    for summary in (first, second):
        if isinstance(summary, NotEnough):
            return summary, summary
    found = welch(first, second, confidence=confidence)  # type: ignore[arg-type]
    return limits(found if isinstance(found, NotEnough) else found.interval)


def _welch(first: Sample, second: Sample, confidence: float) -> MeanDifference | NotEnough:
    from amends.analysis.means import welch

    for item in (first, second):
        if isinstance(item.summary, NotEnough):
            return item.summary
    return welch(first.summary, second.summary, confidence=confidence)  # type: ignore[arg-type]


def _of(found: MeanDifference | TestResult | NotEnough, name: str) -> Figure:
    if isinstance(found, NotEnough):
        return found
    value: Figure = getattr(found, name)
    return value


def _customary(
    welch_test: MeanDifference | NotEnough, first: Sample, second: Sample, confidence: float
) -> dict[str, Mapping[str, Figure]]:
    from amends.analysis.means import student
    from amends.analysis.ranks import mann_whitney

    common: MeanDifference | NotEnough
    if isinstance(first.summary, NotEnough) or isinstance(second.summary, NotEnough):
        common = _welch(first, second, confidence)
    else:
        common = student(first.summary, second.summary, confidence=confidence)
    ranks: TestResult | NotEnough = NO_POINTS
    if first.ratings is not None and second.ratings is not None:
        ranks = mann_whitney(first.ratings, second.ratings)
    found = {"welch": welch_test, "student": common, "mann_whitney": ranks}
    return {
        name: {part: _of(test, part) for part in ("statistic", "df", "p_value")}
        for name, test in found.items()
    }


def _effect_sizes(first: Sample, second: Sample) -> Effects:
    from amends.analysis import effect_sizes, ranks

    if isinstance(first.summary, NotEnough) or isinstance(second.summary, NotEnough):
        missing = first.summary if isinstance(first.summary, NotEnough) else second.summary
        assert isinstance(missing, NotEnough)
        return estimates(
            dict.fromkeys(("hedges_g", "cohens_d", "probability_superior", "cliffs_delta"), missing)
        )
    pair = (first.summary, second.summary)
    found = {"hedges_g": effect_sizes.hedges_g(*pair), "cohens_d": effect_sizes.cohens_d(*pair)}
    if first.ratings is None or second.ratings is None:
        return estimates({**found, "probability_superior": NO_POINTS, "cliffs_delta": NO_POINTS})
    counts = (first.ratings, second.ratings)
    return estimates(
        {
            **found,
            "probability_superior": ranks.probability_superior(*counts),
            "cliffs_delta": ranks.cliffs_delta(*counts),
        }
    )
