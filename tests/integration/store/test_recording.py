"""Deliveries, responses and outcomes, and the tally they leave, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import create_engine, event, text

from amends.errors import NeverAssigned, RecordRefused
from amends.store import Enrolment, MetricSpec, Store, StoredResponse
from amends.tally import ArmTally, Moments

KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
SATISFACTION = MetricSpec("satisfaction", "mean", scale=(1, 7), centre=4)


@pytest.fixture(autouse=True)
def three_units(store: Store) -> None:
    store.enrol(KEY, [Enrolment(unit, "sorry", at=NOON) for unit in "abc"])


def tally(store: Store, *metrics: MetricSpec, matured_before: date | None = None) -> ArmTally:
    found = store.read_tally(KEY, arms=["sorry"], metrics=metrics, matured_before=matured_before)
    assert store.verify() == []
    return found["sorry"]


def respond(store: Store, unit: str = "a", rating: float | None = 6, **rest: object) -> StoredResponse:
    ratings = {} if rating is None else {"satisfaction": rating}
    return store.record_response(
        KEY,
        **{"unit": unit, "finished": True, "ratings": ratings, "at": NOON, **rest},  # type: ignore[arg-type]
    )


def test_each_delivery_status_counts_once_a_unit(store: Store) -> None:
    for hour in range(3):
        for status in ("sent", "delivered"):
            assert store.record_delivery(KEY, unit="a", status=status, at=NOON + timedelta(hours=hour))
    assert store.record_delivery(KEY, unit="b", status="failed", at=NOON)
    assert not store.record_delivery(KEY, unit="b", status="failed", at=NOON)
    found = tally(store)
    assert (found.assigned, found.sent, found.delivered, found.failed) == (3, 1, 1, 1)
    assert len(list(store.export_rows(KEY).deliveries)) == 7


def test_a_misspelt_delivery_status_is_refused_with_the_nearest(store: Store) -> None:
    with pytest.raises(RecordRefused, match="'delivred' is no delivery status. Did you mean 'delivered'"):
        store.record_delivery(KEY, unit="a", status="delivred", at=NOON)


def test_the_first_finished_response_stands(store: Store) -> None:
    first = respond(store, rating=6, answers={"why": "fast"})
    second = respond(store, rating=1, answers={"why": "slow"}, at=NOON + timedelta(hours=1))
    assert first.first
    assert not second.first
    assert (second.ratings, second.answers, second.finished_at) == (
        {"satisfaction": 6},
        {"why": "fast"},
        NOON,
    )
    found = tally(store, SATISFACTION)
    assert (found.started, found.finished, found.completed) == (1, 1, 1)
    assert found.ratings["satisfaction"] == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 1, 7: 0}


def test_a_response_is_found_by_unit_and_by_assignment(store: Store) -> None:
    stored = store.find(KEY, unit="b")
    assert stored is not None
    assert store.response(KEY, unit="b") is None
    respond(store, unit=None, assignment_id=stored.assignment_id)  # type: ignore[arg-type]
    response = store.response(KEY, unit="b")
    assert response is not None
    assert response.finished
    assert response == store.response(KEY, assignment_id=stored.assignment_id)


def test_started_is_counted_once_and_finishing_includes_it(store: Store) -> None:
    assert store.record_started(KEY, unit="a", at=NOON)
    assert not store.record_started(KEY, unit="a", at=NOON + timedelta(hours=1))
    assert tally(store).started == 1
    respond(store, "a", at=NOON + timedelta(hours=2))
    respond(store, "b")
    found = tally(store)
    assert (found.started, found.finished) == (2, 2)
    response = store.response(KEY, unit="a")
    assert response is not None
    assert response.started_at == NOON


def test_partial_answers_are_kept_and_completed_later(store: Store) -> None:
    respond(store, rating=3, finished=False, answers={"why": "slow"})
    assert tally(store, SATISFACTION).completed == 0
    finished = respond(store, rating=5)
    assert (finished.ratings, finished.answers) == ({"satisfaction": 5}, {"why": "slow"})
    found = tally(store, SATISFACTION)
    assert (found.started, found.completed, found.ratings["satisfaction"][5]) == (1, 1, 1)
    assert found.ratings["satisfaction"][3] == 0


def test_a_late_response_is_kept_and_not_counted_as_completed(store: Store) -> None:
    assert respond(store, late=True).late
    found = tally(store, SATISFACTION)
    assert (found.finished, found.late, found.completed) == (1, 1, 0)
    assert sum(found.ratings["satisfaction"].values()) == 0


def test_a_response_before_any_assignment_is_refused_and_counted(store: Store) -> None:
    for _ in range(2):
        with pytest.raises(NeverAssigned, match="never given an arm in 'late_parcel'"):
            respond(store, "nobody")
    assert store.turned_away(KEY) == [("response_before_assignment", "no arm was ever given", 2)]
    with pytest.raises(NeverAssigned):
        store.record_delivery(KEY, unit="nobody", status="sent", at=NOON)
    with pytest.raises(NeverAssigned):
        store.record_outcome(KEY, unit="nobody", metric="refund", value=1, at=NOON)


def test_an_idempotency_key_stands_for_one_content(store: Store) -> None:
    assert respond(store, finished=False, idempotency_key="k").first
    assert not respond(store, finished=False, idempotency_key="k").first
    with pytest.raises(RecordRefused, match="'k' came with another response before"):
        respond(store, rating=2, idempotency_key="k")
    assert store.record_outcome(KEY, unit="a", metric="refund", value=1, at=NOON, idempotency_key="k")
    with pytest.raises(RecordRefused, match="'k' came with another outcome before"):
        store.record_outcome(KEY, unit="b", metric="refund", value=1, at=NOON, idempotency_key="k")
    assert tally(store).finished == 0


def test_a_delivery_under_an_idempotency_key_is_stored_once(store: Store) -> None:
    later = NOON + timedelta(minutes=5)
    sent = {"unit": "a", "status": "sent", "idempotency_key": "k"}
    assert store.record_delivery(KEY, at=NOON, **sent)
    assert not store.record_delivery(KEY, at=later, **sent), "a retry without a time of its own"
    with pytest.raises(RecordRefused, match="'k' came with another delivery before"):
        store.record_delivery(KEY, at=NOON, **{**sent, "status": "failed"})
    with pytest.raises(RecordRefused, match="'k' came with another delivery before"):
        store.record_delivery(KEY, at=NOON, **{**sent, "unit": "b"})
    assert len(list(store.export_rows(KEY).deliveries)) == 1
    assert (tally(store).sent, tally(store).failed) == (1, 0)


def test_an_idempotency_key_is_forgotten_after_thirty_days_and_not_before(store: Store, clock) -> None:
    store._clock = clock
    old = {"metric": "refund", "value": 1.0, "at": NOON + timedelta(hours=1)}  # whenever the record happened
    for number in range(25):
        store.record_outcome(KEY, unit="a", idempotency_key=f"k{number:02}", **old)
    clock.pass_by(days=30)
    with pytest.raises(RecordRefused, match="'k00' came with another outcome before"):
        store.record_outcome(KEY, unit="b", idempotency_key="k00", **old)
    clock.pass_by(seconds=1)
    assert store.record_outcome(KEY, unit="b", idempotency_key="k00", **old)
    assert idempotency_keys(store) == 25 - 10 + 1, "a new key takes ten old ones away"
    for number in range(2):
        store.record_outcome(KEY, unit="b", idempotency_key=f"new{number}", **old)
    assert idempotency_keys(store) == 3


def idempotency_keys(store: Store) -> int:
    with store._database.read() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM idempotency")).scalar_one()
        return found


def test_outcomes_are_events_and_sums(store: Store) -> None:
    assert store.record_outcome(KEY, unit="a", metric="refund", value=12.5, at=NOON)
    assert store.record_outcome(KEY, unit="b", metric="refund", value=0, at=NOON)
    assert not store.record_outcome(KEY, unit="a", metric="refund", value=99, at=NOON)
    events = MetricSpec("refund", "proportion", source="outcome")
    sums = MetricSpec("refund", "mean", source="outcome", centre=10.0)
    assert tally(store, events).outcomes == {"refund": 1}
    assert tally(store, sums).moments == {"refund": Moments(2, -7.5, 106.25, 10.0)}


def test_zero_means_nothing_so_far_and_gives_way(store: Store) -> None:
    assert store.record_outcome(KEY, unit="a", metric="complaint", value=0, at=NOON)
    assert store.record_outcome(KEY, unit="a", metric="complaint", value=1, at=NOON)
    found = tally(store, MetricSpec("complaint", "mean", source="outcome"))
    assert found.moments["complaint"] == Moments(1, 1.0, 1.0, 0.0)
    assert tally(store, MetricSpec("complaint", "proportion", source="outcome")).outcomes == {"complaint": 1}


def test_a_late_outcome_is_kept_and_not_counted(store: Store) -> None:
    assert store.record_outcome(KEY, unit="a", metric="complaint", value=1, at=NOON, late=True)
    assert tally(store, MetricSpec("complaint", "proportion", source="outcome")).outcomes == {"complaint": 0}
    assert len(list(store.export_rows(KEY).outcomes)) == 1


def test_fractions_and_large_numbers_are_summed_without_cancelling(store: Store) -> None:
    for unit, value in zip("abc", (1e9 + 0.25, 1e9 + 0.5, 1e9 + 1.0), strict=True):
        respond(store, unit, value)
    found = tally(store, MetricSpec("satisfaction", "mean", centre=1e9)).moments["satisfaction"]
    assert (found.n, found.total, found.squares) == (3, 1.75, 0.25**2 + 0.5**2 + 1.0)


def test_a_metric_of_whole_numbers_and_fractions_is_one_sum(store: Store) -> None:
    respond(store, "a", 5)
    respond(store, "b", 5.5)
    metric = MetricSpec("satisfaction", "mean", centre=4.0)
    assert tally(store, metric).moments["satisfaction"] == Moments(2, 2.5, 3.25, 4.0)
    scaled = tally(store, SATISFACTION)
    assert scaled.ratings["satisfaction"][5] == 1
    assert scaled.moments["satisfaction"].n == 2


def test_only_matured_days_count_as_completed(store: Store) -> None:
    later = NOON + timedelta(days=1)
    store.enrol(KEY, [Enrolment("d", "sorry", at=later)])
    respond(store, "a", 6)
    respond(store, "d", 7)
    found = tally(store, SATISFACTION, matured_before=later.date())
    assert (found.assigned, found.matured, found.waiting, found.finished, found.completed) == (4, 3, 1, 2, 1)
    assert found.ratings["satisfaction"] == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 1, 7: 0}
    assert tally(store, SATISFACTION).matured == 4
    assert store.daily(KEY) == [(NOON.date(), "sorry", 3, 1), (later.date(), "sorry", 1, 1)]


def test_outcomes_of_days_that_have_not_matured_wait_too(store: Store) -> None:
    later = NOON + timedelta(days=1)
    store.enrol(KEY, [Enrolment("d", "sorry", at=later)])
    for unit, value in (("a", 1), ("d", 1)):
        store.record_outcome(KEY, unit=unit, metric="complaint", value=value, at=later)
    complaint = MetricSpec("complaint", "proportion", source="outcome")
    assert tally(store, complaint, matured_before=later.date()).outcomes == {"complaint": 1}
    assert tally(store, complaint).outcomes == {"complaint": 2}


def test_nothing_that_becomes_of_a_test_unit_is_counted(store: Store) -> None:
    store.enrol(KEY, [Enrolment("t", "sorry", at=NOON, test=True)])
    before = tally(store, SATISFACTION)
    for status in ("sent", "delivered", "failed", "withheld"):
        assert store.record_delivery(KEY, unit="t", status=status, at=NOON)
    assert store.record_started(KEY, unit="t", at=NOON)
    assert respond(store, "t", 7).first
    assert store.record_outcome(KEY, unit="t", metric="complaint", value=1, at=NOON)
    assert tally(store, SATISFACTION) == before


def test_an_empty_experiment_has_all_arms_with_zeros(store: Store) -> None:
    found = store.read_tally("nothing", arms=["thank_you", "sorry"], metrics=[SATISFACTION])
    assert [arm.arm for arm in found.arms] == ["thank_you", "sorry"]
    assert all(arm.assigned == arm.completed == 0 and arm.clusters is None for arm in found.arms)
    assert found["sorry"].ratings == {"satisfaction": dict.fromkeys(range(1, 8), 0)}


def test_the_first_planned_units_are_taken_in_order_of_assignment(store: Store) -> None:
    store.enrol(KEY, [Enrolment("early", "sorry", at=NOON - timedelta(days=1))])
    store.enrol(
        KEY,
        [
            Enrolment("unripe", "sorry", at=NOON + timedelta(days=9)),
            Enrolment("t", "sorry", at=NOON, test=True),
        ],
    )
    respond(store, "early", 7)
    respond(store, "a", 2)
    respond(store, "c", 1)
    store.record_outcome(KEY, unit="a", metric="refund", value=3, at=NOON)
    store.record_delivery(KEY, unit="a", status="sent", at=NOON)
    metrics = [SATISFACTION, MetricSpec("refund", "proportion", source="outcome")]
    found = store.first_units(
        KEY,
        per_arm={"sorry": 2, "thank_you": 5},
        metrics=metrics,
        matured_before=NOON.date() + timedelta(days=2),
    )
    first, none = found.arms
    assert (first.assigned, first.matured, first.completed, first.sent) == (2, 2, 2, 1)
    assert {point: n for point, n in first.ratings["satisfaction"].items() if n} == {2: 1, 7: 1}
    assert first.outcomes == {"refund": 1}
    assert (none.assigned, none.completed) == (0, 0)
    everybody = store.first_units(KEY, per_arm={"sorry": 100}, metrics=metrics).arms[0]
    assert everybody == store.read_tally(KEY, arms=["sorry"], metrics=metrics).arms[0]


def test_the_planned_sample_counts_as_the_tally_does_what_is_late_or_not_matured(store: Store) -> None:
    next_day = NOON + timedelta(days=1)
    store.enrol(KEY, [Enrolment("d", "sorry", at=next_day)])
    respond(store, "a", 6)
    respond(store, "b", 1, late=True)
    respond(store, "c", None, finished=False)
    respond(store, "d", 7)
    for unit, late in (("a", False), ("b", True), ("d", False)):
        store.record_outcome(KEY, unit=unit, metric="complaint", value=1, at=NOON, late=late)
    metrics = [SATISFACTION, MetricSpec("complaint", "proportion", source="outcome")]
    first = store.first_units(KEY, per_arm={"sorry": 9}, metrics=metrics, matured_before=next_day.date())
    (arm,) = first.arms
    assert (arm.assigned, arm.started, arm.finished, arm.late, arm.completed) == (3, 3, 2, 1, 1)
    assert {point: n for point, n in arm.ratings["satisfaction"].items() if n} == {6: 1}
    assert arm.outcomes == {"complaint": 1}


def test_the_planned_sample_is_cut_at_whole_clusters(store: Store) -> None:
    def join(unit: str, cluster: str) -> Enrolment:
        return Enrolment(unit, "thank_you", at=NOON, cluster=cluster)

    store.enrol(KEY, [join("u1", "x"), join("u2", "y"), join("u3", "x"), join("u4", "z"), join("u5", "y")])
    found = store.first_units(KEY, per_arm={"thank_you": 3}, metrics=[]).arms[0]
    assert (found.assigned, found.clusters) == (4, 2)


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        (
            "UPDATE tally SET assigned = assigned + 1",
            "2025-03-01, sorry, sender python: assigned: rows say 3, stored 4",
        ),
        ("UPDATE tally SET completed = 0", "completed: rows say 1, stored 0"),
        ("UPDATE tally_rating SET n = 2", "satisfaction rated 6: rows say 1, stored 2"),
        ("UPDATE tally_moments SET total = 5", "refund (outcome) sum: rows say 0.0, stored 5"),
        ("UPDATE tally SET channel = 'sms'", "assigned: rows say 0, stored 3"),
        ("DELETE FROM tally_rating", "satisfaction rated 6: rows say 1, stored 0"),
        ("UPDATE block_position SET next = 7", "positions of stratum 'noon', the next: rows say 2, stored 7"),
        ("UPDATE assignment SET position = 4 WHERE position = 1", "0 to 1, stored 2 of them from 0 to 4"),
        ("UPDATE assignment SET position = 0 WHERE position = 1", "0 to 1, stored 1 of them from 0 to 0"),
        ("UPDATE cluster SET arm = 'silence'", "rows say silence, stored sorry"),
    ],
)
def test_verify_finds_what_was_tampered_with(store: Store, url: str, tampering: str, told: str) -> None:
    respond(store, "a", 6)
    store.record_outcome(KEY, unit="a", metric="refund", value=12.5, at=NOON)
    drawn = [Enrolment(f"drawn {n}", draw=lambda *_: "thank_you", at=NOON, stratum="noon") for n in range(2)]
    store.enrol(KEY, [*drawn, Enrolment("guest", "sorry", at=NOON, channel="table", cluster="party")])
    assert store.verify() == []
    engine = create_engine(url)
    with engine.begin() as connection:
        if "channel" in tampering:
            tampering += " WHERE channel = '' AND arm = 'sorry'"
        connection.execute(text(tampering))
    engine.dispose()
    found = [str(discrepancy) for discrepancy in store.verify()]
    assert any(told in line for line in found), found
    assert [str(discrepancy) for discrepancy in store.verify(KEY)] == found
    assert store.verify("another") == []


def test_rehearsals_are_counted_by_their_own_index_whatever_other_indexes_there_are(store: Store) -> None:
    statements: list[str] = []

    def executed(_connection, _cursor, statement, parameters, _context, _many) -> None:
        statements.append(statement)

    engine = store._database.engine
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_assignment_experiment_assigned_at"))
        # A newer index of the same first column: SQLite, which knows no statistics, would take it.
        connection.execute(
            text("CREATE INDEX ix_assignment_experiment_assigned_at ON assignment (experiment, assigned_at)")
        )
    event.listen(engine, "before_cursor_execute", executed)
    assert store.set_aside(KEY) == 0
    event.remove(engine, "before_cursor_execute", executed)
    [counting] = [statement for statement in statements if "count(" in statement]
    if store._database.dialect == "sqlite":
        with engine.connect() as connection:
            explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {counting}", (KEY,)).all()
        assert "ix_assignment_test" in str(explained)
