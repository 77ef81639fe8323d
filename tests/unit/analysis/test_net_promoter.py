"""Net promoter score and satisfied share, against every outcome of a small multinomial."""

from itertools import product
from math import factorial, sqrt

import pytest

from amends.analysis.means import Summary, welch
from amends.analysis.net_promoter import (
    net_promoter,
    net_promoter_difference,
    satisfied_difference,
    satisfied_share,
    score_interval,
)
from amends.analysis.proportions import newcombe, wilson
from amends.analysis.result import NotEnough
from amends.errors import UsageError

SHARES = [(0.5, 0.3, 0.2), (0.8, 0.15, 0.05), (0.34, 0.33, 0.33)]


def outcomes(n, shares):
    """Every split of n answers into promoters, passives and detractors, with its probability."""
    for ups, downs in product(range(n + 1), repeat=2):
        if ups + downs <= n:
            split = ups, n - ups - downs, downs
            ways = factorial(n)
            chance = 1.0
            for count, share in zip(split, shares, strict=True):
                ways //= factorial(count)
                chance *= share**count
            yield split, ways * chance


@pytest.mark.parametrize("shares", SHARES)
def test_the_variance_is_the_multinomial_one_without_bias(shares):
    n, mean, spread, estimated = 12, 0.0, 0.0, 0.0
    for (ups, passives, downs), chance in outcomes(n, shares):
        found = net_promoter({10: ups, 7: passives, 0: downs})
        mean += chance * found.value
        spread += chance * found.value**2
        estimated += chance * found.standard_error**2
    ups, _, downs = shares
    assert mean == pytest.approx(ups - downs)
    assert spread - mean**2 == pytest.approx((ups + downs - (ups - downs) ** 2) / n)
    assert estimated == pytest.approx(spread - mean**2)


@pytest.mark.parametrize("shares", [*SHARES, (0.95, 0.04, 0.01)])
def test_the_interval_covers_as_often_as_it_says(shares):
    truth = shares[0] - shares[2]
    covered = sum(
        chance for split, chance in outcomes(25, shares) if truth in score_interval(split[0], split[2], 25)
    )
    assert 0.93 < covered < 0.985


def test_the_interval_of_all_promoters_is_wilsons_on_the_scale_from_minus_one():
    interval = net_promoter({10: 30}).interval
    assert interval.high == 1
    assert interval.low == pytest.approx(2 * wilson(30, 30).low - 1)


def test_the_interval_mirrors_where_promoters_and_detractors_swap():
    there, back = score_interval(12, 5, 30), score_interval(5, 12, 30)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


def test_the_difference_is_welch_on_plus_one_zero_and_minus_one():
    found = net_promoter_difference({10: 60, 8: 25, 3: 15}, {9: 40, 7: 30, 6: 30})
    expected = welch(Summary.from_counts({1: 60, 0: 25, -1: 15}), Summary.from_counts({1: 40, 0: 30, -1: 30}))
    assert found.test.p_value == expected.p_value
    assert found.test.statistic == pytest.approx(0.35 / sqrt((0.75 - 0.45**2) / 99 + (0.7 - 0.1**2) / 99))
    assert found.interval.low < 0.35 < found.interval.high


def test_a_satisfied_share_is_that_of_the_answers_at_or_above_the_mark():
    found = satisfied_share({7: 20, 6: 20, 5: 5, 4: 5}, at_least=6)
    assert (found.satisfied, found.n, found.value) == (40, 50, 0.8)
    assert found.interval == wilson(40, 50)
    two = satisfied_difference({7: 40, 4: 10}, {7: 30, 4: 20}, at_least=6)
    assert two.interval == newcombe(40, 50, 30, 50)
    assert two.ns == (50, 50)


def test_one_answer_has_no_spread_and_none_no_score():
    assert isinstance(net_promoter({9: 1}).standard_error, NotEnough)
    assert isinstance(net_promoter({}), NotEnough)
    assert "first" in net_promoter_difference({}, {9: 1}).reason
    assert "second" in satisfied_difference({7: 1}, {}, at_least=6).reason


def test_all_promoters_in_both_arms_leave_nothing_to_test_but_an_interval():
    found = net_promoter_difference({10: 20}, {10: 20})
    assert isinstance(found.test, NotEnough)
    assert found.value == 0
    assert found.interval.low < 0 < found.interval.high
    assert found.to_dict()["test"] == {"not_enough": found.test.reason}


@pytest.mark.parametrize("counts", [{11: 1}, {9.5: 1}, {-1: 2}])
def test_a_rating_off_the_scale_is_refused(counts):
    with pytest.raises(UsageError, match="from 0 to 10"):
        net_promoter(counts)


def test_a_rating_column_of_text_is_refused():
    with pytest.raises(UsageError, match="finite number"):
        net_promoter({"nine": 1})
