"""A unit alone goes a shorter way on SQLite: it must leave exactly what one of many leaves."""

from __future__ import annotations

import os
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amends.errors import StoreUnavailable
from amends.store import Enrolment, Store

SECRET = b"a secret of the tests"
KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

UNITS = [
    Enrolment("unit0", "sorry", at=NOON, assignment_id="0" * 32, token_nonce="nonce-0"),
    Enrolment(
        "unit1",
        "thank_you",
        at=NOON.astimezone(tz=None),
        stratum="north",
        strata={"side": "north"},
        channel="email",
        locale="id",
        timezone="Asia/Jakarta",
        delay_seconds=3600.5,
        delay_band="1-24 h",
        covariates={"orders": 3, "city": "Malang"},
        invite_at=NOON + timedelta(hours=2),
        sender="shop",
        assignment_id="1" * 32,
        token_nonce="nonce-1",
    ),
    Enrolment("unit2", "silence", at=NOON, test=True, assignment_id="2" * 32, token_nonce="nonce-2"),
]


@pytest.fixture
def stores(tmp_path: Path, begin):
    opened = [Store.open(f"sqlite:///{tmp_path / name}.db", secret=SECRET) for name in ("alone", "many")]
    for store in opened:
        begin(store)
    yield opened
    for store in opened:
        store.close()


def everything(path: Path, table: str) -> list[tuple[object, ...]]:
    """The rows with the types in which SQLite keeps them."""
    with sqlite3.connect(path) as database:
        names = [name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")]
        wanted = ", ".join(f"{name}, typeof({name})" for name in names)
        return sorted(database.execute(f"SELECT {wanted} FROM {table}"), key=repr)


def test_alone_and_among_many_leave_the_same_rows_and_answers(stores, tmp_path):
    alone, many = stores
    answers = [alone.enrol(KEY, [unit])[0] for unit in UNITS]
    assert answers == many.enrol(KEY, UNITS)
    for table in ("assignment", "tally"):
        assert everything(tmp_path / "alone.db", table) == everything(tmp_path / "many.db", table)
    assert alone.verify() == []


def test_a_repeat_is_answered_with_what_is_stored_and_counted_once(stores):
    alone, _ = stores
    first = alone.enrol(KEY, [UNITS[0]])[0]
    again = alone.enrol(KEY, [Enrolment("unit0", "silence", at=NOON)])[0]
    assert (first.created, again.created, again.arm) == (True, False, "sorry")
    assert alone.read_tally(KEY, arms=["sorry"], metrics=[]).arms[0].assigned == 1


def test_a_unit_is_looked_up_alone_as_among_many(stores):
    alone, _ = stores
    alone.enrol(KEY, [UNITS[0]])
    alone.opt_out("refuser")
    for unit in ("unit0", "refuser", "stranger"):
        found, out = alone.look_up(KEY, [(unit, None)])
        among, also_out = alone.look_up(KEY, [(unit, None), ("somebody else", None)])
        assert (found[0], unit in out) == (among[0], unit in also_out)
    assert alone.look_up(KEY, [("refuser", None)]) == ([None], {"refuser"})


def test_a_failed_write_leaves_nothing_and_the_next_goes_on(stores, tmp_path):
    alone, _ = stores
    alone.enrol(KEY, [UNITS[0]])
    with sqlite3.connect(tmp_path / "alone.db") as database:
        database.execute(
            "CREATE TRIGGER no BEFORE UPDATE ON tally BEGIN SELECT RAISE(ROLLBACK, 'the disk fails'); END"
        )
    twin = Enrolment("twin", "sorry", at=NOON)
    with pytest.raises(Exception, match="the disk fails"):
        alone.enrol(KEY, [twin])
    assert alone.look_up(KEY, [("twin", None)]) == ([None], set())
    with sqlite3.connect(tmp_path / "alone.db") as database:
        database.execute("DROP TRIGGER no")
    assert alone.enrol(KEY, [twin])[0].created
    assert alone.verify() == []


def test_a_lock_held_elsewhere_is_waited_for_no_longer_than_the_timeout(tmp_path, begin):
    url = f"sqlite:///{tmp_path / 'held.db'}"
    store = Store.open(url, secret=SECRET, timeout=0.3)
    begin(store)
    store.enrol(KEY, [UNITS[0]])
    other = sqlite3.connect(tmp_path / "held.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        store.enrol(KEY, [Enrolment("later", "sorry", at=NOON)])
    # Readers wait for no writer, neither of this process nor of another.
    assert store.look_up(KEY, [("later", None)]) == ([None], set())
    other.execute("ROLLBACK")
    assert store.enrol(KEY, [Enrolment("later", "sorry", at=NOON)])[0].created
    store.close()


def test_whoever_looks_up_does_not_wait_for_a_writer_of_the_same_process(stores):
    alone, _ = stores
    writing, done = threading.Event(), threading.Event()

    def work(_connection: object) -> None:
        writing.set()
        done.wait(10)

    writer = threading.Thread(target=alone._database.write, args=(work,))
    writer.start()
    assert writing.wait(10)
    assert alone.look_up(KEY, [("stranger", None)]) == ([None], set())
    done.set()
    writer.join(10)


def test_a_forked_child_has_a_connection_of_its_own(stores):
    alone, _ = stores
    alone.enrol(KEY, [UNITS[0]])
    child = os.fork()
    if child == 0:
        created = alone.enrol(KEY, [Enrolment("child", "sorry", at=NOON)])[0].created
        os._exit(0 if created else 1)
    assert alone.enrol(KEY, [Enrolment("parent", "sorry", at=NOON)])[0].created
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert {row["unit"] for row in alone.export_rows(KEY).assignments} == {"unit0", "child", "parent"}
    assert alone.verify() == []
