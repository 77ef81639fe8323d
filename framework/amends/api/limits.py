"""How often a caller may come: a bucket of tokens each, refilled steadily, in bounded memory.

The buckets are this process's own: two processes behind one address together let twice as much in.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

SECONDS_SAVED = 2
"""A caller that kept still may at once do as much as in this many seconds."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of asking for a token.

    Attributes:
        limit: Tokens that the bucket holds when full.
        remaining: Whole tokens left.
        reset: Seconds until it is full again.
        wait: Seconds until there is a token; 0 where one was taken.
    """

    limit: int
    remaining: int
    reset: int
    wait: float

    @property
    def granted(self) -> bool:
        """Whether a token was taken."""
        return self.wait == 0

    def headers(self) -> list[tuple[bytes, bytes]]:
        """As header fields of an answer.

        >>> Taken(limit=2000, remaining=1999, reset=1, wait=0).headers()[0]
        (b'ratelimit-limit', b'2000')
        """
        return [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset),
        ]


def burst(rate: float) -> int:
    """Tokens that a bucket of this rate holds when full: two seconds' worth, at least one.

    >>> burst(1000), burst(0.1)
    (2000, 1)
    """
    return max(math.ceil(rate * SECONDS_SAVED), 1)


class Buckets:
    """One bucket a name. Beyond `most` names the one longest unused is forgotten, which fills it.

    Args:
        most: Names remembered at once.
        monotonic: Seconds that never run backwards.

    >>> buckets = Buckets(most=10, monotonic=lambda: 0.0)
    >>> [buckets.take("shop", rate=1, holds=2).granted for _ in range(3)]
    [True, True, False]
    """

    def __init__(self, *, most: int, monotonic: Callable[[], float]) -> None:
        self._most = most
        self._monotonic = monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, name: str, *, rate: float, holds: int | None = None) -> Taken:
        """Takes a token of the name's bucket, where there is one.

        Args:
            name: Whose bucket.
            rate: Tokens that flow in each second.
            holds: Tokens it holds when full; `burst(rate)` by default.
        """
        return self._look(name, rate, holds, spend=True)

    def peek(self, name: str, *, rate: float, holds: int | None = None) -> Taken:
        """What `take` would answer, with nothing taken."""
        return self._look(name, rate, holds, spend=False)

    def _look(self, name: str, rate: float, holds: int | None, *, spend: bool) -> Taken:
        full = burst(rate) if holds is None else holds
        with self._lock:
            now = self._monotonic()
            level, since = self._levels.get(name, (float(full), now))
            level = min(level + (now - since) * rate, float(full))
            granted = level >= 1
            if spend:
                self._keep(name, level - 1 if granted else level, now)
        left = level - 1 if granted and spend else level
        return Taken(
            limit=full,
            remaining=int(left),
            reset=math.ceil((full - left) / rate),
            wait=0.0 if granted else (1 - level) / rate,
        )

    def _keep(self, name: str, level: float, now: float) -> None:
        self._levels[name] = (level, now)
        self._levels.move_to_end(name)
        while len(self._levels) > self._most:
            self._levels.popitem(last=False)
