"""What is on record about one assignment: its envelope, and what its eligibility was judged by."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from amends.store.tables import Assignment, Cluster, table

ASSIGNMENT = table(Assignment)
CLUSTER = table(Cluster)


class OnRecord(NamedTuple):
    """An assignment as it was judged and drawn.

    Attributes:
        delay_seconds: How late the service was; None where the sender did not say.
        channel: As the sender named it, "" for none.
        locale: The language of the words.
        sender: The API key's name, `python`, `cli` or `card`.
        stratum: Of the sealed list, "" where there is none.
        position: On the sealed list, its own or its cluster's, from 0; None for a hashed arm.
    """

    delay_seconds: float | None
    channel: str
    locale: str
    sender: str
    stratum: str
    position: int | None


def read(connection: Connection, number: int) -> OnRecord | None:
    """The record of the assignment with that row number."""
    row = connection.execute(select(ASSIGNMENT).where(ASSIGNMENT.c.number == number)).first()
    if row is None:
        return None
    stratum, position = row.stratum, row.position
    if position is None and row.cluster is not None:
        shared = select(CLUSTER.c.stratum, CLUSTER.c.position).where(
            CLUSTER.c.experiment == row.experiment,
            CLUSTER.c.cluster == row.cluster,
            CLUSTER.c.test == row.test,  # a rehearsal draws from a list of its own
        )
        found = connection.execute(shared).first()
        if found is not None and found.position is not None:
            stratum, position = found.stratum, found.position
    return OnRecord(row.delay_seconds, row.channel, row.locale, row.sender, stratum, position)


def cluster_arm(connection: Connection, key: str, cluster: str) -> str | None:
    """The arm that a cluster has, rehearsals left out; None for a cluster that nobody met."""
    wanted = select(CLUSTER.c.arm).where(
        CLUSTER.c.experiment == key, CLUSTER.c.cluster == cluster, CLUSTER.c.test.is_(False)
    )
    return connection.execute(wanted).scalar()
