"""Sample ratio mismatch."""

import pytest
from scipy import stats

from amends.analysis.result import NotEnough
from amends.analysis.sample_ratio import sample_ratio
from amends.errors import UsageError


def test_alert_needs_more_than_bad_luck() -> None:
    assert sample_ratio([530, 470], [1, 1]).ok
    assert not sample_ratio([600, 400], [1, 1]).ok


def test_weights_are_read_in_any_unit() -> None:
    assert sample_ratio([120, 190, 690], [0.1, 0.2, 0.7]) == sample_ratio([120, 190, 690], [0.1, 0.2, 0.7])
    found = sample_ratio([120, 190, 690], [1, 2, 7])
    assert found.p_value == pytest.approx(stats.chisquare([120, 190, 690], [100, 200, 700]).pvalue, rel=1e-12)
    assert found.df == 2


def test_nobody_assigned_yet_is_no_mismatch() -> None:
    assert sample_ratio([0, 0], [1, 1]) == NotEnough("no units assigned yet")


@pytest.mark.parametrize(
    ("counts", "weights", "said"),
    [
        ([1, 2], [1, 0], "weight 0: a weight is above 0"),
        ([1, 2], [1, -1], "weight -1"),
        ([1, 2], [1], "2 counts and 1 weights"),
        ([5], [1], "two arms or"),
        ([1, -2], [1, 1], "-2 units"),
    ],
)
def test_impossible_shares_are_refused_by_name(counts, weights, said) -> None:
    with pytest.raises(UsageError, match=said):
        sample_ratio(counts, weights)


def test_chance_alone_raises_no_alarm():
    # A fair coin strays this far once in a hundred experiments: an alert at .05 would mostly be false.
    found = sample_ratio([5130, 4870], [1, 1])
    assert found.p_value == pytest.approx(0.00932, abs=5e-5)
    assert found.ok
    assert not sample_ratio([5170, 4830], [1, 1]).ok
