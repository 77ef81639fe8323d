"""Which published figures can arise: against every set of answers there is."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations_with_replacement, pairwise

import pytest

from amends.analysis.granularity import (
    check_mean,
    check_percentage,
    check_standard_deviation,
    rounded,
)
from amends.analysis.whole_answers import attainable, square_limits
from amends.errors import UsageError

SCALE = (1, 5)


def half_up(value, decimals=1):
    """By decimal arithmetic with fifty digits, not by the route under test."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def every(n):
    """By rounded mean, the rounded standard deviations of all sets of n answers."""
    found = defaultdict(set)
    for answers in combinations_with_replacement(range(SCALE[0], SCALE[1] + 1), n):
        mean = Fraction(sum(answers), n)
        variance = sum((Fraction(answer) - mean) ** 2 for answer in answers) / (n - 1)
        root = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
        found[half_up(Decimal(mean.numerator) / Decimal(mean.denominator))].add(half_up(root))
    return found


def next_to(value, possible):
    below, above = ([v for v in possible if v < value], [v for v in possible if v > value])
    return tuple(str(pick(side)) for pick, side in ((max, below), (min, above)) if side)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_a_mean_is_possible_exactly_where_some_answers_have_it(n):
    possible = every(n)
    for mean in (Decimal(step).scaleb(-1) for step in range(70)):
        found = check_mean(str(mean), n, scale=SCALE)
        assert found.possible == (mean in possible)
        assert found.nearest == ((str(found.shown),) if found.possible else next_to(mean, possible))


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_a_spread_is_possible_exactly_where_some_answers_with_that_mean_have_it(n):
    for mean, possible in every(n).items():
        for spread in (Decimal(step).scaleb(-1) for step in range(31)):
            found = check_standard_deviation(str(spread), str(mean), n, scale=SCALE)
            assert found.possible == (spread in possible)
            assert found.nearest == ((str(spread),) if found.possible else next_to(spread, possible))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_sums_of_squares_are_found_exactly_where_some_answers_have_them(n):
    seen = defaultdict(set)
    for answers in combinations_with_replacement(range(1, 6), n):
        seen[sum(answers)].add(sum(answer**2 for answer in answers))
    for total, squares in seen.items():
        assert square_limits(n, total, SCALE) == (min(squares), max(squares))
        found = {square for square in range(25 * n + 2) if attainable(n, total, square, SCALE)}
        assert found == squares


@pytest.mark.parametrize("n", [7, 56, 130])
def test_a_percentage_is_possible_exactly_where_a_count_rounds_to_it(n):
    shares = {half_up(Decimal(100 * x) / n): x for x in range(n + 1)}
    for tenth in range(1001):
        value = Decimal(tenth).scaleb(-1)
        found = check_percentage(str(value), n)
        assert found.possible == (value in shares)
        if found.possible:
            assert shares[value] in found.sources
        else:
            assert found.nearest == next_to(value, shares)


def test_published_decimals_count():
    assert check_percentage("91.1", 56).possible
    assert not check_percentage("91.10", 56).possible


def test_a_half_is_rounded_up_as_by_hand():
    assert check_percentage("12.5", 8).possible
    assert check_percentage("13", 8).possible
    assert not check_percentage("12", 8).possible
    assert str(rounded(Fraction(-5, 2), 0)) == "-3"


def test_a_mean_over_several_items_has_finer_steps():
    assert not check_mean("5.19", 28).possible
    assert check_mean("5.19", 28, items=4).possible


def test_a_negative_mean_is_checked_like_its_mirror_image():
    scale = (-3, 3)
    for tenth in range(31):
        shown = Decimal(tenth).scaleb(-1)
        there, back = (check_mean(str(sign * shown), 7, scale=scale).possible for sign in (1, -1))
        assert there == back


def test_any_spread_within_reach_can_arise_from_very_many_answers():
    found = check_standard_deviation("1.43", "4.77", 2000, scale=(0, 10))
    assert found.possible
    assert len(found.sources) == 20
    assert all(a < b for a, b in pairwise(found.sources))


def test_a_spread_beside_an_impossible_mean_has_nothing_near():
    found = check_standard_deviation("0.9", "5.11", 4, scale=(1, 7))
    assert not found.possible
    assert found.nearest == ()
    assert "none" in found.sentence.en
    assert "tidak ada" in found.sentence.id


def test_the_finding_reads_in_both_languages():
    sentence = check_percentage("91.1", 50).sentence
    assert sentence.en.endswith("cannot arise from 50 whole answers; the nearest that can: 90.0% and 92.0%.")
    assert sentence.id.endswith("tidak mungkin muncul dari 50 jawaban bulat; yang terdekat: 90,0% dan 92,0%.")


@pytest.mark.parametrize("wrong", ["", "nan", "inf", "5,9,1", "1e99", "5.1234567"])
def test_what_is_no_published_figure_is_refused(wrong):
    with pytest.raises(UsageError):
        check_mean(wrong, 10)


def test_a_negative_spread_and_a_scale_upside_down_are_refused():
    with pytest.raises(UsageError, match="0 or more"):
        check_standard_deviation("-0.9", "5.9", 10, scale=(1, 7))
    with pytest.raises(UsageError, match="lower first"):
        check_mean("5.9", 10, scale=(7, 1))
    with pytest.raises(UsageError, match="one item or more"):
        check_mean("5.9", 10, items=0)
