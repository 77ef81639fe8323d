"""The counts behind the data checks are the same from SQLite and from PostgreSQL, and as counted by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from amends.store import Enrolment, Store

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = "late_parcel"


@pytest.fixture
def store(url):
    made = Store.open(url, secret=b"a secret of the tests", clock=lambda: MONDAY)
    for key in (KEY, "other"):
        made.start(key, snapshot={}, fingerprint="f", seed="s", coverage="0.5", at=MONDAY)
    yield made
    made.close()


def enrol(store: Store, key: str, unit: str, arm: str, *, days: float = 0, **more) -> None:
    store.enrol(key, [Enrolment(unit, arm, at=MONDAY + timedelta(days=days), **more)])


def test_assignments_are_counted_as_by_hand(store):
    enrol(store, "other", "a", "sorry", days=-10)
    enrol(store, "other", "b", "sorry", days=-40)
    enrol(store, "other", "x", "sorry", days=-3, cluster="c")
    enrol(store, KEY, "a", "sorry", delay_seconds=7200.0, covariates={"tier": "gold", "orders": 3})
    enrol(store, KEY, "b", "sorry", delay_seconds=14400.0, covariates={"orders": 3})
    enrol(store, KEY, "c", "silence", incident="first", covariates={"tier": "gold"})
    enrol(store, KEY, "c", "silence", incident="second")
    enrol(store, KEY, "trial", "silence", test=True)
    store.set_coverage(KEY, "1", at=MONDAY)
    store.opt_out("b", at=MONDAY)
    found = store.unit_checks(KEY, covariates=["tier", "orders"])
    assert found["tests"] == 1
    assert found["delay"] == {"sorry": (2, 6.0, 20.0)}
    assert found["incidents"] == {"silence": 1}
    assert found["elsewhere"] == {"sorry": 1, "silence": 1}
    assert found["covariates"]["tier"] == {"sorry": {"gold": 1, None: 1}, "silence": {"gold": 1}}
    assert found["covariates"]["orders"] == {"sorry": {"3": 2}, "silence": {None: 1}}
    assert (found["opted_out"], found["erased"], found["apart"]) == (1, 0, None)
    assert [step[1:] for step in found["ramps"]] == [("0.5", "1")]
    assert found["carried"] == {}


def test_customers_with_several_units_stay_whole(store):
    for unit, arm, cluster, day, done in (
        ("a1", "sorry", "a", 0, True),
        ("a2", "sorry", "a", 1, True),
        ("a3", "sorry", "a", 2, False),
        ("b1", "sorry", "b", 0, True),
        ("b2", "sorry", "b", 1, False),
        ("c1", "silence", "c", 0, True),
    ):
        enrol(store, KEY, unit, arm, days=day, cluster=cluster)
        if done:
            store.record_response(KEY, unit=unit, at=MONDAY + timedelta(days=day), finished=True)
    found = store.unit_checks(KEY, customer="cluster", clustered=True)
    # a: 1 first, one half later; b: 1 first, 0 later.
    assert found["carried"] == {"sorry": (2, 2.0, 0.5, -1.5, 1.25)}
    assert found["apart"] == 0
    assert found["waiting"] == []
    day = (MONDAY + timedelta(days=1)).date()
    waits = store.unit_checks(KEY, clustered=True, matured_before=day)["waiting"]
    assert waits == [("sorry", 3, 1), ("sorry", 2, 1), ("silence", 1, 1)]
    later = store.unit_checks(KEY, clustered=True, matured_before=(MONDAY + timedelta(days=9)).date())
    assert later["waiting"] == []
    early = store.unit_checks(KEY, customer="cluster", matured_before=(MONDAY + timedelta(days=2)).date())
    assert early["carried"] == {"sorry": (2, 2.0, 1.0, -1.0, 1.0)}


def test_answers_are_counted_as_by_hand(store):
    for number, (arm, spent, value, other) in enumerate(
        [("sorry", 1, 5, 5), ("sorry", 60, 8, 8), ("silence", 60, 5.5, 1), ("silence", 0, 3, 3)]
    ):
        unit, at = f"u{number}", MONDAY + timedelta(hours=1)
        enrol(store, KEY, unit, arm)
        store.record_delivery(KEY, unit=unit, status="sent", at=at + timedelta(seconds=30 + 60 * number))
        if spent:
            store.record_started(KEY, unit=unit, at=at)
        store.record_response(
            KEY,
            unit=unit,
            at=at + timedelta(seconds=spent),
            finished=True,
            ratings={"satisfaction": value, "trust": value},
            answers={"severity": other},
        )
    found = store.answer_checks(
        KEY,
        rated={"satisfaction": (1, 7, True), "trust": (1, 7, False)},
        answered={"severity": (1, 7, True)},
        alike=["satisfaction", "trust", "severity"],
        too_fast=2.0,
        tolerance=60.0,
    )
    assert found["timed"] == {"sorry": 2, "silence": 1}
    assert found["fast"] == {"sorry": 1, "silence": 0}
    assert found["off_scale"] == {"satisfaction": 2, "trust": 1, "severity": 1}
    assert found["rated_all"] == {"sorry": 2, "silence": 2}
    assert found["straight"] == {"sorry": 2, "silence": 1}
    assert found["early"] == {"sorry": 1, "silence": 2}
