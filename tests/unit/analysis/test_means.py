"""Means: summaries that lose no digits, and what a lone or uniform arm allows."""

import math

import pytest

from amends.analysis import effect_sizes, means
from amends.analysis.means import Summary, summarize
from amends.analysis.result import NotEnough
from amends.errors import UsageError
from amends.tally import Moments

RATED = Summary(51, 5.9, 0.9)


def test_summary_is_exact_at_a_large_offset() -> None:
    plain, shifted = summarize([1, 2, 4, 8]), summarize([1e12 + value for value in (1, 2, 4, 8)])
    assert shifted.sd == plain.sd
    assert means.difference_of_means(shifted, summarize([1e12])) == 3.75


def test_summary_from_counts_moments_and_answers_agree() -> None:
    counts = {1: 3, 4: 10, 5: 22, 7: 61}
    answers = [value for value, count in counts.items() for _ in range(count)]
    moments = Moments(
        n=len(answers),
        total=sum(value - 4 for value in answers),
        squares=sum((value - 4) ** 2 for value in answers),
        centre=4,
    )
    assert Summary.from_counts(counts) == summarize(answers) == Summary.from_moments(moments)


def test_empty_arm_has_no_summary() -> None:
    assert isinstance(summarize([]), NotEnough)
    assert isinstance(Summary.from_counts({5: 0}), NotEnough)
    assert isinstance(Summary.from_moments(Moments()), NotEnough)


def test_one_answer_has_a_mean_but_no_spread() -> None:
    lone = summarize([6])
    assert lone.mean == 6
    assert isinstance(lone.sd, NotEnough)
    assert isinstance(Summary(1, 6.0, 0.0).sd, NotEnough)
    found = means.welch(RATED, lone)
    assert found == NotEnough("the second arm has 1 answer; 2 needed")
    assert means.student(lone, RATED) == NotEnough("the first arm has 1 answer; 2 needed")


def test_uniform_arms_cannot_be_compared_but_one_uniform_arm_can() -> None:
    uniform = Summary(10, 7.0, 0.0)
    for found in (
        means.welch(uniform, uniform),
        means.student(uniform, uniform),
        effect_sizes.hedges_g(uniform, uniform),
        means.tost_welch(uniform, uniform, low=-1, high=1),
    ):
        assert isinstance(found, NotEnough)
        assert "alike" in found.reason
    assert means.welch(RATED, uniform).df == pytest.approx(50)


@pytest.mark.parametrize(
    ("n", "mean", "sd", "said"),
    [
        (0, 5.0, 1.0, "0 answers: a mean needs at least one"),
        (-3, 5.0, 1.0, "-3 answers: a count is never negative"),
        (2.5, 5.0, 1.0, "2.5 answers: a count is a whole number"),
        (5, math.nan, 1.0, "mean nan"),
        (5, 5.0, -1.0, "sd -1.0: a standard deviation is 0 or more"),
        (5, 5.0, math.inf, "sd inf"),
    ],
)
def test_impossible_summary_is_refused_by_name(n, mean, sd, said) -> None:
    with pytest.raises(UsageError, match=said):
        Summary(n, mean, sd)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({5: -1}, "-1 answers of 5"),
        ({math.nan: 1}, "value nan"),
        ({5: 1.5}, "1.5 answers of 5"),
        ({"5": 1}, "value '5'"),
    ],
)
def test_impossible_ratings_are_refused_by_name(counts, said) -> None:
    with pytest.raises(UsageError, match=said):
        Summary.from_counts(counts)


def test_welch_and_its_interval_agree_at_the_level() -> None:
    other = Summary(40, 5.4, 1.1)
    test = means.welch(RATED, other)
    edge = means.welch(RATED, other, confidence=1 - test.p_value).interval
    assert edge.low == pytest.approx(0, abs=1e-9)


def test_one_sided_p_is_half_of_the_two_sided_one() -> None:
    other = Summary(40, 5.4, 1.1)
    two, greater = means.welch(RATED, other), means.welch(RATED, other, alternative="greater")
    assert greater.p_value == pytest.approx(two.p_value / 2)
    assert means.welch(RATED, other, alternative="less").p_value == pytest.approx(1 - two.p_value / 2)


def test_yuen_needs_answers_left_after_trimming() -> None:
    assert "2 needed" in means.yuen({1: 1}, {5: 9, 6: 9}).reason
    assert isinstance(means.yuen({5: 20}, {6: 20}), NotEnough)
    with pytest.raises(UsageError, match=r"trim 0\.5"):
        means.yuen({5: 20}, {6: 20}, trim=0.5)


def test_margin_in_the_wrong_order_is_refused() -> None:
    with pytest.raises(UsageError, match="the lower end comes first"):
        means.tost_welch(RATED, RATED, low=0.2, high=-0.2)


def test_effect_size_intervals_hold_for_large_effects() -> None:
    d = effect_sizes.cohens_d(Summary(500, 6.9, 0.1), Summary(500, 1.1, 0.1))
    assert d.interval.low < d.value < d.interval.high


def test_hedges_g_undefined_at_one_degree_of_freedom_says_so() -> None:
    assert isinstance(effect_sizes.hedges_g(summarize([5]), summarize([5, 6])), NotEnough)
    assert effect_sizes.bias_factor(1) == 0
    assert isinstance(effect_sizes.glass_delta(RATED, Summary(5, 7.0, 0.0)), NotEnough)
    assert isinstance(effect_sizes.cohens_d_average(Summary(5, 7.0, 0.0), Summary(5, 7.0, 0.0)), NotEnough)
    assert isinstance(effect_sizes.approximate_error(Summary(5, 7.0, 0.0), Summary(5, 7.0, 0.0)), NotEnough)


def test_alike_amounts_have_no_spread_however_their_sums_were_rounded():
    for n in range(2, 60):
        for quarters in (1, 7, 133, 399):
            distance = 0.1 * quarters
            total, squares = 0.0, 0.0
            for _ in range(n):
                total, squares = total + distance, squares + distance**2
            found = Summary.from_moments(Moments(n=n, total=total, squares=squares, centre=1000.0))
            assert found.sd == 0.0
    little = Summary.from_moments(Moments(n=2, total=2.0 + 1e-6, squares=1 + (1 + 1e-6) ** 2, centre=5.0))
    assert little.sd == pytest.approx(1e-6 / 2**0.5, rel=1e-3)
