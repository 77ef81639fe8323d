"""Many callers at once: one arm a unit, one row a unit, no position twice, counts that hold."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from amends.store import Enrolment, Store

SECRET = b"a secret of the tests"
KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)

Script = Callable[..., "subprocess.Popen[str]"]


def storm(
    script: Script, method: str, url: str, design: str, *, processes: int = 8, units: int = 500
) -> list[str]:
    """What is wrong after a storm; empty when everything holds."""
    process = script("storm.py", method, url, design, str(processes), str(units))
    try:
        out, complaints = process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        process.kill()
        return ["the storm hangs"]
    assert process.returncode == 0, complaints
    results = json.loads(out)
    faults = [error for result in results for error in result["errors"]]
    store = Store.open(url, secret=SECRET)
    kept = [(row["unit"], row["arm"]) for row in store.export_rows(KEY).assignments]
    arms = dict(kept)
    if len(kept) != units:
        faults.append(f"{len(kept)} rows for {units} units")
    for result in results:
        faults += [
            f"{unit} got {arm}, stored {arms.get(unit)}"
            for unit, arm in result["arms"]
            if arms.get(unit) != arm
        ]
    if any(len(result["arms"]) != units for result in results):
        faults.append("a call came back without an answer")
    faults += [str(discrepancy) for discrepancy in store.verify()]
    store.close()
    return faults


@pytest.mark.parametrize(("method", "design"), [("spawn", "blocked"), ("fork", "hashed")])
def test_processes_that_assign_the_same_units_agree_on_every_arm(
    method: str, design: str, sqlite_url: str, script: Script, begin: Callable[..., None]
) -> None:
    store = Store.open(sqlite_url, secret=SECRET)
    begin(store)
    store.close()
    assert storm(script, method, sqlite_url, design) == []


def test_processes_deal_the_sealed_lists_without_gap_or_repeat_on_either_database(
    url: str, script: Script, begin: Callable[..., None]
) -> None:
    store = Store.open(url, secret=SECRET)
    begin(store)
    store.close()
    assert storm(script, "fork", url, "blocked", units=240) == []
    store = Store.open(url, secret=SECRET)
    dealt: dict[str, dict[int, str]] = {"day": {}, "night": {}}
    for stratum, position, arm in store.dealt(KEY):
        dealt[stratum][position] = arm
    store.close()
    for stratum, arms in dealt.items():
        assert arms == {n: ("thank_you", "sorry", "silence")[(n + len(stratum)) % 3] for n in range(120)}


def test_processes_that_assign_the_same_clusters_agree_on_every_arm(
    url: str, script: Script, begin: Callable[..., None]
) -> None:
    store = Store.open(url, secret=SECRET)
    begin(store)
    store.close()
    assert storm(script, "fork", url, "clustered", units=200) == []


def test_the_storm_fails_without_the_unique_constraint(
    sqlite_url: str, script: Script, begin: Callable[..., None]
) -> None:
    store = Store.open(sqlite_url, secret=SECRET)
    begin(store)
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX uq_assignment_experiment_unit"))
    assert storm(script, "spawn", sqlite_url, "hashed", processes=2, units=5) != []
    with engine.begin() as connection:
        for name in ("1", "2"):
            connection.execute(
                text(
                    "INSERT INTO assignment (id, experiment, unit, arm, stratum, channel, locale, delay_band,"
                    " assigned_at, day, token_nonce, sender, test)"
                    " VALUES (:id, 'late_parcel', 'twice', 'sorry', '', '', '', '',"
                    " '2025-03-01 12:00:00', '2025-03-01', :id, 'python', 0)"
                ),
                {"id": name},
            )
    engine.dispose()
    assert "late_parcel: assignments of unit twice…: rows say 1, stored 2" in map(str, store.verify())
    store.close()


def in_threads(n: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def sealed(stratum: str, position: int) -> str:
    return ("thank_you", "sorry", "sorry", "thank_you", "silence")[(position + len(stratum)) % 5]


def check_sealed_lists(store: Store) -> None:
    """Eight threads, each enrolling the same units from its own end, in two strata."""

    def work(number: int) -> None:
        units = [f"unit{(n * 7 + number * 15) % 120}" for n in range(120)]
        for unit in units:
            store.enrol(
                KEY, [Enrolment(unit, draw=sealed, at=NOON, stratum="noon" if len(unit) % 2 else "night")]
            )

    in_threads(8, work)
    assert store.verify() == []
    positions: dict[str, dict[int, str]] = {"noon": {}, "night": {}}
    for row in store.export_rows(KEY).assignments:
        positions[row["stratum"]][row["position"]] = row["arm"]
    assert sum(map(len, positions.values())) == 120
    for stratum, arms in positions.items():
        assert arms == {position: sealed(stratum, position) for position in range(len(arms))}


def test_sealed_lists_are_used_without_gap_or_repeat_by_eight_threads(store: Store) -> None:
    check_sealed_lists(store)


def test_an_in_memory_store_serves_many_threads(begin: Callable[..., None]) -> None:
    store = Store.open("sqlite://", secret=SECRET)
    begin(store)
    check_sealed_lists(store)
    store.close()


def test_reports_about_one_unit_from_many_threads_count_once(store: Store) -> None:
    store.enrol(KEY, [Enrolment("unit", "sorry", at=NOON)])
    firsts = []

    def work(number: int) -> None:
        store.record_delivery(KEY, unit="unit", status="sent", at=NOON)
        rating = {"satisfaction": number % 7 + 1}
        firsts.append(store.record_response(KEY, unit="unit", finished=True, ratings=rating, at=NOON).first)
        store.record_outcome(KEY, unit="unit", metric="complaint", value=1, at=NOON)

    in_threads(8, work)
    assert sorted(firsts) == [False] * 7 + [True]
    assert store.verify() == []
    (tally,) = store.read_tally(KEY, arms=["sorry"], metrics=[]).arms
    assert (tally.sent, tally.started, tally.completed) == (1, 1, 1)


def test_reports_through_many_stores_wait_their_turn(url: str, begin: Callable[..., None]) -> None:
    """Each report reads before it writes: what a plain BEGIN fails at, on SQLite."""
    stores = [Store.open(url, secret=SECRET, timeout=20) for _ in range(6)]
    begin(stores[0])
    units = [f"unit{number}" for number in range(12)]
    stores[0].enrol(KEY, [Enrolment(unit, "sorry", at=NOON) for unit in units])
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            for unit in units:
                stores[number].record_delivery(KEY, unit=unit, status="sent", at=NOON)
                stores[number].record_started(KEY, unit=unit, at=NOON)
        except Exception as error:
            errors.append(error)

    in_threads(6, work)
    assert errors == []
    assert stores[0].verify() == []
    (tally,) = stores[0].read_tally(KEY, arms=["sorry"], metrics=[]).arms
    assert (tally.sent, tally.started) == (12, 12)
    for store in stores:
        store.close()


def test_what_was_acknowledged_survives_a_kill(url: str, script: Script, begin: Callable[..., None]) -> None:
    store = Store.open(url, secret=SECRET)
    begin(store)
    acknowledged: dict[str, str] = {}
    for kill in range(2):
        process = script("writer.py", url)
        assert process.stdout is not None
        for line in process.stdout:
            unit, arm = line.split()
            assert acknowledged.setdefault(unit, arm) == arm
            if len(acknowledged) >= 60 * (kill + 1):
                break
        process.kill()
        for line in process.stdout.read().splitlines()[:-1]:
            unit, arm = line.split()
            acknowledged.setdefault(unit, arm)
        process.wait()
    kept = {row["unit"]: row["arm"] for row in store.export_rows(KEY).assignments}
    assert {unit: kept.get(unit) for unit in acknowledged} == acknowledged
    assert store.verify() == []
    store.close()
