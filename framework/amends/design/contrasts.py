"""Which arms are compared, and which comparison is tested first."""

from __future__ import annotations

from amends.design.checks import check_name
from amends.design.value import Value
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Contrast(Value):
    """`arm` compared with `versus`; the effect is arm minus versus.

    Attributes:
        primary: Tested first; only if it rejects are the others tested.
    """

    __slots__ = ("arm", "primary", "versus")
    _fields = ("arm", "versus", "primary")

    arm: str
    versus: str
    primary: bool

    def __init__(self, arm: str, versus: str, *, primary: bool = False) -> None:
        check_name(arm, "arm")
        check_name(versus, "arm")
        if arm == versus:
            raise DefinitionError(f"contrast of {arm!r} with itself: name two different arms.")
        self._fill(arm=arm, versus=versus, primary=primary)

    @property
    def pair(self) -> tuple[str, str]:
        return self.arm, self.versus

    @classmethod
    def from_dict(cls, data: Any) -> Contrast:
        return cls(data["arm"], data["versus"], primary=data["primary"])


def contrast(arm: str, versus: str) -> Contrast:
    """A comparison to report and test.

    >>> contrast("thank_you", "sorry").pair
    ('thank_you', 'sorry')
    """
    return Contrast(arm, versus)


def primary(arm: str, versus: str) -> Contrast:
    """A comparison that is tested first, at the whole deciding level.

    >>> primary("thank_you", "sorry").primary
    True
    """
    return Contrast(arm, versus, primary=True)


def as_contrast(value: Any) -> Contrast:
    """A `contrast(…)`, or a pair of arm names."""
    if isinstance(value, Contrast):
        return value
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return Contrast(value[0], value[1])
    raise DefinitionError(
        f'contrast {value!r} is not a pair of arms. Write ("thank_you", "sorry") or primary("thank_you", '
        '"sorry").'
    )
