"""What is written of new assignments: their rows, the tally cells that count them, the answers they give."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

from amends.errors import UsageError
from amends.store.tallying import Cell
from amends.store.values import Enrolment, Stored, as_utc

COLUMNS = (
    *("id", "experiment", "unit", "arm", "stratum", "strata", "cluster", "position", "channel", "locale"),
    *("timezone", "delay_seconds", "delay_band", "covariates", "assigned_at", "day", "invite_at"),
    *("token_nonce", "sender", "test"),
)
"""The columns of a new row, in the order in which `_values` makes them."""


def row_of(key: str, enrolment: Enrolment) -> dict[str, Any]:
    """The row as it is inserted; where the arm is drawn, that and its position are settled afterwards.

    Raises:
        UsageError: A time without zone; neither an arm nor a way to draw one.
    """
    return dict(zip(COLUMNS, _values(key, enrolment), strict=True))


def columns_of(key: str, enrolments: Iterable[Enrolment]) -> dict[str, Sequence[Any]]:
    """Many rows, column by column.

    Raises:
        UsageError: As from `row_of`.
    """
    rows = (_values(key, enrolment) for enrolment in enrolments)
    return dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))


def _values(key: str, enrolment: Enrolment) -> tuple[Any, ...]:
    if enrolment.arm is None and enrolment.draw is None:
        raise UsageError("an enrolment needs an arm, or a way to draw one from the sealed list.")
    at = as_utc(enrolment.at)
    return (
        enrolment.assignment_id or uuid.uuid4().hex,
        key,
        enrolment.unit,
        enrolment.arm or "",
        enrolment.stratum,
        None if enrolment.strata is None else dict(enrolment.strata),
        enrolment.cluster,
        None,  # its position
        enrolment.channel or "",
        enrolment.locale or "",
        enrolment.timezone,
        enrolment.delay_seconds,
        enrolment.delay_band,
        None if enrolment.covariates is None else dict(enrolment.covariates),
        at,
        at.date(),
        None if enrolment.invite_at is None else as_utc(enrolment.invite_at),
        enrolment.token_nonce or secrets.token_urlsafe(9),
        enrolment.sender,
        enrolment.test,
    )


CELL_OF = itemgetter(*Cell._fields)
"""From a row, or from columns, to the parts of the tally cell, which bear the same names."""


def cell_of_row(row: Mapping[str, Any]) -> Cell:
    """The tally cell that counts a row."""
    return Cell(*CELL_OF(row))


_ANSWER_OF = itemgetter(*Stored._fields)


def created(row: Mapping[str, Any], number: int) -> Stored:
    """The answer to whoever inserted the row."""
    own = {"number": number, "assignment_id": row["id"]}
    return Stored._make(_ANSWER_OF({**row, **own, "created": True, "incident_number": 1, "sent": False}))


def all_created(columns: Mapping[str, Iterable[Any]], numbers: Iterable[int]) -> list[Stored]:
    """The answers to whoever inserted these rows."""
    own = {"number": numbers, "assignment_id": columns["id"]}
    alike = {"created": repeat(True), "incident_number": repeat(1), "sent": repeat(False)}
    return list(map(Stored._make, zip(*_ANSWER_OF({**columns, **own, **alike}), strict=False)))
