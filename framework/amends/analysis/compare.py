"""Two arms compared from typed-in figures alone: counts, or mean, standard deviation and number.

Typed-in data are finished: one fixed test at alpha decides, and there is no always-valid interval.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import Contrast, plain
from amends.analysis.evidence import EQUIVALENCE_CONFIDENCE, limits_at, within_margin
from amends.analysis.formatting import Figure, Sentence, amount, interval
from amends.analysis.measure_means import Sample, contrast_of_means
from amends.analysis.measure_proportions import Counts, contrast_of_proportions
from amends.analysis.result import NotEnough
from amends.analysis.sentences import Setting, finding
from amends.analysis.verdict import Evidence, deciding_rule, verdict
from amends.errors import UsageError

if TYPE_CHECKING:
    from amends.analysis.means import Summary


@dataclass(frozen=True, slots=True)
class Comparison:
    """A contrast that prints itself.

    Attributes:
        contrast: The figures, as in a report.
        alpha: The level of the one fixed test.
        margin: The largest difference that would not matter, in the effect's unit; None where none was named.
    """

    contrast: Contrast
    alpha: float = 0.05
    margin: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's contrast object; with a margin also `equivalence`, the 90% interval against it."""
        return {**self.contrast.to_dict(), **({} if self.margin is None else {"equivalence": self._margin()})}

    def _margin(self) -> dict[str, Any]:
        low, high = limits_at(self.contrast, EQUIVALENCE_CONFIDENCE)
        return {
            "margin": self.margin,
            "low": plain(low),
            "high": plain(high),
            "confidence": EQUIVALENCE_CONFIDENCE,
            "within": within_margin(self.contrast, self.margin),
        }

    @property
    def summary(self) -> Sentence:
        """The finding in one sentence."""
        margins = None if self.margin is None else {self.contrast.metric: self.margin}
        return finding(self.contrast, Setting(margins=margins))

    def to_text(self, *, locale: str = "en") -> str:
        """The sentence, the figures under it, and the customary tests for matching published ones."""
        from amends.analysis.rendering.tables import aligned, tests_table
        from amends.analysis.rendering.words import label

        lines = [self.summary[locale], "", *_figures(self.contrast, locale)]
        lines += ["", label("several_tests", locale), "", *aligned(tests_table(self.contrast, locale))]
        warnings = [warning[locale] for warning in self.contrast.warnings]
        return "\n".join([*lines, *(["", *warnings] if warnings else [])])

    def __str__(self) -> str:
        return self.to_text()


def compare_counts(
    x1: int,
    n1: int,
    x2: int,
    n2: int,
    *,
    arms: tuple[str, str] = ("first", "second"),
    metric: str = "completed",
    alpha: float = 0.05,
    margin: float | None = None,
) -> Comparison:
    """Compares two rates from counts: `x1` of `n1` against `x2` of `n2`.

    Args:
        x1: Events in the first arm, of `n1` units; `x2` of `n2` in the second.
        n1: Units of the first arm.
        x2: Events in the second arm.
        n2: Units of the second arm.
        arms: Names for the two arms.
        metric: What was counted.
        alpha: The level of the test.
        margin: A difference of shares too small to matter, for instance 0.05; it is named beforehand.

    Raises:
        UsageError: Counts that cannot be, such as 60 of 56, or a margin that is not above 0.

    >>> found = compare_counts(51, 56, 40, 51)
    >>> found.contrast.test, round(found.contrast.p_value, 4), found.contrast.verdict
    ('Boschloo exact', 0.0939, 'no difference shown')
    """
    from amends.analysis.counts import check_counts, check_share

    check_share(alpha, "alpha")
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    found = contrast_of_proportions(metric, Counts(arms[0], x1, n1), Counts(arms[1], x2, n2))
    return Comparison(decide_finished(found, alpha=alpha, margin=_checked(margin)), alpha, margin)


