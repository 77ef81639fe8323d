"""What takes long and decides nothing, made when it is first read and then kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Later(Generic[Value]):
    """A value that is made once, by whoever reads it first; safe to share between threads.

    >>> made = Later(lambda: [1])
    >>> made.ready, made.value, made.ready, made.value is made.value
    (False, [1], True, True)
    """

    __slots__ = ("_lock", "_make", "_value")

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make: Callable[[], Value] | None = make
        self._value: Any = None
        self._lock = Lock()

    @property
    def ready(self) -> bool:
        """Whether it has been made."""
        return self._make is None

    @property
    def value(self) -> Value:
        """The value, made now where nobody has read it yet."""
        if self._make is not None:
            with self._lock:
                if self._make is not None:
                    self._value = self._make()
                    # Last, so that whoever sees it gone finds the value; and what it was made from is freed.
                    self._make = None
        value: Value = self._value
        return value

    def __repr__(self) -> str:
        return f"Later({self._value!r})" if self.ready else "Later(not made yet)"


class LaterMapping(Mapping[str, Value]):
    """Figures by name that are worked out, all at once, when one of them is first asked for.

    >>> figures = LaterMapping(Later(lambda: {"fisher": 0.11}))
    >>> figures["fisher"], figures == {"fisher": 0.11}
    (0.11, True)
    """

    __slots__ = ("_later",)

    def __init__(self, later: Later[Mapping[str, Value]]) -> None:
        self._later = later

    def __getitem__(self, name: str) -> Value:
        return self._later.value[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._later.value)

    def __len__(self) -> int:
        return len(self._later.value)

    def __repr__(self) -> str:
        return repr(self._later.value) if self._later.ready else repr(self._later)

    def __reduce__(self) -> tuple[Any, ...]:
        # To another process go the figures: what makes them cannot be sent.
        return dict, (dict(self),)


def later(make: Callable[[], Mapping[str, Value]]) -> LaterMapping[Value]:
    """Figures by name that nobody may ask for.

    >>> later(lambda: {"d": 0.5})["d"]
    0.5
    """
    return LaterMapping(Later(make))
