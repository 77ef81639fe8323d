"""Numbers of printed cards: given out once, whoever prints, and remembered with their stratum."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from amends.store import auditing, lifecycle

PRINTED = "cards"
"""The audit's name of a print run."""


def reserve(connection: Connection, key: str, n: int, *, strata: Mapping[str, Any], at: datetime) -> int:
    """The first of `n` new numbers, kept for this print run.

    The experiment's row is locked, so that two people who print at once get different numbers.

    Raises:
        UnknownExperiment: It was never started, so no list is sealed yet.
    """
    lifecycle.required(connection, key, lock=True)
    first = 1 + max((last for _, last, _ in printed(connection, key)), default=0)
    detail = {"first": first, "n": n, "strata": dict(strata)}
    auditing.write(connection, PRINTED, key=key, detail=detail, at=at)
    return first


def printed(connection: Connection, key: str) -> list[tuple[int, int, dict[str, str]]]:
    """Every print run: its first number, its last one, and the strata that its cards are for."""
    details = [entry.detail for entry in auditing.read(connection, key) if entry.action == PRINTED]
    return [
        (detail["first"], detail["first"] + detail["n"] - 1, dict(detail["strata"])) for detail in details
    ]