def compare_means(
    first: Summary | tuple[float, float, int],
    second: Summary | tuple[float, float, int],
    *,
    arms: tuple[str, str] = ("first", "second"),
    metric: str = "satisfaction",
    alpha: float = 0.05,
    margin: float | None = None,
) -> Comparison:
    """Compares two means from `(mean, standard deviation, number)` of each arm.

    Args:
        first: Mean, standard deviation (dividing by n - 1) and number of the first arm, or a `Summary`.
        second: The same of the second arm.
        arms: Names for the two arms.
        metric: What was rated.
        alpha: The level of the test.
        margin: A difference of means too small to matter; it is named beforehand.

    Raises:
        UsageError: Figures that cannot be: a margin that is not above 0, a negative spread, no
            answers, a number that is not whole.

    >>> found = compare_means((5.9, 0.9, 51), (5.4, 1.1, 40)).contrast
    >>> round(found.effect, 2), round(found.statistic, 2), round(found.p_value, 4)
    (0.5, 2.33, 0.0226)
    """
    from amends.analysis.counts import check_share
    from amends.analysis.means import Summary

    check_share(alpha, "alpha")
    samples = [
        Sample(name, Summary(n=given[2], mean=given[0], sd=given[1]) if isinstance(given, tuple) else given)
        for name, given in zip(arms, (first, second), strict=True)
    ]
    found = contrast_of_means(metric, *samples, selected=False)
    found = replace(found, warnings=(*found.warnings, MEANS_ALONE))
    return Comparison(decide_finished(found, alpha=alpha, margin=_checked(margin)), alpha, margin)


def _checked(margin: float | None) -> float | None:
    if margin is not None and not (isfinite(margin) and margin > 0):
        raise UsageError(
            f"margin {margin!r}: a difference above 0 that would not matter is needed, 0.05 for shares "
            "or 0.3 for means. Leave it out where none was named beforehand."
        )
    return margin


MEANS_ALONE = Sentence(
    "If not everyone gave a rating, this compares those who answered; bounds need the count at each rating.",
    "Jika tidak semua memberi nilai, ini hanya membandingkan yang menjawab; "
    "batas memerlukan jumlah tiap nilai.",
)


def decide_finished(found: Contrast, *, alpha: float, margin: float | None = None) -> Contrast:
    """The contrast with the verdict of one fixed test at alpha; equivalent where it lies in the margin."""
    rule = deciding_rule(status="stopped", alpha=alpha, finished_data=True)
    evidence = Evidence(p_value=found.p_adjusted, within_margin=within_margin(found, margin))
    return replace(
        found,
        verdict=verdict(evidence, rule),
        low_adjusted=found.low,
        high_adjusted=found.high,
        decision={
            "method": rule.method,
            "level": rule.level,
            "p_adjusted": found.p_adjusted,
            "n": found.n,
            "stored": False,
        },
    )


def _figures(contrast: Contrast, locale: str) -> list[str]:
    """Effect sizes with their intervals, a line each."""
    lines = []
    for name, value in contrast.effect_sizes.items():
        around = contrast.effect_intervals.get(name, {})
        lines.append(f"{_NAMES.get(name, name)}: {_figure(value, around, locale)}")
    return lines


_NAMES = {
    "cohens_h": "Cohen's h",
    "risk_ratio": "risk ratio",
    "odds_ratio": "odds ratio",
    "nnt": "number needed to treat",
    "hedges_g": "Hedges g",
    "cohens_d": "Cohen's d",
    "probability_superior": "probability of superiority",
    "cliffs_delta": "Cliff's delta",
}


def _figure(value: Figure, around: dict[str, Any] | Any, locale: str) -> str:
    if isinstance(value, NotEnough):
        return str(value)
    said = amount(value, "mean", locale)
    low, high = around.get("low"), around.get("high")
    if low is None or isinstance(low, NotEnough) or isinstance(high, NotEnough):
        return said
    if around.get("two_regions"):
        return (
            f"{said} (95%: up to {amount(high, 'mean', locale)}, and from {amount(low, 'mean', locale)} on)"
        )
    return f"{said} (95%: {interval(low, high, 'mean', locale)})"
