"""Who may take part: judged before an arm is drawn, so that it cannot depend on the arm."""

from __future__ import annotations

from datetime import timedelta

from amends.design.value import Value, seconds
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Eligibility(Value):
    """A rule on the delay. Make it with `everyone()` or `delayed_by(…)`.

    Attributes:
        at_least: The shortest delay that counts; None where everyone may take part.
    """

    __slots__ = ("at_least",)
    _fields = ("at_least",)

    at_least: timedelta | None

    def __init__(self, at_least: timedelta | None = None) -> None:
        self._fill(at_least=at_least)

    @property
    def needs_delay(self) -> bool:
        """Whether a call must say how long the customer has waited."""
        return self.at_least is not None

    def judge(self, delay: timedelta | None) -> str | None:
        """None when eligible, else the reason in a few words.

        >>> delayed_by(hours=24).judge(timedelta(hours=3))
        'delay below 24 h'
        >>> delayed_by(hours=24).judge(timedelta(hours=24)) is None
        True
        """
        if self.at_least is None:
            return None
        if delay is None:
            return "delay unknown"
        return None if delay >= self.at_least else f"delay below {_spoken(self.at_least)}"

    @classmethod
    def from_dict(cls, data: Any) -> Eligibility:
        return cls(seconds(data["at_least"]))


def everyone() -> Eligibility:
    """No rule: every unit may take part.

    >>> everyone().needs_delay
    False
    """
    return Eligibility()


def delayed_by(*, days: float = 0, hours: float = 0, minutes: float = 0) -> Eligibility:
    """Only units delayed by at least this long.

    Raises:
        DefinitionError: The sum is not positive.

    >>> delayed_by(minutes=30).at_least
    datetime.timedelta(seconds=1800)
    """
    try:
        least = timedelta(days=days, hours=hours, minutes=minutes)
    except TypeError:
        least = timedelta()
    if least <= timedelta():
        raise DefinitionError(
            f"delayed_by(days={days!r}, hours={hours!r}, minutes={minutes!r}) is not a positive delay. "
            "Write delayed_by(hours=24), or everyone() where the delay does not matter."
        )
    return Eligibility(least)


def _spoken(duration: timedelta) -> str:
    minutes = duration.total_seconds() / 60
    return f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"
