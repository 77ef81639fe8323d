"""Results that take long, kept for the life of the process so that looking again costs nothing.

A result is found by what it was made from: the digest of its data and of everything that steers it, seed
included. So a page that is drawn every two seconds computes a bootstrap once, and again only when an answer
has come in that changes it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import Any, TypeVar

MOST = 512
"""Results kept at once; the one longest unused goes first."""

Result = TypeVar("Result")


class Kept:
    """A bounded store of results by digest, safe to share between threads.

    >>> store = Kept(most=2)
    >>> store.result("a", lambda: 1), store.result("a", lambda: 2)
    (1, 1)
    """

    def __init__(self, *, most: int = MOST) -> None:
        self.most = most
        self._found: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._found

    def result(self, key: str, make: Callable[[], Result]) -> Result:
        """The result kept under the key, made first where there is none.

        Two threads that ask at once may both make it: they get the same figures, and neither waits.
        """
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                known: Result = self._found[key]
                return known
        made = make()
        with self._lock:
            self._found[key] = made
            self._found.move_to_end(key)
            while len(self._found) > self.most:
                self._found.popitem(last=False)
        return made


PROCESS = Kept()
"""The store that the sections of a report share."""


def kept(what: str, make: Callable[[], Result], *data: Any) -> Result:
    """The result of a calculation on these data, made once a process.

    Args:
        what: The calculation with everything that steers it, seed included.
        make: Does it.
        data: Arrays, lists and settings that it reads.

    >>> kept("an example", lambda: 1, [1, 2]), kept("an example", lambda: 2, [1, 2])
    (1, 1)
    """
    return PROCESS.result(digest(what, *data), make)


def digest(*parts: Any) -> str:
    """The digest of arrays, texts and numbers, in their order.

    >>> digest("mediation", 0) == digest("mediation", 0), digest("a", "b") == digest("ab", "")
    (True, False)
    """
    from numpy import asarray, ascontiguousarray, ndarray
    from pandas.util import hash_array

    found = blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, ndarray) and part.dtype != object:
            content = ascontiguousarray(part).tobytes()
            named = f"{part.dtype}{part.shape}"
        elif isinstance(part, ndarray | list | tuple):
            content, named = hash_array(asarray(part, dtype=object)).tobytes(), "list"
        else:
            content, named = repr(part).encode(), type(part).__name__
        found.update(f"{named}:{len(content)}:".encode())
        found.update(content)
    return found.hexdigest()
