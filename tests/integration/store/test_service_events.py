"""The log of delays on both databases: told in any order, whole or not at all, erased with the customer."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from amends.errors import UsageError
from amends.store import ServiceEvent, Store, counting, schema
from amends.store.engine import Database
from tests.integration.store.conftest import SECRET

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


def one(store: Store, incident: str = "i1") -> dict:
    return store.find_events([incident])[incident]


def test_an_incident_told_twice_is_one_row_and_keeps_what_the_second_leaves_open(store: Store) -> None:
    assert store.record_events([ServiceEvent("i1", channel="email", received_at=at(0), mailbox="info")]) == 1
    assert store.record_events([ServiceEvent("i1", answered_at=at(2), agent="a")]) == 0
    found = one(store)
    assert (found["received_at"], found["answered_at"]) == (at(0), at(2))
    assert (found["channel"], found["mailbox"], found["agent"]) == ("email", "info", "a")
    assert [len(column) for column in store.service_events().values()] == [1] * 8


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_an_incident_is_told_does_not_matter(store: Store, seed: int) -> None:
    told = [
        ServiceEvent("i1", received_at=at(1)),
        ServiceEvent("i1", received_at=at(0), promised_at=at(9)),
        ServiceEvent("i1", answered_at=at(5)),
        ServiceEvent("i1", answered_at=at(4), promised_at=at(3)),
        ServiceEvent("i1", closed_at=at(8)),
        ServiceEvent("i1", answered_at=at(6)),
    ]
    random.Random(seed).shuffle(told)
    store.record_events(told[:3])
    for event in told[3:]:
        store.record_events([event])
    found = one(store)
    times = [found[name] for name in ("received_at", "promised_at", "answered_at", "closed_at")]
    assert times == [at(0), at(3), at(4), at(8)]


def test_replacing_corrects_a_time_that_was_told_too_early(store: Store) -> None:
    store.record_events([ServiceEvent("i1", received_at=at(0), answered_at=at(1))])
    store.record_events([ServiceEvent("i1", answered_at=at(3))], replace=True)
    assert (one(store)["received_at"], one(store)["answered_at"]) == (at(0), at(3))


def test_one_naive_time_keeps_the_whole_list_out(store: Store) -> None:
    events = [ServiceEvent("i1", received_at=at(0)), ServiceEvent("i2", received_at=datetime(2026, 3, 2))]
    with pytest.raises(UsageError, match="no time zone"):
        store.record_events(events)
    assert store.find_events(["i1", "i2"]) == {}


def test_more_incidents_than_one_statement_takes_are_stored_found_and_counted(store: Store) -> None:
    events = [ServiceEvent(f"i{n:05}", received_at=at(0)) for n in range(12_000)]
    assert store.record_events(events) == 12_000
    assert store.record_events([*events, ServiceEvent("new", received_at=at(0))]) == 1
    assert len(store.find_events([event.incident for event in events])) == 12_000


def test_two_writers_of_the_same_incidents_do_not_lock_each_other_out(url: str) -> None:
    incidents = [f"i{n}" for n in range(300)]
    failures: list[Exception] = []

    def tell(order: int) -> None:
        mine = Store.open(url, secret=SECRET, timeout=60)
        try:
            for _ in range(5):
                events = [ServiceEvent(incident, received_at=at(order)) for incident in incidents[::order]]
                mine.record_events(events)
        except Exception as error:
            failures.append(error)
        finally:
            mine.close()

    threads = [Thread(target=tell, args=(order,)) for order in (1, -1, 1, -1)]
    Store.open(url, secret=SECRET).close()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert failures == []
    reader = Store.open(url, secret=SECRET)
    assert reader.service_events()["received_at"] == [at(-1)] * 300
    reader.close()


def test_erasing_a_customer_leaves_the_figures_and_nothing_that_leads_to_anybody(store: Store) -> None:
    store.record_events(
        [
            ServiceEvent("i1", customer="c1", agent="a1", received_at=at(0), answered_at=at(1)),
            ServiceEvent("i2", customer="c1", received_at=at(0)),
            ServiceEvent("i3", customer="c2", agent="a1", received_at=at(0)),
        ]
    )
    before = store.service_events()
    store.forget("c1", at=at(9))
    assert set(store.find_events(["i1", "i2", "i3"])) == {"i3"}
    after = store.service_events()
    for name in ("received_at", "answered_at", "agent"):
        assert sorted(map(str, after[name])) == sorted(map(str, before[name]))
    assert store.audit_log()[-1].detail == {"assignments": 0, "service_events": 2}


def test_an_agent_who_is_erased_stays_one_stranger(store: Store) -> None:
    store.record_events([ServiceEvent(f"i{n}", agent="a1", received_at=at(0)) for n in range(3)])
    store.forget("a1", at=at(9))
    agents = set(store.service_events()["agent"])
    assert len(agents) == 1
    assert agents != {"a1"}


def test_a_database_of_the_first_version_gets_the_log_and_keeps_its_rows(empty_url: str) -> None:
    older = Database(empty_url, timeout=60)
    older.write(lambda connection: schema.upgrade(connection, to="0001"))
    older.write(lambda connection: counting.opt_out(connection, "c1", at=at(0)))
    older.dispose()
    store = Store.open(empty_url, secret=SECRET)
    assert store.record_events([ServiceEvent("i1", received_at=at(0))]) == 1
    assert store.opted_out("c1")
    store.close()


def test_targets_are_set_reset_and_audited(store: Store) -> None:
    store.set_response_targets({"email": 7200.0, "whatsapp": 600.0}, at=at(0))
    store.set_response_targets({"email": 1800.0, "whatsapp": None}, at=at(1))
    assert store.response_targets() == {"email": 1800.0}
    entry = store.audit_log()[-1]
    assert (entry.action, dict(entry.detail)) == ("response targets", {"email": 1800.0, "whatsapp": None})
