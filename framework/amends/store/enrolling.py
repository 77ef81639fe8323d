"""Gives units their arms, durably and once: get-or-create of many units in one transaction.

The rows are inserted first. Only rows that were really inserted go on: they open their cluster or
join it, take a position on the sealed list, and are counted. Whoever finds a row already there is
answered with it, so that a race has one winner and no position is spent on a repeat.

Rows are locked in the same order by everybody (assignments, incidents, clusters, positions, tally;
each sorted), so that transactions wait for each other but not in a circle.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import compress
from operator import itemgetter, not_
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from amends.store import bulk, finding
from amends.store.new_rows import CELL_OF, all_created, cell_of_row, columns_of, created
from amends.store.statements import chunks, insert_adding, insert_into
from amends.store.tables import Assignment, BlockPosition, Cluster, Incident, table
from amends.store.tallying import Cell, Tallying
from amends.store.values import Enrolment, Stored, as_utc

ASSIGNMENT = table(Assignment)
CLUSTER = table(Cluster)
INCIDENT = table(Incident)
BLOCK_POSITION = table(BlockPosition)

WORTH_A_COPY = 200
"""Rows from which on a `COPY` pays for its temporary table."""


@dataclass(slots=True)
class _Winner:
    """A row that this transaction inserted, until its arm is settled."""

    enrolment: Enrolment
    row: dict[str, Any]
    number: int
    opened_cluster: bool = False


def enrol(connection: Connection, key: str, enrolments: Sequence[Enrolment]) -> list[Stored]:
    """Gets or creates an assignment for each enrolment, in order.

    A unit that comes twice is created by its first enrolment; the second is a repeat.

    Raises:
        UsageError: A time without zone; neither an arm nor a way to draw one.
    """
    firsts: dict[str, Enrolment] = {}
    for enrolment in enrolments:
        firsts.setdefault(enrolment.unit, enrolment)
    columns = columns_of(key, firsts.values())
    numbers = _insert(connection, columns)
    if len(numbers) == len(enrolments) and all(map(_settled, enrolments)):
        # All are new and have their arms: nothing is left to draw, to join or to look up.
        cells = zip(*CELL_OF(columns), strict=True)
        _count_units(compress(cells, map(not_, columns["test"]))).write(connection)
        return all_created(columns, map(numbers.__getitem__, columns["unit"]))
    rows = dict(zip(columns["unit"], _rows(columns), strict=True))
    winners: dict[int, _Winner] = {}
    for index, enrolment in enumerate(enrolments):
        unit = enrolment.unit
        if unit in numbers:  # by its first enrolment; a second is a repeat
            winners[index] = _Winner(enrolment, rows[unit], numbers.pop(unit))
    _settle_arms(connection, key, list(winners.values()))
    first_incidents = [
        {
            "assignment": winner.number,
            "incident": winner.enrolment.incident,
            "number": 1,
            "at": winner.row["assigned_at"],
        }
        for winner in winners.values()
        if winner.enrolment.incident is not None
    ]
    if first_incidents:
        connection.execute(insert(INCIDENT), first_incidents)
    answers = _answers(connection, key, enrolments, winners)
    _count(connection, key, list(winners.values()))
    return answers


def know_incident(connection: Connection, stored: Stored, incident: str, at: datetime) -> Stored:
    """Stores a later incident of an assigned unit, numbered in the order of arrival."""
    connection.execute(
        select(ASSIGNMENT.c.number).where(ASSIGNMENT.c.number == stored.number).with_for_update()
    )
    known = finding.incidents(connection, [stored.number])
    if (stored.number, incident) not in known:
        # A unit assigned without naming an incident had its first one then.
        number = 1 + max((one.number for one in known.values()), default=1)
        values = {"assignment": stored.number, "incident": incident, "number": number, "at": as_utc(at)}
        connection.execute(insert(INCIDENT), values)
    found = finding.find(connection, stored.experiment, stored.unit, incident)
    assert found is not None
    return found


def _settled(enrolment: Enrolment) -> bool:
    return enrolment.arm is not None and enrolment.cluster is None and enrolment.incident is None


def _insert(connection: Connection, columns: Mapping[str, Sequence[Any]]) -> dict[str, int]:
    """Inserts the units that are not there yet: the numbers of the new ones."""
    n = len(columns["unit"])
    if n >= WORTH_A_COPY or (n > 1 and connection.dialect.name == "sqlite"):
        return bulk.load_new(connection, ASSIGNMENT, columns, key=("experiment", "unit"))
    rows = sorted(_rows(columns), key=itemgetter("unit"))
    statement = _statements(connection.dialect.name).insert
    inserted = connection.execute(statement, rows if n > 1 else rows[0])
    return {unit: number for number, unit in inserted}


def _rows(columns: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))


def _settle_arms(connection: Connection, key: str, winners: list[_Winner]) -> None:
    """Gives drawn and clustered winners their arm, and writes it into their rows."""
    clustered = [winner for winner in winners if winner.enrolment.cluster is not None]
    drawn = [
        winner for winner in winners if winner.enrolment.cluster is None and winner.enrolment.arm is None
    ]
    if not clustered and not drawn:
        return
    openers = _open_clusters(connection, key, clustered)
    waiting = sorted(
        [*drawn, *(winner for winner in openers if winner.enrolment.arm is None)],
        key=lambda winner: winner.number,
    )
    _take_positions(connection, key, waiting)
    if openers:
        statement = _statements(connection.dialect.name).settle_cluster
        connection.execute(
            statement,
            [
                {"of": key, "its": winner.row["cluster"], "is_test": winner.row["test"]}
                | {"arm": winner.row["arm"], "position": winner.row["position"]}
                for winner in openers
            ],
        )
        for winner in openers:
            winner.row["position"] = None  # it is the cluster's
    _join_clusters(connection, key, clustered)
    connection.execute(
        _statements(connection.dialect.name).settle,
        [
            {"of": winner.number} | {name: winner.row[name] for name in ("arm", "stratum", "position")}
            for winner in (*clustered, *drawn)
        ],
    )


def _open_clusters(connection: Connection, key: str, clustered: list[_Winner]) -> list[_Winner]:
    """Inserts the clusters that are not there yet: the winners whose units opened them."""
    candidates: dict[tuple[bool, str], _Winner] = {}
    for winner in clustered:
        candidates.setdefault((winner.row["test"], winner.row["cluster"]), winner)
    if not candidates:
        return []
    rows = [
        {"experiment": key, "test": test, "cluster": cluster, "arm": winner.row["arm"]}
        | {"stratum": winner.row["stratum"], "position": None, "opened_by": winner.number}
        for (test, cluster), winner in sorted(candidates.items(), key=lambda item: item[0])
    ]
    opened = connection.execute(_statements(connection.dialect.name).open_cluster, rows)
    openers = [candidates[row.test, row.cluster] for row in opened]
    for winner in openers:
        winner.opened_cluster = True
    return openers


def _take_positions(connection: Connection, key: str, waiting: list[_Winner]) -> None:
    """Draws the waiting winners' arms, each stratum's in order of their rows, without a gap."""
    by_list: dict[tuple[bool, str], list[_Winner]] = defaultdict(list)
    for winner in waiting:
        by_list[winner.row["test"], winner.row["stratum"]].append(winner)
    statement = _statements(connection.dialect.name).take
    for (test, stratum), group in sorted(by_list.items(), key=lambda item: item[0]):
        taken = {"experiment": key, "test": test, "stratum": stratum, "next": len(group)}
        end = connection.execute(statement, taken).scalar_one()
        # A test unit must not show what the sealed list holds for the next customer.
        name = f"test:{stratum}" if test else stratum
        for position, winner in enumerate(group, start=end - len(group)):
            assert winner.enrolment.draw is not None
            winner.row["position"] = position
            winner.row["arm"] = winner.enrolment.draw(name, position)


def _join_clusters(connection: Connection, key: str, clustered: list[_Winner]) -> None:
    """The cluster's stored arm and stratum are those of every unit in it."""
    found = {}
    for names in chunks(dict.fromkeys(winner.row["cluster"] for winner in clustered)):
        statement = select(CLUSTER.c.test, CLUSTER.c.cluster, CLUSTER.c.arm, CLUSTER.c.stratum).where(
            CLUSTER.c.experiment == key, CLUSTER.c.cluster.in_(names)
        )
        found.update({(row.test, row.cluster): row for row in connection.execute(statement)})
    for winner in clustered:
        cluster = found[winner.row["test"], winner.row["cluster"]]
        winner.row["arm"], winner.row["stratum"] = cluster.arm, cluster.stratum


