"""Values that never change: compared by content, printed as the call that makes them.

Plain classes instead of dataclasses, because a sender pays for every import at start-up
(`dataclasses` alone costs more than the whole of this package).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self


class Value:
    """Base of everything in a definition. Subclasses name their content in `_fields`.

    A field that was added after definitions had been frozen stands in `_added` too, with the value it has
    where nobody names it. While it has that value it is left out of `to_dict()`, so that the fingerprint of
    a definition that does not use it is the same before and after.
    """

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _added: Mapping[str, object] = MappingProxyType({})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(
            f"{type(self).__name__}.{name} cannot be changed: make a new {type(self).__name__}"
        )

    def __delattr__(self, name: str) -> None:
        raise AttributeError(
            f"{type(self).__name__}.{name} cannot be removed: make a new {type(self).__name__}"
        )

    def _fill(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def derived(self, **content: object) -> Self:
        """A copy with some content replaced, unchecked: for what follows from a checked definition."""
        held = getattr(self, "__dict__", None)
        copy = object.__new__(type(self))
        copy._fill(**(held if held is not None else {name: getattr(self, name) for name in self._fields}))
        copy._fill(**content)
        return copy

    def to_dict(self) -> Any:
        """The content as plain JSON types; the class's `from_dict` reads it back."""
        content = {name: getattr(self, name) for name in self._fields}
        return {
            name: plain(value)
            for name, value in content.items()
            if name not in self._added or value != self._added[name]
        }

    @classmethod
    def _content(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """The fields as `to_dict()` wrote them, those that it left out as they are without a word."""
        return {
            name: data.get(name, cls._added[name]) if name in cls._added else data[name]
            for name in cls._fields
        }

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return bool(self.to_dict() == other.to_dict())

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        content = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({content})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.to_dict())


def _again(kind: Any, data: Any) -> Any:
    return kind.from_dict(data)


def plain(value: Any) -> Any:
    """A value as JSON types: durations in seconds, tuples as lists.

    >>> plain((timedelta(hours=1), "a"))
    [3600.0, 'a']
    """
    if isinstance(value, Value):
        return value.to_dict()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if hasattr(value, "items"):
        return {key: plain(item) for key, item in value.items()}
    return value


def seconds(value: float | None) -> timedelta | None:
    """A duration read back from seconds; None stays None."""
    return None if value is None else timedelta(seconds=value)
