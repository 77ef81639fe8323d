"""Rank comparisons: ties, order, and arms that cannot be ranked."""

from itertools import combinations

import pytest

from amends.analysis import ranks
from amends.analysis.result import Interval, NotEnough

CEILING = ({5: 1, 6: 2, 7: 38}, {3: 1, 4: 1, 5: 2, 6: 3, 7: 23})


def test_ties_are_corrected_at_the_ceiling() -> None:
    assert ranks.mann_whitney(*CEILING).p_value == pytest.approx(0.0507, abs=1e-4)
    assert ranks.mann_whitney(*CEILING, method="exact").p_value == pytest.approx(0.0526, abs=1e-4)


def test_exact_distribution_is_that_of_every_division() -> None:
    answers = [1, 2, 2, 3, 5, 5, 5, 7]

    def wins(first: tuple[int, ...]) -> float:
        rest = [answers[i] for i in range(8) if i not in first]
        return sum((answers[i] > y) + (answers[i] == y) / 2 for i in first for y in rest)

    every = [wins(first) for first in combinations(range(8), 3)]
    seen = wins((3, 6, 7))
    share = sum(abs(value - 7.5) >= abs(seen - 7.5) for value in every) / len(every)
    found = ranks.mann_whitney({3: 1, 5: 1, 7: 1}, {1: 1, 2: 2, 5: 2}, method="exact")
    assert found.p_value == pytest.approx(share)
    assert found.statistic == seen


def test_exact_test_has_a_limit() -> None:
    assert "up to 200 answers" in ranks.mann_whitney({5: 150, 6: 1}, {5: 100}, method="exact").reason


@pytest.mark.parametrize("test", [ranks.mann_whitney, ranks.brunner_munzel])
def test_what_has_no_order_gives_a_reason(test) -> None:
    assert test({}, {5: 3}) == NotEnough("the first arm has no answers")
    assert test({5: 3}, {6: 0}) == NotEnough("the second arm has no answers")
    assert isinstance(test({5: 3}, {5: 4}), NotEnough)


def test_arms_that_do_not_overlap_have_an_estimate_without_interval() -> None:
    assert "do not overlap" in ranks.brunner_munzel({7: 5}, {1: 5}).reason
    estimate = ranks.probability_superior({7: 5}, {1: 5})
    assert estimate.value == 1
    assert isinstance(estimate.interval, NotEnough)
    assert ranks.cliffs_delta({7: 5}, {1: 5}).value == 1
    assert "1 answer" in ranks.brunner_munzel({7: 1, 6: 0}, {1: 5}).reason


def test_probability_stays_between_0_and_1() -> None:
    estimate = ranks.probability_superior({7: 3, 5: 1}, {4: 4, 6: 1})
    assert isinstance(estimate.interval, Interval)
    assert 0 <= estimate.interval.low <= estimate.value <= estimate.interval.high <= 1
    delta = ranks.cliffs_delta({7: 3, 5: 1}, {4: 4, 6: 1})
    assert delta.interval.high == pytest.approx(2 * estimate.interval.high - 1)
