"""How long, as people read and write it: `1 h 30 min`, `1 jam 30 menit`, `24h`."""

from __future__ import annotations

import re

from amends.analysis.formatting import Figure, Sentence, language, number
from amends.analysis.result import NotEnough

_UNITS = (
    (86_400, Sentence("day", "hari")),
    (3_600, Sentence("h", "jam")),
    (60, Sentence("min", "menit")),
    (1, Sentence("s", "detik")),
)
_WRITTEN = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
_ONE = re.compile(r"(\d+(?:\.\d+)?)(s|min|m|h|d)", re.ASCII)
LONGEST = 366 * 86_400.0


def duration(seconds: Figure, locale: str = "en") -> str:
    """A length of time in its two largest units; a dash where there is none.

    >>> duration(5400), duration(5400, "id"), duration(45.4), duration(0.3)
    ('1 h 30 min', '1 jam 30 menit', '45 s', '0.3 s')
    >>> duration(2 * 86400 + 3 * 3600), duration(float("inf"))
    ('2 days 3 h', '∞')
    """
    if seconds is None or isinstance(seconds, NotEnough):
        return "–"
    if seconds < 0:
        return f"−{duration(-seconds, locale)}"
    if seconds == float("inf"):
        return "∞"
    if seconds < 10 and seconds != round(seconds):
        return f"{number(seconds, digits=1, locale=locale)} {_UNITS[-1][1][locale]}"
    place = next(place for place, (size, _) in enumerate(_UNITS) if round(seconds) >= size or size == 1)
    size, name = _UNITS[place]
    finer, its_name = _UNITS[min(place + 1, len(_UNITS) - 1)]
    rounded = round(seconds / finer) * finer
    if place and rounded >= _UNITS[place - 1][0]:  # 59 min 60 s is an hour
        return duration(rounded, locale)
    whole, rest = divmod(rounded, size)
    first = _counted(whole, name, locale)
    return f"{first} {_counted(rest // finer, its_name, locale)}" if rest else first


def _counted(n: int, name: Sentence, locale: str) -> str:
    word = name[locale]
    plural = "s" if word == "day" and n != 1 and language(locale) == "en" else ""
    return f"{number(n, digits=0, locale=locale)} {word}{plural}"


def seconds_of(written: str) -> float:
    """Reads `30s`, `10m`, `1h30m`, `2d`.

    Raises:
        ValueError: Naming the value and how to write it.

    >>> seconds_of("1h30m"), seconds_of("45s")
    (5400.0, 45.0)
    """
    text = written.strip().lower().replace(" ", "")
    parts = _ONE.findall(text)
    if not parts or "".join(value + unit for value, unit in parts) != text:
        raise ValueError(f"{written!r} is not a length of time; write 30s, 10m, 2h, 1h30m or 3d")
    total = sum(float(value) * _WRITTEN[unit] for value, unit in parts)
    if not 0 < total <= LONGEST:
        raise ValueError(f"{written!r} is not between one second and a year")
    return total
