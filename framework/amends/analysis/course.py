"""An experiment's course: what was done with it from start to stop, as the audit tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class EarlyVerdict:
    """A verdict that was made: when, on which contrast, by which method, on how many units or answers."""

    at: datetime
    metric: str
    arm: str
    versus: str
    method: str
    n: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to an experiment. All times are UTC.

    Attributes:
        started_at: When its definition was frozen.
        fingerprint: SHA-256 of the frozen definition, hexadecimal.
        stopped_at: When it was stopped; None while it goes on.
        after_the_fact: The definition was frozen by an import of finished data.
        simulated: Its customers are invented.
        coverage: The share of eligible units taken in at the start, as decimal text.
        ramps: When the coverage was raised, and to what.
        pauses: From when to when nobody was assigned; None for a pause that has not ended.
        masked: The definition declares the arms masked.
        unmasked: When and why the arms were shown before the stop; None where they were not.
        edited: Fields in which the file differs from the frozen definition.
        verdicts: Verdicts in the order in which they were made.
        set_aside: Test and forced assignments, which no figure counts.
        planned: Planned units per arm as they were frozen at start; None where none were.
    """

    started_at: datetime
    fingerprint: str
    stopped_at: datetime | None = None
    after_the_fact: bool = False
    simulated: bool = False
    coverage: str = "1"
    ramps: tuple[tuple[datetime, str], ...] = ()
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    masked: bool = False
    unmasked: tuple[datetime, str] | None = None
    edited: tuple[str, ...] = ()
    verdicts: tuple[EarlyVerdict, ...] = ()
    set_aside: int = 0
    planned: Mapping[str, int] | None = None
