"""What the data checks ask of the assignments: counts per arm, made in the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, literal, or_, select

from amends.store.check_statements import ASSIGNMENT, ByArm, by_arm, mine, seconds
from amends.store.reading import set_aside
from amends.store.table_order import in_table_order
from amends.store.tables import Audit, Cluster, ExperimentRow, Incident, OptOut, Response, table

AUDIT = table(Audit)
CLUSTER = table(Cluster)
EXPERIMENT = table(ExperimentRow)
INCIDENT = table(Incident)
OPT_OUT = table(OptOut)
RESPONSE = table(Response)


def assigned(connection: Connection, key: str) -> dict[str, Any]:
    """Test units, and per arm the units with a known delay, its sum and sum of squares in hours."""
    found: dict[str, Any] = {"tests": set_aside(connection, key), "delay": {}}
    known = ASSIGNMENT.c.delay_seconds.is_not(None)
    anybody = select(literal(1)).where(known, *in_table_order(connection, key)).limit(1)
    if connection.execute(anybody).first() is None:
        return found
    hours = ASSIGNMENT.c.delay_seconds / 3600.0
    # By the index on time: a sum of fractions depends in its last digit on the order in which it is made.
    statement = (
        select(ASSIGNMENT.c.arm, func.count(), func.sum(hours), func.sum(hours * hours))
        .where(known, *mine(key))
        .group_by(ASSIGNMENT.c.arm)
    )
    for arm, n, total, squares in connection.execute(statement):
        found["delay"][arm] = (int(n), float(total), float(squares))
    return found


def several_incidents(connection: Connection, key: str) -> ByArm:
    """Units per arm with a second incident."""
    # Senders that name no incidents store none, and then no unit need be looked at.
    if connection.execute(select(INCIDENT.c.number).where(INCIDENT.c.number == 2).limit(1)).first() is None:
        return {}
    statement = (
        select(ASSIGNMENT.c.arm, func.count())
        .join_from(INCIDENT, ASSIGNMENT)
        .where(INCIDENT.c.number == 2, *mine(key))
        .group_by(ASSIGNMENT.c.arm)
    )
    return by_arm(connection, statement)


def in_other_experiments(connection: Connection, key: str, *, within_days: int, customer: str) -> ByArm:
    """Units per arm whose customer was assigned in another experiment in the days before.

    `customer` is the column that names the customer: `unit`, or `cluster` where incidents are the units.
    """
    others = list(connection.execute(select(EXPERIMENT.c.key).where(EXPERIMENT.c.key != key)).scalars())
    if not others:
        return {}
    other = ASSIGNMENT.alias("other")
    opened = CLUSTER.alias("opened")

    def shortly_before(at: ColumnElement[Any]) -> ColumnElement[bool]:
        gap = seconds(connection, ASSIGNMENT.c.assigned_at, at)
        return and_(gap >= 0, gap <= within_days * 86_400)

    who = ASSIGNMENT.c[customer]
    as_unit = exists(
        select(literal(1)).where(
            other.c.experiment.in_(others),
            other.c.unit == who,
            other.c.test.is_(False),
            shortly_before(other.c.assigned_at),
        )
    )
    as_cluster = exists(
        select(literal(1))
        .select_from(opened.join(other, other.c.number == opened.c.opened_by))
        .where(
            opened.c.experiment.in_(others),
            opened.c.test.is_(False),
            opened.c.cluster == who,
            shortly_before(other.c.assigned_at),
        )
    )
    statement = (
        select(ASSIGNMENT.c.arm, func.count())
        .where(or_(as_unit, as_cluster), *mine(key))
        .group_by(ASSIGNMENT.c.arm)
    )
    return by_arm(connection, statement)


def clusters_apart(connection: Connection, key: str) -> int:
    """Clusters with units in more than one arm."""
    apart = (
        select(ASSIGNMENT.c.cluster)
        .where(ASSIGNMENT.c.cluster.is_not(None), *in_table_order(connection, key))
        .group_by(ASSIGNMENT.c.cluster)
        .having(func.count(ASSIGNMENT.c.arm.distinct()) > 1)
        .subquery()
    )
    return int(connection.execute(select(func.count()).select_from(apart)).scalar_one())


def waiting_by_cluster(
    connection: Connection, key: str, *, matured_before: date | None
) -> list[tuple[str, int, int]]:
    """Of every cluster its arm, its units, and how many of them have matured; none where all have."""
    if matured_before is None:
        return []
    matured = func.sum(case((matured_before > ASSIGNMENT.c.day, 1), else_=0))
    statement = (
        select(ASSIGNMENT.c.arm, func.count(), matured)
        .where(ASSIGNMENT.c.cluster.is_not(None), *in_table_order(connection, key))
        .group_by(ASSIGNMENT.c.arm, ASSIGNMENT.c.cluster)
        .order_by(ASSIGNMENT.c.cluster, ASSIGNMENT.c.arm)
    )
    found = [(arm, int(n), int(m)) for arm, n, m in connection.execute(statement)]
    return found if any(m < n for _, n, m in found) else []


def covariate_values(
    connection: Connection, key: str, names: Collection[str]
) -> dict[str, dict[str, dict[str | None, int]]]:
    """By covariate and arm: how many units have each value, as text; None counts those without."""
    found: dict[str, dict[str, dict[str | None, int]]] = {}
    mine = in_table_order(connection, key) if names else []
    for name in names:
        value = ASSIGNMENT.c.covariates[name].as_string()
        statement = select(ASSIGNMENT.c.arm, value, func.count()).where(*mine)
        arms = found.setdefault(name, {})
        for arm, text, n in connection.execute(statement.group_by(ASSIGNMENT.c.arm, value)):
            arms.setdefault(arm, {})[None if text is None else str(text)] = int(n)
    return found


def opted_out_since(connection: Connection, key: str) -> int:
    """Units of the experiment that asked, after their assignment, to be left out of experiments."""
    left = select(OPT_OUT.c.unit)
    if connection.execute(left.limit(1)).first() is None:
        return 0
    either = or_(ASSIGNMENT.c.unit.in_(left), ASSIGNMENT.c.cluster.in_(left))
    statement = select(func.count()).select_from(ASSIGNMENT).where(either, *mine(key))
    return int(connection.execute(statement).scalar_one())


def first_and_later(
    connection: Connection, key: str, *, matured_before: date | None
) -> dict[str, tuple[float, ...]]:
    """Of customers with several units, per arm: how many, what they completed first and later.

    The five figures are the customers, the sum of their first completions, the sum of the shares they
    completed later, and the sum and sum of squares of later less first, so that customers stay whole.
    """
    mature = [] if matured_before is None else [matured_before > ASSIGNMENT.c.day]
    completed = case((and_(RESPONSE.c.finished_at.is_not(None), RESPONSE.c.late.is_(False)), 1.0), else_=0.0)
    turn = func.row_number().over(
        partition_by=ASSIGNMENT.c.cluster, order_by=(ASSIGNMENT.c.assigned_at, ASSIGNMENT.c.number)
    )
    units = (
        select(ASSIGNMENT.c.arm, ASSIGNMENT.c.cluster, completed.label("completed"), turn.label("turn"))
        .select_from(ASSIGNMENT.outerjoin(RESPONSE, RESPONSE.c.assignment == ASSIGNMENT.c.number))
        .where(ASSIGNMENT.c.cluster.is_not(None), *in_table_order(connection, key), *mature)
        .subquery()
    )
    first = func.sum(case((units.c.turn == 1, units.c.completed), else_=0.0))
    later = func.sum(case((units.c.turn > 1, units.c.completed), else_=0.0)) / (func.count() - 1)
    customers = (
        select(units.c.arm, first.label("first"), later.label("later"))
        .group_by(units.c.cluster, units.c.arm)
        .having(func.count() > 1)
        .subquery()
    )
    change = customers.c.later - customers.c.first
    sums = (func.sum(part) for part in (customers.c.first, customers.c.later, change, change * change))
    statement = select(customers.c.arm, func.count(), *sums).group_by(customers.c.arm)
    return {
        arm: (int(n), *(float(value) for value in values))
        for arm, n, *values in connection.execute(statement)
    }


def audited(connection: Connection, key: str) -> dict[str, Any]:
    """Assignments erased in the whole database, and the times at which the coverage was raised."""
    erased = connection.execute(select(AUDIT.c.detail).where(AUDIT.c.action == "erase")).scalars()
    ramps = connection.execute(
        select(AUDIT.c.at, AUDIT.c.detail)
        .where(AUDIT.c.action == "ramp", AUDIT.c.experiment == key)
        .order_by(AUDIT.c.number)
    )
    return {
        "erased": sum(int(detail.get("assignments", 0)) for detail in erased),
        "ramps": tuple((at, str(detail["from"]), str(detail["to"])) for at, detail in ramps),
    }
