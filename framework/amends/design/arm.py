"""An arm: the one sentence that differs between customers, or silence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from amends.design.checks import check_name, check_text
from amends.design.value import Value
from amends.design.wording import Wording, wording_of
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Arm(Value):
    """One of the messages under test.

    Args:
        name: The team's own name, `[a-z][a-z0-9_]{0,63}`.
        *texts: One string for every locale; leave it out for an arm that says nothing.
        weight: Its share beside the other arms' weights (1 and 2: a third and two thirds). Read
            exactly as written, so `0.1` is one tenth; a fraction is written `"1/3"`.
        factors: Where arms cross, the level of each factor: `{"message": "sorry", "voucher": "no"}`.
        **by_locale: Texts by language code, `en=…, id=…`.

    Raises:
        DefinitionError: A name, weight, language code or text breaks its rule.

    >>> Arm("thank_you", en="Thank you for waiting.", id="Terima kasih.").text.get("id")
    'Terima kasih.'
    """

    __slots__ = ("factors", "name", "text", "weight")
    _fields = ("name", "text", "weight", "factors")

    name: str
    text: Wording | None
    weight: int | float | str
    factors: Mapping[str, str]

    def __init__(
        self,
        name: str,
        *texts: str | Wording,
        weight: int | float | str = 1,
        factors: Mapping[str, str] | None = None,
        **by_locale: str,
    ) -> None:
        what = f"arm {name!r}"
        wording = None
        if texts or by_locale:
            wording = wording_of(texts, by_locale, what=what, also=("weight", "factors"))
        self._fill(
            name=check_name(name, "arm"),
            text=wording,
            weight=_checked_weight(weight, what),
            factors=_checked_factors(factors, what),
        )

    @property
    def silent(self) -> bool:
        """Whether the arm adds no sentence of its own."""
        return self.text is None

    @classmethod
    def from_dict(cls, data: Any) -> Arm:
        texts = () if data["text"] is None else (Wording.from_dict(data["text"]),)
        return cls(data["name"], *texts, weight=data["weight"], factors=data["factors"])


def thank_you(
    *texts: str, weight: int | float | str = 1, factors: Mapping[str, str] | None = None, **by_locale: str
) -> Arm:
    """The arm that thanks the customer, named `thank_you`.

    >>> thank_you(en="Thank you for waiting so patiently.").name
    'thank_you'
    """
    return _speaking("thank_you", texts, by_locale, weight=weight, factors=factors)


def sorry(
    *texts: str, weight: int | float | str = 1, factors: Mapping[str, str] | None = None, **by_locale: str
) -> Arm:
    """The arm that apologises, named `sorry`.

    >>> sorry("We are sorry about this delay.").name
    'sorry'
    """
    return _speaking("sorry", texts, by_locale, weight=weight, factors=factors)


def thank_and_sorry(
    *texts: str, weight: int | float | str = 1, factors: Mapping[str, str] | None = None, **by_locale: str
) -> Arm:
    """The arm that does both, named `thank_and_sorry`.

    >>> thank_and_sorry("We are sorry. Thank you for waiting.").name
    'thank_and_sorry'
    """
    return _speaking("thank_and_sorry", texts, by_locale, weight=weight, factors=factors)


def silence(*, weight: int | float | str = 1, factors: Mapping[str, str] | None = None) -> Arm:
    """The arm that adds nothing: the customer gets the notice alone, and the same survey invitation.

    >>> silence().silent
    True
    """
    return Arm("silence", weight=weight, factors=factors)


def _speaking(
    name: str,
    texts: tuple[str, ...],
    by_locale: Mapping[str, str],
    *,
    weight: int | float | str,
    factors: Mapping[str, str] | None,
) -> Arm:
    if not texts and not by_locale:
        raise DefinitionError(
            f"{name}() has no text: write the sentence, for instance {name}(en=…, id=…). "
            "An arm that says nothing is silence()."
        )
    return Arm(name, *texts, weight=weight, factors=factors, **by_locale)


def _checked_weight(weight: Any, what: str) -> int | float | str:
    rule = "it must be a positive number. Write 1 for an equal share."
    if isinstance(weight, bool) or not isinstance(weight, (int, float, str)):
        raise DefinitionError(f"weight of {what} is {weight!r}; {rule}")
    if isinstance(weight, str):
        from fractions import Fraction

        try:
            positive = Fraction(weight) > 0
        except (ValueError, ZeroDivisionError):
            positive = False
    else:
        positive = 0 < weight < float("inf")
    if not positive:
        raise DefinitionError(f"weight of {what} is {weight!r}; {rule}")
    return weight


def _checked_factors(factors: Mapping[str, str] | None, what: str) -> Mapping[str, str]:
    if factors is not None and not isinstance(factors, Mapping):
        raise DefinitionError(f'{what}: factors is {factors!r}; write {{"voucher": "yes"}}.')
    levels = {
        check_name(name, f"{what}: factor"): check_text(level, f"{what}: factor {name!r}")
        for name, level in (factors or {}).items()
    }
    return MappingProxyType(levels)
