"""For whom the arms may differ more: what each moderator is called, and whether it was only explored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amends.design.checks import check_list, check_name, check_unique
from amends.design.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Declared = str | "Exploratory" | Mapping[str, str]

TOLD = ("channel", "delay", "locale", "weekend")
"""What every call tells: where and in which language it was sent, how late (hours), whether on a weekend."""


class Exploratory(Value):
    """A moderator that nobody predicted. Make it with `exploratory(name)`."""

    __slots__ = ("exploratory",)
    _fields = ("exploratory",)

    exploratory: str

    def __init__(self, name: str) -> None:
        self._fill(exploratory=check_name(name, "moderator"))


def exploratory(name: str) -> Exploratory:
    """A moderator to look at without a prediction: its p-values are adjusted by Benjamini and Hochberg.

    Args:
        name: A covariate of the call, a stratum, or one of `channel`, `delay`, `locale`, `weekend`.

    >>> exploratory("channel").exploratory
    'channel'
    """
    return Exploratory(name)


def as_moderators(values: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The moderators' names in order, and those of them that are exploratory.

    >>> as_moderators(["severity", exploratory("channel")])
    (('severity', 'channel'), ('channel',))
    """
    single = isinstance(values, str | Exploratory)
    listed = (values,) if single else check_list(values, "moderator list", '["severity"]')
    pairs = [_named(value) for value in listed]
    names = tuple(name for name, _ in pairs)
    check_unique(names, "moderator")
    return names, tuple(name for name, explored in pairs if explored)


def _named(value: Any) -> tuple[str, bool]:
    if isinstance(value, Exploratory):
        return value.exploratory, True
    if isinstance(value, Mapping) and set(value) == {"exploratory"}:
        return check_name(value["exploratory"], "moderator"), True
    return check_name(value, "moderator"), False


def written(names: Iterable[str], explored: Iterable[str]) -> list[str | dict[str, str]]:
    """The moderators as a snapshot holds them: a plain name where it is confirmatory.

    >>> written(["severity", "channel"], ["channel"])
    ['severity', {'exploratory': 'channel'}]
    """
    only_explored = set(explored)
    return [{"exploratory": name} if name in only_explored else name for name in names]
