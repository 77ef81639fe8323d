"""What a calculation gives back: a figure with its method, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotEnough:
    """A figure that cannot be computed, and why. Never p = 1, 0 or NaN in its place.

    >>> NotEnough("silence has 1 answer; 2 needed").to_dict()
    {'not_enough': 'silence has 1 answer; 2 needed'}
    """

    reason: str

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return f"not enough data: {self.reason}"

    def to_dict(self) -> dict[str, str]:
        return {"not_enough": self.reason}


BEING_COMPUTED = NotEnough("being computed")
"""In the place of a figure that takes long, until it is there; no verdict is ever made from it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval and the method that made it. `low` or `high` may be infinite."""

    low: float
    high: float
    method: str
    confidence: float = 0.95

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class TestResult:
    """A significance test: statistic and degrees of freedom are None where the test has none."""

    __test__ = False

    name: str
    p_value: float
    statistic: float | None = None
    df: float | None = None
    alternative: str = "two-sided"


@dataclass(frozen=True, slots=True)
class Estimate:
    """An effect with its interval, for instance a risk ratio or Hedges g."""

    name: str
    value: float
    interval: Interval | NotEnough
