"""What is written of a new assignment: its row, the tally cell that counts it, the answer it gives."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from amends.errors import UsageError
from amends.store.tallying import Cell
from amends.store.values import Enrolment, Stored, as_utc


def row_of(key: str, enrolment: Enrolment) -> dict[str, Any]:
    """The row as it is inserted; where the arm is drawn, that and its position are settled afterwards.

    Raises:
        UsageError: A time without zone; neither an arm nor a way to draw one.
    """
    if enrolment.arm is None and enrolment.draw is None:
        raise UsageError("an enrolment needs an arm, or a way to draw one from the sealed list.")
    at = as_utc(enrolment.at)
    return {
        "id": enrolment.assignment_id or uuid.uuid4().hex,
        "experiment": key,
        "unit": enrolment.unit,
        "arm": enrolment.arm or "",
        "stratum": enrolment.stratum,
        "strata": None if enrolment.strata is None else dict(enrolment.strata),
        "cluster": enrolment.cluster,
        "position": None,
        "channel": enrolment.channel or "",
        "locale": enrolment.locale or "",
        "timezone": enrolment.timezone,
        "delay_seconds": enrolment.delay_seconds,
        "delay_band": enrolment.delay_band,
        "covariates": None if enrolment.covariates is None else dict(enrolment.covariates),
        "assigned_at": at,
        "day": at.date(),
        "invite_at": None if enrolment.invite_at is None else as_utc(enrolment.invite_at),
        "token_nonce": enrolment.token_nonce or secrets.token_urlsafe(9),
        "sender": enrolment.sender,
        "test": enrolment.test,
    }


CELL_OF_ROW = itemgetter(*Cell._fields)
"""From a row to the parts of its tally cell, which bear the same names."""


def cell_of_row(row: Mapping[str, Any]) -> Cell:
    """The tally cell that counts a row."""
    return Cell(*CELL_OF_ROW(row))


def created(row: Mapping[str, Any], number: int) -> Stored:
    """The answer to whoever inserted the row."""
    # From a tuple in the fields' order: with names it takes half as long again, for every unit of a list.
    return Stored._make(
        (
            row["experiment"],
            number,
            row["id"],
            row["unit"],
            row["arm"],
            row["assigned_at"],
            row["invite_at"],
            row["token_nonce"],
            True,  # created
            1,  # its first incident
            False,  # nothing sent
            row["cluster"],
            row["stratum"],
            row["test"],
            row["locale"],
            row["channel"],
        )
    )
