"""Records of many callers in one transaction, on both databases."""

from datetime import UTC, datetime

import pytest

from amends.errors import NeverAssigned
from amends.store import Enrolment, Store
from amends.store.batches import Work, write_together
from amends.store.recording import Whose, delivery, response

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def started(store: Store) -> None:
    store.start("late", snapshot={}, fingerprint="f", seed="00", coverage="1", at=NOW)
    store.enrol("late", [Enrolment(unit, "sorry", at=NOW) for unit in ("u1", "u2", "u3")])


def sent(unit: str) -> Work:
    return Work(
        ("late", unit),
        lambda connection, tallying: delivery(
            connection, tallying, "late", Whose(unit), "sent", at=NOW, said=None, detail=None
        ),
    )


def rated(unit: str, satisfaction: int) -> Work:
    return Work(
        ("late", unit),
        lambda connection, tallying: response(
            connection,
            tallying,
            "late",
            Whose(unit),
            finished=True,
            ratings={"satisfaction": satisfaction},
            answers={},
            at=NOW,
            late=False,
            idempotency_key=None,
        ),
    )


def test_a_record_that_is_refused_leaves_its_neighbours_stored_and_counted(store: Store) -> None:
    started(store)

    answers = write_together(store._database, [sent("u3"), sent("never"), rated("u1", 6), sent("u2")])

    assert answers[0] is True
    assert isinstance(answers[1], NeverAssigned)
    assert answers[2].finished
    assert answers[3] is True
    assert store.verify("late") == []
    (cell,) = store.cells("late")
    assert (cell["sent"], cell["completed"], cell["ratings"]) == (2, 1, {"satisfaction": {6: 1}})


def test_two_records_about_one_unit_in_a_batch_count_once(store: Store) -> None:
    started(store)

    answers = write_together(store._database, [rated("u1", 6), rated("u1", 2), sent("u1"), sent("u1")])

    assert [answers[0].first, answers[1].first] == [True, False]
    assert answers[1].ratings == {"satisfaction": 6}
    assert store.verify("late") == []


def test_a_batch_is_one_transaction(store: Store) -> None:
    started(store)
    commits = []
    from sqlalchemy import event

    event.listen(store._database.engine, "commit", commits.append)

    write_together(store._database, [sent(unit) for unit in ("u1", "u2", "u3")])

    assert len(commits) == 1


def test_a_lone_refused_record_raises(store: Store) -> None:
    started(store)

    with pytest.raises(NeverAssigned):
        store.record_delivery("late", unit="never", status="sent", at=NOW)
    assert store.verify("late") == []
