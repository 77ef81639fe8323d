"""What a cell may say: yes or no, a number, a length of time, a moment. Each error names cell and rule."""

from __future__ import annotations

from datetime import datetime, timedelta

YES = frozenset({"1", "true", "yes"})
NO = frozenset({"0", "false", "no"})


def yes_or_no(cell: str) -> bool:
    """Reads 0 or 1, true or false, yes or no, in any case.

    >>> yes_or_no("TRUE"), yes_or_no("0")
    (True, False)
    """
    word = cell.lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(f"{cell!r} is not 0 or 1, true or false, yes or no")


def number(cell: str) -> float:
    """Reads a finite decimal number with a point.

    >>> number("4.5")
    4.5
    """
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is not a number (write decimals with a point)") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{cell!r} is not a finite number")
    return value


def whole_or_decimal(cell: str) -> int | float:
    """Reads a rating: `"6"` and `"6.0"` are the integer 6.

    >>> whole_or_decimal("6.0"), whole_or_decimal("6.5")
    (6, 6.5)
    """
    value = number(cell)
    return int(value) if value.is_integer() else value


def delay_of(cell: str, *, unit: str) -> timedelta:
    """Reads a delay given in hours, minutes or seconds.

    >>> delay_of("30", unit="hours")
    datetime.timedelta(days=1, seconds=21600)
    """
    value = number(cell)
    try:
        return timedelta(**{unit: value})
    except OverflowError:
        raise ValueError(f"{cell!r} {unit} is longer than can be counted") from None


def moment(cell: str) -> datetime:
    """Reads a time with its zone, as RFC 3339 writes it.

    >>> moment("2026-07-01T20:00:00+07:00").isoformat()
    '2026-07-01T20:00:00+07:00'
    """
    try:
        value = datetime.fromisoformat(cell)
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        raise ValueError(f"{cell!r} is not a time with its zone; write 2026-07-01T20:00:00+07:00")
    return value