def _answers(
    connection: Connection, key: str, enrolments: Sequence[Enrolment], winners: dict[int, _Winner]
) -> list[Stored]:
    repeats = [index for index in range(len(enrolments)) if index not in winners]
    wanted = [(enrolments[index].unit, enrolments[index].incident) for index in repeats]
    found = dict(zip(repeats, finding.find_many(connection, key, wanted), strict=True)) if repeats else {}
    new = {index for index, stored in found.items() if stored is not None and not stored.incident_number}
    for index in sorted(new, key=lambda index: (found[index].number, index)):  # type: ignore[union-attr]
        stored, enrolment = found[index], enrolments[index]
        assert stored is not None
        assert enrolment.incident is not None
        found[index] = know_incident(connection, stored, enrolment.incident, enrolment.at)
    answers = []
    for index in range(len(enrolments)):
        winner = winners.get(index)
        stored = found[index] if winner is None else created(winner.row, winner.number)
        assert stored is not None
        answers.append(stored)
    return answers


def _count(connection: Connection, key: str, winners: list[_Winner]) -> None:
    tallying = _count_units(CELL_OF(winner.row) for winner in winners if not winner.row["test"])
    for winner in winners:
        if winner.opened_cluster and not winner.row["test"]:
            tallying.count(cell_of_row(winner.row), "clusters")
    tallying.write(connection)


