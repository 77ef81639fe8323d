"""Bounds beside a satisfaction contrast, as the report carries them: Lee, worst case, tipping point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amends.analysis.formatting import Figure
from amends.analysis.result import NotEnough

LEE = ("low", "high", "ci_low", "ci_high", "trimmed_arm")
TIPPING = ("first_only", "second_only", "both")


@dataclass(frozen=True, slots=True)
class Answered:
    """What one arm's answers show, of a value that only those who answered have.

    Attributes:
        arm: The arm's name.
        ratings: How often each value was given; None where that is not known.
        matured: Units that could have answered; None where that is not known.
        scale: The lowest and highest value there can be; None where there are no such ends.
    """

    arm: str
    ratings: Mapping[int, int] | None
    matured: int | None
    scale: tuple[int, int] | None

    @property
    def n(self) -> int:
        """Answers."""
        return sum((self.ratings or {}).values())

    @property
    def share(self) -> Figure:
        """Share of the units that could have answered which did."""
        if not self.matured:
            return NotEnough(f"{self.arm} has no units yet")
        if self.ratings is None:
            return NotEnough("needs the count at each rating")
        return self.n / self.matured


def bounds_of(first: Answered, second: Answered) -> dict[str, Any]:
    """The contract's `bounds` object of two arms' answers.

    `tipping_point` is how much lower than those who answered the silent of the first arm would have to
    be for the difference over all units to vanish; `tipping_points` adds the second arm's and both.
    `answered` is the share of either arm's matured units that gave an answer.
    """
    from amends.analysis import nonresponse

    missing = _unbounded(first, second)
    if missing is not None:
        tipping = dict.fromkeys(TIPPING, missing)
        worst = {"low": missing, "high": missing}
        return _object(dict.fromkeys(LEE, missing), worst, tipping, first, second)
    assert first.ratings is not None
    assert second.ratings is not None
    assert first.scale is not None
    answers = (first.ratings, first.matured or 0, second.ratings, second.matured or 0)
    lee = nonresponse.lee_bounds(*answers, names=(first.arm, second.arm))
    worst_case = nonresponse.manski_bounds(*answers, low=first.scale[0], high=first.scale[1])
    tip = nonresponse.tipping_point(*answers)
    return _object(
        {name: lee if isinstance(lee, NotEnough) else getattr(lee, name) for name in LEE},
        {
            name: worst_case if isinstance(worst_case, NotEnough) else getattr(worst_case, name)
            for name in ("low", "high")
        },
        {name: tip if isinstance(tip, NotEnough) else getattr(tip, name) for name in TIPPING},
        first,
        second,
    )


def _object(
    lee: Mapping[str, Any], manski: Mapping[str, Figure], tipping: Mapping[str, Figure], *arms: Answered
) -> dict[str, Any]:
    return {
        "lee": lee,
        "manski": manski,
        "tipping_point": tipping["first_only"],
        "tipping_points": tipping,
        "answered": tuple(arm.share for arm in arms),
    }


def _unbounded(first: Answered, second: Answered) -> NotEnough | None:
    if first.scale is None or first.ratings is None or second.ratings is None:
        return NotEnough("bounds need a scale and the count at each rating")
    for item in (first, second):
        if not item.matured:
            return NotEnough(f"{item.arm} has no units yet")
        if item.n > item.matured:
            return NotEnough(f"{item.arm} has {item.n} ratings of {item.matured} units")
    return None
