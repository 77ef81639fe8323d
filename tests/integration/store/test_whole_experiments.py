"""Importing, exporting and erasing, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amends.errors import RecordRefused
from amends.store import Enrolment, ExperimentState, Finished, MetricSpec, Store

KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def bring_in(store: Store, *rows: Finished, key: str = "email_replies") -> ExperimentState:
    return store.import_finished(key, rows, snapshot={"key": key}, fingerprint="f", seed="5eed", at=NOON)


def test_an_import_is_stopped_after_the_fact_and_counted(store: Store) -> None:
    state = bring_in(
        store,
        Finished("a", "in_district", completed=True, ratings={"satisfaction": 6}),
        Finished("b", "in_district", completed=False),
        Finished(
            "c", "out_of_district", completed=True, at=NOON - timedelta(days=9), outcomes={"words": 120.0}
        ),
    )
    assert (state.status, state.after_the_fact, state.stopped_at) == ("stopped", True, NOON)
    assert [entry.action for entry in store.audit_log("email_replies")] == ["import"]
    metrics = [
        MetricSpec("satisfaction", "mean", scale=(1, 7)),
        MetricSpec("words", "mean", source="outcome", centre=100.0),
    ]
    tally = store.read_tally("email_replies", arms=["in_district", "out_of_district"], metrics=metrics)
    assert [(arm.assigned, arm.completed) for arm in tally.arms] == [(2, 1), (1, 1)]
    assert tally["in_district"].ratings["satisfaction"][6] == 1
    assert tally["out_of_district"].moments["words"].total == 20.0
    assert store.verify() == []


def test_thousands_of_rows_are_one_import(store: Store) -> None:
    rows = [
        Finished(f"mail {n}", ("in", "out")[n % 2], completed=n % 5 == 0, ratings={"satisfaction": n % 7 + 1})
        for n in range(6_000)
    ]
    bring_in(store, *rows)
    tally = store.read_tally("email_replies", arms=["in", "out"], metrics=[])
    assert [(arm.assigned, arm.completed) for arm in tally.arms] == [(3_000, 600), (3_000, 600)]
    export = store.export_rows("email_replies")
    assert [row["unit"] for row in export.assignments] == [f"mail {n}" for n in range(6_000)]
    assert len(list(export.responses)) == 1_200
    assert store.verify() == []


def test_an_import_can_be_added_to_but_not_repeated(store: Store) -> None:
    bring_in(store, Finished("a", "in", completed=True, cluster="office"))
    bring_in(store, Finished("b", "in", completed=True, cluster="office"))
    with pytest.raises(RecordRefused, match="1 of the units are stored in 'email_replies' already"):
        bring_in(store, Finished("b", "in", completed=True), Finished("c", "in", completed=True))
    assert store.already_stored("email_replies", ["a", "b", "c"]) == {"a", "b"}
    tally = store.read_tally("email_replies", arms=["in"], metrics=[])["in"]
    assert (tally.assigned, tally.clusters) == (2, 1)
    assert store.verify() == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "no rows"),
        (
            [Finished("a", "in", completed=True), Finished("a", "in", completed=True)],
            "1 rows name a unit a second",
        ),
        (
            [
                Finished("a", "in", completed=True, cluster="x"),
                Finished("b", "out", completed=True, cluster="x"),
            ],
            "units in two arms, 'in' and 'out'",
        ),
    ],
)
def test_a_bad_import_is_refused_whole(store: Store, rows: list[Finished], told: str) -> None:
    with pytest.raises(RecordRefused, match=told):
        bring_in(store, *rows)
    assert store.experiment("email_replies") is None


@pytest.mark.parametrize("status", ["running", "paused", "stopped"])
def test_an_experiment_that_ran_here_takes_no_import(store: Store, status: str) -> None:
    store.set_status(KEY, status, at=NOON)
    with pytest.raises(RecordRefused, match=f"'late_parcel' is {status}"):
        bring_in(store, Finished("a", "sorry", completed=True), key=KEY)
    assert store.already_stored(KEY, ["a"]) == set()


def record_everything(store: Store, unit: str) -> None:
    enrolment = Enrolment(
        unit, "sorry", at=NOON, covariates={"city": "Bandung"}, incident=f"parcel of {unit}"
    )
    store.enrol(KEY, [enrolment])
    store.record_delivery(KEY, unit=unit, status="sent", at=NOON, said=f"Dear {unit}", detail="to 0812")
    ratings = {"satisfaction": 6, "attention": 5}
    answers = {"why": unit, "understanding": 4}
    store.record_response(KEY, unit=unit, finished=True, ratings=ratings, answers=answers, at=NOON)
    store.record_outcome(KEY, unit=unit, metric="refund", value=3, at=NOON)
    store.record_outcome(KEY, unit=unit, metric="complaint", value=1, at=NOON)


def test_an_export_has_every_record_and_no_survey_token(store: Store) -> None:
    record_everything(store, "a")
    record_everything(store, "b")
    export = store.export_rows(KEY)
    assignments = list(export.assignments)
    assert [row["unit"] for row in assignments] == ["a", "b"]
    assert not any("token" in name for name in assignments[0])
    assert [(row["unit"], row["status"], row["said"]) for row in export.deliveries] == [
        ("a", "sent", "Dear a"),
        ("b", "sent", "Dear b"),
    ]
    first = next(export.responses)
    assert (first["ratings"], first["answers"]) == (
        {"attention": 5.0, "satisfaction": 6.0},
        {"why": "a", "understanding": 4},
    )
    assert [(row["unit"], row["metric"], row["value"]) for row in export.outcomes] == [
        ("a", "complaint", 1.0),
        ("a", "refund", 3.0),
        ("b", "complaint", 1.0),
        ("b", "refund", 3.0),
    ]


def test_erasing_a_unit_leaves_the_counts_and_nothing_about_the_person(store: Store) -> None:
    record_everything(store, "a")
    record_everything(store, "b")
    token = store.enrol(KEY, [Enrolment("a", "sorry", at=NOON)])[0].token_nonce
    store.opt_out("a", at=NOON)
    before = store.cells(KEY)
    assert store.forget("a", at=NOON) == 1
    assert store.cells(KEY) == before
    assert store.verify() == []
    assert store.find(KEY, unit="a") is None
    assert store.by_token(token) is None
    assert not store.opted_out("a")
    export = store.export_rows(KEY)
    everything = repr([list(rows) for rows in (export.assignments, export.deliveries, export.responses)])
    assert everything.count("Bandung") == everything.count("Dear") == everything.count("0812") == 1
    assert "'why': 'a'" not in everything
    assert everything.count("'satisfaction': 6.0") == everything.count("'understanding': 4") == 2
    assert store.audit_log()[-1].detail == {"assignments": 1, "service_events": 0}


def test_erasing_a_customer_whose_incidents_are_the_units_erases_them_all(store: Store) -> None:
    for parcel in ("parcel 1", "parcel 2"):
        store.enrol(
            KEY, [Enrolment(parcel, "sorry", at=NOON, cluster="customer", covariates={"city": "Bandung"})]
        )
    assert store.forget("customer", at=NOON) == 2
    rows = list(store.export_rows(KEY).assignments)
    assert {row["cluster"] for row in rows} & {"customer"} == set()
    assert len({row["cluster"] for row in rows}) == 1  # they are still one cluster, of a stranger
    assert [row["covariates"] for row in rows] == [None, None]
    assert store.verify() == []