def _count_units(cells: Iterable[tuple[Any, ...]]) -> Tallying:
    tallying = Tallying()
    for cell, n in Counter(cells).items():
        tallying.count(Cell(*cell), "assigned", n)
    return tallying


def new_assignment(dialect: str) -> Any:
    """Inserts a row and returns its number and unit; nothing where the unit has one already."""
    return (
        insert_into(ASSIGNMENT, dialect)
        .on_conflict_do_nothing(index_elements=["experiment", "unit"])
        .returning(ASSIGNMENT.c.number, ASSIGNMENT.c.unit)
    )


class _Statements(NamedTuple):
    insert: Any
    open_cluster: Any
    settle_cluster: Any
    settle: Any
    take: Any


@cache
def _statements(dialect: str) -> _Statements:
    take = insert_adding(
        BLOCK_POSITION, dialect, key=("experiment", "test", "stratum"), counts=("next",)
    ).returning(BLOCK_POSITION.c.next)
    return _Statements(
        insert=new_assignment(dialect),
        open_cluster=insert_into(CLUSTER, dialect)
        .on_conflict_do_nothing(index_elements=["experiment", "test", "cluster"])
        .returning(CLUSTER.c.test, CLUSTER.c.cluster),
        settle_cluster=update(CLUSTER)
        .where(
            CLUSTER.c.experiment == bindparam("of"),
            CLUSTER.c.cluster == bindparam("its"),
            CLUSTER.c.test == bindparam("is_test"),
        )
        .values(arm=bindparam("arm"), position=bindparam("position")),
        settle=update(ASSIGNMENT)
        .where(ASSIGNMENT.c.number == bindparam("of"))
        .values(arm=bindparam("arm"), stratum=bindparam("stratum"), position=bindparam("position")),
        take=take,
    )
