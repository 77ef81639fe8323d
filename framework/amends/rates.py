"""How often something may be done, as people write it: `50/s`, `600/min`, `10000/h`."""

from __future__ import annotations

import re

_SECONDS = {"": 1, "s": 1, "min": 60, "h": 3600}
_WRITTEN = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(?:/(s|min|h))?", re.ASCII)
FASTEST = 1_000_000


def per_second(written: str) -> float:
    """A written rate as times a second.

    Args:
        written: A number, alone (a second) or with `/s`, `/min` or `/h`.

    Raises:
        ValueError: saying what is allowed.

    >>> per_second("50"), per_second("600/min"), per_second("0.5/s")
    (50.0, 10.0, 0.5)
    """
    found = _WRITTEN.fullmatch(written.strip())
    rate = float(found[1]) / _SECONDS[found[2] or ""] if found else 0.0
    if not 0 < rate <= FASTEST:
        raise ValueError(
            f"{written!r} is no rate above 0. Write so many a second, a minute or an hour: "
            "50/s, 600/min, 10000/h."
        )
    return rate
