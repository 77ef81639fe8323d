"""Many outcomes in one transaction, each counted as if it had come alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from amends.store import bulk
from amends.store.recording import OUTCOME, cell_of, outcome_stands
from amends.store.responses import located
from amends.store.statements import chunks
from amends.store.tallying import Tallying
from amends.store.values import as_utc


class NewOutcome(NamedTuple):
    """An outcome to be stored, already held against the definition.

    Attributes:
        assignment_id: Whose it is; assigned here.
        metric: The outcome metric.
        value: Its value.
        at: When it happened.
        late: Whether that was after the response window.
    """

    assignment_id: str
    metric: str
    value: float
    at: datetime
    late: bool


Place = tuple[int, str]
"""The assignment's number, and the metric."""


def outcomes(connection: Connection, key: str, rows: Sequence[NewOutcome]) -> int:
    """Stores outcomes where no earlier value stands; returns how many are new.

    No unit and metric comes twice in `rows`.
    """
    units = located(connection, key, {row.assignment_id for row in rows})
    before = _standing(connection, [unit.number for unit in units.values()])
    tallying, new, changed = Tallying(), [], []
    for row in rows:
        unit = units[row.assignment_id]
        earlier = before.get((unit.number, row.metric))
        if earlier is not None and outcome_stands(*earlier, value=row.value, late=row.late):
            continue
        values = {"value": float(row.value), "at": as_utc(row.at), "late": row.late}
        if earlier is None:
            new.append({"assignment": unit.number, "metric": row.metric, **values})
        else:
            changed.append({"whose": unit.number, "which": row.metric, **values})
        if not unit.test and not row.late:
            counted = earlier is not None and not earlier[1]
            tallying.happen(cell_of(unit), row.metric, float(row.value), instead_of=0.0 if counted else None)
    if new:
        bulk.load(connection, OUTCOME, {name: [row[name] for row in new] for name in new[0]})
    if changed:
        place = (OUTCOME.c.assignment == bindparam("whose"), OUTCOME.c.metric == bindparam("which"))
        connection.execute(update(OUTCOME).where(*place), changed)
    tallying.write(connection)
    return len(new) + len(changed)


def _standing(connection: Connection, numbers: Iterable[int]) -> dict[Place, tuple[float, bool]]:
    """What is stored already: value and lateness."""
    found: dict[Place, tuple[float, bool]] = {}
    for some in chunks(numbers):
        statement = select(OUTCOME.c.assignment, OUTCOME.c.metric, OUTCOME.c.value, OUTCOME.c.late)
        for number, metric, value, late in connection.execute(
            statement.where(OUTCOME.c.assignment.in_(some))
        ):
            found[number, metric] = (value, late)
    return found
