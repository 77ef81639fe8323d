"""The effect of one finished experiment, as a row of a meta-analysis."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

from amends.analysis.counts import check_choice, check_counts, check_share, empty_arm
from amends.analysis.distributions import normal_quantile
from amends.analysis.effect_sizes import bias_factor, cohens_d
from amends.analysis.exported import Exported
from amends.analysis.means import Summary, difference_of_means
from amends.analysis.result import Interval, NotEnough

COUNT_MEASURES = ("RD", "RR", "OR")
MEAN_MEASURES = ("SMD", "MD")

_NAMES = {
    "RD": "risk difference",
    "RR": "log risk ratio",
    "OR": "log odds ratio",
    "SMD": "Hedges g",
    "MD": "mean difference",
}


@dataclass(frozen=True, slots=True)
class StudyEffect(Exported):
    """One experiment's effect, ready to be pooled.

    Attributes:
        name: What is measured, for instance `log risk ratio`.
        value: The effect, first arm minus second; ratios are logarithms.
        variance: Its squared standard error.
        ns: Units of either arm.
        corrected: Whether a half was added to every cell because one was empty.
    """

    name: str
    value: float
    variance: float
    ns: tuple[int, int]
    corrected: bool = False

    def interval(self, confidence: float = 0.95) -> Interval:
        """The experiment's own interval, as a forest plot draws it."""
        check_share(confidence, "confidence")
        half = normal_quantile((1 + confidence) / 2) * sqrt(self.variance)
        return Interval(self.value - half, self.value + half, "z", confidence)


def effect_of_counts(x1: int, n1: int, x2: int, n2: int, *, measure: str = "RD") -> StudyEffect | NotEnough:
    """The effect on a proportion.

    Where a cell is empty, a half is added to all four (Haldane–Anscombe) and `corrected` says so. A ratio of
    two arms where nobody, or everybody, had the event tells nothing and is not given.

    Args:
        x1: Events of the first arm.
        n1: Its units.
        x2: Events of the second arm.
        n2: Its units.
        measure: `RD` (risk difference), `RR` (log risk ratio) or `OR` (log odds ratio).

    >>> found = effect_of_counts(51, 56, 40, 51, measure="OR")
    >>> round(found.value, 4), round(found.variance, 4)
    (1.0314, 0.3355)
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_choice(measure, COUNT_MEASURES, "measure")
    if not n1 or not n2:
        return empty_arm(n1)
    if measure != "RD" and x1 + x2 in (0, n1 + n2):
        who = "everybody" if x1 else "nobody"
        return NotEnough(f"{who} of {n1} and {n2} had the event, so a ratio tells nothing")
    cells = [float(cell) for cell in (x1, n1 - x1, x2, n2 - x2)]
    corrected = not all(cells)
    a, b, c, d = (cell + 0.5 for cell in cells) if corrected else cells
    m1, m2 = a + b, c + d
    value, variance = {
        "RD": (a / m1 - c / m2, a * b / m1**3 + c * d / m2**3),
        "RR": (log(a / m1) - log(c / m2), 1 / a - 1 / m1 + 1 / c - 1 / m2),
        "OR": (log(a / b) - log(c / d), 1 / a + 1 / b + 1 / c + 1 / d),
    }[measure]
    return StudyEffect(_NAMES[measure], value, variance, (n1, n2), corrected)


def effect_of_means(a: Summary, b: Summary, *, measure: str = "SMD") -> StudyEffect | NotEnough:
    """The effect on a mean: Hedges g with its large-sample variance, or the plain difference.

    Source: Hedges 1981, 1982.

    >>> found = effect_of_means(Summary(56, 5.4, 1.1), Summary(51, 4.8, 1.2))
    >>> round(found.value, 4), round(found.variance, 4)
    (0.5186, 0.0387)
    """
    check_choice(measure, MEAN_MEASURES, "measure")
    if measure == "MD":
        for arm, which in ((a, "first"), (b, "second")):
            if isinstance(arm.sd, NotEnough):
                return NotEnough(f"the {which} arm has 1 answer; 2 needed")
        variance = sum(arm.sd**2 / arm.n for arm in (a, b) if not isinstance(arm.sd, NotEnough))
        if not variance:
            return NotEnough("all answers within each arm are alike, so there is no error to weigh by")
        return StudyEffect(_NAMES["MD"], difference_of_means(a, b), variance, (a.n, b.n))
    d = cohens_d(a, b)
    if isinstance(d, NotEnough):
        return d
    factor = bias_factor(a.n + b.n - 2)
    if not factor:
        return NotEnough("Hedges g needs 4 answers in all")
    g = d.value * factor
    variance = 1 / a.n + 1 / b.n + g * g / (2 * (a.n + b.n))
    return StudyEffect(_NAMES["SMD"], g, variance, (a.n, b.n))
