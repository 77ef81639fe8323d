"""A reminder to a random share of those who did not answer, so that they may stand for all who did not."""

from __future__ import annotations

from datetime import timedelta

from amends.design.checks import check_duration, check_number, refuse_unknown
from amends.design.value import Value, seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WEEK = timedelta(days=7)


class Reminder(Value):
    """A random share of the silent is reminded once the response window has closed.

    Not earlier: an answer that a reminder brought within the window would count as on time, and completion
    would no longer be that of the message. Their answers are late and count in one place only, the
    double-sampling estimate (Hansen and Hurwitz 1946), where each stands for several of the silent.

    Args:
        share: Share of the silent that is reminded, above 0 and at most 1.
        within: How long after the window's end an answer to the reminder is waited for; units whose time
            has not passed are left out of the estimate.

    Raises:
        DefinitionError: An argument breaks its rule.

    >>> Reminder(share=0.3)
    Reminder(share=0.3, within=datetime.timedelta(days=7))
    """

    __slots__ = ("share", "within")
    _fields = ("share", "within")
    share: float
    within: timedelta

    def __init__(self, *, share: float, within: timedelta = WEEK, **unknown: object) -> None:
        refuse_unknown("Reminder", unknown, self._fields)
        check_number(share, "share of Reminder", low=0, high=1 + 1e-12, remedy="Write three in ten as 0.3.")
        self._fill(share=share, within=check_duration(within, "within of Reminder"))

    @classmethod
    def from_dict(cls, data: Any) -> Reminder:
        return cls(share=data["share"], within=seconds(data["within"]) or WEEK)
