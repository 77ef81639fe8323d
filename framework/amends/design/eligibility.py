"""Who may take part: judged before an arm is drawn, so that it cannot depend on the arm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from amends.design.value import Value, seconds
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Eligibility(Value):
    """A rule on the delay and the hour. Make it with `everyone(…)` or `delayed_by(…)`.

    Attributes:
        at_least: The shortest delay that counts; None where everyone may take part.
        quiet_hours: From which full hour on nobody is written to, and from which on again; None where
            every hour will do. By the customer's own clock.
    """

    __slots__ = ("at_least", "quiet_hours")
    _fields = ("at_least", "quiet_hours")
    _added: Mapping[str, object] = MappingProxyType({"quiet_hours": None})

    at_least: timedelta | None
    quiet_hours: tuple[int, int] | None

    def __init__(
        self, at_least: timedelta | None = None, *, quiet_hours: tuple[int, int] | None = None
    ) -> None:
        self._fill(at_least=at_least, quiet_hours=_hours(quiet_hours))

    @property
    def needs_delay(self) -> bool:
        """Whether a call must say how long the customer has waited."""
        return self.at_least is not None

    @property
    def needs_timezone(self) -> bool:
        """Whether a call must say by which clock the customer lives."""
        return self.quiet_hours is not None

    def quiet(self, local_time: datetime | None) -> bool:
        """Whether nobody is written to at that moment of the customer's own clock.

        >>> night = everyone(quiet_hours=(21, 8))
        >>> [night.quiet(datetime(2026, 1, 5, hour)) for hour in (20, 21, 7, 8)]
        [False, True, True, False]
        """
        if self.quiet_hours is None or local_time is None:
            return False
        first, last = self.quiet_hours
        if first < last:
            return first <= local_time.hour < last
        return local_time.hour >= first or local_time.hour < last

    def judge(self, delay: timedelta | None, local_time: datetime | None = None) -> str | None:
        """None when eligible, else the reason in a few words.

        Args:
            delay: How late the service is.
            local_time: The moment by the customer's own clock.

        >>> delayed_by(hours=24).judge(timedelta(hours=3))
        'delay below 24 h'
        >>> delayed_by(hours=24).judge(timedelta(hours=24)) is None
        True
        >>> everyone(quiet_hours=(21, 8)).judge(None, datetime(2026, 1, 5, 23, 15))
        'quiet hours, 21:00 to 08:00'
        """
        if self.quiet_hours is not None and self.quiet(local_time):
            return "quiet hours, {:02}:00 to {:02}:00".format(*self.quiet_hours)
        if self.at_least is None:
            return None
        if delay is None:
            return "delay unknown"
        return None if delay >= self.at_least else f"delay below {_spoken(self.at_least)}"

    @classmethod
    def from_dict(cls, data: Any) -> Eligibility:
        content = cls._content(data)
        quiet = content["quiet_hours"]
        return cls(
            seconds(content["at_least"]),
            quiet_hours=None if quiet is None else (quiet[0], quiet[1]),
        )


def everyone(*, quiet_hours: tuple[int, int] | None = None) -> Eligibility:
    """Every unit may take part, at any hour or outside the quiet ones.

    Args:
        quiet_hours: `(21, 8)`: nobody takes part from 21:00 to 08:00 by the customer's own clock, so
            that nobody is woken by an experiment; every call then names the customer's `timezone`.

    >>> everyone().needs_delay
    False
    """
    return Eligibility(quiet_hours=quiet_hours)


def delayed_by(
    *, days: float = 0, hours: float = 0, minutes: float = 0, quiet_hours: tuple[int, int] | None = None
) -> Eligibility:
    """Only units delayed by at least this long.

    Args:
        days: The shortest delay that counts is the sum of the three.
        hours: Likewise.
        minutes: Likewise.
        quiet_hours: As of `everyone`.

    Raises:
        DefinitionError: The sum is not positive, or the quiet hours are none.

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
    return Eligibility(least, quiet_hours=quiet_hours)


def _hours(given: tuple[int, int] | None) -> tuple[int, int] | None:
    if given is None:
        return None
    pair = tuple(given) if isinstance(given, (tuple, list)) else ()
    whole = all(isinstance(hour, int) and not isinstance(hour, bool) and 0 <= hour <= 23 for hour in pair)
    if len(pair) != 2 or not whole or pair[0] == pair[1]:
        raise DefinitionError(
            f"quiet_hours={given!r}: two different full hours from 0 to 23 are needed, the first in which "
            "nobody is written to and the first in which people are again. Write quiet_hours=(21, 8)."
        )
    return pair


def _spoken(duration: timedelta) -> str:
    minutes = duration.total_seconds() / 60
    return f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"
