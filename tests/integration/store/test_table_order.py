"""Reports read an experiment's units as they lie in the table, and no unit of another, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, select, text

from amends.store import Enrolment, Store
from amends.store.table_order import ASSIGNMENT, in_table_order

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY, OTHER = "late_parcel", "restaurant_wait"

# By who was enrolled: `K` for the experiment, `O` for another, `T` for a test of the experiment.
LYING = ["KKKKK", "OOOKKKKOOO", "KOKOKTKOK", "KOOOOOOOOK", "T", "OOO"]


def enrol(store: Store, lying: str) -> None:
    for place, who in enumerate(lying):
        at = MONDAY - timedelta(hours=place)
        store.enrol(
            OTHER if who == "O" else KEY, [Enrolment(f"unit {place}", "sorry", at=at, test=who == "T")]
        )


@pytest.fixture
def store(url, begin):
    made = Store.open(url, secret=b"a secret of the tests")
    begin(made, KEY)
    begin(made, OTHER)
    yield made
    made.close()


@pytest.mark.parametrize("lying", LYING)
def test_units_are_those_of_the_experiment_however_they_lie(store, url, lying):
    enrol(store, lying)
    engine = create_engine(url)
    with engine.connect() as connection:
        wanted = in_table_order(connection, KEY)
        found = connection.execute(select(ASSIGNMENT.c.experiment, ASSIGNMENT.c.test).where(*wanted)).all()
    engine.dispose()
    assert found == [(KEY, False)] * lying.count("K")
    groups = store.unit_groups(KEY)
    assert groups["n"] == ([lying.count("K")] if "K" in lying else [])


@pytest.mark.parametrize("lying", LYING)
def test_units_that_lie_close_together_are_read_in_their_order(tmp_path, begin, lying):
    url = f"sqlite:///{tmp_path / 'order.db'}"
    store = Store.open(url, secret=b"a secret of the tests")
    begin(store, KEY)
    begin(store, OTHER)
    enrol(store, lying)
    engine = create_engine(url)
    with engine.connect() as connection:
        statement = select(ASSIGNMENT.c.arm).where(*in_table_order(connection, KEY))
        told = str(statement.compile(engine, compile_kwargs={"literal_binds": True}))
        steps = " ".join(row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {told}")))
    engine.dispose()
    store.close()
    # Of ten rows with two of the experiment, eight would be read for nothing.
    close = lying in ("KKKKK", "OOOKKKKOOO", "KOKOKTKOK", "T")
    assert ("INTEGER PRIMARY KEY" in steps) == close
    assert ("USING INDEX" in steps) != close
