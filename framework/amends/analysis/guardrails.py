"""The harm rule of a guardrail: whether one arm is worse than another by more than was declared tolerable.

A one-sided test against the declared margin, read from an interval: harm is shown where the whole interval
lies beyond the margin on the bad side, and excluded where it stays within the margin on both sides. While
data are collected the interval is the always-valid one, so that anybody may look at any time and stop;
at the end it is the contrast's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from amends.analysis.contrasts import Contrast
from amends.analysis.evidence import Looks, always_valid_limits, limits_at
from amends.analysis.exported import Exported
from amends.analysis.formatting import Figure
from amends.analysis.result import NotEnough

STATES = ("harm", "no harm", "not excluded", "no rule")


@dataclass(frozen=True, slots=True)
class Guard(Exported):
    """One guardrail between two arms.

    Attributes:
        name: The method of the interval.
        metric: The guardrail.
        arm: The arm declared first; the difference is arm minus versus.
        versus: The arm it is compared with.
        harm: The largest tolerable worsening; None where none is declared.
        difference: Arm minus versus.
        low: The lower limit of the interval; `high` the upper one.
        confidence: Of the interval; each side has half of what is left, so the test is one-sided.
        state: `harm`, `no harm`, `not excluded` (the interval reaches beyond the margin), `no rule`.
        worse: The arm that does harm, where one does.
    """

    name: str
    metric: str
    arm: str
    versus: str
    harm: float | None
    difference: Figure
    low: Figure
    high: Figure
    confidence: float
    state: str | NotEnough
    worse: str | None


def guard(
    contrast: Contrast,
    *,
    harm: float | None,
    better: str,
    alpha: float,
    looks: Looks | None,
) -> Guard:
    """Holds one contrast of a guardrail against its harm rule.

    No error is spent on the other guardrails or contrasts: an alarm too many costs a look, a harm
    overlooked costs customers. So with several guardrails the chance of some false alarm is above alpha.

    Args:
        contrast: As measured, unadjusted.
        harm: The largest tolerable worsening, in the effect's unit.
        better: `higher` or `lower`: which values are good.
        alpha: Of both sides together; one arm's harm is tested at half of it.
        looks: What the always-valid interval is tuned by, while anybody may look at any time; None where
            collecting has ended and the contrast's own interval is read.

    >>> from amends.analysis.measure_proportions import Counts, contrast_of_proportions
    >>> found = contrast_of_proportions("complaint", Counts("thank_you", 90, 1000), Counts("sorry", 30, 1000))
    >>> guard(found, harm=0.02, better="lower", alpha=0.05, looks=None).worse
    'thank_you'
    """
    low, high, method = _interval(contrast, alpha=alpha, looks=looks)
    found = Guard(
        name=method,
        metric=contrast.metric,
        arm=contrast.arm,
        versus=contrast.versus,
        harm=harm,
        difference=contrast.effect,
        low=low,
        high=high,
        confidence=1 - alpha,
        state="no rule",
        worse=None,
    )
    if harm is None:
        return found
    if isinstance(low, NotEnough) or isinstance(high, NotEnough):
        return replace(found, state=low if isinstance(low, NotEnough) else NotEnough("no interval"))
    assert isinstance(low, float | int)
    assert isinstance(high, float | int)
    if low > harm or high < -harm:
        # More of something good is worse for the arm it is compared with, and the other way round.
        first = (low > harm) == (better == "lower")
        return replace(found, state="harm", worse=contrast.arm if first else contrast.versus)
    within = -harm < low and high < harm
    return replace(found, state="no harm" if within else "not excluded")


def _interval(contrast: Contrast, *, alpha: float, looks: Looks | None) -> tuple[Figure, Figure, str]:
    """The interval as the contrast itself makes it: by clusters where those were assigned."""
    if looks is None:
        return (*limits_at(contrast, 1 - alpha), contrast.interval)
    found = always_valid_limits(contrast, replace(looks, level=alpha))
    assert found is not None
    return (*found, "always-valid interval")
