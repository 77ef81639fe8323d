"""No assignment or record makes SQLite look through an experiment: its cost would grow with every customer.

SQLite chooses without statistics. It takes "this experiment" for rare and several ids for many, and has then
read a million rows to find two; on a small database nobody notices. PostgreSQL counts before it chooses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

import amends
from amends.lab import Lab
from amends.settings import Settings

pytestmark = pytest.mark.sqlite_only("its plans are asked for in SQLite's own words")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GROW = ("assignment", "delivery", "response", "rating", "outcome", "incident", "consent")
FEW = "ix_assignment_test"
"""The index of test assignments alone: to pass all of them is to pass few."""


@pytest.fixture
def lab(tmp_path: Any) -> Iterator[Lab]:
    experiment = amends.Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=[amends.thank_you("Thank you."), amends.sorry("Sorry.")],
        metrics=[
            amends.Proportion("completed", baseline=0.4, detect=0.1),
            amends.Mean("satisfaction", scale=(1, 7), sd=1.4),
            amends.Mean("orders", source="outcome", sd=2.0),
        ],
    )
    settings = Settings(
        experiments=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'amends.db'}",
        secret=b"a secret of the tests",
    )
    opened = Lab([experiment], settings=settings, clock=lambda: NOON)
    opened.start("late_parcel")
    list(opened.assign_many("late_parcel", ids(0, 400)))
    yield opened
    opened.close()


def ids(first: int, last: int) -> list[dict[str, Any]]:
    return [{"unit_id": f"customer-{number}", "at": NOON} for number in range(first, last)]


@contextmanager
def plans(lab: Lab) -> Iterator[list[tuple[str, str]]]:
    """What SQLite does for every statement in between: the statement and one step of its plan."""
    found: list[tuple[str, str]] = []
    engine = lab.store._database.engine

    def explain(_connection: Any, cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            asked = cursor.connection.cursor()
            asked.execute(f"EXPLAIN QUERY PLAN {statement}", given[0] if many else given)
            found.extend((statement, row[3]) for row in asked.fetchall())
            asked.close()

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def slow(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The steps that pass every row of a table that grows, or every row of one experiment."""
    return [
        (statement, step)
        for statement, step in found
        if any(f" {table}" in step for table in GROW)
        and FEW not in step
        and (step.startswith("SCAN") or step.endswith(("(experiment=?)", "(experiment=? AND assigned_at>?)")))
    ]


def assign(lab: Lab) -> None:
    lab.assign("late_parcel", "alone")
    lab.assign("late_parcel", "alone")


def assign_many(lab: Lab) -> None:
    assert len(list(lab.assign_many("late_parcel", ids(350, 700)))) == 350


def deliver(lab: Lab) -> None:
    for number in range(3):
        lab.record_delivery("late_parcel", f"customer-{number}", "sent")


def answer(lab: Lab) -> None:
    lab.record_response("late_parcel", "customer-1", satisfaction=5)
    lab.record_response("late_parcel", "customer-1", satisfaction=5)


def answer_many(lab: Lab) -> None:
    rows = [{"unit_id": f"customer-{number}", "satisfaction": 4, "at": NOON} for number in range(300)]
    assert len(list(lab.record_responses("late_parcel", rows))) == 300
    assert len(list(lab.record_responses("late_parcel", rows))) == 300


def bring_outcomes(lab: Lab) -> None:
    for number in range(3):
        lab.record_outcome("late_parcel", f"customer-{number}", "orders", 2.0, at=NOON + timedelta(hours=1))


def follow_the_link(lab: Lab) -> None:
    token = lab.assign("late_parcel", "customer-9").survey_url.rsplit("/", 1)[1]
    assert lab.survey(token) is not None
    lab.record_started(token)


def opt_out(lab: Lab) -> None:
    lab.store.opt_out(lab.pseudonym("customer-7"))
    lab.assign("late_parcel", "customer-7")


def look_live(lab: Lab) -> None:
    lab.live("late_parcel").first_look()


@pytest.mark.parametrize(
    "act",
    [assign, assign_many, deliver, answer, answer_many, bring_outcomes, follow_the_link, opt_out, look_live],
)
def test_what_senders_and_readers_do_all_day_reads_the_rows_it_needs_and_no_others(
    lab: Lab, act: Any
) -> None:
    with plans(lab) as found:
        act(lab)
    assert found, "statements were explained"
    assert slow(found) == []
