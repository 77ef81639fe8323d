"""Alike within a margin, and weighting by who answers."""

import numpy as np
import pytest

from amends.analysis import equivalence, weighting
from amends.analysis.result import NotEnough
from amends.errors import UsageError


def test_large_p_value_alone_does_not_show_equivalence() -> None:
    assert equivalence.equivalent_proportions(20, 25, 20, 25, margin=0.05).equivalent is False
    assert equivalence.equivalent_proportions(8000, 10000, 8000, 10000, margin=0.05).equivalent is True


def test_score_tests_agree_with_the_interval_they_belong_to() -> None:
    from amends.analysis.proportions import miettinen_nurminen

    interval = miettinen_nurminen(51, 56, 44, 56, confidence=0.90)
    test = equivalence.tost_proportions(51, 56, 44, 56, low=interval.low, high=interval.high)
    assert test.p_lower == pytest.approx(0.05, rel=1e-6)
    assert test.p_upper == pytest.approx(0.05, rel=1e-6)


def test_empty_arm_and_impossible_margin_are_told_apart() -> None:
    assert isinstance(equivalence.tost_proportions(0, 0, 1, 2, low=-0.1, high=0.1), NotEnough)
    assert isinstance(equivalence.equivalent_proportions(0, 0, 1, 2, margin=0.1), NotEnough)
    with pytest.raises(UsageError, match="the lower one first"):
        equivalence.tost_proportions(1, 2, 1, 2, low=0.1, high=-0.1)
    with pytest.raises(UsageError, match="Write 5 percentage points as 0.05"):
        equivalence.equivalent_proportions(1, 2, 1, 2, margin=5)


def test_complete_answers_need_no_weights() -> None:
    found = weighting.inverse_probability_means(
        [1.0, 3.0, 5.0, 7.0], [True, True, False, False], [0, 1, 0, 1]
    )
    assert (found.first, found.second, found.difference, found.largest_weight) == (2, 6, -4, 1)


def test_weights_undo_who_answers_where_the_covariate_tells_all() -> None:
    rng = np.random.default_rng(2)
    known = rng.integers(1, 8, 4000)
    in_first = rng.random(4000) < 0.5
    answered = rng.random(4000) < 0.2 + 0.1 * known
    values = [float(value) if seen else None for value, seen in zip(known, answered, strict=True)]
    found = weighting.inverse_probability_means(values, in_first.tolist(), known.tolist())
    assert found.first == pytest.approx(known[in_first].mean(), abs=0.1)
    assert np.mean([value for value in values if value is not None]) > found.first + 0.3


def test_arm_without_answers_or_a_hopeless_model_gives_a_reason() -> None:
    assert (
        "first arm has no answers"
        in weighting.inverse_probability_means([None, 5.0], [True, False], [1, 2]).reason
    )
    with pytest.raises(UsageError, match="one of each per unit"):
        weighting.inverse_probability_means([5.0], [True, False], [1, 2])
