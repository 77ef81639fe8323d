"""Who is reminded, by hash. Pure: same unit, same answer, whatever its arm."""

from __future__ import annotations

from collections.abc import Iterable

from amends.assignment.hashing import bucket, share_bound


def needs_reminder(key: str, unit: str, share: float) -> bool:
    """Whether a unit is among the share that is reminded, should it stay silent.

    The hash is the one of the arms with the purpose `reminder`, over the unit's pseudonym: the database
    holds no id, and the analysis has to see who was drawn. Being drawn says nothing about the arm.

    Args:
        key: The experiment's key.
        unit: The unit's pseudonym, from `Store.pseudonym`.
        share: Share of the silent that is reminded.

    >>> sum(needs_reminder("late_parcel", f"{number:064x}", 0.3) for number in range(1000))
    332
    """
    return reminded_of(key, [unit], share)[0]


def reminded_of(key: str, units: Iterable[str], share: float) -> list[bool]:
    """`needs_reminder` for many units, in order.

    >>> reminded_of("late_parcel", ["0" * 64, "1" * 64], 1)
    [True, True]
    """
    bound = share_bound(share)
    return [bucket(key, "reminder", unit) < bound for unit in units]
