"""Many rows at once leave what single rows leave, on both databases, also beside rows that are there."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError

from amends.errors import StoreUnavailable
from amends.store import Enrolment, Finished, Store
from amends.store.bulk import DIALECTS, load_new, sqlite_instant
from amends.store.enrolling import ASSIGNMENT
from amends.store.new_rows import columns_of

KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
SECRET = b"a secret of the tests"


def units(n: int, **parts: object) -> list[Enrolment]:
    return [
        Enrolment(
            f"unit{number:04d}",
            ("sorry", "thank_you")[number % 2],
            at=NOON + timedelta(minutes=number),
            channel="email\tand\\more\n",
            locale="id",
            covariates={"city": 'Malang "Raya"', "orders": number, "note": "\\N"},
            delay_seconds=number / 7,
            assignment_id=f"{number:032d}",
            token_nonce=f"nonce{number}",
            **parts,  # type: ignore[arg-type]
        )
        for number in range(n)
    ]


def test_a_long_list_is_stored_as_its_units_one_by_one_would_be(store: Store, url: str, begin) -> None:
    many = units(450)
    store.enrol(KEY, many)
    rows = {row["unit"]: dict(row) for row in store.export_rows(KEY).assignments}
    begin(store, "other")
    for unit in many[:40]:
        store.enrol("other", [Enrolment(**{**_parts(unit), "assignment_id": None, "token_nonce": None})])
    one_by_one = {row["unit"]: dict(row) for row in store.export_rows("other").assignments}
    assert len(rows) == 450
    for unit, row in one_by_one.items():
        differing = {name for name in row if row[name] != rows[unit][name]}
        assert differing <= {"assignment_id", "id", "experiment", "number", "block"}, differing
    assert store.verify() == []


def _parts(unit: Enrolment) -> dict[str, object]:
    return {name: getattr(unit, name) for name in Enrolment.__slots__ if name != "_"}


def test_whoever_creates_many_is_answered_as_whoever_finds_them_afterwards(store: Store) -> None:
    many = units(250, invite_at=NOON + timedelta(days=1), stratum="high")[::-1]
    created = store.enrol(KEY, many)
    assert [one.unit for one in created] == [unit.unit for unit in many]
    assert [one._replace(created=False) for one in created] == store.enrol(KEY, many)
    assert all(one.created for one in created)


def test_what_only_a_later_row_of_a_long_list_has_is_stored_too(store: Store) -> None:
    bare = [Enrolment(f"unit{number:04d}", "sorry", at=NOON) for number in range(400)]
    store.enrol(KEY, [*bare, Enrolment("last", "sorry", at=NOON, delay_seconds=3.5, covariates={"a": 1})])
    stored = {row["unit"]: row for row in store.export_rows(KEY).assignments}
    assert (stored["last"]["delay_seconds"], stored["last"]["covariates"]) == (3.5, {"a": 1})
    assert (stored["unit0000"]["delay_seconds"], stored["unit0000"]["covariates"]) == (None, None)


def test_a_long_list_over_units_that_are_there_adds_the_others(store: Store) -> None:
    many = units(300)
    before = store.enrol(KEY, many[100:150])
    answers = store.enrol(KEY, many)
    assert [one.created for one in answers] == [not 100 <= n < 150 for n in range(300)]
    assert [one.number for one in answers[100:150]] == [one.number for one in before]
    assert (
        sum(arm.assigned for arm in store.read_tally(KEY, arms=["sorry", "thank_you"], metrics=[]).arms)
        == 300
    )
    assert store.verify() == []


def test_long_lists_of_the_same_units_from_several_threads_wait_in_order(store: Store) -> None:
    """On PostgreSQL a list in another order would end in a deadlock; each unit has one creator."""
    many = units(400)
    answers: list[list[bool]] = []

    def work(number: int) -> None:
        turned = many[number * 100 :] + many[: number * 100]
        answers.append([one.created for one in store.enrol(KEY, turned)])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(sum, answers)) == 400
    assert len(answers) == 4
    assert store.verify() == []


def test_a_long_list_with_a_row_that_no_table_takes_stores_nothing(store: Store) -> None:
    twice = [*units(300), Enrolment("one more", "sorry", at=NOON, token_nonce="nonce7")]
    with pytest.raises(IntegrityError):
        store.enrol(KEY, twice)
    assert list(store.export_rows(KEY).assignments) == []
    assert store.enrol(KEY, units(300))[0].created


def test_two_loads_in_one_transaction_do_not_meet(store: Store) -> None:
    many = units(20)

    def work(connection) -> int:
        first = load_new(connection, ASSIGNMENT, columns_of(KEY, many[:15]), key=("experiment", "unit"))
        second = load_new(connection, ASSIGNMENT, columns_of(KEY, many[10:]), key=("experiment", "unit"))
        assert first.keys().isdisjoint(second)
        return len(first) + len(second)

    assert store._database.write(work) == 20


def test_a_connection_that_is_cut_in_the_middle_of_a_copy_is_tried_again(url: str, begin) -> None:
    store = Store.open(url, secret=SECRET, timeout=10)
    begin(store)
    many, cut = units(300), []

    def work(connection) -> dict:
        if connection.dialect.name == "postgresql" and not cut:
            cut.append(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar())
            with store._database.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": cut[0]})
        return load_new(connection, ASSIGNMENT, columns_of(KEY, many), key=("experiment", "unit"))

    assert len(store._database.write(work)) == 300
    assert len(list(store.export_rows(KEY).assignments)) == 300
    store.close()


def test_an_import_of_many_answers_is_what_it_was(store: Store) -> None:
    rows = [
        Finished(
            f"unit{n}",
            "sorry",
            completed=n % 3 > 0,
            ratings={"satisfaction": float(n % 7 + 1)} if n % 3 else {},
            answers={"why": f"tab\t{n}"} if n % 3 else {},
            outcomes={"refund": float(n % 2)},
            at=NOON,
        )
        for n in range(500)
    ]
    store.import_finished("finished", rows, snapshot={}, fingerprint="f" * 64, seed="5eed", at=NOON)
    export = store.export_rows("finished")
    assert [len(list(rows)) for rows in (export.assignments, export.responses, export.outcomes)] == [
        500,
        333,
        500,
    ]
    assert store.verify() == []


def test_every_imported_unit_has_its_own_answers_also_beside_an_earlier_import(store: Store) -> None:
    frozen = {"snapshot": {}, "fingerprint": "f" * 64, "seed": "5eed", "at": NOON}
    rows = [
        Finished(
            f"unit{n}",
            "sorry",
            completed=n % 3 > 0,
            ratings={"satisfaction": float(n % 7 + 1), "effort": n / 4} if n % 3 else {},
            outcomes={"refund": float(n)} if n % 2 else {},
            at=NOON + timedelta(hours=n),
            cluster=f"home{n // 2}",
        )
        for n in range(200)
    ]
    store.import_finished("finished", rows[100:], **frozen)
    store.import_finished("finished", rows[:100], **frozen)
    export = store.export_rows("finished")
    units = {row["assignment_id"]: row for row in export.assignments}
    told = {units[row["assignment_id"]]["unit"]: row for row in export.responses}
    outcomes = {units[row["assignment_id"]]["unit"]: row for row in export.outcomes}
    assert {unit: row["ratings"] for unit, row in told.items()} == {
        row.unit: row.ratings for row in rows if row.completed
    }
    assert {unit: row["value"] for unit, row in outcomes.items()} == {
        row.unit: row.outcomes["refund"] for row in rows if row.outcomes
    }
    at = {row.unit: row.at for row in rows}
    assert all(row["started_at"] == row["finished_at"] == at[unit] for unit, row in told.items())
    assert all(row["at"] == at[unit] for unit, row in outcomes.items())
    assert {row["unit"]: row["assigned_at"] for row in units.values()} == at
    assert store.verify() == []


@pytest.mark.parametrize(
    "instant",
    [
        NOON,
        NOON.replace(microsecond=0),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=7))),
        datetime(2025, 1, 1, tzinfo=timezone(-timedelta(hours=12))),
    ],
)
def test_a_time_is_written_as_sqlalchemy_writes_it(instant: datetime) -> None:
    kind = ASSIGNMENT.c.assigned_at.type
    process = kind.dialect_impl(DIALECTS["sqlite"]).bind_processor(DIALECTS["sqlite"])
    assert sqlite_instant(instant) == process(instant)
    assert sqlite_instant(None) is None


def test_a_long_list_waits_for_a_lock_no_longer_than_the_timeout(sqlite_url: str, begin) -> None:
    store = Store.open(sqlite_url, secret=SECRET, timeout=0.3)
    begin(store)
    other = sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        store.enrol(KEY, units(300))
    other.execute("ROLLBACK")
    assert [one.created for one in store.enrol(KEY, units(300))] == [True] * 300
    other.close()
    store.close()
