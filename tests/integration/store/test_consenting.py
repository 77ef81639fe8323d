"""Consent, refusal and withdrawal: the last word counts, and the tally always agrees with the rows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from amends.errors import NeverAssigned, RecordRefused
from amends.store import Enrolment, Store, schema
from amends.store.consenting import Read
from amends.store.responses import NewResponse
from amends.store.values import MetricSpec

KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
TEXT = Read("0123456789ab", "id")
RATED = MetricSpec("satisfaction", "mean", scale=(1, 7), centre=4.0)


def assigned(store: Store, unit: str = "u1", *, arm: str = "sorry", test: bool = False) -> str:
    [stored] = store.enrol(KEY, [Enrolment(unit, arm, at=NOON, test=test)])
    return stored.assignment_id


def decide(store: Store, whose: str, *, agreed: bool, after: int = 0) -> str:
    at = NOON + timedelta(minutes=after)
    return store.record_consent(KEY, assignment_id=whose, agreed=agreed, read=TEXT, at=at).decision


def finish(store: Store, whose: str, **more: Any) -> Any:
    given = {"ratings": {"satisfaction": 6, "score": 5.5}, "answers": {"comment": "late"}, **more}
    return store.record_response(KEY, assignment_id=whose, at=NOON, finished=True, form="f", **given)


def counted(store: Store, arm: str = "sorry") -> dict[str, int]:
    found = store.read_tally(KEY, arms=[arm], metrics=[RATED])[arm]
    names = ("assigned", "started", "finished", "completed", "late", "agreed", "refused", "withdrawn")
    return {name: getattr(found, name) for name in names if getattr(found, name)}


def test_agreeing_and_refusing_are_counted_by_arm_and_the_last_word_stands(store: Store) -> None:
    first, second = assigned(store), assigned(store, "u2", arm="thank_you")

    assert decide(store, first, agreed=False) == "refused"
    assert decide(store, second, agreed=True) == "agreed"
    assert (counted(store), counted(store, "thank_you")) == (
        {"assigned": 1, "refused": 1},
        {"assigned": 1, "agreed": 1},
    )

    assert decide(store, first, agreed=True, after=1) == "agreed"
    assert counted(store) == {"assigned": 1, "agreed": 1}
    assert store.verify() == []


def test_the_text_and_the_time_of_a_decision_are_kept_and_saying_it_again_changes_nothing(
    store: Store,
) -> None:
    whose = assigned(store)
    decide(store, whose, agreed=True)
    store.record_consent(
        KEY, assignment_id=whose, agreed=True, read=Read("other", "en"), at=NOON + timedelta(days=1)
    )
    store.record_debriefing(KEY, assignment_id=whose, read=Read("after", "en"), at=NOON)
    store.record_debriefing(KEY, assignment_id=whose, read=Read("later", "en"), at=NOON + timedelta(days=1))

    _, consent = store.read_survey(KEY, assignment_id=whose)

    assert consent is not None
    assert (consent.version, consent.locale, consent.agreed_at) == ("0123456789ab", "id", NOON)
    assert (consent.debrief_version, consent.debriefed_at) == ("after", NOON)
    [row] = store.export_rows(KEY).consents
    assert (row["assignment_id"], row["arm"], row["agreed_at"], row["version"]) == (
        whose,
        "sorry",
        NOON,
        "0123456789ab",
    )


@pytest.mark.parametrize("late", [False, True])
def test_a_withdrawal_takes_the_answers_out_of_rows_and_tally_and_leaves_the_unit(
    store: Store, late: bool
) -> None:
    stays, goes = assigned(store), assigned(store, "u2")
    finish(store, stays)
    finish(store, goes, late=late)

    store.record_withdrawal(KEY, assignment_id=goes, at=NOON)

    assert counted(store) == {"assigned": 2, "started": 2, "finished": 1, "completed": 1, "withdrawn": 1}
    assert store.read_tally(KEY, arms=["sorry"], metrics=[RATED])["sorry"].ratings["satisfaction"][6] == 1
    emptied = next(row for row in store.export_rows(KEY).responses if row["assignment_id"] == goes)
    assert (emptied["finished_at"], emptied["answers"], emptied["ratings"]) == (None, {}, {})
    assert store.verify() == []

    store.record_withdrawal(KEY, assignment_id=goes, at=NOON)
    assert counted(store)["withdrawn"] == 1


def test_whoever_agreed_and_then_refuses_has_withdrawn(store: Store) -> None:
    whose = assigned(store)
    decide(store, whose, agreed=True)
    finish(store, whose)

    assert decide(store, whose, agreed=False) == "withdrawn"
    assert decide(store, whose, agreed=True) == "withdrawn"
    assert counted(store) == {"assigned": 1, "started": 1, "agreed": 1, "withdrawn": 1}
    assert store.verify() == []


@pytest.mark.parametrize("withdrew", [True, False])
def test_no_answer_is_taken_of_whoever_refused_or_withdrew_by_any_way(store: Store, withdrew: bool) -> None:
    whose, other = assigned(store), assigned(store, "u2")
    if withdrew:
        store.record_withdrawal(KEY, assignment_id=whose, at=NOON)
    else:
        decide(store, whose, agreed=False)

    with pytest.raises(RecordRefused, match="refused to take part in 'late_parcel' or withdrew"):
        finish(store, whose)
    rows = [NewResponse(each, True, {"satisfaction": 3}, {}, NOON, False) for each in (whose, other)]
    refused, taken = store.record_responses(KEY, rows)

    assert isinstance(refused, RecordRefused)
    assert not isinstance(taken, RecordRefused)
    assert taken.first
    assert counted(store)["finished"] == 1
    assert store.verify() == []


def test_a_rehearsal_is_never_counted(store: Store) -> None:
    whose = assigned(store, test=True)
    decide(store, whose, agreed=True)
    finish(store, whose)
    store.record_withdrawal(KEY, assignment_id=whose, at=NOON)

    assert counted(store) == {}
    assert store.verify() == []


def test_nothing_is_decided_for_a_unit_that_was_never_assigned(store: Store) -> None:
    with pytest.raises(NeverAssigned):
        decide(store, "0" * 32, agreed=True)
    with pytest.raises(NeverAssigned):
        store.record_withdrawal(KEY, assignment_id="0" * 32, at=NOON)


def test_a_withdrawal_that_fails_half_way_changes_nothing(store: Store) -> None:
    whose = assigned(store)
    finish(store, whose)
    with store._database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE tally RENAME COLUMN withdrawn TO gone"))

    with pytest.raises(Exception, match="withdrawn"):
        store.record_withdrawal(KEY, assignment_id=whose, at=NOON)

    with store._database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE tally RENAME COLUMN gone TO withdrawn"))
    response, consent = store.read_survey(KEY, assignment_id=whose)
    assert response is not None
    assert response.finished
    assert response.ratings["satisfaction"] == 6
    assert consent is None
    assert store.verify() == []


def test_deciding_and_answering_in_many_threads_at_once_leaves_one_consistent_end(store: Store) -> None:
    people = [assigned(store, f"u{n}", arm=("sorry", "silence")[n % 2]) for n in range(6)]
    begin = threading.Barrier(8)
    problems: list[Exception] = []

    deeds: list[Callable[[str], Any]] = [
        lambda whose: decide(store, whose, agreed=True),
        lambda whose: decide(store, whose, agreed=False),
        lambda whose: finish(store, whose),
        lambda whose: store.record_withdrawal(KEY, assignment_id=whose, at=NOON),
    ]

    def work(number: int) -> None:
        begin.wait(30)
        for whose in people:
            try:
                deeds[number % 4](whose)
            except RecordRefused:
                pass
            except Exception as error:
                problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert problems == []
    assert store.verify() == []
    for whose in people:
        response, consent = store.read_survey(KEY, assignment_id=whose)
        assert consent is not None
        assert consent.decision == "withdrawn"
        assert response is None or not (response.finished or response.ratings)


def test_a_database_of_before_begins_at_zero(url: str) -> None:
    from alembic import command

    opened = Store.open(url, secret=b"a secret of the tests")
    opened.start(KEY, snapshot={"key": KEY}, fingerprint="f" * 64, seed="5eed", coverage="1", at=NOON)
    whose = assigned(opened)
    finish(opened, whose)
    opened._database.write(lambda connection: command.downgrade(schema.config_of(connection), "0008"))
    opened.close()

    again = Store.open(url, secret=b"a secret of the tests")

    assert counted(again) == {"assigned": 1, "started": 1, "finished": 1, "completed": 1}
    assert again.read_survey(KEY, assignment_id=whose)[1] is None
    assert again.verify() == []
    again.close()


deeds = st.lists(
    st.tuples(
        st.sampled_from(["agree", "refuse", "withdraw", "finish", "late", "begin", "debrief"]),
        st.integers(0, 2),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=deeds)
def test_whatever_happens_in_whatever_order_the_tally_agrees_with_the_rows(done: Any) -> None:
    store = Store.open("sqlite://", secret=b"a secret of the tests")
    store.start(KEY, snapshot={"key": KEY}, fingerprint="f" * 64, seed="5eed", coverage="1", at=NOON)
    people = [assigned(store, f"u{n}", arm=arm) for n, arm in enumerate(("sorry", "sorry", "silence"))]
    withdrawn: set[int] = set()
    for deed, who in done:
        whose = people[who]
        match deed:
            case "agree" | "refuse":
                was = store.read_survey(KEY, assignment_id=whose)[1]
                if decide(store, whose, agreed=deed == "agree") == "withdrawn":
                    withdrawn.add(who)
                    assert was is not None
            case "withdraw":
                store.record_withdrawal(KEY, assignment_id=whose, at=NOON)
                withdrawn.add(who)
            case "begin":
                store.record_started(KEY, assignment_id=whose, at=NOON)
            case "debrief":
                store.record_debriefing(KEY, assignment_id=whose, read=TEXT, at=NOON)
            case _:
                try:
                    finish(store, whose, late=deed == "late")
                except RecordRefused:
                    consent = store.read_survey(KEY, assignment_id=whose)[1]
                    assert consent is not None
                    assert consent.decision in ("refused", "withdrawn")
    assert store.verify() == []
    for who in withdrawn:
        response, consent = store.read_survey(KEY, assignment_id=people[who])
        assert consent is not None
        assert consent.decision == "withdrawn"
        assert response is None or not (response.finished or response.ratings or response.answers)
    store.close()
