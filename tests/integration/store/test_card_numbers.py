"""Card numbers on both databases: whoever prints at once gets numbers of their own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from amends.errors import UnknownExperiment
from amends.store import Store

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def test_eight_people_who_print_at_once_get_numbers_of_their_own(store: Store) -> None:
    def run(n: int) -> range:
        first = store.reserve_cards("late_parcel", n, strata={"site": f"s{n}"}, at=NOON)
        return range(first, first + n)

    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(run, range(1, 9)))

    assert sorted(number for run in runs for number in run) == list(range(1, 37))
    assert {(first, last, strata["site"]) for first, last, strata in store.printed_cards("late_parcel")} == {
        (run[0], run[-1], f"s{len(run)}") for run in runs
    }


def test_a_draft_has_no_card_numbers(store: Store) -> None:
    with pytest.raises(UnknownExperiment):
        store.reserve_cards("not_started", 3, strata={}, at=NOON)
