"""Many responses in one transaction leave what one call after another leaves, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from amends.errors import KeyReused, NeverAssigned
from amends.store import Enrolment, MetricSpec, Store
from amends.store.responses import NewResponse

KEY, OTHER = "late_parcel", "late_parcel_again"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
METRICS = [
    MetricSpec("satisfaction", "mean", scale=(1, 7), centre=4),
    MetricSpec("minutes", "mean", centre=5),
]
UNITS = [f"customer-{place}" for place in range(12)]


@pytest.fixture(autouse=True)
def two_experiments(store: Store, begin: Callable[..., None]) -> None:
    begin(store, OTHER)
    for key in (KEY, OTHER):
        enrolments = [
            Enrolment(unit, "sorry" if place % 2 else "thank_you", at=NOON, test=place == 11)
            for place, unit in enumerate(UNITS)
        ]
        store.enrol(key, enrolments)


def ids(store: Store, key: str) -> list[str]:
    return [found.assignment_id for found in store.find_many(key, [(unit, None) for unit in UNITS]) if found]


def rows(store: Store, key: str, rng: Random) -> list[NewResponse]:
    """Forty responses of twelve units: begun, finished, repeated, late, whole and broken numbers."""
    of = ids(store, key)
    return [
        NewResponse(
            rng.choice(of),
            finished=rng.random() < 0.5,
            ratings={"satisfaction": float(rng.randint(1, 7)), "minutes": rng.choice([2.5, 7.25])},
            answers={"why": f"reason {place}"} if rng.random() < 0.5 else {},
            at=NOON + timedelta(minutes=place),
            late=rng.random() < 0.2,
            idempotency_key=None if rng.random() < 0.5 else f"key-{place}",
        )
        for place in range(40)
    ]


def stored_in(store: Store, key: str) -> object:
    found = store.read_tally(key, arms=["thank_you", "sorry"], metrics=METRICS, matured_before=None)
    responses = [
        {name: value for name, value in row.items() if name != "assignment_id"}
        for row in store.export_rows(key).responses
    ]
    return found.arms, responses, store.turned_away(key)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_they_leave_the_rows_and_counts_of_as_many_single_calls(store: Store, seed: int) -> None:
    alone = [store.record_response(OTHER, **row._asdict()) for row in rows(store, OTHER, Random(seed))]
    together = store.record_responses(KEY, rows(store, KEY, Random(seed)))
    assert [(answer.first, answer.ratings, answer.answers, answer.late) for answer in alone] == [
        (answer.first, answer.ratings, answer.answers, answer.late) for answer in together
    ]
    assert stored_in(store, KEY) == stored_in(store, OTHER)
    assert store.verify() == []


def test_the_same_rows_again_change_nothing_but_the_count_of_repeats(store: Store) -> None:
    sent = [row._replace(finished=True) for row in rows(store, KEY, Random(4))]
    store.record_responses(KEY, sent)
    arms, responses, _ = stored_in(store, KEY)
    assert not any(answer.first for answer in store.record_responses(KEY, sent))
    assert stored_in(store, KEY)[:2] == (arms, responses)
    assert store.verify() == []


def test_a_row_of_nobody_or_with_a_used_key_is_refused_in_its_place(store: Store) -> None:
    of = ids(store, KEY)
    good = NewResponse(of[0], True, {"satisfaction": 6.0}, {}, NOON, False, "a key")
    found = store.record_responses(
        KEY, [good._replace(assignment_id="nobody's"), good, good._replace(assignment_id=of[1])]
    )
    assert [type(answer).__name__ for answer in found] == ["NeverAssigned", "StoredResponse", "KeyReused"]
    assert isinstance(found[0], NeverAssigned)
    assert isinstance(found[2], KeyReused)
    tally = store.read_tally(KEY, arms=["thank_you", "sorry"], metrics=METRICS, matured_before=None)
    assert [arm.completed for arm in tally.arms] == [1, 0]
    assert store.verify() == []
