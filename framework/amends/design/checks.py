"""The rules that every part of a definition shares: names, numbers, choices, known arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from amends.errors import DefinitionError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_name(value: object) -> bool:
    """Whether a value is a name: `[a-z][a-z0-9_]{0,63}`.

    >>> is_name("late_parcel"), is_name("Late parcel"), is_name("2nd")
    (True, False, False)
    """
    return (
        isinstance(value, str)
        and len(value) <= 64
        and value.isascii()
        and value[:1].islower()
        and value == value.lower()
        and value.replace("_", "a").isalnum()
    )


def check_name(value: object, what: str) -> str:
    """The value, when it is a name.

    Raises:
        DefinitionError: It is not; the message offers the nearest name that is.
    """
    if is_name(value):
        return str(value)
    slug = "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in str(value).lower()).split())[
        :64
    ]
    remedy = f"Write {slug!r}." if is_name(slug) else f"For instance {what.split()[-1] + '_1'!r}."
    raise DefinitionError(
        f"{what} {value!r} is not a name: lower-case letters, digits and _ are allowed, "
        f"a letter first, 64 characters at most. {remedy}"
    )


def check_list(values: Any, what: str, example: str) -> tuple[Any, ...]:
    """Several values as a tuple; a bare string, a mapping or a number is not several."""
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise DefinitionError(f"{what} is {values!r}; it must be a list, such as {example}.")
    return tuple(values)


def check_names(values: Any, what: str) -> tuple[str, ...]:
    """A name or a list of names, as a tuple without repeats."""
    listed = (values,) if isinstance(values, str) else check_list(values, f"{what} list", '["name"]')
    names = tuple(check_name(value, what) for value in listed)
    check_unique(names, what)
    return names


def check_unique(names: Iterable[str], what: str) -> None:
    """Raises where a name occurs twice, naming it."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DefinitionError(
                f"{what} {name!r} is given twice: each needs a name of its own. Rename one."
            )
        seen.add(name)


def check_flag(value: object, what: str) -> bool:
    """True or False, and nothing that merely counts as one of them."""
    if not isinstance(value, bool):
        raise DefinitionError(f"{what} is {value!r}; it must be True or False.")
    return value


def check_number(
    value: Any, what: str, *, low: float, high: float, closed: bool = False, remedy: str = ""
) -> float:
    """A number strictly between two limits (or on them, when `closed`)."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and (low <= value <= high if closed else low < value < high):
        return float(value)
    brackets = ("[", "]") if closed else ("(", ")")
    rule = f"a number in {brackets[0]}{_limit(low)}, {_limit(high)}{brackets[1]}"
    raise DefinitionError(f"{what} is {value!r}; it must be {rule}.{' ' + remedy if remedy else ''}")


def _limit(value: float) -> str:
    if value in (float("inf"), float("-inf")):
        return "infinity" if value > 0 else "-infinity"
    return f"{value:g}"


def check_choice(value: object, what: str, allowed: tuple[str, ...]) -> str:
    """One of a few words, else an error with the nearest."""
    if isinstance(value, str) and value in allowed:
        return value
    options = " or ".join(repr(item) for item in allowed)
    raise DefinitionError(f"{what} is {value!r}; it must be {options}. {nearest(str(value), allowed)}")


def check_duration(value: Any, what: str, *, zero: bool = False) -> timedelta:
    """A positive `timedelta` (or zero, where `zero` allows it)."""
    if isinstance(value, timedelta) and (value > timedelta() or (zero and value == timedelta())):
        return value
    raise DefinitionError(
        f"{what} is {value!r}; it must be a positive duration, for instance timedelta(days=7)."
    )


def check_text(value: object, what: str) -> str:
    """A string that is not blank."""
    if isinstance(value, str) and value.strip():
        return value
    raise DefinitionError(f"{what} is {value!r}; it must be a text that is not empty.")


def refuse_unknown(what: str, unknown: Mapping[str, object], allowed: Iterable[str]) -> None:
    """Raises for the first argument that does not exist, with the nearest that does."""
    for name in unknown:
        raise DefinitionError(
            f"{what} has no argument {name!r}. {nearest(name, tuple(allowed), what=f'arguments of {what}')}"
        )


def check_key(value: object) -> str:
    """The value, when it may be an experiment's key (and so its file's name).

    >>> check_key("late_parcel")
    'late_parcel'
    """
    return check_name(value, "experiment key")
